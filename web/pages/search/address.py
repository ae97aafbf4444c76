"""The address of a search: what it asks, read from its parameters, and written again with something changed.

Every link of the search page is made here, so that no filter is lost from one page to the next: among them the
facets, each of whose values is added to the search or taken away again. This module must not know what is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from indexer.errors import QueryError
from search_api.fields import FACETS, ROWS, Filters, filters_from, meant
from search_api.search.facets import Facet, Value
from search_api.search.result_set import MOST_LISTED
from web.pages.site import Parameters, page_number, several

PER_PAGE = 10
_OWN = (
    "q", "without", "page", "sort", "answer_page", "theme", "across", "subject", "near", "turn", "status", "found", "verdict",
    "by", "group", "type",
)  # fmt: skip
MOST_PAGES = MOST_LISTED // PER_PAGE


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """What the address of a search page asks: the question, filters chosen, filters undone, and the page; the
    councils of a long answer have pages of their own.
    """

    question: str
    filters: Filters
    without: tuple[str, ...] = ()
    page: int = 1
    newest_first: bool = False
    answer_page: int = 1

    def url(self, path: str = "/search", /, **changes: object) -> str:
        """Give the address of the same search with these parameters changed; the page begins at 1 again."""
        values: dict[str, object] = {"q": self.question, **self.filters.to_json(), "without": self.without}
        values["sort"] = "date" if self.newest_first else None
        return address(path, values | {"page": None, "answer_page": None, **changes})


def address(path: str, values: Mapping[str, object]) -> str:
    """Write an address with parameters; several values of one are repeated, and what is empty is left out."""
    pairs = [
        (name, str(one))
        for name, value in values.items()
        for one in (value if isinstance(value, (list, tuple)) else (value,))
        if one not in (None, "")
    ]
    return f"{path}?{urlencode(pairs)}"


def refuse_misspelt(parameters: Parameters) -> None:
    """Refuse a parameter whose name is nearly a filter's: without it, results of everywhere would be shown."""
    for name in parameters:
        near = meant(name, tuple(ROWS), 80) if name not in ROWS and name not in _OWN else None
        if near:
            raise QueryError(f"there is no filter called {name[:60]!r}; did you mean {near}?")


def read_address(parameters: Parameters) -> SearchAddress:
    """Read the parameters of an address; what is empty asks nothing, and a page that is no number is the first.

    Raises QueryError for what seems to be a filter misspelt; links from elsewhere may carry parameters of their own.
    """
    refuse_misspelt(parameters)

    def last(name: str) -> str:
        return "".join(several(parameters, name)[-1:])

    return SearchAddress(
        question=" ".join(last("q").split()),
        filters=filters_from(parameters),
        without=several(parameters, "without"),
        page=page_number(last("page"), MOST_PAGES),
        newest_first=last("sort") == "date",
        answer_page=page_number(last("answer_page"), MOST_PAGES),
    )


MOST_SHOWN = {"council": 8, "year": 12}
"""Values shown as links; the other councils are in a list to choose from, other years are typed."""


@dataclass(frozen=True, slots=True)
class FacetLink:
    """A value to choose, or where `chosen`, to take away; `passages` are those that choosing it would find."""

    text: str
    value: str
    passages: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ShownFacet:
    """A filter with the values shown as links and those that stand in a list to choose from."""

    name: str
    heading: str
    links: tuple[FacetLink, ...]
    others: tuple[Value, ...]


def facet_links(search: SearchAddress, facets: Sequence[Facet]) -> list[ShownFacet]:
    """Put the facets that can narrow a search into words; one whose only value is everything is left out."""
    shown = []
    for facet in facets:
        if len(facet.values) < 2 and not any(value.chosen for value in facet.values):
            continue
        most = MOST_SHOWN.get(facet.name, len(facet.values))
        linked = [v for place, v in enumerate(facet.values) if v.chosen or place < most]
        rest = [v for place, v in enumerate(facet.values) if not v.chosen and place >= most]
        shown.append(
            ShownFacet(
                facet.name,
                FACETS[facet.name][1].heading or FACETS[facet.name][0].heading,
                tuple(_link(search, facet.name, value) for value in linked),
                tuple(sorted(rest, key=lambda value: value.value)),
            )
        )
    return shown


def _link(search: SearchAddress, name: str, value: Value) -> FacetLink:
    return FacetLink(
        in_words(name, value.value), value.value, value.passages, _url(search, name, value), value.chosen
    )


def in_words(name: str, value: str) -> str:
    """Name a filter's value as people read it."""
    shown = ROWS[name].shown if name in ROWS else {}
    return shown.get(value) or value[:1].upper() + value[1:]


def _url(search: SearchAddress, name: str, value: Value) -> str:
    row, facet = FACETS[name]
    if row.repeatable:
        chosen = search.filters.values(name)
        return search.url(
            **{
                name: [one for one in chosen if one != value.value]
                if value.chosen
                else [*chosen, value.value]
            }
        )
    return search.url(**dict.fromkeys(facet.sets or (name,), None if value.chosen else value.value))
