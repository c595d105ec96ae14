"""A read-only ndarray over shared memory."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from .datashape import parse_dtype
from .pins import Hold

if TYPE_CHECKING:
    from .link import Link


class Attachment:
    """What an array knows of the variable it shows; shared by the array and its views."""

    def __init__(self, link: Link, reply: dict[str, Any], hold: Hold | None) -> None:
        self.link = link
        self.reply = reply
        self.hold = hold


class FabricArray(np.ndarray[Any, Any]):
    """A sealed variable's bytes where they lie, read-only and of the right dtype, shape and strides.

    The variable stays pinned (neither moved, nor its memory reused) until `release()`, the end of the `with` block, or
    until the array and all views of it are gone. The mapping itself lasts as long as any view: reading one after the
    release is no crash, but the server may have put other bytes there.
    """

    _attachment: Attachment | None = None

    def __array_finalize__(self, obj: Any) -> None:
        if isinstance(obj, FabricArray) and np.may_share_memory(self, obj):
            self._attachment = obj._attachment

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        # What is computed from shared memory is memory of one's own: a plain ndarray or scalar.
        if array is self:
            return array
        return array[()] if array.ndim == 0 else np.asarray(array)

    @property
    def xid(self) -> int | None:
        """The variable's identity, never used twice; None for an array that shows no variable."""
        return None if self._attachment is None else int(self._attachment.reply["xid"])

    @property
    def datashape(self) -> str | None:
        """The variable's type."""
        return None if self._attachment is None else str(self._attachment.reply["type"])

    @property
    def pin(self) -> str | None:
        """The pin's token, which any connection may RELEASE or RENEW; None once released, and for copies."""
        attachment = self._attachment
        held = attachment is not None and attachment.hold is not None and attachment.hold.ours
        return str(attachment.reply["pin"]) if attachment is not None and held else None

    @property
    def copied(self) -> bool:
        """True when the segment was out of reach (another machine or container) and the bytes came over the socket."""
        return self._attachment is not None and self._attachment.hold is None

    @property
    def source(self) -> str:
        """`shared`: the node's own memory, in place. `copied`: bytes of this process, which came over the socket."""
        return "copied" if self.copied else "shared"

    def release(self, delete: bool = False) -> None:
        """Gives the pin up, at most once; `delete` removes the variable with it."""
        attachment = self._attachment
        if attachment is not None and attachment.hold is not None and attachment.hold.end():
            attachment.link.release(str(attachment.reply["pin"]), delete)

    def renew(self, seconds: float) -> None:
        """The pin lives by a lease from now on."""
        if self.pin is None or self._attachment is None:
            raise ValueError("no pin to renew: released already, a copy, or made by another process")
        self._attachment.link.renew(self.pin, seconds)

    def __enter__(self) -> FabricArray:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def show(buffer: Any, offset: int, link: Link, reply: dict[str, Any], hold: Hold | None) -> FabricArray:
    """The array that PTR's `reply` describes, in `buffer`, which it keeps alive."""
    # A memoryview holds an export of the mapping, so that nobody can close it under the array.
    array: FabricArray = np.ndarray.__new__(
        FabricArray,
        tuple(reply["shape"]),
        parse_dtype(reply["dtype"]),
        buffer=memoryview(buffer),
        offset=offset,
        strides=tuple(reply["strides"]),
    )
    array.flags.writeable = False
    array._attachment = Attachment(link, reply, hold)
    if hold is not None:
        # Views refer to this array as their base: it is collected after the last of them.
        weakref.finalize(array, hold.abandon).atexit = False
    return array
