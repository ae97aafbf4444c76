"""One comparison of a value that was read with the value that is true, and the scores of many of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from eval.reading.same_in_print import same
from eval.reports import plain, table


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that could be right or wrong in one file, with what is true and what was read."""

    file: str
    field: str
    correct: bool
    expected: str
    got: str


class Sheet(list[Check]):
    """The checks of one file, in order."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file

    def add(self, field: str, correct: bool, expected: object = "", got: object = "") -> None:
        """Note whether a value that was read is the true one."""
        self.append(Check(self.file, field, correct, str(expected), str(got)))

    def value(self, field: str, expected: str | None, got: str | None) -> None:
        """Hold one short value against another, quotes and case apart."""
        self.add(field, same(expected, got), *("nothing" if one is None else one for one in (expected, got)))


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
        "fields": [{**plain(score), "share": round(score.share, 4)} for score in scores(checks)],
        "misses": [check for check in checks if not check.correct],
    }
