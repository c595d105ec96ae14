"""Variables written where they will stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .datashape import datashape_of, native_layout, parse_dtype, plain_layout
from .link import Link
from .pins import Hold
from .replies import Placement, to_record
from .reservation import Reservation
from .segments import map_writing


class Draft(NamedTuple):
    """A variable before it has bytes. `options` are RESERVE's words but for the owner's."""

    name: bytes
    documentation: str
    type: str
    options: tuple[Any, ...]


def reserve(
    link: Link,
    draft: Draft,
    dtype: np.dtype[Any] | None,
    shape: Sequence[int],
    lease: float | None,
) -> Reservation | None:
    """None when the segment is out of reach: the reservation is given back."""
    name, documentation, type_text, options = draft
    fields, slot = link.call_holding(("FABRIC.RESERVE", name, documentation, type_text, *options), lease)
    reply = to_record(fields)
    hold = Hold(link.abandoned, ("FABRIC.ABORT", str(reply["xid"])), slot)
    try:
        memory = map_writing(reply["shm"], reply["host"], reply["offset"], reply["length"])
        if memory is None:
            hold.abandon()
            return None
        if dtype is None:
            dtype, shape = _layout(reply, type_text)
        return Reservation(link, reply["xid"], memory, dtype, shape, hold)
    except BaseException:
        hold.abandon()
        raise


def typed(type: Any, shape: Sequence[int]) -> tuple[str, np.dtype[Any] | None]:
    """Datashape text, and the dtype where it was given as one."""
    if isinstance(type, str):
        return "".join(f"{extent} * " for extent in shape) + type, None
    dtype = native_layout(np.dtype(type))
    return datashape_of(dtype, shape), dtype


def _layout(reply: dict[str, Any], type_text: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
    if "dtype" in reply:
        return parse_dtype(reply["dtype"]), tuple(reply["shape"])
    return plain_layout(type_text, reply["length"])


def insert_in_place(link: Link, draft: Draft, payload: memoryview) -> list[Placement] | None:
    """One copy, from the caller's memory into the segment; None when it is out of reach."""
    length = ("LENGTH", payload.nbytes)
    reservation = reserve(
        link, draft._replace(options=(*length, *draft.options)), np.dtype(np.uint8), (payload.nbytes,), None
    )
    if reservation is None:
        return None
    with reservation:
        reservation.array[:] = payload
        return reservation.seal()
