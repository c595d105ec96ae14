"""Variables as arrays: where they lie, or over the socket where that is out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .array import FabricArray, show
from .errors import FabricError, make_error
from .link import Link
from .pins import Hold
from .replies import to_record, to_text
from .segments import map_reading

if TYPE_CHECKING:
    from .fabric import Fabric

# How much one GET brings: a reply is gathered in memory twice.
_GET_BYTES_MAX = 64 << 20


def attach(fabric: Fabric, link: Link, name: bytes, wait: float | None, lease: float | None) -> FabricArray:
    while True:
        reply, slot = link.call_holding(("FABRIC.PTR", name), lease, wait)
        if reply is None:
            raise make_error(f"NOTFOUND no variable {to_text(name)!r}" + ("" if wait is None else f" within {wait} s"))
        pointer = to_record(reply)
        hold = Hold(link.abandoned, ("FABRIC.RELEASE", pointer["pin"]), slot)
        try:
            mapping = map_reading(pointer["shm"], pointer["host"])
            if mapping is not None:
                return show(mapping, pointer["offset"], fabric, pointer, hold)
            copied = _fetch(link, name, pointer)
        except BaseException:
            hold.abandon()
            raise
        hold.abandon()
        if copied is not None:
            return show(copied, 0, fabric, pointer, None)
        # Replaced by another variable meanwhile: start over with that one.


def _fetch(link: Link, name: bytes, pointer: dict[str, Any]) -> np.ndarray[Any, Any] | None:
    """The bytes over the socket; None when the name came to mean another variable on the way."""
    length = pointer["length"]
    copy = np.empty(length, np.uint8)
    try:
        for start in range(0, length, _GET_BYTES_MAX):
            part = link.call("FABRIC.GET", name, start, min(_GET_BYTES_MAX, length - start))
            if part is None:
                return None
            copy[start : start + len(part)] = np.frombuffer(part, np.uint8)
    except FabricError:
        if _means(link, name, pointer["xid"]):
            raise
        # A range that the other variable doesn't have.
        return None
    return copy if _means(link, name, pointer["xid"]) else None


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
