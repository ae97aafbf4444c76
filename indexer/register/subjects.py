"""The subjects of findings, as data: themes, subjects under them, and how people speak of each.

They are what practice is judged by: the evaluation criteria of the frameworks, and what reports speak of. This module must
not know how a statement's subjects are found.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUBJECTS_FILE = Path(__file__).with_name("subjects.toml")


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject; `means` says what counts as it and `excludes` what doesn't.

    `professional` and `everyday` are wordings of it, `signs` what statements on it are likely to say (signs.py).
    """

    id: str
    theme: str
    name: str
    means: str
    excludes: str
    professional: tuple[str, ...]
    everyday: tuple[str, ...]
    signs: tuple[str, ...]

    @property
    def wordings(self) -> tuple[str, ...]:
        """Everything that it is called."""
        return (self.name, self.means, *self.professional, *self.everyday)


@functools.cache
def load_subjects() -> tuple[Subject, ...]:
    """Read every subject, in the order of their numbers."""
    return tuple(
        Subject(
            entry["id"], entry["theme"], entry["name"], entry["means"], entry["not"],
            tuple(entry["professional"]), tuple(entry["everyday"]), tuple(entry["signs"]),
        )
        for entry in _data()["subject"]
    )  # fmt: skip


@functools.cache
def load_themes() -> Mapping[str, str]:
    """Read the name of every theme, by its id."""
    return {entry["id"]: entry["name"] for entry in _data()["theme"]}


@functools.cache
def subject_numbers() -> Mapping[str, int]:
    """Number the subjects, by id."""
    return {subject.id: number for number, subject in enumerate(load_subjects())}


def _data() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = tomllib.loads(SUBJECTS_FILE.read_text(encoding="utf-8"))
    return found
