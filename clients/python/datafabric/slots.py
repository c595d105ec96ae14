"""The proof that this process lives: a lock on one slot of a node, which the kernel drops with the process.

A node's slots object is an array of 64-byte records. A client holds an OFD write lock on the first byte of its record;
the record begins with its incarnation (u64, little-endian), raised by one each time the slot is claimed, so that a
later holder does not keep alive what an earlier one left.
"""

from __future__ import annotations

import fcntl
import os
import random
import struct
import threading

from .segments import object_path

_RECORD_BYTES = 64
# Python names it from 3.9 on, where the C library does.
_F_OFD_SETLK = getattr(fcntl, "F_OFD_SETLK", 37)


class Slot:
    """A claimed slot; let go when nothing refers to it any more."""

    def __init__(self, descriptor: int, index: int, inode: int) -> None:
        self._descriptor = descriptor
        self.index = index
        self.inode = inode

    def __del__(self) -> None:
        os.close(self._descriptor)


# The slots this process has claimed, by path. Pins and reservations refer to their slot as well.
_claimed: dict[str, Slot] = {}
_lock = threading.Lock()


def _forget_after_fork() -> None:
    """A child claims slots of its own. A lock it inherited lasts as long as it keeps an array the lock protects."""
    global _lock
    _lock = threading.Lock()
    _claimed.clear()


os.register_at_fork(after_in_child=_forget_after_fork)


def slots_object(shared_id: str) -> str:
    """`/fabric.alpha.s0001` to `/fabric.alpha.slots`."""
    return shared_id.rpartition(".")[0] + ".slots"


def claim_slot(name: str) -> Slot | None:
    """This process's slot in that object, claimed at first use; None when it is out of reach or all are taken."""
    path = object_path(name)
    with _lock:
        try:
            inode = os.stat(path).st_ino
        except OSError:
            return None
        slot = _claimed.get(path)
        if slot is None or slot.inode != inode:
            slot = _claim(path)
        if slot is not None:
            _claimed[path] = slot
        return slot


def give_up_slot(slot: Slot) -> None:
    """The next claim takes another slot; this one lasts as long as a pin or reservation that is known of refers to it.

    For a command whose reply was lost: what it may have pinned or reserved is known to nobody, and must end with a slot.
    """
    with _lock:
        for path, claimed in list(_claimed.items()):
            if claimed is slot:
                del _claimed[path]


def forget_slots(name: str) -> None:
    """As `give_up_slot`, for a node that is gone: what was pinned there ends with the last array that shows it."""
    with _lock:
        _claimed.pop(object_path(name), None)


def _claim(path: str) -> Slot | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        index = _lock_one(descriptor, status.st_size // _RECORD_BYTES)
        if index is not None:
            _raise_incarnation(descriptor, index)
            owned, descriptor = descriptor, -1
            return Slot(owned, index, status.st_ino)
        return None
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _lock_one(descriptor: int, count: int) -> int | None:
    # A random start keeps processes that begin together from trying the same slots one after another.
    first = random.randrange(count) if count else 0
    for step in range(count):
        index = (first + step) % count
        # struct flock: type, whence, start, length, pid (0 for OFD locks).
        request = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, index * _RECORD_BYTES, 1, 0)
        try:
            fcntl.fcntl(descriptor, _F_OFD_SETLK, request)
        except OSError:
            continue
        return index
    return None


def _raise_incarnation(descriptor: int, index: int) -> None:
    at = index * _RECORD_BYTES
    (incarnation,) = struct.unpack("<Q", os.pread(descriptor, 8, at))
    os.pwrite(descriptor, struct.pack("<Q", (incarnation + 1) % 2**64), at)
