"""How dates, places and marked words are put for people to read.

Everything that comes from a document passes through here or through the templates' own escaping; only `marked`
makes HTML, and it escapes what it marks. This module must not know of pages or of HTTP.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from indexer.document import Document, Passage
from indexer.text.dates import MONTHS
from search_api.comparing.recommendation import day as day  # noqa: PLC0414 (pages call it by this module)

_KIND_NAMES = {
    "paragraph": "Paragraph",
    "recommendation": "Recommendation",
    "summary": "Summary",
    "judgement": "Judgement",
    "action": "Action",
    "indicator": "Indicator",
    "progress": "Progress",
    "text": "Text",
}
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_SLUG = re.compile(r"[^a-z0-9]+")


def date(iso: str | None) -> str:
    """Write an ISO 8601 date as 1 September 2015, a month as September 2015; what is neither is given back."""
    if not iso:
        return ""
    if _MONTH.fullmatch(iso):
        return f"{MONTHS[int(iso[5:]) - 1]} {iso[:4]}"
    try:
        day = datetime.date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def dates(first: str | None, last: str | None) -> str:
    """Write a stretch of days: 4 to 15 June 2018; 29 May to 8 June 2018."""
    if not first or not last or first == last:
        return date(first or last)
    try:
        start, end = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    except ValueError:
        return f"{first} to {last}"
    if start.year != end.year:
        return f"{date(first)} to {date(last)}"
    if start.month != end.month:
        return f"{start.day} {MONTHS[start.month - 1]} to {date(last)}"
    return f"{start.day} to {date(last)}"


def count(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: 1 report, 2 reports, 40,000 paragraphs."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def years_apart(years: float | None) -> str:
    """Say how far two inspections are apart: 3.5 years; 1 year; below that, 8 months."""
    if years is None:
        return ""
    if years < 1:
        return count(max(1, round(years * 12)), "month")
    return f"{years:g} year" + ("" if years == 1 else "s")


def slug(name: str) -> str:
    """Make the part of an address from a name: Bath and North East Somerset is bath-and-north-east-somerset."""
    return _SLUG.sub("-", name.lower().replace("’", "").replace("'", "")).strip("-")


def passage_name(passage: Passage) -> str:
    """Name a passage as people cite it: Paragraph 42; Recommendation 3; Text on page 9."""
    return name_of(passage.kind, passage.label, passage.page)


def name_of(kind: str, label: str | None, page: int | None) -> str:
    """Name a passage of this kind, printed number and page."""
    name = _KIND_NAMES.get(kind, "Text")
    if label:
        # Where labels are words ("Action 1", "a)"), they are not said twice.
        return label if label.lower().startswith(name.lower()) else f"{name} {label}"
    return f"{name} on page {page}" if page else name


def pages(first: int | None, last: int | None) -> str:
    """Write the page or pages of a passage: page 14; pages 14 to 15; empty where there are none."""
    if not first:
        return ""
    return f"pages {first} to {last}" if last and last > first else f"page {first}"


def document_name(document: Document) -> str:
    """Name a document by its title, or by its file where it has none."""
    return document.title or document.file


def marked(text: str, spans: Iterable[Sequence[int]], *, longest: int = 0) -> Markup:
    """Escape a text and mark its spans (start, end in characters); spans that overlap are joined.

    With `longest`, a longer text is cut to about that many characters round its first marks, at spaces, and an
    ellipsis shows where.
    """
    joined = _joined(text, spans)
    start, end = _window(text, joined, longest)
    parts: list[Markup] = []
    if start:
        parts.append(Markup("… "))
    at = start
    for opened, closed in joined:
        first, last = max(opened, start), min(closed, end)
        if first >= last:
            continue
        parts += [escape(text[at:first]), Markup("<mark>"), escape(text[first:last]), Markup("</mark>")]
        at = last
    parts.append(escape(text[at:end]))
    if end < len(text):
        parts.append(Markup(" …"))
    return Markup("").join(parts)


def _joined(text: str, spans: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted((max(0, int(s[0])), min(len(text), int(s[1]))) for s in spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _window(text: str, spans: Sequence[tuple[int, int]], longest: int) -> tuple[int, int]:
    if not longest or len(text) <= longest * 1.2:
        return 0, len(text)
    # The window that holds the most marked characters, begun a little before its first mark.
    starts = [max(0, first - longest // 6) for first, _ in spans] or [0]
    start = max(starts, key=lambda s: (sum(b - a for a, b in spans if a >= s and b <= s + longest), -s))
    if start < longest // 6:
        start = 0
    end = min(len(text), start + longest)
    if start and (space := text.find(" ", start)) != -1 and space < end:
        start = space + 1
    if end < len(text) and (space := text.rfind(" ", start, end)) > start:
        end = space
    return start, end
