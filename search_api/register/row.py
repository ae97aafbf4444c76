"""What every row of the register says of itself: whose inspection it is of, when, and where it is printed."""

from __future__ import annotations

from typing import Annotated

from indexer.document import Document
from indexer.json_value import HIDDEN, JsonValue, json_value, shown
from indexer.register.inspections import organisation_of
from search_api.citing.citation import Citation


@json_value
class RegisterRow(JsonValue):
    """A fact of one inspection; `citations` are where it is printed, the first the one that says it."""

    document: Annotated[Document, HIDDEN]
    citations: tuple[Citation, ...]
    council: str | None = shown("document.council")
    organisation: str | None = shown(lambda self: organisation_of(self.document))
    document_id: str = shown("document.id")
    file: str = shown("document.file")
    framework: str | None = shown("document.framework")
    inspected_to: str | None = shown("document.inspected_to")
    published: str | None = shown("document.published")
