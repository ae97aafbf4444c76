"""The facets of a search as links: each adds its value to the search, or takes it away again.

The counts are `search_api.search.facets`'; here they get their words and addresses. This module must not know how
anything is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from search_api.fields import FACETS, ROWS
from search_api.search.facets import Facet, Value
from web.pages.search.address import Asked

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


def facet_links(asked: Asked, facets: Sequence[Facet]) -> list[ShownFacet]:
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
                tuple(_link(asked, facet.name, value) for value in linked),
                tuple(sorted(rest, key=lambda value: value.value)),
            )
        )
    return shown


def _link(asked: Asked, name: str, value: Value) -> FacetLink:
    return FacetLink(
        in_words(name, value.value), value.value, value.passages, _url(asked, name, value), value.chosen
    )


def in_words(name: str, value: str) -> str:
    """Name a filter's value as people read it."""
    shown = ROWS[name].shown if name in ROWS else {}
    return shown.get(value) or value[:1].upper() + value[1:]


def _url(asked: Asked, name: str, value: Value) -> str:
    row, facet = FACETS[name]
    if row.repeatable:
        chosen = asked.filters.values(name)
        return asked.url(
            **{
                name: [one for one in chosen if one != value.value]
                if value.chosen
                else [*chosen, value.value]
            }
        )
    return asked.url(**dict.fromkeys(facet.sets or (name,), None if value.chosen else value.value))
