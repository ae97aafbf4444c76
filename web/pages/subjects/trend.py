"""How a subject or a theme runs over the years, over frameworks or over regions: a chart, its table and its file.

Reports are counted by `search_api.register.trend`; here the counts become shares, a headline and a picture. This module must
not know how a finding was recognised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from indexer.errors import QueryError
from search_api.fields import checked, regions
from search_api.register.subject_asked import SubjectAsked, subject_asked
from search_api.register.trend import TrendRow, trend
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.search.page import problem
from web.pages.site import Site, parameters
from web.pages.subjects.address import SubjectAddress, read_subject_address, spoken, subject_values
from web.pages.subjects.chart import Share, bars, lines
from web.pages.subjects.findings import PATH as FINDINGS

PATH = "/trend"
FEW = 5
"""Reports below which a share says little; a year with fewer is drawn hollow and said so."""
_END_YEARS, _LEAST_DIFFERENCE = 3, 5
BY_WORDS = (("year", "Year of inspection"), ("framework", "Framework"), ("region", "Region"))


@dataclass(frozen=True, slots=True)
class ShareCell:
    """A number of reports, its share of all in words, and the address of what they say; "" where nothing is to be read."""

    number: int
    share: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownTrend:
    """A year, framework or region, its reports, and how many have a weakness, a strength, nothing."""

    name: str
    reports: int
    weakness: ShareCell
    strength: ShareCell
    nothing: ShareCell


def add_trend(site: Site) -> None:
    """Add the page of trends."""

    @site.router.get(PATH)
    def show_trend(request: Request) -> Response:
        snapshot = site.engine.snapshot()
        wanted = read_subject_address(parameters(request), ("by",))
        values: dict[str, Any] = {
            "area": "trend",
            "heading": "Trends",
            "by": wanted.own.get("by", "year"),
            "by_words": BY_WORDS,
            "regions": regions(),
            "frameworks": [one for one in snapshot.holdings.known.frameworks if not one.endswith(" visit")],
            "few": FEW,
        }
        asked, status = None, 200
        try:
            if wanted.subject:
                asked = subject_asked(snapshot, wanted.subject)
                values |= _shown(snapshot, wanted, asked)
        except QueryError as error:
            values |= {"error": problem(str(error)).text, "mend": "#subject", "rows": ()}
            status = 400
        values |= subject_values(wanted, asked, PATH)
        return site.templates.page("subjects/trend.html", status, **values)


def _shown(snapshot: Snapshot, wanted: SubjectAddress, asked: SubjectAsked) -> dict[str, Any]:
    filters = checked(wanted.filters, snapshot.holdings.known)
    by = wanted.own.get("by", "year")
    if by not in dict(BY_WORDS):
        raise QueryError(f"by can't be {by[:60]!r}; it is one of: {', '.join(dict(BY_WORDS))}")
    rows = trend(snapshot, filters, wanted.given("by"))
    shares = [
        Share(_name(row), _percentage(_weak(row), row), _percentage(_strong(row), row), row.inspected)
        for row in rows
    ]
    reports = sum(row.inspected for row in rows)
    within = "".join(f", {one}" for one in (filters.framework, filters.region) if one)
    span = f"{rows[0].year} to {rows[-1].year}" if rows and by == "year" else "all years"
    name = spoken(asked)
    return {
        "heading": f"Trend: {name}" if not rows else _headline(rows, by, name),
        "subtitle": (
            f"Percentage of inspection reports with a weakness, and with a strength, on {name}, by {by}{within}, {span} "
            f"({display.count(reports, 'report')} held here)"
        ),
        "rows": [_row(row, by, wanted) for row in rows],
        "total": _row(_total(rows), by, wanted) if len(rows) > 1 else None,
        "chart": (lines(shares, FEW) if by == "year" else bars(shares)) if shares else None,
        "few_years": [one.name for one in shares if one.of < FEW],
        "csv_url": wanted.table_url("trend"),
        "here": wanted.same(PATH),
        "by_word": dict(BY_WORDS)[by],
    }


def _name(row: TrendRow) -> str:
    return row.year or row.framework or row.region or ""


def _weak(row: TrendRow) -> int:
    return row.weakness + row.mixed


def _strong(row: TrendRow) -> int:
    return row.strength + row.mixed


def _percentage(number: int, row: TrendRow) -> float:
    return 100 * number / max(1, row.inspected)


def _total(rows: Sequence[TrendRow]) -> TrendRow:
    """Add the rows together; of no year, framework or region."""
    return TrendRow(
        year=None,
        framework=None,
        region=None,
        inspected=sum(row.inspected for row in rows),
        with_findings=sum(row.with_findings for row in rows),
        strength=sum(row.strength for row in rows),
        weakness=sum(row.weakness for row in rows),
        mixed=sum(row.mixed for row in rows),
        citations=(),
    )


def _row(row: TrendRow, by: str, wanted: SubjectAddress) -> ShownTrend:
    chosen = {by: _name(row) or None}

    def cell(number: int, verdict: str) -> ShareCell:
        url = wanted.url(FINDINGS, verdict=verdict, **chosen) if number and verdict else ""
        return ShareCell(number, f"{_percentage(number, row):.0f}%", url)

    return ShownTrend(
        name=_name(row) or "All",
        reports=row.inspected,
        weakness=cell(_weak(row), "weakness"),
        strength=cell(_strong(row), "strength"),
        nothing=cell(row.inspected - row.with_findings, ""),
    )


def _headline(rows: Sequence[TrendRow], by: str, name: str) -> str:
    """Say in a sentence what the chart shows, by shares of reports with a weakness."""
    total = _total(rows)
    if by == "year" and len(rows) >= 2 * _END_YEARS:
        first, last = _total(rows[:_END_YEARS]), _total(rows[-_END_YEARS:])
        if min(first.inspected, last.inspected) >= FEW:
            before, after = (_percentage(_weak(one), one) for one in (first, last))
            years = (
                f"{rows[-_END_YEARS].year} to {rows[-1].year}",
                f"{rows[0].year} to {rows[_END_YEARS - 1].year}",
            )
            if abs(after - before) < _LEAST_DIFFERENCE:
                return f"A weakness in {name} was found about as often in {years[0]} as in {years[1]}: in {after:.0f}% of reports"
            change = "more often" if after > before else "less often"
            return (
                f"A weakness in {name} was found {change}: in {after:.0f}% of reports of {years[0]}, "
                f"against {before:.0f}% of {years[1]}"
            )
    if by != "year":
        enough = sorted(
            (row for row in rows if row.inspected >= FEW), key=lambda row: _percentage(_weak(row), row)
        )
        if len(enough) > 1:
            least, most = enough[0], enough[-1]
            return (
                f"A weakness in {name} was found most often in {_name(most)} ({_percentage(_weak(most), most):.0f}% of reports), "
                f"least often in {_name(least)} ({_percentage(_weak(least), least):.0f}%)"
            )
    return f"A weakness in {name} was found in {_weak(total)} of {display.count(total.inspected, 'report')}"
