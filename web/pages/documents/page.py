"""A document to read: its parts in order, what is said about each passage, and where it stands in its series.

A page's HTML stays under 100 kB, so a long document is shown in parts, each ending between two passages. The
functions here make plain values for `document.html`; this module must not know how a document was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from indexer.document import Document, Passage
from search_api.comparing.visits import visits_in
from search_api.snapshot import Snapshot
from web.pages import display

PART_CHARACTERS = 42_000
"""Characters of HTML that the passages of one part may take, about half of a page's allowance."""

_PER_PASSAGE = 420
LONGEST_PASSAGE = 15_000
"""Characters shown of one passage; what is longer is to be read in the file itself."""

MOST_HEADINGS = 60


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the document, `level` 2 to 4 as in HTML, printed before a passage."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """One passage as it is shown, after the headings that begin at it."""

    passage: Passage
    headings: tuple[Heading, ...]
    name: str
    pages: str
    paragraphs: tuple[str, ...]
    facts: tuple[str, ...]
    opened: bool
    cut: bool
    recommendation: bool

    @property
    def key(self) -> str:
        """Give the passage's anchor."""
        return self.passage.key


@dataclass(frozen=True, slots=True)
class Part:
    """Passages `first` to `end` (not included) of a document, counted from 0; `number` counts from 1."""

    number: int
    first: int
    end: int


def parts(document: Document) -> list[Part]:
    """Divide a document's passages into parts; at least one, which may be empty."""
    found: list[Part] = []
    first = size = 0
    for place, passage in enumerate(document.passages):
        cost = len(escape(passage.text[:LONGEST_PASSAGE])) + _PER_PASSAGE
        if size and size + cost > PART_CHARACTERS:
            found.append(Part(len(found) + 1, first, place))
            first, size = place, 0
        size += cost
    found.append(Part(len(found) + 1, first, len(document.passages)))
    return found


def part_of(document: Document, key: str) -> Part | None:
    """Find the part that holds the passage of this key; None where the document has no such passage."""
    for place, passage in enumerate(document.passages):
        if passage.key == key:
            return next(part for part in parts(document) if part.first <= place < part.end)
    return None


def shown_passages(document: Document, part: Part, opened: str | None) -> list[ShownPassage]:
    """Put the passages of a part into the order and words in which they are shown."""
    facts = _facts(document)
    shown: list[ShownPassage] = []
    before: tuple[str, ...] = ()
    for passage in document.passages[part.first : part.end]:
        text = passage.text[:LONGEST_PASSAGE]
        shown.append(
            ShownPassage(
                passage=passage,
                headings=_new_headings(before, passage.section),
                name=display.passage_name(passage),
                pages=display.pages(passage.page, passage.end_page),
                paragraphs=tuple(line for line in text.split("\n") if line.strip()),
                facts=tuple(fact for fact in facts.get(passage.id, ()) if not _is_said(fact, passage.text)),
                opened=passage.key == opened,
                cut=len(passage.text) > LONGEST_PASSAGE,
                recommendation=passage.kind == "recommendation",
            )
        )
        before = passage.section
    return shown


def _new_headings(before: Sequence[str], section: Sequence[str]) -> tuple[Heading, ...]:
    same = 0
    while same < min(len(before), len(section)) and before[same] == section[same]:
        same += 1
    return tuple(Heading(text, min(level + 2, 4)) for level, text in enumerate(section) if level >= same)


def _facts(document: Document) -> dict[str, tuple[str, ...]]:
    """What the document's tables say about a passage: who leads, by when, how it stands."""
    found: dict[str, tuple[str, ...]] = {}

    def add(passage_id: str | None, **values: str | None) -> None:
        if passage_id:
            said = tuple(f"{name.capitalize()}: {value}" for name, value in values.items() if value)
            found[passage_id] = found.get(passage_id, ()) + said

    for action in document.actions:
        add(
            action.passage_id, recommendation=action.recommendation, lead=action.lead, start=action.start,
            finish=action.finish, status=action.status,
        )  # fmt: skip
    for item in document.indicators:
        add(
            item.passage_id, recommendation=item.recommendation, lead=item.lead, target=item.target,
            value=item.value,
        )  # fmt: skip
    for report in document.progress:
        add(report.passage_id, recommendation=report.recommendation, lead=report.lead, status=report.status)
    return found


def _is_said(fact: str, text: str) -> bool:
    """Tell whether a passage's own words say it already: then it isn't said twice."""
    return fact.split(": ", 1)[1] in text


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """A heading of the contents and the address of the first passage under it."""

    text: str
    url: str
    here: bool


def contents(document: Document, part: Part) -> list[ContentsEntry]:
    """List the outermost headings in order with where each begins; `here` for those in this part."""
    entries: list[ContentsEntry] = []
    before = None
    divided = parts(document)
    for place, passage in enumerate(document.passages):
        top = passage.section[0] if passage.section else None
        if top and top != before and len(entries) < MOST_HEADINGS:
            holder = next(p for p in divided if p.first <= place < p.end)
            entries.append(
                ContentsEntry(
                    top, f"{part_url(document, holder)}#{passage.key}", holder.number == part.number
                )
            )
        before = top
    return entries


def part_url(document: Document, part: Part) -> str:
    """Give the address of a part of a document."""
    return f"/documents/{document.id}" + (f"?part={part.number}" if part.number > 1 else "")


@dataclass(frozen=True, slots=True)
class PictureOutline:
    """A rectangle over the picture of a page, in per cent of its width and height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """A page on which a passage stands, with the rectangles round it."""

    number: int
    outlines: tuple[PictureOutline, ...]

    def url(self, document_id: str) -> str:
        """Give the address of the page's picture."""
        return f"/documents/{document_id}/pages/{self.number}.png"


def printed_pages(passage: Passage) -> list[PrintedPage]:
    """List the pages of a passage in order, the parts of it that stand together on a page under one outline."""
    if not passage.page:
        return []
    last = max(passage.page, passage.end_page or passage.page)
    numbers = list(range(passage.page, min(last, passage.page + 3) + 1))
    return [PrintedPage(number, _outlines(passage, number)) for number in numbers]


def _outlines(passage: Passage, number: int) -> tuple[PictureOutline, ...]:
    outlines = []
    for box in passage.boxes:
        if box.page != number:
            continue
        left, top = max(0.0, box.left - 0.012), max(0.0, box.top - 0.006)
        right, bottom = min(1.0, box.right + 0.012), min(1.0, box.bottom + 0.006)
        if right > left and bottom > top:
            outlines.append(
                PictureOutline(*(round(100 * value, 2) for value in (left, top, right - left, bottom - top)))
            )
    return tuple(outlines)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The inspections of the same council before and after this one."""

    previous: Document | None
    following: Document | None


def neighbours(document: Document, others: Sequence[Document]) -> Neighbours:
    """Find the inspection reports of the same council next to this document in time; none without a date."""
    day = display.day(document)
    if not document.council or not day:
        return Neighbours(None, None)
    series = sorted(
        (other for other in others if _in_series(other, document)), key=lambda d: (display.day(d), d.file)
    )
    before = [other for other in series if display.day(other) < day]
    after = [other for other in series if display.day(other) > day]
    return Neighbours(before[-1] if before else None, after[0] if after else None)


def _in_series(other: Document, document: Document) -> bool:
    return (
        other.council == document.council
        and other.is_inspection
        and other.id != document.id
        and bool(display.day(other))
    )


@dataclass(frozen=True, slots=True)
class NearbyVisits:
    """The inspection that a visit follows, or the visits that follow an inspection."""

    inspection: Document | None
    visits: tuple[Document, ...]


def visits(document: Document, snapshot: Snapshot) -> NearbyVisits:
    """Find what a document is tied to as a visit, or as an inspection that was followed by visits."""
    known = visits_in(snapshot.index)
    found = (snapshot.by_id.get(id_) for id_ in known.after.get(document.id, ()))
    inspection = snapshot.by_id.get(known.inspection_of.get(document.id, ""))
    return NearbyVisits(inspection, tuple(visit for visit in found if visit))


def newer_edition(document: Document, snapshot: Snapshot) -> Document | None:
    """Find the edition that took a document's place; None where it is the newest or that isn't here."""
    file = document.provenance.replaced_by if document.provenance else None
    return next((other for other in snapshot.index.documents() if file and other.file == file), None)


def _fetched(document: Document) -> str:
    known = document.provenance
    if known is None or not known.fetched:
        return ""
    return f"from {known.publisher or 'its publisher'}, {display.date(known.fetched)}"


def facts(document: Document) -> list[tuple[str, str]]:
    """List what the front of a document says: kind, dates, framework, inspector, pages, licence."""
    found = [
        ("Council", document.council or ""),
        ("Kind", document.kind.capitalize()),
        ("Framework", document.framework or ""),
        ("Inspected", display.dates(document.inspected_from, document.inspected_to)),
        ("Published", display.date(document.published)),
        ("Lead inspector", document.lead_inspector or ""),
        ("Overall grade", document.overall or ""),
        ("Length", display.count(document.pages, "page") if document.pages else ""),
        ("Licence", document.licence or ""),
        ("File", document.file),
        ("Fetched", _fetched(document)),
    ]
    return [(term, value) for term, value in found if value]
