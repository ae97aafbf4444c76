"""What a group of councils has in common: the subjects that it is criticised for more often than the rest.

The rows are `search_api.register.common`'s; here a group is read from an address and the rows are put into words. This module
must not know how a finding was recognised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from indexer.document import GRADES
from indexer.errors import QueryError
from indexer.text.councils import COUNCIL_TYPES, all_councils
from search_api.citing.citation import Citation
from search_api.fields import Filters, checked, regions
from search_api.register.common import CommonRow, common
from search_api.snapshot import Snapshot
from web.pages.search.page import problem
from web.pages.site import Site, parameters, several
from web.pages.subjects.address import SubjectAddress, read_subject_address
from web.pages.subjects.links import turned_round_url

PATH = "/in-common"
ROWS_ON_A_PAGE, _QUOTES = 20, 2
_LONGEST_LIST = 4_000
_PARTS = re.compile(r"[\n;]")


@dataclass(frozen=True, slots=True)
class SharedSubject:
    """A subject with its share of the group and of the rest, how much likelier it is, and how surprising that is."""

    name: str
    group: str
    rest: str
    lift: str
    chance: str
    quotes: tuple[Citation, ...]
    turned: str


def add_in_common(site: Site) -> None:
    """Add the page of what a group has in common."""

    @site.router.get(PATH)
    def show_in_common(request: Request) -> Response:
        snapshot = site.engine.snapshot()
        given = parameters(request)
        wanted = read_subject_address(given, ("type", "group", "verdict"))
        listed = "\n".join(given.get("group", ()))[:_LONGEST_LIST]
        values: dict[str, Any] = {
            "area": "themes",
            "heading": "What a group of councils has in common",
            "wanted": wanted,
            "listed": listed,
            "grades": GRADES,
            "regions": regions(),
            "types": COUNCIL_TYPES,
            "frameworks": [one for one in snapshot.holdings.known.frameworks if not one.endswith(" visit")],
            "side": wanted.own.get("verdict", "weakness"),
            "rows": (),
        }
        asks = any(several(given, name) for name in _GROUP)
        status = 200
        try:
            if asks:
                values |= _shown(snapshot, wanted, _councils(listed))
        except QueryError as error:
            values |= {"error": problem(str(error)).text, "mend": "#grade"}
            status = 400
        return site.templates.page("subjects/in_common.html", status, asks=asks, **values)


_GROUP = (
    "grade", "region", "framework", "published_from", "published_to", "council", "group", "type",
)  # fmt: skip


def _councils(listed: str) -> tuple[str, ...]:
    """Read a list of councils, one a line or between semicolons; commas separate them too where the whole is no name."""
    return tuple(part.strip() for part in _PARTS.split(listed) if part.strip())


def _group(snapshot: Snapshot, wanted: SubjectAddress, listed: Sequence[str]) -> Filters:
    """Give the filters that choose a group, with the councils of a type and of a list; QueryError for a name of none."""
    known = snapshot.holdings.known
    names: list[str] = []
    for one in listed:
        try:
            names += checked(Filters(council=(one,)), known).council
        except QueryError:
            parts = tuple(part.strip() for part in one.split(",") if part.strip())
            if len(parts) < 2:
                raise
            names += checked(Filters(council=parts), known).council
    filters = checked(replace(wanted.filters, council=(*wanted.filters.council, *names)), known)
    kind = wanted.own.get("type")
    if kind:
        if kind not in COUNCIL_TYPES:
            raise QueryError(f"type can't be {kind[:60]!r}; it is one of: {', '.join(COUNCIL_TYPES)}")
        of_type = tuple(one.name for one in all_councils() if one.type == kind)
        chosen = tuple(one for one in filters.council if one in of_type) if filters.council else of_type
        if not chosen:
            raise QueryError("none of these councils is of that type; choose another type or list")
        filters = replace(filters, council=chosen)
    return filters


def _shown(snapshot: Snapshot, wanted: SubjectAddress, listed: Sequence[str]) -> dict[str, Any]:
    filters = _group(snapshot, wanted, listed)
    side = wanted.own.get("verdict", "weakness")
    if side not in ("weakness", "strength"):
        raise QueryError(f"verdict can't be {side[:60]!r}; it is one of: weakness, strength")
    found = sorted(common(snapshot, filters, {"verdict": side}), key=lambda row: row.chance)
    pages = max(1, -(-len(found) // ROWS_ON_A_PAGE))
    page = min(wanted.page, pages)
    first = (page - 1) * ROWS_ON_A_PAGE
    rows = found[first : first + ROWS_ON_A_PAGE]

    def at(number: int | None) -> str:
        return wanted.same(PATH, group="\n".join(listed), page=number)

    asked = replace(wanted, filters=filters, own={"verdict": side})
    return {
        "rows": [_row(row) for row in rows],
        "group": found[0].group if found else 0,
        "rest": found[0].rest if found else 0,
        "compared": len(found),
        "by_lot": round(len(found) / 20),
        "page": page,
        "pages": pages,
        "previous": at(page - 1 if page > 2 else None) if page > 1 else None,
        "next": at(page + 1) if page < pages else None,
        "here": at(page if page > 1 else None),
        "passages": list(dict.fromkeys(one.passage_id for row in rows for one in row.citations[:_QUOTES])),
        "csv_url": asked.table_url("common"),
        "who": _who(wanted, listed),
    }


def _who(wanted: SubjectAddress, listed: Sequence[str]) -> str:
    """Say in words which inspections the group is."""
    filters = wanted.filters
    span = " to ".join(one for one in (filters.published_from, filters.published_to) if one)
    councils = (*filters.council, *listed)
    parts = (
        f"overall grade {filters.grade}" if filters.grade else "",
        filters.region or "",
        f"{wanted.own['type']} councils" if "type" in wanted.own else "",
        filters.framework or "",
        f"published {span}" if span else "",
        ", ".join(councils[:6]) + (f" and {len(councils) - 6} more" if len(councils) > 6 else ""),
    )
    return "; ".join(part for part in parts if part)


def _row(row: CommonRow) -> SharedSubject:
    council = row.citations[0].document.council if row.citations else None
    return SharedSubject(
        name=row.name,
        group=f"{row.weak_in_group} ({row.weak_in_group / row.group:.0%})",
        rest=f"{row.weak_in_rest} ({row.weak_in_rest / row.rest:.0%})",
        lift=f"{row.lift:g}" if row.lift is not None else "only here",
        chance=_one_in(row.chance),
        quotes=row.citations[:_QUOTES],
        turned=turned_round_url(row.subject, council),
    )


def _one_in(chance: float) -> str:
    """Write a chance as people say it: 1 in 40."""
    if chance >= 0.5:
        return "no surprise"
    return f"1 in {round(1 / chance):,}" if chance > 1e-6 else "under 1 in 1,000,000"
