"""What a document and a passage are: the types that every other module speaks in.

They are values: frozen, comparable, and turned to and from plain JSON here and nowhere else, so that
`indexer inspect`, the index on disk and the HTTP routes can't drift apart. This module knows nothing of
how a document was read, ranked or shown.

The JSON shapes are the project's contract with the scripts that use it (docs/contract.md). Fields beyond
the contract are added at the end and never renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, Self

from indexer.json_value import HIDDEN, JsonValue, adapter, json_of

PassageKind = Literal[
    "paragraph", "recommendation", "summary", "judgement", "action", "indicator", "progress", "text"
]
DocumentKind = Literal[
    "inspection report", "improvement plan", "progress report", "committee report", "self-evaluation", "other"
]

PASSAGE_KINDS: tuple[PassageKind, ...] = (
    "paragraph", "recommendation", "summary", "judgement", "action", "indicator", "progress", "text",
)  # fmt: skip
DOCUMENT_KINDS: tuple[DocumentKind, ...] = (
    "inspection report", "improvement plan", "progress report", "committee report", "self-evaluation", "other",
)  # fmt: skip

GRADES: tuple[str, ...] = ("Outstanding", "Good", "Requires improvement", "Inadequate", "Adequate")
"""The grades that inspectorates have printed, best first; "Adequate" was used until 2013."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a part of a passage stands on a page.

    `page` counts from 1. The edges are fractions of the page's width and height, from 0 to 1, with the
    origin at the top left, so that they fit a picture of the page at any size.
    """

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Passage(JsonValue):
    """A piece of a document that can be found, cited and opened.

    `label` is the number as printed, without its full stop, and None where none is printed. `section` is the
    heading path, outermost first. `page` and `end_page` count the file's pages from 1, and are None for files
    that have no pages. `text` holds the passage's own words only, paragraphs and list items within it
    separated by a newline. `boxes` are in reading order, at least one for each page that it stands on; empty for files without pages.
    """

    id: str
    document_id: str
    kind: PassageKind
    label: str | None
    section: tuple[str, ...]
    page: int | None
    end_page: int | None
    text: str
    boxes: Annotated[tuple[Box, ...], HIDDEN] = ()
    page_label: str | None = None
    """The number printed on `page`, where the file says that it isn't the page's count."""

    @property
    def key(self) -> str:
        """The part of the id that is the passage's own, fit for an HTML anchor: `p42`, `r3`, `t17`."""
        return self.id.rsplit(".", 1)[1]

    @property
    def url(self) -> str:
        """The page of its document, at the passage; relative to the service's root."""
        return f"/documents/{self.document_id}/{self.key}#{self.key}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judged area and the grade printed for it."""

    area: str
    grade: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Something the authority, or its safeguarding board, is told to do.

    `label` is the printed number, None for bullets. `passage_id` names the passage that holds it. `cites` are
    the labels of paragraphs of the same document that it cites, after checking them against the numbering.
    """

    label: str | None
    text: str
    page: int | None
    heading: str
    addressed_to: str | None
    passage_id: str
    cites: tuple[str, ...] = ()
    due: str | None = None
    """When it is to be done by, as printed."""
    regulation: str | None = None
    """The regulation that it is under, as printed."""


@dataclass(frozen=True, slots=True)
class Action:
    """A step of a plan; `recommendation` is the label of the one that it serves. Dates are as printed.

    `milestone` is the milestone or sub-heading of the plan that the step stands under, with its reference.
    """

    ref: str | None
    text: str
    recommendation: str | None
    lead: str | None
    start: str | None
    finish: str | None
    status: str | None
    theme: str | None = None
    passage_id: str | None = None
    milestone: str | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """A performance indicator with its code, target and value as printed."""

    code: str | None
    text: str
    recommendation: str | None
    lead: str | None
    target: str | None
    value: str | None
    passage_id: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What a document reports on a recommendation; `status` as printed (a RAG colour, "Business as usual")."""

    recommendation: str | None
    text: str
    status: str | None
    lead: str | None
    passage_id: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a file was fetched: its publisher's own words about it. Dates are ISO 8601.

    `replaced` is the day on which its publisher put another edition in its place, `replaced_by` that edition's file.
    """

    address: str | None = None
    publisher: str | None = None
    title: str | None = None
    organisation: str | None = None
    organisation_id: str | None = None
    kind: str | None = None
    listed: str | None = None
    fetched: str | None = None
    licence: str | None = None
    source: str | None = None
    document_id: str | None = None
    delisted: str | None = None
    """The day on which it was no longer listed."""
    replaced: str | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class ListedKind:
    """How many documents of a kind a publisher lists of an organisation, and how many of them were fetched."""

    source: str
    organisation_id: str
    organisation: str
    kind: str
    listed: int
    fetched: int


@dataclass(frozen=True, slots=True)
class Document(JsonValue):
    """One file, read and structured. Dates are ISO 8601; `pages` is 0 for files that have no pages.

    `warnings` say in plain words what could not be read or does not fit, one sentence each.
    """

    id: str
    file: str
    title: str
    council: str | None
    kind: DocumentKind
    framework: str | None = None
    published: str | None = None
    inspected_from: str | None = None
    inspected_to: str | None = None
    lead_inspector: str | None = None
    judgements: tuple[Judgement, ...] = ()
    pages: int = 0
    passages: tuple[Passage, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    actions: tuple[Action, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    progress: tuple[Progress, ...] = ()
    warnings: tuple[str, ...] = ()
    overall: str | None = None
    """The overall grade where one is printed (as a row or a sentence); None in and after April 2026."""
    licence: str | None = None
    """The licence line as printed, shortened to its name."""
    organisation: str | None = None
    """Who was inspected or writes: a council by its name, else a force, a school, a home…"""
    organisation_type: str | None = None
    """What it is: "council", "school", "care home", "police force"…"""
    organisation_id: str | None = None
    """Its number in the inspectorate's register."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Things printed that have no field of their own, by name: `"date": "2020-02-07"`, `"author": ...`."""
    page_labels: tuple[str, ...] = ()
    """The number printed on each page as the file gives it; empty where that is the count of pages."""
    provenance: Provenance | None = None
    """Where the file was fetched; None for one that was put there by hand."""

    @property
    def is_visit(self) -> bool:
        """Whether it reports a visit between two inspections, which gives no grades."""
        return self.kind == "inspection report" and (self.framework or "").endswith(" visit")

    @property
    def is_inspection(self) -> bool:
        """Whether it reports an inspection, not a visit between two."""
        return self.kind == "inspection report" and not self.is_visit

    def to_json(self, *, passages: bool = True) -> dict[str, Any]:
        """The contract's Document; without its passages where a list of documents is sent."""
        data: dict[str, Any] = json_of(self, None if passages else {"passages"})
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any], passages: tuple[Passage, ...] = ()) -> Self:
        """The document that `to_json(passages=False)` came from, with `passages` put back."""
        labels = data.get("page_labels") or ()
        if labels:
            passages = tuple(replace(p, page_label=labels[p.page - 1] if p.page else None) for p in passages)
        document: Self = adapter(cls).validate_python({**data, "passages": passages})
        return document
