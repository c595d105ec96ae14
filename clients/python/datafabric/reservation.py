"""A variable being written in place."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import redis

from .pins import Hold
from .replies import Placement

if TYPE_CHECKING:
    from .link import Link


class Reservation:
    """`array` is the shared memory itself, writable; `seal()` publishes it under its name, `abort()` gives it up.

    As a context manager it seals at the end of the block and aborts on an exception. After either, write nothing more
    through views taken before: readers trust that sealed bytes never change, and aborted memory becomes another's.
    """

    def __init__(
        self, link: Link, xid: int, memory: memoryview, dtype: np.dtype[Any], shape: Sequence[int], hold: Hold
    ) -> None:
        self.xid = xid
        self.array: np.ndarray[Any, Any] = np.ndarray(tuple(shape), dtype, memory)
        self._link = link
        self._hold = hold
        # Every array in the mapping refers to it: who kept only `array` may still be writing.
        weakref.finalize(memory.obj, hold.abandon).atexit = False

    def seal(self) -> list[Placement]:
        """Publishes the variable; returns where it lies. May be repeated."""
        self.array.flags.writeable = False
        try:
            placements = self._link.seal(self.xid)
        except redis.ConnectionError:
            # It may be sealed already, and only the reply be lost.
            placements = self._link.seal(self.xid)
        self._hold.end()
        return placements

    def abort(self) -> None:
        """Gives name and memory back; does nothing after `seal()`."""
        if self._hold.ours:
            self.array.flags.writeable = False
            self._link.abort(self.xid)
            self._hold.end()

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if failure is not None:
            # Should that fail too, it is tried again when the array is collected.
            with contextlib.suppress(redis.RedisError):
                self.abort()
        elif self._hold.ours:
            self.seal()
