"""Reading and writing parameters: safetensors (float64, exact) and JSON, in the standard library alone.

A file is data from a stranger. Nothing in it is executed, and sizes, offsets, types, names and numbers are checked
before anything is believed; every fault is a ValueError with the path.

Format: https://github.com/huggingface/safetensors (8 bytes of header length, a JSON header, the numbers).
"""

import json
import math
import os
import struct
import sys
from array import array
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, SupportsFloat

Numbers = float | list["Numbers"]
State = dict[str, Numbers]
LARGEST_HEADER = 100_000_000
TYPES = {"F64": ("d", 8), "F32": ("f", 4)}


def write(path: Path, state: State, meta: dict[str, Any]) -> None:
    """Write numbers and metadata; the suffix, .safetensors or .json, says in which format. Whole or not at all.

    Raises ValueError for another suffix and for a number that is not finite, which `read` would refuse.
    """
    writer = _format(path, _json_bytes, _safetensors)
    for name, x in state.items():
        if not all(map(math.isfinite, _flat(x)[1])):
            raise ValueError(f"{path}: not written, because {name} has a number that is not finite")
    data = writer(state, {key: json.dumps(x, allow_nan=False) for key, x in meta.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read(path: Path) -> tuple[State, dict[str, Any]]:
    """Return (numbers by name, metadata) of a file; ValueError, naming the file, for whatever is wrong with it."""
    reader = _format(path, _from_json, _tensors)
    data = path.read_bytes()
    try:
        state, text = reader(data)
        if not isinstance(text, dict) or not all(isinstance(x, str) for x in text.values()):
            raise ValueError("its metadata are not texts")
        return state, {key: _parse(x) for key, x in text.items()}
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not a model that can be read: {error}") from error


def finite(x: SupportsFloat) -> bool:
    """Return whether a number, however large an int, is a finite float."""
    try:
        return math.isfinite(x)
    except OverflowError:
        return False


def check_suffix(path: Path) -> None:
    """Raise ValueError unless the suffix of a path is one that can be written."""
    _format(path, _json_bytes, _safetensors)


def _format(path: Path, json_way: Callable[..., Any], safetensors_way: Callable[..., Any]) -> Callable[..., Any]:
    ways = {".safetensors": safetensors_way, ".json": json_way}
    if path.suffix not in ways:
        raise ValueError(f"{path}: unknown format {path.suffix!r}; use {' or '.join(ways)}")
    return ways[path.suffix]


def _parse(text: str) -> object:
    return json.loads(text, parse_constant=_number, parse_float=_number, object_pairs_hook=_unique)


def _number(token: str) -> float:
    if not math.isfinite(float(token)):  # NaN and Infinity, which JSON does not have, and 1e999
        raise ValueError(f"{token[:40]} is not a finite number")
    return float(token)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name appears twice")
    return found


def _object(data: bytes) -> dict[str, Any]:
    found = _parse(data.decode("utf-8"))
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")
    return found


def _json_bytes(state: State, text: dict[str, str]) -> bytes:
    return json.dumps({"metadata": text, "parameters": state}, indent=1).encode()


def _from_json(data: bytes) -> tuple[State, Any]:
    content = _object(data)
    if not isinstance(content.get("parameters"), dict):
        raise ValueError("it holds no object named parameters")
    return content["parameters"], content.get("metadata", {})


def _safetensors(state: State, text: dict[str, str]) -> bytes:
    header: dict[str, Any] = {"__metadata__": text}
    body = bytearray()
    for name, x in state.items():
        shape, numbers = _flat(x)
        start = len(body)
        body += _little("d", numbers).tobytes()
        header[name] = {"dtype": "F64", "shape": shape, "data_offsets": [start, len(body)]}
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    return struct.pack("<Q", len(encoded)) + encoded + body


def _tensors(data: bytes) -> tuple[State, Any]:
    if len(data) < 8:
        raise ValueError("it is too short")
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(LARGEST_HEADER, len(data) - 8):
        raise ValueError(f"its header claims {length} bytes")
    header, body = _object(data[8 : 8 + length]), data[8 + length :]
    text = header.pop("__metadata__", {})
    state: State = {}
    end = 0
    for name, entry in sorted(header.items(), key=lambda item: _offsets(item[1])):
        start, stop = _offsets(entry)
        if entry.get("dtype") not in list(TYPES):
            raise ValueError(f"{name} has type {str(entry.get('dtype'))[:20]!r}; known are F64 and F32")
        kind, size = TYPES[entry["dtype"]]
        shape = entry.get("shape")
        if not isinstance(shape, list) or len(shape) > 8 or not all(type(n) is int and 0 < n < 2**32 for n in shape):
            raise ValueError(f"{name} has no shape")
        if start != end or stop - start != math.prod(shape) * size or stop > len(body):
            raise ValueError(f"the bytes of {name} are not where its header says")
        numbers = _little(kind, body[start:stop]).tolist()
        if not all(map(math.isfinite, numbers)):
            raise ValueError(f"{name} has a number that is not finite")
        state[name] = _nested(numbers, shape)
        end = stop
    if end != len(body):
        raise ValueError(f"{len(body) - end} bytes belong to nothing")
    return state, text


def _offsets(entry: object) -> tuple[int, int]:
    offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(type(n) is int and n >= 0 for n in offsets):
        raise ValueError("an entry has no data_offsets")
    return offsets[0], offsets[1]


def _flat(x: Numbers) -> tuple[list[int], list[float]]:
    """Return the shape and the numbers, row by row, of a float or a nest of lists."""
    if not isinstance(x, list):
        return [], [x]
    parts = [_flat(y) for y in x]
    return [len(x), *parts[0][0]], [number for _, numbers in parts for number in numbers]


def _nested(numbers: list[float], shape: list[int]) -> Numbers:
    """Return numbers as a nest of lists of this shape."""
    if not shape:
        return numbers[0]
    size = len(numbers) // shape[0]
    return [_nested(numbers[i * size : (i + 1) * size], shape[1:]) for i in range(shape[0])]


def _little(kind: str, numbers: Iterable[float] | bytes) -> "array[float]":
    """Return an array of floats whose bytes are, or were, in little-endian order."""
    found = array(kind, numbers)
    if sys.byteorder == "big":
        found.byteswap()
    return found
