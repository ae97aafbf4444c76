"""What became of a recommendation: everything that later documents report on it, in the order of time.

The links were found when the index was built; here they are followed from one printing of a recommendation to
every other, and what stands at their ends is gathered. Where there is nothing, nothing was found: never that
nothing was done. This module must not know how links are found or how anything is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from indexer.document import Document, Passage, Recommendation
from indexer.encode.context import document_date
from indexer.json_value import HIDDEN, JsonValue, json_of, json_value, sent_as, shown
from indexer.structure.links import Link
from search_api.snapshot import Snapshot

_RECOMMENDATION = re.compile(r"\brecommendations?\s+(?:no\.?\s*|number\s+)?(\d{1,2})\b", re.IGNORECASE)

NO_EVIDENCE = (
    "No evidence found: these documents report nothing on it. That doesn't show that nothing was done."
)

_SAID = {"progress on": "Said of it", "repeats": "Named again by a visit"}
"""What a passage without a status is called that a link of this relation leads from."""


@json_value
class Report(JsonValue):
    """Something that a document says on a recommendation: how it stands, who leads it, by when."""

    kind: str
    date: Annotated[str, sent_as(lambda date: date or None, str | None)]
    document: Annotated[Document, HIDDEN]
    document_id: str = shown("document.id")
    text: str
    status: str | None
    facts: tuple[str, ...]
    passage_id: Annotated[str, HIDDEN]
    url: str = shown(lambda self: _url(self.passage_id))


@json_value
class Printing(JsonValue):
    """A place where the same recommendation is printed."""

    document: Annotated[Document, HIDDEN]
    document_id: str = shown("document.id")
    label: str | None
    passage_id: str
    url: str = shown(lambda self: _url(self.passage_id))


@dataclass(frozen=True, slots=True)
class Followed:
    """A recommendation with all that is linked to it."""

    printings: tuple[Printing, ...]
    led_to_it: tuple[Passage, ...]
    reports: tuple[Report, ...]
    repeats: tuple[Printing, ...] = ()
    """What a visit's advice asks for again of the inspection before it."""


def follow(snapshot: Snapshot, document: Document, passage_id: str) -> Followed:
    """Follow the links of a recommendation; printings and reports are in date order, its own one left out."""
    group, links = _same(snapshot, document.id, passage_id)
    documents = {held.id: held for held in snapshot.index.documents()}
    printings = [
        _printing(documents, other) for other in group if other != passage_id and _of(other) in documents
    ]
    reports: dict[str, Report] = {}
    for link in links:
        said = _SAID.get(link.relation)
        if said and link.to_passage_id in group and link.from_document in documents:
            for report in _reports(snapshot, documents[link.from_document], link.from_passage_id, said):
                reports.setdefault(report.url, report)
    for member in sorted(group):
        if _of(member) in documents:
            for report in _plans(documents[_of(member)], member):
                reports.setdefault(report.url, report)
    cited = {
        link.to_passage_id
        for link in links
        if link.relation == "cites" and link.from_passage_id == passage_id
    }
    return Followed(
        printings=tuple(sorted(printings, key=lambda p: (day(p.document), p.passage_id))),
        led_to_it=tuple(p for p in document.passages if p.id in cited),
        reports=tuple(sorted(reports.values(), key=lambda r: (r.date, r.url))),
        repeats=tuple(
            _printing(documents, link.to_passage_id)
            for link in links
            if link.relation == "repeats" and link.from_passage_id == passage_id
        ),
    )


def _printing(documents: Mapping[str, Document], passage_id: str) -> Printing:
    document = documents[_of(passage_id)]
    return Printing(document, _label(document, passage_id), passage_id)


def latest_status(snapshot: Snapshot, report: Document) -> dict[str, tuple[str, str]]:
    """Find the last status reported on each recommendation of a document, by passage id, and where it stands."""
    documents = {held.id: held for held in snapshot.index.documents()}
    found: dict[str, tuple[str, str, str]] = {}
    for link in snapshot.index.links(report.id):
        if link.relation != "progress on" or link.to_document != report.id:
            continue
        reporting = documents.get(link.from_document)
        if reporting is None:
            continue
        for progress in reporting.progress:
            if progress.passage_id == link.from_passage_id and progress.status:
                held = (day(reporting), progress.status, _url(link.from_passage_id))
                found[link.to_passage_id] = max(found.get(link.to_passage_id, held), held)
    return {passage_id: (status, url) for passage_id, (_, status, url) in found.items()}


def recommendation_of(document: Document, passage_id: str) -> Recommendation | None:
    """Find the recommendation that a passage holds."""
    return next((r for r in document.recommendations if r.passage_id == passage_id), None)


def _same(snapshot: Snapshot, document_id: str, passage_id: str) -> tuple[set[str], list[Link]]:
    """Every printing of the same recommendation, and all links of the documents that they stand in."""
    group, waiting, links = {passage_id}, [document_id], list[Link]()
    seen: set[str] = set()
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        here = snapshot.index.links(at)
        links += here
        for link in here:
            if link.relation == "same recommendation" and group & {link.from_passage_id, link.to_passage_id}:
                group |= {link.from_passage_id, link.to_passage_id}
                waiting += [link.from_document, link.to_document]
    return group, links


def _reports(snapshot: Snapshot, document: Document, passage_id: str, otherwise: str) -> Iterable[Report]:
    """Give the progress that a passage reports, or else the passage itself as what is said, `otherwise` its kind."""
    said = [p for p in document.progress if p.passage_id == passage_id]
    for progress in said:
        facts = (f"Lead: {progress.lead}",) if progress.lead else ()
        yield _report(
            "Progress reported", document, progress.text, passage_id, status=progress.status, facts=facts
        )
    if not said:
        passage = snapshot.index.passage(passage_id)
        if passage is not None:
            yield _report(otherwise, document, passage.text, passage_id, status=None, facts=())


def _plans(document: Document, passage_id: str) -> Iterable[Report]:
    """The actions and indicators that a plan sets against the recommendation printed in it."""
    label = _label(document, passage_id)
    if label is None:
        return
    for action in document.actions:
        if action.recommendation == label and action.passage_id:
            facts = _facts(("Lead", action.lead), ("Start", action.start), ("Finish", action.finish))
            yield _report(
                "Action planned", document, action.text, action.passage_id, status=action.status, facts=facts
            )
    for item in document.indicators:
        if item.recommendation == label and item.passage_id:
            facts = _facts(("Lead", item.lead), ("Target", item.target), ("Value", item.value))
            yield _report("Indicator", document, item.text, item.passage_id, status=None, facts=facts)


def _report(
    kind: str,
    document: Document,
    text: str,
    passage_id: str,
    *,
    status: str | None,
    facts: tuple[str, ...],
) -> Report:
    return Report(kind, day(document), document, text, status, facts, passage_id)


def _facts(*pairs: tuple[str, str | None]) -> tuple[str, ...]:
    return tuple(f"{name}: {value}" for name, value in pairs if value)


def _of(passage_id: str) -> str:
    return passage_id.rsplit(".", 1)[0]


def _url(passage_id: str) -> str:
    document_id, key = passage_id.rsplit(".", 1)
    return f"/documents/{document_id}/{key}#{key}"


def _label(document: Document, passage_id: str) -> str | None:
    found = recommendation_of(document, passage_id)
    return found.label if found else None


def day(document: Document) -> str:
    """Give the ISO date that a document is placed at in time: the inspection's end, or else its own date."""
    return document.inspected_to or document.inspected_from or document_date(document) or ""


@dataclass(frozen=True, slots=True)
class NumberedRecommendation:
    """A recommendation that a question names by its number, and the inspection report that prints it."""

    document: Document
    recommendation: Recommendation


def recommendations_named(
    question: str, councils: Sequence[str], documents: Sequence[Document]
) -> list[NumberedRecommendation]:
    """Find the recommendations that a question names: by number, of the councils it names, newest first.

    Empty where no council or no number is named. Only inspection reports are looked at, and those printed
    twice (a letter beside its report) are given once.
    """
    labels = {match.group(1).lstrip("0") for match in _RECOMMENDATION.finditer(question)}
    if not labels or not councils:
        return []
    reports = [d for d in documents if d.kind == "inspection report" and d.council in councils]
    found: dict[tuple[str, str], NumberedRecommendation] = {}
    for document in sorted(reports, key=lambda d: document_date(d) or "", reverse=True):
        for recommendation in document.recommendations:
            if (recommendation.label or "").strip(". ") in labels:
                key = (document_date(document) or document.id, recommendation.text)
                held = found.get(key)
                # Of a report that is held twice, the one with the printed pages is opened.
                if held is None or document.pages > held.document.pages:
                    found[key] = NumberedRecommendation(document, recommendation)
    return list(found.values())


def recommendation_json(snapshot: Snapshot, passage_id: str) -> dict[str, Any] | None:
    """Give a recommendation with all that became of it, as JSON; None where no passage of that id is one."""
    document = snapshot.index.document(_of(passage_id)) if "." in passage_id else None
    recommendation = recommendation_of(document, passage_id) if document else None
    if document is None or recommendation is None:
        return None
    followed, whole = follow(snapshot, document, passage_id), document.to_json(passages=False)
    return {
        "recommendation": json_of(recommendation),
        "document": {name: whole[name] for name in ("id", "file", "title", "council")},
        "url": _url(passage_id),
        "led_to_it": [passage.to_json() for passage in followed.led_to_it],
        "also_printed_in": [printing.to_json() for printing in followed.printings],
        "repeats": [printing.to_json() for printing in followed.repeats],
        "reports": [report.to_json() for report in followed.reports],
        "note": None if followed.reports else NO_EVIDENCE,
    }
