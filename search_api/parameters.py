"""What the routes may be asked, as pydantic models: the query parameters of the contract and those added to it.

This module must not know what a route does with them.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from search_api.engine import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET
from search_api.filters import Filters


class AnswerParameters(BaseModel):
    """What `/api/answer` may be asked: a question and the contract's filters."""

    q: str = Field("", description="The question, in words")
    council: list[str] = Field([], description="Only these councils")
    kind: str | None = Field(None, description="Only this kind of document")
    framework: str | None = Field(None, description="Only this inspection framework")
    published_from: str | None = Field(None, description="Only documents of this ISO date or later")
    published_to: str | None = Field(None, description="Only documents of this ISO date or earlier")
    grade: str | None = Field(None, description="Only passages that stand under this grade")
    section: str | None = Field(None, description="Only passages under a heading with these words")
    document: str | None = Field(None, description="Only this document, by id or file name")
    passage_kind: str | None = Field(None, description="Only this kind of passage")
    region: str | None = Field(None, description="Only councils of this English region")
    polarity: str | None = Field(None, description="Only strength, weakness, mixed or neutral passages")
    without: list[str] = Field([], description="Kinds of filters not to read from the question; or all")

    def filters(self) -> Filters:
        """Put the filters as the engine takes them; what is empty asks nothing."""
        return Filters(
            council=tuple(self.council), **{name: getattr(self, name) or None for name in Filters.SINGLE}
        )


class WriteUpParameters(AnswerParameters):
    """What `/api/answer` may be asked besides."""

    write: bool = Field(True, description="Have the answer written up, where a writer is set")


class SearchParameters(AnswerParameters):
    """What `/api/search` may be asked."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    offset: int = Field(0, ge=0, le=MAX_OFFSET)
