"""Variables as arrays: where they lie, or over the socket where that is out of reach."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import redis

from .array import FabricArray, show
from .errors import FabricError, RemoteError, make_error
from .link import Link
from .pins import Hold
from .replies import to_placements, to_record, to_text
from .route import KnownNode, Route
from .segments import map_reading

# How much one GET brings: a reply is gathered in memory twice.
_GET_BYTES_MAX = 64 << 20
# Moved meanwhile, gone, without room for a replica, or out of the reach of the node itself: the next way is tried.
_PASSING = frozenset(("REMOTE", "NOTFOUND", "STALE", "OOM", "NOCOORD", "NOPERM", "NOAUTH", "FENCED"))


class _Replaced(Exception):
    """The name came to mean another variable while its bytes were fetched."""


def attach(route: Route, name: bytes, wait: float | None, lease: float | None) -> FabricArray:
    deadline = None if wait is None else time.monotonic() + wait
    while True:
        left = None if deadline is None else deadline - time.monotonic()
        try:
            found = route.read(lambda home: _attach_anywhere(route, home, name, left, lease))
        except _Replaced:
            # Start over with that one.
            continue
        if found is None:
            raise make_error(f"NOTFOUND no variable {to_text(name)!r}" + ("" if wait is None else f" within {wait} s"))
        return found


def _attach_anywhere(
    route: Route, home: Link, name: bytes, wait: float | None, lease: float | None
) -> FabricArray | None:
    """At the node asked; else at one of this host that has it, as a replica there, or as a copy."""
    try:
        return _attach_at(home, name, wait, lease)
    except RemoteError:
        placements = home.call("FABRIC.LOCATE", name)
    if placements is None:
        return None
    for known, words in _ways(route, {placement.node for placement in to_placements(placements)}):
        try:
            found = _attach_at(route.at(known), name, None, lease, words)
        except (redis.ConnectionError, redis.TimeoutError):
            continue
        except FabricError as error:
            if error.code not in _PASSING:
                raise
            continue
        if found is not None:
            return found
    return _copy(home, name)


def _ways(route: Route, holders: set[str]) -> Iterator[tuple[KnownNode, tuple[str, ...]]]:
    nodes = route.nodes(lambda known: known.here and known.node in holders)
    yield from ((known, ()) for known in nodes if known.here and known.node in holders)
    yield from ((known, ("PULL",)) for known in nodes if known.here and known.node not in holders)
    yield from ((known, ()) for known in nodes if not known.here and known.node in holders)


def _attach_at(
    link: Link, name: bytes, wait: float | None, lease: float | None, words: tuple[str, ...] = ()
) -> FabricArray | None:
    reply, slot = link.call_holding(("FABRIC.PTR", name, *words), lease, wait)
    if reply is None:
        return None
    pointer = to_record(reply)
    hold = Hold(link.abandoned, ("FABRIC.RELEASE", pointer["pin"]), slot)
    try:
        mapping = map_reading(pointer["shm"], pointer["host"])
        if mapping is not None:
            return show(mapping, pointer["offset"], link, pointer, hold)
        copied = _fetch(link, name, pointer)
    except BaseException:
        hold.abandon()
        raise
    hold.abandon()
    return show(copied, 0, link, pointer, None)


def _copy(link: Link, name: bytes) -> FabricArray | None:
    """The bytes through a node that has none of them and gives no pin."""
    reply = link.call("FABRIC.INFO", name)
    if reply is None:
        return None
    info = to_record(reply)
    return show(_fetch(link, name, info), 0, link, info, None)


def _fetch(link: Link, name: bytes, described: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The bytes over the socket."""
    length = described["length"]
    copy = np.empty(length, np.uint8)
    try:
        for start in range(0, length, _GET_BYTES_MAX):
            part = link.call("FABRIC.GET", name, start, min(_GET_BYTES_MAX, length - start))
            if part is None:
                raise _Replaced
            copy[start : start + len(part)] = np.frombuffer(part, np.uint8)
    except FabricError as error:
        if _means(link, name, described["xid"]):
            raise
        # A range that the other variable doesn't have.
        raise _Replaced from error
    if not _means(link, name, described["xid"]):
        raise _Replaced
    return copy


def _means(link: Link, name: bytes, xid: int) -> bool:
    info = link.call("FABRIC.INFO", name)
    return info is not None and bool(to_record(info)["xid"] == xid)


def copy_out(array: FabricArray) -> Any:
    """Memory of one's own, by type: `bytes`, `str`, or a writable ndarray."""
    if array.datashape == "bytes":
        return array.tobytes()
    if array.datashape == "string":
        return array.tobytes().decode()
    return np.array(array)
