"""The filters that a search may be given: checked, and turned into a selection of the index.

A filter from a parameter is an order: a value that doesn't exist is refused with the values that do. Filters
understood from a question are suggestions, and live in `query`. This module knows nothing of HTTP or of
ranking.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from indexer.document import DOCUMENT_KINDS, GRADES, PASSAGE_KINDS
from indexer.errors import QueryError
from indexer.store.columns import Selection
from indexer.text.councils import all_councils, canonical, former_councils, nearest
from indexer.text.polarity import POLARITIES

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$", re.ASCII)
MAX_VALUE = 200
"""Characters in a filter's value; longer ones are nobody's heading, council or id."""
_NOBODY = "\x00"
"""A council that no document is about: asked for where a region and the councils chosen exclude each other."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to. None and the empty tuple ask nothing; councils are alternatives.

    Dates are ISO 8601 and may stop at the year or the month; both ends are included. `section` is looked for
    inside headings in any case of letters; `document` is a document's id or file name; `passage_kind` is what
    a passage is (a recommendation, a summary). `region` is one of the nine English regions: councils that lie
    elsewhere, or in none, are left out. `polarity` is strength, weakness, mixed or neutral.
    """

    council: tuple[str, ...] = ()
    kind: str | None = None
    framework: str | None = None
    published_from: str | None = None
    published_to: str | None = None
    grade: str | None = None
    section: str | None = None
    document: str | None = None
    passage_kind: str | None = None
    region: str | None = None
    polarity: str | None = None

    SINGLE: ClassVar[tuple[str, ...]] = (
        "kind", "framework", "published_from", "published_to", "grade", "section", "document", "passage_kind",
        "region", "polarity",
    )  # fmt: skip
    """The filters that take one value."""

    def to_json(self) -> dict[str, Any]:
        """Give the filters that are set, by the names of the contract's parameters."""
        data: dict[str, Any] = {}
        if self.council:
            data["council"] = list(self.council)
        data |= {name: getattr(self, name) for name in self.SINGLE if getattr(self, name) is not None}
        return data

    def selection(self) -> Selection:
        """Say the same as the index understands it."""
        return Selection(
            councils=self._councils(),
            kinds=(self.kind,) if self.kind else (),
            frameworks=(self.framework,) if self.framework else (),
            published_from=self.published_from,
            published_to=self.published_to,
            grades=(self.grade,) if self.grade else (),
            section=self.section,
            documents=(self.document,) if self.document else (),
            passage_kinds=(self.passage_kind,) if self.passage_kind else (),
            polarities=(self.polarity,) if self.polarity else (),
        )

    def _councils(self) -> tuple[str, ...]:
        """Name the councils asked for: those of the region, of which `council` leaves its own."""
        if not self.region:
            return self.council
        lying_there = councils_of(self.region)
        return tuple(name for name in lying_there if not self.council or name in self.council) or (_NOBODY,)


def regions() -> tuple[str, ...]:
    """Name the nine regions of England, in the order of the list of councils."""
    return tuple(dict.fromkeys(council.region for council in all_councils()))


def councils_of(region: str) -> tuple[str, ...]:
    """Name every authority of a region, those that no longer exist included."""
    return tuple(c.name for c in (*all_councils(), *former_councils()) if c.region == region)


@dataclass(frozen=True, slots=True)
class Known:
    """The values that an index holds, against which filters are checked; `files` are ids by file name."""

    councils: tuple[str, ...]
    frameworks: tuple[str, ...]
    grades: tuple[str, ...]
    documents: frozenset[str]
    files: dict[str, str]


def checked(filters: Filters, known: Known) -> Filters:
    """Put every value of the filters in its canonical form.

    Empty values ask nothing. Raises QueryError naming the allowed values (or the nearest council) for one
    that doesn't exist, and for dates that are none or the wrong way round.
    """
    for name in Filters.SINGLE:
        value = getattr(filters, name)
        if value is not None and len(value) > MAX_VALUE:
            raise QueryError(f"{name} is longer than {MAX_VALUE} characters; shorten it")
    published_from = _date("published_from", filters.published_from)
    published_to = _date("published_to", filters.published_to)
    if published_from and published_to and _full(published_from, "-01-01") > _full(published_to, "-12-31"):
        raise QueryError(
            f"published_from ({published_from}) is after published_to ({published_to}); swap them"
        )
    frameworks = tuple(dict.fromkeys((*known.frameworks, "SIF", "ILACS")))
    grades = tuple(dict.fromkeys((*GRADES, *known.grades)))
    return replace(
        filters,
        council=tuple(dict.fromkeys(_council(c, known.councils) for c in filters.council if c.strip())),
        kind=_one_of("kind", filters.kind, DOCUMENT_KINDS),
        framework=_one_of("framework", filters.framework, frameworks),
        published_from=published_from,
        published_to=published_to,
        grade=_one_of("grade", filters.grade, grades),
        section=" ".join((filters.section or "").split()) or None,
        document=_document(filters.document, known),
        passage_kind=_one_of("passage_kind", filters.passage_kind, PASSAGE_KINDS),
        region=_one_of("region", filters.region, regions()),
        polarity=_one_of("polarity", filters.polarity, POLARITIES),
    )


def _one_of(name: str, value: str | None, allowed: Sequence[str]) -> str | None:
    if value is None or not value.strip():
        return None
    wanted = _folded(value)
    for choice in allowed:
        if _folded(choice) == wanted:
            return choice
    raise QueryError(f"{name} can't be {_shown(value)}; it is one of: {', '.join(allowed)}")


def _council(value: str, present: Sequence[str]) -> str:
    if len(value) > MAX_VALUE:
        raise QueryError(f"council is longer than {MAX_VALUE} characters; shorten it")
    wanted = _folded(value)
    for name in present:
        if _folded(name) == wanted:
            return name
    known = canonical(value)
    if known:
        return known
    guess = nearest(value, [*present, *(c.name for c in all_councils())])
    hint = f"did you mean {guess}?" if guess else "see the list of councils for those that are"
    raise QueryError(f"there is no council called {_shown(value)}; {hint}")


def _document(value: str | None, known: Known) -> str | None:
    if value is None or not value.strip():
        return None
    value = value.strip()
    if value in known.documents:
        return value
    if value in known.files:
        return known.files[value]
    raise QueryError(
        f"there is no document {_shown(value)} in this index; give a document's id or its file's name"
    )


def _date(name: str, value: str | None) -> str | None:
    if value is None or not value.strip():
        return None
    value = value.strip()
    match = _DATE.match(value)
    if match:
        year, month, day = (int(part) if part else 1 for part in match.groups())
        with contextlib.suppress(ValueError):
            datetime.date(year, month, day)
            return value
    raise QueryError(f"{name} can't be {_shown(value)}; give a date as 2018-09-01, 2018-09 or 2018")


def _full(date: str, rest: str) -> str:
    return date + rest if len(date) == 4 else date


def _folded(value: str) -> str:
    return " ".join(value.replace("_", " ").replace("-", " ").casefold().split())


def _shown(value: str) -> str:
    short = value if len(value) <= 60 else value[:57] + "..."
    return repr(short)
