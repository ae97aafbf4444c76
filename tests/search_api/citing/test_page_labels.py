"""A citation names the number that is printed on a page, and where that page is in the file."""

from __future__ import annotations

import pytest

from indexer.document import Document, Passage
from search_api.citing.citation import reference


@pytest.mark.parametrize(
    ("pages", "labels", "said"),
    [
        ((3, 3), ("i", "ii", "1", "2"), "page 1 (3 of the file)"),
        ((3, 4), ("i", "ii", "1", "2"), "pages 1 to 2 (3 to 4 of the file)"),
        ((3, 3), (), "page 3"),
        ((1, 1), ("1", "A"), "page 1"),
        ((2, 2), ("1", ""), "page 2"),
    ],
)
def test_a_reference_names_the_printed_page(
    pages: tuple[int, int], labels: tuple[str, ...], said: str
) -> None:
    document = Document(
        "d", "d.pdf", "Report", "Thornmere", "other", published="2021-03-12", page_labels=labels
    )
    passage = Passage("d.p1", "d", "paragraph", "1", (), *pages, "Words.")
    assert reference(passage, document) == f"Thornmere, 12 March 2021, paragraph 1, {said}"
