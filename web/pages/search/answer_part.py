"""The answer above the results: grouped by council, strengths and weaknesses apart, every sentence sourced.

Plain values for `components/answer.html`. This module must not know how an answer is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from search_api.answers.answer import Answer, Statement
from web.pages import display

_SIDES = (
    ("weakness", "Weaknesses"),
    ("strength", "Strengths"),
    ("mixed", "Strengths and weaknesses together"),
    ("", "Also said"),
)


COUNCILS_ON_A_PAGE, ROWS_ON_A_PAGE = 30, 50
"""A count across councils lists them all; a page of that many stays light."""


@dataclass(frozen=True, slots=True)
class ShownSource:
    """A citation as it is shown: whose, when, which paragraph, on which page."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A statement with the links to its sources, the date that it was printed and the grade at the time."""

    text: str
    sources: tuple[ShownSource, ...]
    date: str
    grade: str | None
    passage_id: str = ""
    """The passage that it is criticised in; empty for what is no criticism."""


@dataclass(frozen=True, slots=True)
class CouncilAnswer:
    """What the answer says of one council."""

    council: str
    slug: str
    statements: tuple[ShownStatement, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an answer: its weaknesses, or its strengths; `heading` is empty where sides aren't known.

    `total` counts the councils of the side, on whatever page they stand.
    """

    heading: str
    councils: tuple[CouncilAnswer, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the register: whose, when, what is printed, and its grade or what its words say of the matter."""

    council: str
    slug: str
    date: str
    text: str
    grade: str | None
    verdict: str
    colour: str
    sources: tuple[ShownSource, ...]
    passage_id: str = ""


_VERDICTS = {
    "strength": ("praised", "green"), "weakness": ("criticised", "red"), "mixed": ("both", "yellow"), "neutral": ("", ""),
}  # fmt: skip
_WITH_VERDICTS = frozenset({"findings", "changes", "common", "comparison", "trend"})


def rows(answer: Answer) -> list[ShownRow]:
    """List the rows of an answer that the register gives; none where passages answer."""
    if not answer.reading:
        return []
    found = []
    for statement in answer.statements:
        document = statement.citations[0].document
        judged = statement.citations[0].passage.kind == "judgement"
        shows = answer.query_kind in _WITH_VERDICTS and not judged
        verdict, colour = _VERDICTS[statement.polarity] if shows else ("", "")
        found.append(
            ShownRow(
                council=statement.council or "No council named",
                slug=display.slug(statement.council or ""),
                date=display.date(document.inspected_to or display.day(document)),
                text=statement.text,
                grade=statement.grade if judged else None,
                verdict=verdict,
                colour=colour,
                sources=tuple(ShownSource(c.reference, c.passage.url) for c in statement.citations),
                passage_id=_criticised_in(statement),
            )
        )
    return found


def sides(answer: Answer) -> list[Side]:
    """Split an answer's statements into strengths and weaknesses where it knows them, each by council."""
    polarities = {_polarity(statement) for statement in answer.statements}
    if len(polarities) < 2:
        councils = tuple(_by_council(answer.statements))
        return [Side("", councils, len(councils))] if councils else []
    known = {name for name, _ in _SIDES if name}
    found = []
    for name, heading in _SIDES:
        held = [s for s in answer.statements if (p := _polarity(s)) == name or (not name and p not in known)]
        if held:
            councils = tuple(_by_council(held))
            found.append(Side(heading, councils, len(councils)))
    return found


def pages_of(sides: Sequence[Side]) -> int:
    """Say on how many pages the councils of an answer stand, one at least."""
    return max(1, -(-sum(side.total for side in sides) // COUNCILS_ON_A_PAGE))


def on_page(sides: Sequence[Side], page: int) -> list[Side]:
    """Give what stands on a page (from 1), side after side; a side that isn't there is left out."""
    first = (min(page, pages_of(sides)) - 1) * COUNCILS_ON_A_PAGE
    found = []
    for side in sides:
        begin, end = max(0, first), max(0, first + COUNCILS_ON_A_PAGE)
        if shown := side.councils[begin:end]:
            found.append(replace(side, councils=shown))
        first -= side.total
    return found


def _criticised_in(statement: Statement) -> str:
    return statement.citations[0].passage.id if statement.polarity in ("weakness", "mixed") else ""


def _polarity(statement: Statement) -> str:
    return statement.polarity if statement.polarity != "neutral" else ""


def _by_council(statements: Iterable[Statement]) -> list[CouncilAnswer]:
    groups: dict[str, list[ShownStatement]] = {}
    for statement in statements:
        first = statement.citations[0]
        council = first.document.council or "No council named"
        groups.setdefault(council, []).append(
            ShownStatement(
                text=statement.text,
                sources=tuple(ShownSource(c.reference, c.passage.url) for c in statement.citations),
                date=display.date(display.day(first.document)),
                grade=statement.grade,
                passage_id=_criticised_in(statement),
            )
        )
    return [CouncilAnswer(name, display.slug(name), tuple(held)) for name, held in groups.items()]


@dataclass(frozen=True, slots=True)
class Reach:
    """How much an answer stands on, in words: `before` and `after` what is said in bold."""

    before: str
    bold: str
    after: str


def reach(answer: Answer, councils_in_results: int | None) -> Reach:
    """Say at how many of the councils searched there is something, and how many of them are quoted.

    A count across councils names all that it found. Any other answer quotes the nearest few: then the councils of
    all the results are counted (`councils_in_results`; None where no result is close).
    """
    coverage = answer.coverage
    councils = display.count(coverage.councils_searched, "council")
    documents = display.count(coverage.documents_searched, "document")
    quoted = coverage.councils_with_findings
    if answer.kind != "survey" and councils_in_results is None:
        # The few that are quoted are no count of those that there are.
        return Reach("Quoted from ", f"{quoted} of {councils} searched, in {documents}", ".")
    if councils_in_results is None or answer.kind == "survey" or councils_in_results <= quoted:
        return Reach("Findings at ", f"{quoted} of {councils} searched, in {documents}", ".")
    return Reach(
        "Passages on this stand in reports or papers of ",
        f"{councils_in_results} of {councils} searched, in {documents}",
        f". Quoted here are the nearest, of {display.count(quoted, 'council')}.",
    )


def note(answer: Answer) -> str:
    """Give what the answer says of its own reach beyond the denominator, as a sentence; "" for nothing more."""
    said = "; ".join(answer.coverage.beside)
    return f"{said[:1].upper()}{said[1:]}." if said else ""
