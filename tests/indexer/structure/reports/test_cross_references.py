"""A report's own "(paragraphs 33, 34)", read and doubted."""

from __future__ import annotations

import pytest

from indexer.structure.reports.cross_references import cited_labels, fit_of

SUBJECTS = (
    "fostering carers recruitment campaign", "supervision recorded monthly managers", "missing episodes interviews",
    "dental appointments health histories", "school attendance virtual headteacher", "adoption panel matching families",
    "housing options homeless teenagers", "caseloads newly qualified workers", "audits moderated learning themes",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Act sooner (paragraph 25).", ("25",)),
        ("Act sooner (paragraphs 33, 34).", ("33", "34")),
        ("Act sooner (paragraphs 40, 41 and 64).", ("40", "41", "64")),
        ("Act sooner (paragraphs 111–113).", ("111", "112", "113")),
        ("Act sooner (paragraphs 7 to 9).", ("7", "8", "9")),
        ("Act sooner (see paragraph 3) and later (paragraph 5).", ("3", "5")),
        (f"Act sooner (paragraphs 3, {'9' * 5_000} and 5).", ("3", "5")),
        ("Act sooner, as section 47 says.", ()),
    ],
)
def test_cited_numbers_are_read_with_their_ranges(text: str, labels: tuple[str, ...]) -> None:
    assert cited_labels(text) == labels


def paragraphs() -> dict[str, str]:
    return {str(n): f"Inspectors found that {words} had changed." for n, words in enumerate(SUBJECTS, 10)}


def citing(shift: int) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (f"Improve {words}", (str(n - shift),)) for n, words in enumerate(SUBJECTS, 10) if 2 <= n - 10 <= 6
    ]


def test_numbers_that_name_the_right_paragraphs_are_believed() -> None:
    assert fit_of(citing(0), paragraphs()).fits


@pytest.mark.parametrize("shift", [-2, -1, 1, 2])
def test_a_report_shifted_as_a_whole_is_not_believed_and_the_shift_is_told(shift: int) -> None:
    fit = fit_of(citing(shift), paragraphs())
    assert not fit.fits
    assert fit.shift == shift


def test_a_report_shifted_in_part_is_not_believed() -> None:
    mixed = [*citing(0)[:2], *citing(2)[2:]]
    fit = fit_of(mixed, paragraphs())
    assert not fit.fits


def test_nothing_cited_is_nothing_to_doubt() -> None:
    assert fit_of([], paragraphs()).fits
