"""Reading and writing parameters: safetensors (float64, exact) and JSON, in the standard library alone.

Start at `write` and `read`. The one surprise: a file is data from a stranger. Nothing in it is executed, and sizes,
offsets, types, names and numbers are checked before anything is believed; every fault is a ValueError with the path.

Format: https://github.com/huggingface/safetensors (8 bytes of header length, a JSON header, the numbers).
"""

import json
import math
import os
import struct
import sys
import tempfile
from array import array
from pathlib import Path
from typing import Any

State = dict[str, Any]
LARGEST_HEADER = 100_000_000
TYPES = {"F64": ("d", 8), "F32": ("f", 4)}


def write(path: Path, state: State, meta: dict[str, Any]) -> None:
    """Write numbers and metadata; the suffix, .safetensors or .json, says in which format. Whole or not at all."""
    text = {key: json.dumps(x) for key, x in meta.items()}
    if path.suffix == ".json":
        data = json.dumps({"metadata": text, "parameters": state}, allow_nan=False, indent=1).encode()
    elif path.suffix == ".safetensors":
        data = _safetensors(state, text)
    else:
        raise ValueError(f"{path}: unknown format {path.suffix!r}; use .safetensors or .json")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def read(path: Path) -> tuple[State, dict[str, Any]]:
    """Return (numbers by name, metadata) of a file; ValueError, naming the file, for whatever is wrong with it."""
    data = path.read_bytes()
    try:
        if path.suffix == ".json":
            content = _object(data)
            state, text = content.get("parameters"), content.get("metadata", {})
            if not isinstance(state, dict):
                raise ValueError("it holds no object named parameters")
        elif path.suffix == ".safetensors":
            state, text = _tensors(data)
        else:
            raise ValueError(f"unknown format {path.suffix!r}; use .safetensors or .json")
        if not isinstance(text, dict) or not all(isinstance(x, str) for x in text.values()):
            raise ValueError("its metadata are not texts")
        return state, {key: json.loads(x, parse_constant=_refuse) for key, x in text.items()}
    except (ValueError, RecursionError, OverflowError) as error:
        raise ValueError(f"{path}: not a model that can be read: {error}") from error


def _refuse(token: str) -> None:
    raise ValueError(f"{token} is not a finite number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name appears twice")
    return found


def _object(data: bytes) -> dict[str, Any]:
    found = json.loads(data.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_unique)
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")
    return found


def _flat(x: Any) -> tuple[list[int], list[float]]:
    """Return the shape and the numbers of a float or a nest of lists, row by row."""
    if not isinstance(x, list):
        return [], [float(x)]
    parts = [_flat(y) for y in x]
    return [len(x), *(parts[0][0] if parts else [])], [number for _, numbers in parts for number in numbers]


def _nested(numbers: Any, shape: list[int]) -> Any:
    """Return numbers as a nest of lists of this shape."""
    if not shape:
        return numbers[0]
    size = len(numbers) // shape[0] if shape[0] else 0
    return [_nested(numbers[i * size : (i + 1) * size], shape[1:]) for i in range(shape[0])]


def _little(kind: str, numbers: Any) -> "array[float]":
    found = array(kind, numbers)
    if sys.byteorder == "big":
        found.byteswap()
    return found


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
    return struct.pack("<Q", len(encoded)) + encoded + bytes(body)


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
        shape = entry.get("shape")
        if entry.get("dtype") not in TYPES:
            raise ValueError(f"{name} has type {str(entry.get('dtype'))[:20]!r}; known are F64 and F32")
        if not isinstance(shape, list) or len(shape) > 8 or not all(type(n) is int and 0 <= n < 2**32 for n in shape):
            raise ValueError(f"{name} has no shape")
        kind, size = TYPES[entry["dtype"]]
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


def _offsets(entry: Any) -> tuple[int, int]:
    offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(type(n) is int and n >= 0 for n in offsets):
        raise ValueError("an entry has no data_offsets")
    return offsets[0], offsets[1]
