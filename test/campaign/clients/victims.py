"""Forks clients that stop themselves where their jobs say, and waits for what becomes of them. Jobs come a line each; see steps.ts."""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import time
from typing import Any

import redis
from payload import fault_of, make_payload

import datafabric

_PR_SET_CHILD_SUBREAPER = 36

# Its other end is open in this process only: who reads from it lives no longer than this process.
alive, _alive_here = os.pipe()


def say(**words: Any) -> None:
    """In one piece: several processes write here."""
    os.write(1, (json.dumps(words) + "\n").encode())


def wait_for_the_end() -> None:
    os.read(alive, 1)
    os._exit(1)


def stop(job: dict[str, Any], **more: Any) -> None:
    say(id=job["id"], at=job["step"], pid=os.getpid(), **more)
    wait_for_the_end()


def stop_at(job: dict[str, Any]) -> None:
    """Stops when the commands have come to the job's moment."""
    if "moment" not in job:
        return
    command, when = job["moment"]["command"], job["moment"]["when"]
    send, execute = redis.Connection.send_command, redis.Redis.execute_command

    def hooked_send(self: Any, *words: Any, **options: Any) -> None:
        if words[0] != command:
            return send(self, *words, **options)
        if when == "before":
            stop(job)
        if when == "half":
            request = b"".join(self.pack_command(*words))
            self._sock.sendall(request[: len(request) // 2])
            stop(job)
        send(self, *words, **options)
        if when == "sent":
            stop(job)

    def hooked_execute(self: Any, *words: Any, **options: Any) -> Any:
        reply = execute(self, *words, **options)
        if words[0] == command and when == "answered":
            stop(job)
        return reply

    redis.Connection.send_command = hooked_send
    redis.Redis.execute_command = hooked_execute


def lease_of(job: dict[str, Any]) -> float | None:
    return job["leaseMs"] / 1000 if job["owner"] == "lease" else None


def reserve(fabric: datafabric.Fabric, job: dict[str, Any]) -> None:
    length = job["length"]
    payload = make_payload(job["name"], length)
    reservation = fabric.reserve(
        job["name"], "bytes", length=length, replace=job["replace"], lease=lease_of(job)
    )
    reservation.array[: length // 2] = payload[: length // 2]
    if job["work"] == "forked reserve":
        fork_holding(job, lambda: None)
    if job["step"] == "half written":
        stop(job)
    reservation.array[length // 2 :] = payload[length // 2 :]
    if job["step"] == "written":
        stop(job)
    reservation.seal()


def read(fabric: datafabric.Fabric, job: dict[str, Any]) -> None:
    asked, lease = time.monotonic(), lease_of(job)
    array = fabric.attach(job["name"], lease=lease)
    fault = fault_of(array, job["name"])
    # A lease may end before a busy machine has come so far; then the bytes may be another's.
    in_time = lease is None or time.monotonic() - asked < lease
    if fault is not None and in_time:
        raise AssertionError(f"wrong bytes: {fault}")
    if job["work"] == "forked read":
        fork_holding(job, lambda: fault_of(array, job["name"]))
    if job["step"] == "mapped and reading":
        stop(job)
    array.release()


def fork_holding(job: dict[str, Any], check: Any) -> None:
    """The child keeps what its parent holds, and says on SIGUSR1 what is wrong with it."""
    ready, ready_there = os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGUSR1, lambda *_: say(pid=os.getpid(), fault=check()))
        os.write(ready_there, b"!")
        wait_for_the_end()
    os.read(ready, 1)
    stop(job, child=child)


def work(job: dict[str, Any]) -> None:
    fabric = datafabric.connect(job["url"])
    fabric.redis.ping()
    stop_at(job)
    if job["work"] == "connect":
        stop(job)
    elif job["work"].endswith("reserve"):
        reserve(fabric, job)
    elif job["work"] == "insert":
        payload = make_payload(job["name"], job["length"])
        fabric.insert(job["name"], payload.tobytes(), replace=job["replace"])
    else:
        read(fabric, job)
    raise AssertionError(f"{job['step']} was never reached")


def run(job: dict[str, Any]) -> None:
    os.close(_alive_here)
    try:
        work(job)
    except BaseException as error:
        say(id=job["id"], failed=getattr(error, "code", None) or f"{type(error).__name__}: {error}")
    finally:
        os._exit(1)


def reap() -> None:
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        say(pid=pid, gone=True)


def main() -> None:
    # Children of those that are killed come here, to be waited for as well.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    lines = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            reap()
        if 0 in ready:
            chunk = os.read(0, 1 << 16)
            if not chunk:
                return
            *jobs, lines = (lines + chunk).split(b"\n")
            for job in jobs:
                if os.fork() == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    run(json.loads(job))


if __name__ == "__main__":
    sys.exit(main())
