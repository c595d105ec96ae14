"""Shared-memory objects of the local machine, and the proof that an object is the one the server means."""

from __future__ import annotations

import mmap
import os
import weakref
from typing import Any

_Key = tuple[str, int, int]

# One mapping per segment, shared by all arrays in it, so that a page faults once per process; gone with the last array.
_mappings: weakref.WeakValueDictionary[_Key, mmap.mmap] = weakref.WeakValueDictionary()


def _read_boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


_BOOT_ID = _read_boot_id()


def object_path(shm: str) -> str:
    """`/fabric.alpha.s0001` to its path. Anything but one plain name is refused: it came over a network."""
    if not shm.startswith("/") or "/" in shm[1:] or "\0" in shm or shm in ("/", "/.", "/.."):
        raise ValueError(f"not the name of a shared-memory object: {shm!r}")
    return "/dev/shm" + shm


def _open_meant(shm: str, host: dict[str, Any], flags: int) -> int | None:
    """A descriptor of the object, or None when it is not here, not ours to open, or another one of that name."""
    if host["boot_id"] != _BOOT_ID:
        return None
    try:
        descriptor = os.open(object_path(shm), flags | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if (status.st_ino, status.st_size) != (host["inode"], host["size"]):
        os.close(descriptor)
        return None
    return descriptor


def in_reach(shm: str, host: dict[str, Any]) -> bool:
    """Whether this process could map it."""
    descriptor = _open_meant(shm, host, os.O_RDONLY)
    if descriptor is None:
        return False
    os.close(descriptor)
    return True


def map_reading(shm: str, host: dict[str, Any]) -> mmap.mmap | None:
    """The whole segment, read-only; None when the object meant is out of reach."""
    key = (shm, int(host["inode"]), int(host["size"]))
    mapping = _mappings.get(key)
    if mapping is not None:
        return mapping
    descriptor = _open_meant(shm, host, os.O_RDONLY)
    if descriptor is None:
        return None
    try:
        mapping = mmap.mmap(descriptor, host["size"], access=mmap.ACCESS_READ)
    finally:
        os.close(descriptor)
    return _mappings.setdefault(key, mapping)


def map_writing(shm: str, host: dict[str, Any], offset: int, length: int) -> memoryview | None:
    """`length` bytes at `offset`, writable, in a mapping of their own; None when the object meant is out of reach."""
    if length == 0:
        return memoryview(mmap.mmap(-1, 1))[:0]
    descriptor = _open_meant(shm, host, os.O_RDWR)
    if descriptor is None:
        return None
    skipped = offset % mmap.ALLOCATIONGRANULARITY
    try:
        mapping = mmap.mmap(descriptor, skipped + length, offset=offset - skipped)
    finally:
        os.close(descriptor)
    return memoryview(mapping)[skipped:]
