"""Holds our reading beside another tool's extract of the same reports: grades, dates and the inspector.

Where there is a truth, both are scored on it; where there is none, the table counts agreements and names the
differences, for a person to settle. Knows the other tool's columns and nothing else of it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from eval.checks import Check
from eval.reading.same_in_print import folded, same
from indexer.document import Document
from indexer.errors import SourceError

_DATE_COLUMNS = {
    "published": "publication_date",
    "inspection_start": "inspection_start_date",
    "inspection_end": "inspection_end_date",
}
_GRADE_COLUMNS: dict[str, str] = {
    "overall": "overall_effectiveness_grade",
    "leaders": "impact_of_leaders_grade",
    "help and protection": "help_and_protection_grade",
    "in care": "in_care_grade",
    "care leavers": "care_leavers_grade",
}
_AREAS = {
    "overall": "^overall effectiveness", "leaders": "leader", "help and protection": "help and protection",
    "in care": "in care|looked after", "care leavers": "care leavers",
}  # fmt: skip
"""What an area is called, the first that fits."""

_GRADES = ("outstanding", "good", "requires improvement", "inadequate", "adequate")
FIELDS: tuple[str, ...] = (*_DATE_COLUMNS, "lead_inspector", *_GRADE_COLUMNS)

Values = Mapping[str, str | None]


def read_peer(path: Path) -> dict[str, Values]:
    """Read the other tool's values by file name: ISO dates, small letters, None for what it lacks."""
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    except OSError as error:
        raise SourceError(f"{path} can't be read ({error.strerror}); name the CSV to compare with") from error
    return {row["file"]: _values(row) for row in rows}


def _values(row: Mapping[str, str]) -> Values:
    values: dict[str, str | None] = {field: _iso(row[column]) for field, column in _DATE_COLUMNS.items()}
    values["lead_inspector"] = row["inspector_name"] or None
    for field, column in _GRADE_COLUMNS.items():
        values[field] = _grade(row[column])
    return values


def _iso(text: str) -> str | None:
    for form in ("%d/%m/%Y", "%d/%m/%y"):
        try:
            return datetime.strptime(text.strip(), form).date().isoformat()
        except ValueError:
            continue
    return None


def _grade(text: str | None) -> str | None:
    grade = folded(text).removesuffix(" to be good")
    return grade if grade in _GRADES else None


def ours(document: Document) -> Values:
    """Give the same fields from a document of ours."""
    values: dict[str, str | None] = {
        "published": document.published,
        "inspection_start": document.inspected_from,
        "inspection_end": document.inspected_to,
        "lead_inspector": document.lead_inspector,
        "overall": _grade(document.overall),
    }
    return values | _areas([(j.area, j.grade) for j in document.judgements])


def true_values(truth: Mapping[str, Any]) -> Values:
    """Give the same fields from a truth; fields that it leaves out are missing from the answer."""
    names = ("published", "inspection_start", "inspection_end", "lead_inspector")
    values: dict[str, str | None] = {name: truth[name] for name in names if truth.get(name)}
    pairs = [(j["area"], j["grade"]) for j in truth.get("judgements", ())]
    if truth.get("overall_statement"):
        pairs.append(("Overall effectiveness", truth["overall_statement"]["grade"]))
    return values | {field: grade for field, grade in _areas(pairs).items() if grade}


def _areas(pairs: Sequence[tuple[str, str]]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for area, grade in pairs:
        name = folded(area)
        if re.search(r"safeguarding children board|lscb|adoption", name):
            continue
        field = next((field for field, pattern in _AREAS.items() if re.search(pattern, name)), None)
        if field is not None:
            found[field] = _grade(grade)
    return found


def check_against_truth(
    truths: Sequence[Mapping[str, Any]], documents: Mapping[str, Document], peer: Mapping[str, Values]
) -> list[tuple[str, int, int, int]]:
    """Count for each field: its name, truths known, how many the peer has right, how many we have."""
    rows = []
    for field in FIELDS:
        known = right_peer = right_ours = 0
        for truth in truths:
            values = true_values(truth)
            if field not in values or truth["file"] not in peer:
                continue
            known += 1
            right_peer += same(peer[truth["file"]].get(field), values[field])
            mine = documents.get(truth["file"])
            right_ours += mine is not None and same(ours(mine).get(field), values[field])
        rows.append((field, known, right_peer, right_ours))
    return rows


def differences(documents: Mapping[str, Document], peer: Mapping[str, Values]) -> Iterator[Check]:
    """One check for each field of each file that both have read; wrong where the two differ.

    What the peer leaves out is not a difference; a publication date is, even where the report prints none.
    """
    for file, values in peer.items():
        if file not in documents:
            continue
        mine = ours(documents[file])
        for field in FIELDS:
            theirs = values.get(field)
            if theirs is not None:
                got = mine.get(field)
                yield Check(file, f"as the peer: {field}", same(theirs, got), theirs, got or "nothing")
