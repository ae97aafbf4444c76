"""A parameter of one of the register's tables, beside the filters of search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Given = Mapping[str, str]
"""The parameters that were given, by their names: never blank."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter's name, what it is for, an example, and the values that it may have where they are few."""

    name: str
    help: str
    example: str
    values: tuple[str, ...] = ()
