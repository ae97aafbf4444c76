"""The line at which a value of a TOML file stands, for messages about it: `tomllib` doesn't say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence


def line_of(text: str, place: Sequence[str]) -> int:
    """The line, counted from 1, of the value at `place` (keys, and numbers of entries in lists), as near as its keys tell."""
    headers: Counter[str] = Counter()
    table: list[str] = []
    line, best = 1, 0
    for number, row in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[+)\s*([\w.-]+)\s*\]+", row)
        if header:
            table = _numbered(header[2].split("."), headers, is_list=header[1] == "[[")
        key = re.match(r"\s*([\w-]+)\s*=", row)
        if not header and not key:
            continue
        here = [*table, key[1]] if key else table
        if (deep := _shared(here, place)) > best and deep == len(here):
            line, best = number, deep
    return line


def _numbered(names: list[str], headers: Counter[str], *, is_list: bool) -> list[str]:
    """A table's path with the number of each list's entry that it stands in."""
    if is_list:
        headers[".".join(names)] += 1
    path: list[str] = []
    for end, name in enumerate(names, 1):
        path.append(name)
        if count := headers[".".join(names[:end])]:
            path.append(str(count - 1))
    return path


def _shared(here: Sequence[str], place: Sequence[str]) -> int:
    count = 0
    for one, other in zip(here, place, strict=False):
        if one != other:
            break
        count += 1
    return count
