"""One comparison of a value that was read with the value that is true, and tables of many of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that could be right or wrong in one file, with what is true and what was read."""

    file: str
    field: str
    correct: bool
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class FieldScore:
    """How many of a field's checks came out right."""

    field: str
    correct: int
    total: int

    @property
    def share(self) -> float:
        """From 0 to 1; a field that was never asked about scores 1."""
        return self.correct / self.total if self.total else 1.0


def scores(checks: Iterable[Check]) -> list[FieldScore]:
    """One score for each field, in the order in which the fields first come up."""
    totals: dict[str, list[int]] = {}
    for check in checks:
        counted = totals.setdefault(check.field, [0, 0])
        counted[0] += check.correct
        counted[1] += 1
    return [FieldScore(field, correct, total) for field, (correct, total) in totals.items()]


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a plain text table: words to the left, numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [
        max(len(heading), *(len(row[i]) for row in cells)) if cells else len(heading)
        for i, heading in enumerate(headings)
    ]
    numeric = [all(_is_number(row[i]) for row in cells) for i in range(len(headings))]

    def line(row: Sequence[str]) -> str:
        parts = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        return "  ".join(parts).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([line(list(headings)), rule, *(line(row) for row in cells)])


def score_table(checks: Sequence[Check]) -> str:
    """Lay out correct, total and share for each field."""
    return table(
        ("field", "correct", "total", "share"),
        [(score.field, score.correct, score.total, score.share) for score in scores(checks)],
    )


def misses(checks: Iterable[Check]) -> str:
    """Each wrong value on a line of its own: file, field, what is true, what was read."""
    return "\n".join(
        f"  {check.file}  {check.field}: expected {check.expected!s:.160}  got {check.got!s:.160}"
        for check in checks
        if not check.correct
    )


def as_json(checks: Sequence[Check]) -> dict[str, Any]:
    """Give the scores and every miss, for other programs."""
    return {
        "fields": [{**asdict(score), "share": round(score.share, 4)} for score in scores(checks)],
        "misses": [asdict(check) for check in checks if not check.correct],
    }


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}"
    return str(value)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).replace("+", "", 1).isdigit() or text == "-"
