"""Payloads that say themselves what they are; see payload.ts."""

from __future__ import annotations

import os
import struct

import numpy as np

MAGIC = 0x43504644
CHECKED_FROM = 12
NAME_FROM = 20
NAME_BYTES = 24
BYTES_MIN = 64

# As many crc32c are computed beside each other as a row of the payload has bytes.
_LANES = 256
# Shorter rows are computed byte by byte.
_COLUMN_MIN = 16


def _table() -> np.ndarray:
    rows = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        rows = np.where(rows & 1, (rows >> 1) ^ np.uint32(0x82F63B78), rows >> 1)
    return rows


_TABLE = _table()
_STEP = [int(value) for value in _TABLE]


def _plain(data: bytes, crc: int) -> int:
    for byte in data:
        crc = _STEP[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc


def _appending_zeros(count: int) -> list[np.ndarray]:
    """The linear map a crc undergoes when `count` zero bytes follow, as four tables, one for each of its bytes."""
    tables = []
    for byte in range(4):
        crc = np.arange(256, dtype=np.uint32) << np.uint32(8 * byte)
        for _ in range(count):
            crc = _TABLE[crc & 0xFF] ^ (crc >> np.uint32(8))
        tables.append(crc)
    return tables


_MAPS: dict[int, list[np.ndarray]] = {}


def crc32c(data: np.ndarray) -> int:
    """Of a row of uint8. The data are cut into lanes of equal length, whose crcs are joined afterwards."""
    crc = 0xFFFFFFFF
    at = 0
    while (column := (len(data) - at) // _LANES) >= _COLUMN_MIN:
        # Few lengths of lanes, so that their maps are made once.
        column = 1 << (column.bit_length() - 1)
        maps = _MAPS.get(column)
        if maps is None:
            maps = _MAPS[column] = _appending_zeros(column)
        crcs = np.zeros(_LANES, np.uint32)
        for row in np.ascontiguousarray(data[at : at + column * _LANES].reshape(_LANES, column).T):
            crcs = _TABLE[(crcs ^ row) & 0xFF] ^ (crcs >> np.uint32(8))
        for lane in crcs:
            crc = _mapped(maps, crc) ^ int(lane)
        at += column * _LANES
    return _plain(data[at:].tobytes(), crc) ^ 0xFFFFFFFF


def _mapped(maps: list[np.ndarray], crc: int) -> int:
    result = 0
    for byte, table in enumerate(maps):
        result ^= int(table[(crc >> 8 * byte) & 0xFF])
    return result


def make_payload(name: str, length: int) -> np.ndarray:
    data = np.frombuffer(os.urandom(length), np.uint8).copy()
    data[NAME_FROM:BYTES_MIN] = 0
    text = np.frombuffer(name.encode(), np.uint8)
    data[NAME_FROM : NAME_FROM + len(text)] = text
    data[:8] = np.frombuffer(struct.pack("<II", MAGIC, length), np.uint8)
    data[8:12] = np.frombuffer(struct.pack("<I", crc32c(data[CHECKED_FROM:])), np.uint8)
    return data


def fault_of(data: np.ndarray, name: str) -> str | None:
    """What is wrong with the bytes; None when they are a payload of that name."""
    if len(data) < BYTES_MIN:
        return "no payload"
    magic, length, crc = struct.unpack("<III", data[:CHECKED_FROM].tobytes())
    if magic != MAGIC:
        return "no payload"
    if length != len(data):
        return f"a payload of {length} bytes in {len(data)}"
    written = data[NAME_FROM : NAME_FROM + NAME_BYTES].tobytes().rstrip(b"\0").decode("latin1")
    if written != name:
        return f"the payload of {written}"
    return None if crc32c(data[CHECKED_FROM:]) == crc else "a crc32c that differs"


def nonce_of(data: np.ndarray) -> str:
    return data[CHECKED_FROM:NAME_FROM].tobytes().hex()
