"""Several arrays in one file, used from where they lie: opening copies nothing, however large they are.

A line of JSON names each array with its type, shape and place; the arrays follow, each at a multiple of 64
bytes. No type in it can hold an object, so that reading a file never runs anything. This module must not know
what the arrays mean.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

_MAGIC = b"findings arrays 1\n"
_ALIGNED = 64
_TYPES = ("|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<i8", "<f4", "<f8")


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write the arrays, of plain little-endian numbers, in their order."""
    places = []
    at = 0
    for name, array in arrays.items():
        if array.dtype.str not in _TYPES:
            raise ValueError(f"an array of {array.dtype} can't be stored")
        at += -at % _ALIGNED
        places.append({"name": name, "type": array.dtype.str, "shape": array.shape, "at": at})
        at += array.nbytes
    header = _MAGIC + json.dumps(places).encode()
    header += b" " * (-(len(header) + 1) % _ALIGNED) + b"\n"
    with path.open("wb") as file:
        file.write(header)
        for place, array in zip(places, arrays.values(), strict=True):
            file.write(bytes(len(header) + int(str(place["at"])) - file.tell()))
            file.write(np.ascontiguousarray(array).data)


def load_arrays(path: Path) -> Arrays:
    """The arrays that `save_arrays` wrote, by name, read-only and mapped into memory.

    Raises ValueError where the file isn't one of these, or ends too early.
    """
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError(f"{path.name} holds no arrays")
        places = json.loads(file.readline())
        start = file.tell()
    whole = np.memmap(path, dtype=np.uint8, mode="r")
    found: Arrays = {}
    for place in places:
        kind = np.dtype(place["type"] if place["type"] in _TYPES else "|V0")
        begin = start + int(place["at"])
        size = kind.itemsize * int(np.prod(place["shape"], dtype=np.int64))
        if not kind.itemsize or begin + size > len(whole):
            raise ValueError(f"{path.name} ends too early")
        found[place["name"]] = np.asarray(whole[begin : begin + size]).view(kind).reshape(place["shape"])
    return found
