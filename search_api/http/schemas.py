"""The JSON of the contract, as pydantic models: what the routes promise in OpenAPI.

Fields beyond the contract stand at the end of each. Only the HTTP side uses these; everything inside speaks
in the core types.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class PassageJson(BaseModel):
    """A piece of a document that can be found, cited and opened."""

    id: str
    document_id: str
    kind: str
    label: str | None
    section: list[str]
    page: int | None
    end_page: int | None
    text: str


class HitDocument(BaseModel):
    """The document of a hit, in short."""

    id: str
    file: str
    title: str
    council: str | None
    kind: str
    framework: str | None
    published: str | None


class Hit(BaseModel):
    """One ranked passage; highlights are [start, end] characters of its text."""

    rank: int
    score: float
    passage: PassageJson
    document: HitDocument
    highlights: list[tuple[int, int]]
    url: str
    grade: str | None = Field(description="The grade that the passage stands under, where one is printed")
    reference: str = Field(description="The citation as people write it")
    polarity: str = Field(description="strength, weakness, mixed or neutral")


class UnderstoodJson(BaseModel):
    """A filter read from the question's own words; `without=KIND` undoes it."""

    kind: str
    value: str
    text: str
    start: int
    end: int


class SearchJson(BaseModel):
    """Ranked passages, and how the question was understood."""

    query: str
    filters: dict[str, Any]
    total: int
    hits: list[Hit]
    understood: list[UnderstoodJson]
    notes: list[str]


class CitationJson(BaseModel):
    """Where a quote stands; `quote` equals `passage.text[start:end]`."""

    passage_id: str
    document_id: str
    file: str
    council: str | None
    published: str | None
    label: str | None
    page: int | None
    quote: str
    start: int
    end: int
    url: str
    reference: str


class StatementJson(BaseModel):
    """Something that documents say, in their own words, with where they say it."""

    text: str
    citations: list[CitationJson]
    council: str | None
    grade: str | None
    span: tuple[int, int] | None = Field(description="The shortest part of the text that answers a fact")
    polarity: str = Field(description="strength, weakness, mixed or neutral")
    published: str | None = Field(description="The date of the document cited first")


class CoverageJson(BaseModel):
    """How much was searched, and how much of it has findings."""

    councils_with_findings: int
    councils_searched: int
    documents_searched: int
    documents_with_findings: int
    documents_unread: int = Field(description="Files that the index's build could not read")
    note: str = Field(
        description="All of this in a sentence, with the error that such a count is known to have"
    )


class GroupJson(BaseModel):
    """What an answer says of one council; the date and grade are of its newest document."""

    council: str | None
    polarity: str
    published: str | None
    grade: str | None
    statements: list[int] = Field(description="Places in the answer's statements, from 0, the newest first")


class WrittenSentenceJson(BaseModel):
    """A sentence of the writer's, and the citations of which each supports it."""

    text: str
    citations: list[CitationJson]


class WrittenJson(BaseModel):
    """What the optional writer made of the answer: sentences that their sources support, how many weren't."""

    sentences: list[WrittenSentenceJson]
    dropped: int
    reasons: dict[str, int]
    model: str
    problem: str | None = Field(description="Why the writer gave nothing, where it gave nothing")


class AnswerJson(BaseModel):
    """A cited answer, or the reason why there is none."""

    question: str
    status: str
    statements: list[StatementJson]
    coverage: CoverageJson
    reason: str | None
    kind: str
    filters: dict[str, Any]
    understood: list[UnderstoodJson]
    notes: list[str]
    confidence: float
    groups: list[GroupJson]
    written: WrittenJson | None = Field(None, description="Null unless a writer is set")


class CouncilJson(BaseModel):
    """An authority and how many documents of it are indexed."""

    name: str
    documents: int
    region: str | None
    type: str | None


class CouncilsJson(BaseModel):
    """The authorities that the index has documents of."""

    councils: list[CouncilJson]


class DocumentsJson(BaseModel):
    """Every document, without its passages."""

    documents: list[dict[str, Any]]


class HealthJson(BaseModel):
    """What is being served."""

    status: str
    documents: int
    passages: int
    digest: str
    built: str


class ErrorBody(BaseModel):
    """What went wrong and what to do."""

    code: str
    message: str


class ErrorJson(BaseModel):
    """The body of every 4xx."""

    error: ErrorBody
