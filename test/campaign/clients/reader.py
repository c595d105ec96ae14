"""Reads the hot names in both ways that are safe, and finds the bytes right each time; as reader.ts."""

from __future__ import annotations

import json
import random
import select
import sys
import time
import traceback
from collections import Counter, deque
from typing import Any

import numpy as np
from payload import crc32c, fault_of, nonce_of

import datafabric

HELD_MAX = 6
SEEN_MAX = 3

setup = json.loads(sys.argv[1])
random.seed(setup["seed"])
counts: Counter[str] = Counter()
held: list[tuple[str, datafabric.FabricArray, str]] = []
seen: deque[tuple[str, float, datafabric.Placement]] = deque()
nonces: dict[int, str] = {}


def right(name: str, data: np.ndarray, xid: int, generation: int) -> str:
    """The payload's nonce; fails when the bytes are not those of the name's variable."""
    fault = fault_of(data, name)
    nonce = nonce_of(data)
    if fault is None and nonces.setdefault(xid, nonce) != nonce:
        fault = "another payload than before"
    if fault is not None:
        raise AssertionError(f"{name} (xid {xid}, generation {generation}): {fault}")
    return nonce


def attach(fabric: datafabric.Fabric) -> None:
    name = random.choice(setup["names"])
    try:
        array = fabric.attach(name)
    except datafabric.NotFoundError:
        return
    generation = array._attachment.reply["generation"]
    nonce = right(name, array, array.xid, generation)
    info = fabric.info(xid=array.xid)
    if info is not None and info["placements"]:
        if info["crc32c"] != crc32c(array):
            raise AssertionError(f"{name} (xid {array.xid}): the catalog has another crc32c")
        if info["placements"][0].generation != generation:
            raise AssertionError(f"{name} (xid {array.xid}) was moved under its pin")
    counts["pinned reads"] += 1
    held.append((name, array, nonce))
    if len(held) > HELD_MAX:
        release(random.randrange(len(held)))


def release(index: int) -> None:
    name, array, nonce = held.pop(index)
    if right(name, array, array.xid, 0) != nonce:
        raise AssertionError(f"{name} (xid {array.xid}): other bytes under the same pin")
    counts["pinned reads"] += 1
    array.release()


def look(fabric: datafabric.Fabric) -> None:
    name = random.choice(setup["names"])
    asked = time.monotonic()
    placements = fabric.locate(name)
    if placements is None:
        return
    if random.random() < 0.3:
        copy(fabric, name, asked, placements[0])
    else:
        seen.append((name, asked, placements[0]))
    if len(seen) > SEEN_MAX:
        copy(fabric, *seen.popleft())


def copy(fabric: datafabric.Fabric, name: str, asked: float, place: datafabric.Placement) -> None:
    data = np.array(np.memmap("/dev/shm" + place.shared_id, np.uint8, "r", place.offset, (place.length,)))
    resting = time.monotonic() - asked < setup["quarantineMs"] / 2000
    now = fabric.locate(name)
    same = now is not None and (now[0].xid, now[0].generation) == (place.xid, place.generation)
    if same or resting:
        right(name, data, place.xid, place.generation)
    counts["copies" if same else "copies of what had gone" if resting else "copies not trusted"] += 1


def next_word(wait: bool) -> str | None:
    """What is told; None when that is nothing yet."""
    if not wait and not select.select([sys.stdin], [], [], 0)[0]:
        return None
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return line.strip()


def say(**word: Any) -> None:
    print(json.dumps(word), flush=True)


def main() -> None:
    fabric = datafabric.connect(setup["url"])
    while True:
        while next_word(wait=False) is None:
            attach(fabric) if random.random() < 0.5 else look(fabric)
        while held:
            release(0)
        say(paused=counts)
        next_word(wait=True)


try:
    main()
except Exception:
    say(wrong=traceback.format_exc())
    sys.exit(1)
