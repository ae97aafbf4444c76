"""Every finding on a subject: what inspections' statements say of it, the newest first, passage by passage.

The rows are `search_api.register.findings`'; here those of one passage are put together and marked in it. This module must
not know how they are found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from indexer.document import Passage
from indexer.errors import QueryError
from indexer.register.findings import FindingRows
from indexer.register.inspections import inspected
from indexer.text.polarity import POLARITIES
from search_api.citing.citation import reference
from search_api.fields import checked, regions
from search_api.register.findings import select_findings
from search_api.register.subject_asked import SubjectAsked, subject_asked
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.search.page import problem
from web.pages.site import Site, parameters
from web.pages.subjects.address import SubjectAddress, read_subject_address, subject_values
from web.pages.subjects.links import WeaknessLink, weakness_links

PATH = "/findings"
PASSAGES_ON_A_PAGE = 15
_LONGEST = 600
_BOTH = POLARITIES.index("mixed")
"""A sentence that does both is a weakness and a strength."""
VERDICT_WORDS = {
    "weakness": "Weaknesses",
    "strength": "Strengths",
    "mixed": "Both in one sentence",
    "neutral": "Facts without a verdict",
}
_SAID = {
    "weakness": "weakness",
    "strength": "strength",
    "mixed": "strength and weakness",
    "neutral": "no verdict",
}


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage with what it says of the subject marked, and the verdicts about it."""

    passage: Passage
    council: str
    facts: tuple[str, ...]
    grade: str | None
    text: Markup
    turned: WeaknessLink | None


def add_findings(site: Site) -> None:
    """Add the page of findings."""

    @site.router.get(PATH)
    def show_findings(request: Request) -> Response:
        snapshot = site.engine.snapshot()
        wanted = read_subject_address(parameters(request), ("verdict", "year"))
        values: dict[str, Any] = {
            "area": "trend",
            "heading": "Every finding on a subject",
            "regions": regions(),
            "councils": snapshot.holdings.councils,
            "verdicts": tuple(VERDICT_WORDS.items()),
        }
        asked, status = None, 200
        try:
            if wanted.subject:
                asked = subject_asked(snapshot, wanted.subject)
                values |= _found(snapshot, wanted, asked)
        except QueryError as error:
            values |= {"error": problem(str(error)).text, "mend": "#subject", "found": ()}
            status = 400
        values |= subject_values(wanted, asked, PATH)
        if asked:
            values["heading"] = f"Findings on {values['spoken']}"
        return site.templates.page("subjects/findings.html", status, **values)


def _found(snapshot: Snapshot, wanted: SubjectAddress, asked: SubjectAsked) -> dict[str, Any]:
    filters = checked(wanted.filters, snapshot.holdings.known)
    verdict = wanted.own.get("verdict", "")
    if verdict and verdict not in POLARITIES:
        raise QueryError(f"verdict can't be {verdict[:60]!r}; it is one of: {', '.join(POLARITIES)}")
    found = select_findings(snapshot, filters, asked.words)
    if verdict:
        found = found[
            np.isin(found["verdict"], (POLARITIES.index(verdict), _BOTH if verdict != "neutral" else -1))
        ]
    if year := wanted.own.get("year"):
        documents = snapshot.index.documents_by_number
        its = [number for number, one in enumerate(documents) if inspected(one).startswith(year[:4])]
        found = found[np.isin(snapshot.index.columns.document[found["row"]], its)]
    rows = _newest_first(snapshot, found)
    pages = max(1, -(-len(rows) // PASSAGES_ON_A_PAGE))
    page = min(wanted.page, pages)
    first = (page - 1) * PASSAGES_ON_A_PAGE
    shown = rows[first : first + PASSAGES_ON_A_PAGE]
    passages = snapshot.index.passages(shown)
    turned = weakness_links(snapshot, (passage.id for passage in passages))
    return {
        "found": [
            _passage(snapshot, row, passage, found, turned)
            for row, passage in zip(shown, passages, strict=True)
        ],
        "total": len(rows),
        "statements": len(found),
        "councils_found": len(np.unique(snapshot.index.columns.council[rows])) if rows else 0,
        "first": first + 1,
        "page": page,
        "pages": pages,
        "previous": wanted.same(PATH, page=page - 1 if page > 2 else None) if page > 1 else None,
        "next": wanted.same(PATH, page=page + 1) if page < pages else None,
        "here": wanted.same(PATH, page=page if page > 1 else None),
        "csv_url": wanted.table_url("findings", year=None),
    }


def _newest_first(snapshot: Snapshot, found: FindingRows) -> Sequence[int]:
    """Give the rows of the passages, those of the newest inspection first, in the order of the report."""
    rows = np.unique(found["row"])
    documents = snapshot.index.documents_by_number
    days = [inspected(documents[number]) for number in snapshot.index.columns.document[rows].tolist()]
    return sorted(rows.tolist(), key=dict(zip(rows.tolist(), days, strict=True)).__getitem__, reverse=True)


def _passage(
    snapshot: Snapshot,
    row: int,
    passage: Passage,
    found: FindingRows,
    turned: Mapping[str, WeaknessLink],
) -> FoundPassage:
    document = snapshot.document_at(row)
    its = found[found["row"] == row]
    verdicts = dict.fromkeys(_SAID[POLARITIES[number]] for number in its["verdict"].tolist())
    return FoundPassage(
        passage=passage,
        council=document.council or document.organisation or "No council named",
        facts=(reference(passage, document), ", ".join(verdicts)),
        grade=snapshot.grade_at(row),
        text=display.marked(passage.text, its[["start", "end"]].tolist(), longest=_LONGEST),
        turned=turned.get(passage.id),
    )
