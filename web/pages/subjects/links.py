"""From a weakness on any page to who turned it round: the subject that a passage is criticised for, and one link.

This module must not know on which page the passage stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from indexer.document import Document
from indexer.register.subjects import load_subjects
from indexer.text.polarity import POLARITIES
from search_api.register.standings import standings
from search_api.snapshot import Snapshot
from web.pages.search.address import address

_CRITICAL = [POLARITIES.index(one) for one in ("weakness", "mixed")]


@dataclass(frozen=True, slots=True)
class WeaknessLink:
    """The subject that a passage is criticised for, by name, and the page of those that turned it round."""

    subject: str
    url: str


def weakness_links(
    snapshot: Snapshot, passage_ids: Iterable[str], *, any_verdict: bool = False
) -> Mapping[str, WeaknessLink]:
    """Give for each passage that criticises, by id, its surest subject; with `any_verdict` for what speaks of one at all."""
    found = snapshot.index.findings.rows
    links = {}
    for passage_id in dict.fromkeys(passage_ids):
        row = snapshot.index.row_of(passage_id) if len(found) else None
        if row is None:
            continue
        first, last = np.searchsorted(found["row"], [row, row + 1])
        its = found[first:last]
        if not any_verdict:
            its = its[np.isin(its["verdict"], _CRITICAL)]
        if len(its):
            subject = load_subjects()[int(its["subject"][int(its["confidence"].argmax())])]
            url = turned_round_url(subject.id, snapshot.document_at(row).council)
            links[passage_id] = WeaknessLink(subject.name, url)
    return links


def weaknesses_of(snapshot: Snapshot, document: Document) -> list[WeaknessLink]:
    """List the subjects on which a report stands for a weakness, those with the most critical statements first."""
    rows = snapshot.index.rows_of(document.id)
    found = snapshot.index.findings.rows
    first, last = np.searchsorted(found["row"], [rows.start, rows.stop])
    its, counted = found[first:last], []
    for number in np.unique(its["subject"]).tolist():
        for stand in standings(snapshot, its[its["subject"] == number]).values():
            if stand.standing == "weakness":
                counted.append((-len(stand.agreeing()), number))
    named = [load_subjects()[number] for _, number in sorted(counted)]
    return [WeaknessLink(one.name, turned_round_url(one.id, document.council)) for one in named]


def turned_round_url(subject: str, council: str | None) -> str:
    """Give the address of who turned a subject round, seen from a council."""
    return address("/turned-round", {"subject": subject, "near": council or ""})
