"""The list of councils and of other organisations that were inspected: what it holds, narrowed and in an order.

Plain values for `councils.html`. This module must not know how a council's name was recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.document import GRADES, Document
from indexer.register.inspections import gives_no_overall, organisation_of
from indexer.text.councils import canonical, nearest, region_of
from web.pages import display
from web.pages.search.address import address
from web.pages.site import Parameters

NOT_GIVEN = "None given"
"""Where the last inspection gave no grade for all services together."""
MOST_ROWS = 250
"""Rows of a page: more weigh over 100 kB."""


@dataclass(frozen=True, slots=True)
class CouncilRow:
    """A council of the list: how many documents of it there are, its newest inspection and its overall grade.

    `day` is the newest inspection's (ISO 8601), `latest` the same in words. `grade` may be NOT_GIVEN. `region` is an English
    council's, `kind` what another organisation is.
    """

    name: str
    slug: str
    documents: int
    day: str
    latest: str
    grade: str | None
    region: str = ""
    kind: str = "council"


@dataclass(frozen=True, slots=True)
class ColumnHeading:
    """A column's heading: the address that sorts by it, and how it is sorted now ("ascending", "descending" or "")."""

    text: str
    url: str
    sorted: str
    is_number: bool = False


def council_rows(documents: Sequence[Document]) -> list[CouncilRow]:
    """List every council that a document is about, and then every other organisation, each by name."""
    held: dict[str, list[Document]] = {}
    for document in documents:
        name = document.council or organisation_of(document)
        if name:
            held.setdefault(name, []).append(document)
    councils = {document.council for document in documents}
    return [_row(name, held[name]) for name in sorted(held, key=lambda name: (name not in councils, name))]


def _row(name: str, held: Sequence[Document]) -> CouncilRow:
    inspected = sorted((d for d in held if d.is_inspection and display.day(d)), key=display.day)
    last = inspected[-1] if inspected else None
    is_council = any(document.council == name for document in held)
    return CouncilRow(
        name=name,
        slug=display.slug(name),
        documents=len(held),
        day=display.day(last) if last else "",
        latest=display.date(display.day(last)) if last else "",
        grade=(last.overall or (NOT_GIVEN if gives_no_overall(last) else None)) if last else None,
        region=region_of(name) or "",
        kind="council"
        if is_council
        else next((d.organisation_type for d in held if d.organisation_type), ""),
    )


def council_named(slug: str, documents: Sequence[Document]) -> str | None:
    """Find the council of this address; None where no document is about it."""
    return next((d.council for d in documents if d.council and display.slug(d.council) == slug), None)


def organisation_named(slug: str, documents: Sequence[Document]) -> str | None:
    """Find the council, or else the other organisation, of this address; None where no document is about it."""
    named = council_named(slug, documents)
    return named or next(
        (name for d in documents if (name := organisation_of(d)) and display.slug(name) == slug), None
    )


def similar(names: Sequence[str], documents: Sequence[Document]) -> list[CouncilRow]:
    """List the councils of these names that there are documents of, in the order given."""
    rows = {row.name: row for row in council_rows(documents)}
    return [rows[name] for name in names if name in rows]


def _place(grade: str | None) -> int:
    known = (*GRADES, NOT_GIVEN)
    return known.index(grade) if grade in known else len(known)


_ORDERS: dict[str, tuple[str, Callable[[CouncilRow], tuple[object, ...]], bool]] = {
    "name": ("Council", lambda row: (row.name,), False),
    "region": ("Region", lambda row: (row.region or "~", row.name), False),
    "latest": ("Last inspected", lambda row: (row.day,), True),
    "grade": ("Overall grade then", lambda row: (_place(row.grade), row.name), False),
    "documents": ("Documents", lambda row: (row.documents,), True),
}
"""What the list can be sorted by: the column's heading, the key, and whether the largest come first."""


@dataclass(frozen=True, slots=True)
class ListAsked:
    """What the address of the list asks: words of a name, a region, a grade, and an order ("-" before it turns it round)."""

    words: str = ""
    region: str = ""
    grade: str = ""
    sort: str = "name"

    @property
    def narrows(self) -> bool:
        """Whether it leaves some out."""
        return bool(self.words or self.region or self.grade)

    def url(self, sort: str) -> str:
        """Give the address of the same list in another order."""
        return address(
            "/councils",
            {
                "q": self.words,
                "region": self.region,
                "grade": self.grade,
                "sort": sort if sort != "name" else None,
            },
        )

    def headings(self) -> list[ColumnHeading]:
        """Give the columns' headings, each with the address that sorts by it, or turns its order round."""
        found = []
        for name, (text, _, largest_first) in _ORDERS.items():
            on, turned = self.sort.lstrip("-") == name, self.sort.startswith("-")
            order = ("descending" if largest_first != turned else "ascending") if on else ""
            to = f"-{name}" if on and not turned else name
            found.append(ColumnHeading(text, self.url(to), order, name == "documents"))
        return found

    def rows(self, rows: Sequence[CouncilRow]) -> list[CouncilRow]:
        """Give the rows that it leaves, in its order."""
        words = self.words.casefold()
        kept = [
            row
            for row in rows
            if (not words or words in row.name.casefold())
            and (not self.region or row.region == self.region)
            and (not self.grade or row.grade == self.grade)
        ]
        if words and not kept:
            meant = canonical(self.words) or nearest(self.words, [row.name for row in rows])
            kept = [row for row in rows if row.name == meant]
        _, key, largest_first = _ORDERS[self.sort.lstrip("-")]
        return sorted(kept, key=key, reverse=largest_first != self.sort.startswith("-"))


def read_list(given: Parameters) -> ListAsked:
    """Read the parameters of the list's address; an order that there isn't is that by name."""

    def last(name: str) -> str:
        return " ".join("".join(list(given.get(name, ()))[-1:]).split())[:200]

    sort = last("sort") if last("sort").removeprefix("-") in _ORDERS else "name"
    return ListAsked(last("q"), last("region"), last("grade"), sort)
