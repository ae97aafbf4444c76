"""Which column of a council's table holds what: told by the words of its header, and by what stands in it.

Plans are laid out in every order and under every word ("Owner", "By whom", "Responsible officer"), so a
column is known by its header's vocabulary (column_headers.toml) first, and by its content where the header is
silent. Knows nothing of what the rows are made into.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from indexer.structure.papers.cell_content import (
    is_code,
    is_date,
    is_number,
    is_person,
    is_ref,
    is_status,
    is_value,
)
from indexer.structure.reports.grades import known_grade

Role = Literal[
    "ref", "number", "recommendation", "action", "indicator", "progress", "lead", "start", "finish",
    "status", "code", "target", "value", "baseline", "area", "grade", "theme", "outcome", "name", "post",
    "page", "risk", "date", "extra", "other",
]  # fmt: skip

_FILE = Path(__file__).with_name("column_headers.toml")
_PATTERNS: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (entry["name"], re.compile("|".join(f"(?:{pattern})" for pattern in entry["patterns"]), re.IGNORECASE))
    for entry in tomllib.loads(_FILE.read_text(encoding="utf-8"))["role"]
)

TYPED: frozenset[Role] = frozenset(
    {"start", "finish", "status", "target", "value", "ref", "number", "code", "grade", "date"}
)
"""Roles whose cells look unlike running text, so that a misplaced one shows."""
_WORDS: frozenset[Role] = frozenset(
    {"recommendation", "action", "indicator", "progress", "outcome", "theme", "area"}
)
MAX_HEADER_WORDS = 16


def role_of(header: str) -> Role | None:
    """Tell what a column under this header holds; None where the words are not known as a header's."""
    text = " ".join(header.replace("\n", " ").split()).strip(" :*.")
    text = re.sub(r"\s*/\s*", "/", text)
    if not text or len(text.split(" ")) > MAX_HEADER_WORDS:
        return None
    first = text.split("/")[0].strip()
    bare = re.sub(r"\s*\([^)]*\)", "", text).strip()
    for candidate in (text, bare, first if len(text.split(" ")) <= 4 else ""):
        for role, pattern in _PATTERNS:
            if candidate and pattern.fullmatch(candidate):
                return role
    return None


def is_header(cells: Sequence[str], bold: bool = False) -> bool:
    """Whether a row's cells are column headers: every one short, and most of them known as such.

    A row of one word is a header only if that word heads nothing but a list ("Recommendations").
    """
    filled = [cell for cell in cells if cell.strip()]
    if not filled or any(len(cell.split()) > MAX_HEADER_WORDS for cell in filled):
        return False
    if any(is_status(cell) and role_of(cell) is None for cell in filled):
        return False
    roles = [role_of(cell) for cell in filled]
    known = [role for role in roles if role]
    if len(filled) == 1:
        return (
            bool(known)
            and (bold or known[0] in ("recommendation", "action", "page"))
            and len(filled[0].split()) <= 6
        )
    if any(is_ref(cell) and len(cell) > 1 and role is None for cell, role in zip(filled, roles, strict=True)):
        return False
    return len(known) >= max(2, 0.6 * len(filled)) or (
        bold and len(known) >= 1 and len(set(known)) == len(known)
    )


def fits(role: Role, text: str) -> bool:
    """Whether `text` may stand in a column of this role; an empty cell always may."""
    text = " ".join(text.split())
    if not text or role == "extra":
        return not text
    words = len(text.split(" "))
    if role in ("start", "finish", "date"):
        return is_date(text) or (
            words <= 12 and bool(re.search(r"\d{2}|month|week|term|ongoing", text, re.I))
        )
    if role == "status":
        return is_status(text) or (words <= 5 and not is_date(text))
    if role in ("target", "value", "baseline"):
        return is_value(text) or is_status(text) or words <= 8
    if role in ("ref", "number"):
        return is_ref(text) or is_number_list(text) or words <= 3
    if role == "code":
        return is_code(text) or words <= 3
    if role == "grade":
        return known_grade(text) is not None and words <= 8
    if role == "lead":
        return is_person(text) or (words <= 12 and not (is_date(text) or is_status(text) or is_value(text)))
    if role in _WORDS:
        return not (is_date(text) and not is_number(text)) and not (is_status(text) and words == 1)
    return True


def column_roles(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Role, ...]:
    """Give the role of each column, from its header and from the cells below it.

    A header cell followed by empty ones spans them, and a header may begin a column early or late: among the
    columns of a span, each takes the role that its content shows, and running text that of the header.
    """
    width = max([len(header), *(len(row) for row in rows)])
    labels = [*header, *([""] * (width - len(header)))]
    spans: list[tuple[Role, list[int]]] = []
    for column, label in enumerate(labels):
        role = role_of(label) if label.strip() else None
        if label.strip():
            spans.append((role or "other", [column]))
        elif spans:
            spans[-1][1].append(column)
        else:
            spans.append(("ref", [column]))
    roles: list[Role] = ["other"] * width
    for role, columns in spans:
        _assign(role, columns, rows, roles)
    if "action" in roles and "recommendation" in roles and "number" not in roles:
        before = roles.index("recommendation") - 1
        if before >= 0 and roles[before] == "ref" and roles.index("recommendation") < roles.index("action"):
            roles[before] = "number"
    return tuple(roles)


def _assign(role: Role, columns: Sequence[int], rows: Sequence[Sequence[str]], roles: list[Role]) -> None:
    cells = {
        column: [row[column] for row in rows if column < len(row) and row[column].strip()]
        for column in columns
    }
    if len(columns) == 1:
        (column,) = columns
        roles[column] = _corrected(role, cells[column])
        return
    if role in TYPED:
        first = next((column for column in columns if cells[column]), columns[0])
        for column in columns:
            roles[column] = role if column == first else "extra"
        return
    texts: list[int] = []
    for column in columns:
        seen = cells[column]
        if not seen:
            roles[column] = role
        elif role in ("indicator", "code") and _mostly(is_code, seen):
            roles[column] = "code"
        elif role not in TYPED and _mostly(is_number, seen):
            roles[column] = "ref"
        elif role not in TYPED and _mostly(is_status, seen):
            roles[column] = "status"
        elif role not in TYPED and _mostly(is_ref, seen):
            roles[column] = "ref"
        else:
            texts.append(column)
    for column in texts:
        roles[column] = role
    if role == "code" and texts:
        roles[texts[-1]] = "indicator"


def _corrected(role: Role, cells: Sequence[str]) -> Role:
    """Give the role that the content insists on, where the header's word is used for two things."""
    if not cells:
        return role
    if role == "ref" and not _mostly(is_ref, cells) and _mean_words(cells) > 5:
        return "other"
    if role == "area" and _mostly(
        lambda cell: known_grade(cell) is not None and len(cell.split()) <= 6, cells
    ):
        return "grade"
    if role == "recommendation" and _mostly(is_number_list, cells):
        return "number"
    if role == "value" and _mostly(is_status, cells):
        return "status"
    if role == "status" and _mostly(_is_measured, cells):
        return "value"  # "Progress RAG" over the figure that was reached
    if role in ("status", "value") and _mean_words(cells) > 8:
        return "progress"
    if role == "progress" and _mostly(is_status, cells):
        return "status"
    if role in ("post", "lead", "date") and _mean_words(cells) > 14:
        return "other"
    return role


def _is_measured(text: str) -> bool:
    return is_value(text) and bool(re.search(r"\d", text))


def is_number_list(text: str) -> bool:
    """Whether the text is only numbers in a row: "2, 3 and 9"."""
    return bool(
        re.fullmatch(
            r"\d{1,3}[a-z]?(?:(?:\s*[,;&/–-]\s*|\s+(?:and|to)\s+|,\s*and\s+|\s+)\d{1,3}[a-z]?)*", text.strip()
        )
    )


def _mostly(test: Callable[[str], bool], cells: Sequence[str]) -> bool:
    return sum(1 for cell in cells if test(cell)) > 0.6 * len(cells)


def _mean_words(cells: Sequence[str]) -> float:
    return sum(len(cell.split()) for cell in cells) / max(len(cells), 1)
