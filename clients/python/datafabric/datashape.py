"""NumPy's dtypes as datashape text, and what the server says of a layout as NumPy's dtypes."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

# Kind and item size of a dtype to the scalar's datashape name.
_SCALARS: dict[str, str] = {
    "b1": "bool",
    "i1": "int8",
    "i2": "int16",
    "i4": "int32",
    "i8": "int64",
    "u1": "uint8",
    "u2": "uint16",
    "u4": "uint32",
    "u8": "uint64",
    "f2": "float16",
    "f4": "float32",
    "f8": "float64",
    "c8": "complex[float32]",
    "c16": "complex[float64]",
}

# Kind of a dtype of a fixed size to datashape text.
_TEXTS: dict[str, str] = {"S": "fixed_string[{}]", "U": "fixed_string[{}, 'utf32']", "V": "fixed_bytes[{}]"}

# The unit in which the fabric counts dates and times.
_TICKS = {"M": "datetime", "m": "time"}
_TICK = "100ns"


def datashape_of(dtype: Any, shape: Sequence[int] = ()) -> str:
    """`datashape_of(np.float64, (40, 20))` is `"40 * 20 * float64"`; an ndarray may be given alone.

    Raises TypeError for dtypes without a datashape, such as objects: pass bytes and a type of your own then.
    """
    if isinstance(dtype, np.ndarray):
        dtype, shape = dtype.dtype, dtype.shape
    return "".join(f"{extent} * " for extent in shape) + _item_text(np.dtype(dtype))


def _item_text(dtype: np.dtype[Any]) -> str:
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return datashape_of(base, shape)
    if dtype.names is not None:
        fields = (f"{_field_name(name)}: {_item_text(dtype[name])}" for name in dtype.names)
        return "{" + ", ".join(fields) + "}"
    if dtype.kind in _TEXTS and dtype.itemsize > 0:
        return _TEXTS[dtype.kind].format(dtype.itemsize // (4 if dtype.kind == "U" else 1))
    scalar = _ticks(dtype) if dtype.kind in _TICKS else _SCALARS.get(f"{dtype.kind}{dtype.itemsize}")
    if scalar is None:
        raise TypeError(f"dtype {dtype} has no datashape: convert the array, or pass its bytes with a type of your own")
    return scalar


def _ticks(dtype: np.dtype[Any]) -> str:
    unit, count = np.datetime_data(dtype)
    if f"{count}{unit}" != _TICK:
        raise TypeError(
            f"{dtype} is counted in other units than the fabric's: convert it with .astype('{dtype.kind}8[{_TICK}]')"
        )
    return _TICKS[dtype.kind]


def _field_name(name: str) -> str:
    if name.isascii() and name.isidentifier():
        return name
    return "'" + "".join(_escaped(character) for character in name) + "'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if " " <= character <= "~":
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def native_layout(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype as the fabric lays it out: little-endian, records aligned as in C."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return np.dtype((native_layout(base), shape))
    if dtype.names is not None:
        return np.dtype([(name, native_layout(dtype[name])) for name in dtype.names], align=True)
    return dtype.newbyteorder("<")


def parse_dtype(text: str) -> np.dtype[Any]:
    """From the `dtype` of a reply: a typestr, or for records a descr as a Python literal."""
    if not text.startswith(("[", "{")):
        return np.dtype(text)
    literal = ast.literal_eval(text)
    # np.dtype alone would turn the padding of a descr into fields of its own.
    return np.lib.format.descr_to_dtype(literal) if isinstance(literal, list) else np.dtype(literal)


def as_payload(data: Any, type_text: str | None) -> tuple[memoryview, str]:
    """The bytes of `data` and their type, inferred unless given.

    Arrays of another byte order or packed records are converted when the type is inferred; with a type given the bytes
    go as they are, in C order.
    """
    if isinstance(data, (bytes, bytearray, memoryview)):
        view = memoryview(data)
        return (view if view.contiguous else memoryview(view.tobytes())).cast("B"), type_text or "bytes"
    if isinstance(data, str):
        return memoryview(data.encode()), type_text or "string"
    array = np.asarray(data)
    if type_text is None:
        type_text = datashape_of(array.dtype, array.shape)
        array = array.astype(native_layout(array.dtype), copy=False)
    return as_bytes(array).data, type_text


def as_bytes(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array's items as one row of uint8, without a copy where they lie in C order."""
    if array.dtype.hasobject:
        raise TypeError("an array of Python objects has no bytes of its own to share")
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(np.uint8) if flat.nbytes else np.empty(0, np.uint8)


def plain_layout(text: str, length: int) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """dtype and shape of `length` bytes by a datashape of dimensions and a scalar; of all others, single bytes."""
    *extents, item = (part.strip() for part in text.split("*"))
    typestr = _TYPESTRS.get(item.lstrip("?"))
    if typestr is None or not all(extent.isdecimal() for extent in extents[1:]):
        return np.dtype(np.uint8), (length,)
    dtype = np.dtype(typestr)
    inner = tuple(int(extent) for extent in extents[1:])
    row = int(np.prod(inner, dtype=object)) * dtype.itemsize
    return dtype, (length // row if row else int(extents[0]), *inner) if extents else ()


_TYPESTRS: dict[str, str] = {name: "<" + code for code, name in _SCALARS.items()}
