"""What keeps a variable's bytes in place while this process reads or writes them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator

from .slots import Slot

# (process, command): only the process that made a pin may give it up.
Abandoned = deque[tuple[int, tuple[str, ...]]]


def new_abandoned() -> Abandoned:
    return deque()


def drained(abandoned: Abandoned) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Takes out what is there; other threads and the collector may be at it too."""
    while True:
        try:
            yield abandoned.popleft()
        except IndexError:
            return


class Hold:
    """A pin or a reservation, from its making until it is ended once.

    The slot is kept claimed as long as the hold is referred to, by an array's owner in this process or in a child.
    """

    def __init__(self, abandoned: Abandoned, last_command: tuple[str, ...], slot: Slot | None) -> None:
        self._abandoned = abandoned
        self._last_command = last_command
        self._slot = slot
        self._process = os.getpid()
        self._ended = False

    @property
    def ours(self) -> bool:
        """False once ended, and in a child process that inherited it."""
        return not self._ended and self._process == os.getpid()

    def end(self) -> bool:
        """True the first time, in the process that made the hold: the caller tells the server."""
        ours = self.ours
        self._ended = self._ended or ours
        return ours

    def abandon(self) -> None:
        """For the collector, which may run inside redis-py's locks: only notes what the next call will send."""
        if self.end():
            self._abandoned.append((self._process, self._last_command))
