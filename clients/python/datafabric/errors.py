"""Error replies of the server as exceptions: a stable code and a sentence that says what to do."""

from __future__ import annotations

import redis

# What the server begins an error with. redis-py takes some of these words off before it raises.
_CODES = frozenset(
    ("ERR", "WRONGPASS", "NOAUTH", "NOPERM", "NOPROTO", "EXISTS", "NOTFOUND", "OOM", "INUSE", "TYPE", "REMOTE")
    + ("NOCOORD", "FENCED", "CONFLICT", "STALE", "OWNED", "LAYOUT")
)


class FabricError(redis.ResponseError):
    """`code` is the first word of the server's error, `message` the rest; `str()` gives both."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.code, _, self.message = text.partition(" ")


class ExistsError(FabricError):
    """EXISTS: the name is taken."""


class NotFoundError(FabricError, LookupError):
    """NOTFOUND: no such variable, node, segment or pin."""


class OutOfMemoryError(FabricError):
    """OOM: no segment has room, or a limit is reached."""


class InUseError(FabricError):
    """INUSE: the segment holds variables."""


class TypeMismatchError(FabricError):
    """TYPE: a bad datashape, or a length that is not the type's."""


class RemoteError(FabricError):
    """REMOTE: the variable lies on another node."""


class StaleError(FabricError):
    """STALE: another variable lies at that place now."""


_CLASSES: dict[str, type[FabricError]] = {
    "EXISTS": ExistsError,
    "NOTFOUND": NotFoundError,
    "OOM": OutOfMemoryError,
    "INUSE": InUseError,
    "TYPE": TypeMismatchError,
    "REMOTE": RemoteError,
    "STALE": StaleError,
}

# Classes of redis-py that stand for a code it has taken off; not every version has each, and newer ones keep the code.
_TAKEN_OFF = {"NoPermissionError": "NOPERM", "OutOfMemoryError": "OOM"}


def _whole_text(error: redis.ResponseError) -> str:
    text = str(error)
    if text.partition(" ")[0] in _CODES:
        return text
    code = getattr(error, "status_code", None) or _TAKEN_OFF.get(type(error).__name__, "ERR")
    return f"{code} {text}"


def make_error(text: str) -> FabricError:
    """`text` begins with the code."""
    return _CLASSES.get(text.partition(" ")[0], FabricError)(text)


def from_redis(error: redis.ResponseError) -> FabricError:
    return make_error(_whole_text(error))
