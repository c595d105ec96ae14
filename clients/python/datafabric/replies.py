"""Replies as Python values, the same from RESP3 (dicts) and RESP2 (flat label/value lists)."""

from __future__ import annotations

from typing import Any, NamedTuple, Union

Name = Union[str, bytes]

# Names are binary-safe: bytes that are not UTF-8 survive the way to `str` and back.
_ERRORS = "surrogateescape"


class Placement(NamedTuple):
    """Where a copy of a variable lies: `offset` and `length` are bytes in the object `shared_id` of `node`."""

    node: str
    shared_id: str
    offset: int
    length: int
    xid: int
    generation: int


def to_text(value: Any) -> str:
    return value.decode("utf-8", _ERRORS) if isinstance(value, bytes) else str(value)


def to_bytes(value: Name) -> bytes:
    return value.encode("utf-8", _ERRORS) if isinstance(value, str) else bytes(value)


def to_plain(value: Any) -> Any:
    """Byte strings become `str`, at any depth."""
    if isinstance(value, bytes):
        return to_text(value)
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {to_text(label): to_plain(item) for label, item in value.items()}
    return value


def to_record(reply: Any) -> dict[str, Any]:
    """A map reply; the fields known to be maps or placements are taken apart too."""
    pairs = reply.items() if isinstance(reply, dict) else zip(reply[::2], reply[1::2])
    fields = {to_text(label): value for label, value in pairs}
    return {label: _field(label, value) for label, value in fields.items()}


def _field(label: str, value: Any) -> Any:
    if label == "host":
        return to_record(value)
    if label == "placements":
        return to_placements(value)
    return to_plain(value)


def to_placements(reply: Any) -> list[Placement]:
    return [Placement(*to_plain(item)) for item in reply]
