"""The filters that a search may be given: one row each, from which every face takes them.

The command line, JSON parameters, OpenAPI, tools, pages and the docs' list read the rows of `Filters` and nothing else.
A filter from a parameter is an order: a value that doesn't exist is refused with the values that do. One understood from
a question is a suggestion, and gives way. This module knows nothing of HTTP or of ranking.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from rapidfuzz import fuzz, process

from indexer.document import DOCUMENT_KINDS, GRADES, PASSAGE_KINDS
from indexer.errors import QueryError
from indexer.store.columns import Selection
from indexer.text.councils import all_councils, canonical, former_councils, nearest
from indexer.text.polarity import POLARITIES
from search_api.question import phrases
from search_api.search import facets
from search_api.search.facets import Count

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$", re.ASCII)
MAX_VALUE = 200
"""Characters in a filter's value; longer ones are nobody's heading, council or id."""
_NOBODY = "\x00"
"""A council that no document is about: asked for where a region and the councils chosen exclude each other."""


@dataclass(frozen=True, slots=True)
class Known:
    """The values that an index holds, against which filters are checked; `files` are ids by file name."""

    councils: tuple[str, ...]
    frameworks: tuple[str, ...]
    grades: tuple[str, ...]
    documents: frozenset[str]
    files: Mapping[str, str]
    organisations: tuple[str, ...] = ()
    organisation_types: tuple[str, ...] = ()


Check = Callable[[str, str, Known], str | None]
"""Puts a value of a named filter in its canonical form, None for an empty one; QueryError for one that can't be."""


@dataclass(frozen=True, slots=True)
class FacetRow:
    """How a filter's values are counted beside results, and its `place` among the facets.

    A facet that sets several filters at once has a name of its own.
    """

    place: int
    count: Count
    name: str = ""
    heading: str = ""
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilterRow:
    """A filter: what it limits a search to, in words; its values, and how they are checked.

    `selects` is the part of a Selection that it sets, by `select`. `stated` finds it in a question's words; of those
    found, the one with the lowest `applied` is applied first, and a later one gives way. `shown` words its values.
    """

    help: str
    heading: str
    check: Check
    selects: str
    example: str
    name: str = ""
    repeatable: bool = False
    select: Callable[[tuple[str, ...]], tuple[str, ...]] = tuple
    facet: FacetRow | None = None
    stated: phrases.Reader | None = None
    applied: int = 0
    shown: Mapping[str, str] = field(default_factory=dict)


def regions() -> tuple[str, ...]:
    """Name the nine regions of England, in the order of the list of councils."""
    return tuple(dict.fromkeys(council.region for council in all_councils()))


def councils_of(region: str) -> tuple[str, ...]:
    """Name every authority of a region, those that no longer exist included."""
    return tuple(c.name for c in (*all_councils(), *former_councils()) if c.region == region)


def _one_of(allowed: Callable[[Known], Sequence[str]]) -> Check:
    def check(name: str, value: str, known: Known) -> str | None:
        wanted = _folded(value)
        choices = tuple(dict.fromkeys(allowed(known)))
        for choice in choices:
            if _folded(choice) == wanted:
                return choice
        raise QueryError(f"{name} can't be {_quoted(value)}; it is one of: {', '.join(choices)}")

    return check


def _council(_: str, value: str, known: Known) -> str:
    wanted = _folded(value)
    for name in known.councils:
        if _folded(name) == wanted:
            return name
    found = canonical(value)
    if found:
        return found
    guess = nearest(value, [*known.councils, *(c.name for c in all_councils())])
    hint = f"did you mean {guess}?" if guess else "see the list of councils for those that are"
    raise QueryError(f"there is no council called {_quoted(value)}; {hint}")


def _organisation(_: str, value: str, known: Known) -> str:
    wanted = _folded(value)
    for name in known.organisations:
        if _folded(name) == wanted:
            return name
    guess = meant(value, known.organisations)
    hint = f"did you mean {guess}?" if guess else "the list of documents names those that are"
    raise QueryError(f"there is no organisation called {_quoted(value)} in this index; {hint}")


def _document(_: str, value: str, known: Known) -> str:
    found = value if value in known.documents else known.files.get(value)
    if found is None:
        raise QueryError(
            f"there is no document {_quoted(value)} in this index; give a document's id or its file's name"
        )
    return found


def _date(name: str, value: str, _: Known) -> str:
    match = _DATE.match(value)
    if match:
        year, month, day = (int(part) if part else 1 for part in match.groups())
        with contextlib.suppress(ValueError):
            datetime.date(year, month, day)
            return value
    raise QueryError(f"{name} can't be {_quoted(value)}; give a date as 2018-09-01, 2018-09 or 2018")


def _words(_: str, value: str, __: Known) -> str:
    return " ".join(value.split())


def _row(*about: Any, **more: Any) -> Any:  # noqa: ANN401 (as dataclasses' own `field`)
    row = FilterRow(*about, **more)
    return field(default=() if row.repeatable else None, metadata={"row": row})


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to. None and the empty tuple ask nothing; councils are alternatives.

    Dates are ISO 8601 and may stop at the year or the month; both ends are included. Each line is a filter: to add one,
    add a line.
    """

    council: tuple[str, ...] = _row(
        "only these councils", "Council", _council, "councils", "Darlington", repeatable=True,
        facet=FacetRow(1, facets.frequent(lambda c: (c.council, c.councils))),
    )  # fmt: skip
    kind: str | None = _row(
        "only this kind of document", "Kind of document", _one_of(lambda _: DOCUMENT_KINDS), "kinds",
        "inspection report", facet=FacetRow(4, facets.in_order(lambda c: (c.document_kind, DOCUMENT_KINDS), DOCUMENT_KINDS)),
        stated=phrases.kinds, applied=2,
    )  # fmt: skip
    framework: str | None = _row(
        "only this inspection framework", "Framework", _one_of(lambda known: (*known.frameworks, "SIF", "ILACS")),
        "frameworks", "ILACS", facet=FacetRow(5, facets.frequent(lambda c: (c.framework, c.frameworks))),
        stated=phrases.frameworks, applied=1,
    )  # fmt: skip
    published_from: str | None = _row(
        "only documents of this ISO date or later", "Published from", _date, "published_from", "2018-09-01",
        facet=FacetRow(3, facets.years, "year", "Year published", ("published_from", "published_to")),
    )  # fmt: skip
    published_to: str | None = _row(
        "only documents of this ISO date or earlier", "Published to", _date, "published_to", "2018-09-30"
    )
    grade: str | None = _row(
        "only passages that stand under this grade", "Grade at the time",
        _one_of(lambda known: (*GRADES, *known.grades)), "grades", "Inadequate",
        facet=FacetRow(7, facets.in_order(lambda c: (c.grade, c.grades), GRADES)), stated=phrases.grades, applied=5,
    )  # fmt: skip
    section: str | None = _row(
        "only passages under a heading with these words", "Section", _words, "section", "care leavers",
        facet=FacetRow(6, facets.sections), stated=phrases.sections, applied=3,
    )  # fmt: skip
    document: str | None = _row(
        "only this document, by id or file name", "Document", _document, "documents", "report.pdf"
    )
    passage_kind: str | None = _row(
        "only this kind of passage", "Kind of passage", _one_of(lambda _: PASSAGE_KINDS), "passage_kinds",
        "recommendation", facet=FacetRow(9, facets.in_order(lambda c: (c.kind, PASSAGE_KINDS), PASSAGE_KINDS)),
        stated=phrases.passage_kinds, applied=4,
        shown={
            "paragraph": "Paragraphs", "recommendation": "Recommendations", "summary": "Summaries",
            "judgement": "Judgements", "action": "Actions of plans", "indicator": "Indicators",
            "progress": "Progress reported", "text": "Other text",
        },
    )  # fmt: skip
    region: str | None = _row(
        "only councils of this English region", "Region", _one_of(lambda _: regions()), "councils", "North East",
        select=lambda values: councils_of(values[0]), facet=FacetRow(2, facets.regions),
    )  # fmt: skip
    polarity: str | None = _row(
        "only strength, weakness, mixed or neutral passages", "Strength or weakness", _one_of(lambda _: POLARITIES),
        "polarities", "weakness", facet=FacetRow(8, facets.frequent(lambda c: (c.polarity, POLARITIES))),
        shown={
            "strength": "Strengths", "weakness": "Weaknesses", "mixed": "Both in one paragraph", "neutral": "Neither",
        },
    )  # fmt: skip

    organisation: tuple[str, ...] = _row(
        "only documents about these organisations, councils or others", "Organisation", _organisation, "organisations",
        "Wexmoor Police", repeatable=True,
    )  # fmt: skip
    organisation_type: str | None = _row(
        "only this kind of organisation", "Kind of organisation", _one_of(lambda known: known.organisation_types),
        "organisation_types", "council",
        facet=FacetRow(10, facets.frequent(lambda c: (c.organisation_type, c.organisation_types))),
    )  # fmt: skip

    def values(self, name: str) -> tuple[str, ...]:
        """Give the values that a filter is set to, by its name."""
        value: tuple[str, ...] | str | None = getattr(self, name)
        return value if isinstance(value, tuple) else (value,) if value is not None else ()

    def to_json(self) -> dict[str, Any]:
        """Give the filters that are set, by the names of the contract's parameters."""
        return {
            name: list(values) if row.repeatable else values[0]
            for name, row in ROWS.items()
            if (values := self.values(name))
        }

    def without(self, *names: str) -> Filters:
        """Take some filters off."""
        nothing: dict[str, Any] = {name: () if ROWS[name].repeatable else None for name in names}
        return replace(self, **nothing)

    def selection(self) -> Selection:
        """Say the same as the index understands it; what two filters select together, both must allow."""
        chosen: dict[str, Any] = {}
        for name, row in ROWS.items():
            values = self.values(name)
            if values and row.selects in chosen:
                allowed = row.select(values)
                chosen[row.selects] = tuple(v for v in allowed if v in chosen[row.selects]) or (_NOBODY,)
            elif values:
                chosen[row.selects] = values[0] if row.selects in _ONE_VALUE else row.select(values)
        return Selection(**chosen)


ROWS: dict[str, FilterRow] = {f.name: replace(f.metadata["row"], name=f.name) for f in fields(Filters)}
FACETS = {
    facet.name or row.name: (row, facet)
    for facet, row in sorted(
        ((row.facet, row) for row in ROWS.values() if row.facet), key=lambda pair: pair[0].place
    )
}
"""The rows that have a facet, with it, by its name, in the order of facets."""
STATED = sorted((row for row in ROWS.values() if row.stated), key=lambda row: row.applied)
"""The rows that a question may state in its words, in the order in which they are applied."""
_ONE_VALUE = {f.name for f in fields(Selection) if f.default is None}


def filters_from(parameters: Mapping[str, Sequence[str]]) -> Filters:
    """Read filters as typed, by their names; what is empty asks nothing, of several values for one the last counts."""
    read: dict[str, Any] = {}
    for name, row in ROWS.items():
        typed = [value.strip() for value in parameters.get(name, ()) if value.strip()]
        if typed:
            read[name] = tuple(dict.fromkeys(typed)) if row.repeatable else typed[-1]
    return Filters(**read)


def checked(filters: Filters, known: Known) -> Filters:
    """Put every value of the filters in its canonical form.

    Empty values ask nothing. Raises QueryError naming the allowed values (or the nearest council) for one that doesn't
    exist, and for dates that are none or the wrong way round.
    """
    found: dict[str, Any] = {}
    for name, row in ROWS.items():
        values: list[str] = []
        for value in filters.values(name):
            if len(value) > MAX_VALUE:
                raise QueryError(f"{name} is longer than {MAX_VALUE} characters; shorten it")
            canonical_value = row.check(name, value.strip(), known) if value.strip() else None
            values += [canonical_value] if canonical_value else []
        if values:
            found[name] = tuple(dict.fromkeys(values)) if row.repeatable else values[0]
    first, last = found.get("published_from"), found.get("published_to")
    if first and last and _full(first, "-01-01") > _full(last, "-12-31"):
        raise QueryError(f"published_from ({first}) is after published_to ({last}); swap them")
    return Filters(**found)


def meant(name: str, known: Sequence[str], least: int = 60) -> str | None:
    """Find what a name that there isn't was probably meant to be: one that is alike by `least` of 100."""
    found = process.extractOne(name.casefold()[:MAX_VALUE], known, scorer=fuzz.ratio, score_cutoff=least)
    return found[0] if found else None


def no_such(name: str, known: Sequence[str]) -> str:
    """Say in one line that there is nothing of a name, and what was meant or what there is."""
    near = meant(name, known)
    return f"did you mean {near}?" if near else f"there are {', '.join(known)}"


def _full(date: str, rest: str) -> str:
    return date + rest if len(date) == 4 else date


def _folded(value: str) -> str:
    return " ".join(value.replace("_", " ").replace("-", " ").casefold().split())


def _quoted(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:57] + "...")
