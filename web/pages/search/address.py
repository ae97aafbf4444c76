"""The address of a search: what it asks, read from its parameters, and written again with something changed.

Every link of the search page is made here, so that no filter is lost from one page to the next. This module
must not know what is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from indexer.errors import QueryError
from search_api.fields import ROWS, Filters, filters_from, meant
from search_api.search.result_set import MOST_LISTED

PER_PAGE = 10
_OWN = ("q", "without", "page", "sort", "answer_page", "theme", "across")
MOST_PAGES = MOST_LISTED // PER_PAGE


@dataclass(frozen=True, slots=True)
class Asked:
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
        values |= {"page": None, "answer_page": None, **changes}
        pairs: list[tuple[str, str]] = []
        for name, value in values.items():
            for one in value if isinstance(value, (list, tuple)) else (value,):
                if one not in (None, ""):
                    pairs.append((name, str(one)))
        return f"{path}?{urlencode(pairs)}"


def refuse_misspelt(parameters: Mapping[str, Sequence[str]]) -> None:
    """Refuse a parameter whose name is nearly a filter's: without it, results of everywhere would be shown."""
    for name in parameters:
        near = meant(name, tuple(ROWS), 80) if name not in ROWS and name not in _OWN else None
        if near:
            raise QueryError(f"there is no filter called {name[:60]!r}; did you mean {near}?")


def asked(parameters: Mapping[str, Sequence[str]]) -> Asked:
    """Read the parameters of an address; what is empty asks nothing, and a page that is no number is the first.

    Raises QueryError for what seems to be a filter misspelt; links from elsewhere may carry parameters of their own.
    """
    refuse_misspelt(parameters)

    def single(name: str) -> str | None:
        values = [value.strip() for value in parameters.get(name, ()) if value.strip()]
        return values[-1] if values else None

    def number(name: str) -> int:
        typed = single(name) or "1"
        found = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1
        return max(1, min(found, MOST_PAGES))

    return Asked(
        question=" ".join((single("q") or "").split()),
        filters=filters_from(parameters),
        without=tuple(dict.fromkeys(v.strip() for v in parameters.get("without", ()) if v.strip())),
        page=number("page"),
        newest_first=single("sort") == "date",
        answer_page=number("answer_page"),
    )
