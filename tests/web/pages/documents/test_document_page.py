"""A long document in parts, its headings, its outlines on the printed page and its place in time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from indexer.document import Box, Document, Passage
from web.pages.documents import page as document_page

DOCUMENT = Document("a-1", "a.pdf", "A report", "Thornmere", "inspection report", inspected_to="2018-05-01")


def passage(
    number: int, text: str = "Words.", section: tuple[str, ...] = ("One",), **more: object
) -> Passage:
    values: dict[str, object] = {
        "id": f"a-1.p{number}", "document_id": "a-1", "kind": "paragraph", "label": str(number), "section": section,
        "page": 1, "end_page": 1, "text": text, **more,
    }  # fmt: skip
    return Passage(**values)  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 60_000), max_size=60))
def test_parts_hold_every_passage_once_and_stay_small(lengths: list[int]) -> None:
    document = replace(DOCUMENT, passages=tuple(passage(n, "<" * length) for n, length in enumerate(lengths)))
    parts = document_page.parts(document)
    assert parts[0].first == 0 and parts[-1].end == len(lengths)
    assert all(a.end == b.first for a, b in pairwise(parts))
    for part in parts:
        alone = part.end - part.first == 1
        shown = document_page.shown_passages(document, part, None)
        size = sum(4 * len(paragraph) for item in shown for paragraph in item.paragraphs)
        assert size <= document_page.PART_CHARACTERS or alone


def test_key_is_found_in_its_part_and_a_strange_one_in_none() -> None:
    document = replace(DOCUMENT, passages=tuple(passage(n, "x" * 9_000) for n in range(20)))
    for number in (0, 9, 19):
        part = document_page.part_of(document, f"p{number}")
        assert part and part.first <= number < part.end
    assert document_page.part_of(document, "p20") is None


def test_headings_are_said_where_they_begin_and_not_again() -> None:
    sections = (("One",), ("One", "A"), ("One", "A"), ("One", "B"), ("Two", "B"))
    document = replace(DOCUMENT, passages=tuple(passage(n, section=s) for n, s in enumerate(sections)))
    shown = document_page.shown_passages(document, document_page.parts(document)[0], None)
    said = [[(h.text, h.level) for h in item.headings] for item in shown]
    assert said == [[("One", 2)], [("A", 3)], [], [("B", 3)], [("Two", 2), ("B", 3)]]


def test_passage_over_a_page_break_is_outlined_on_both_pages() -> None:
    boxes = (Box(3, 0.1, 0.8, 0.9, 0.9), Box(4, 0.1, 0.1, 0.9, 0.2))
    pages = document_page.printed_pages(passage(1, page=3, end_page=4, boxes=boxes))
    assert [(page.number, len(page.outlines)) for page in pages] == [(3, 1), (4, 1)]


@given(st.tuples(*[st.floats(0, 1) for _ in range(4)]))
def test_outline_stays_on_the_page(edges: tuple[float, float, float, float]) -> None:
    left, right = sorted(edges[:2])
    top, bottom = sorted(edges[2:])
    pages = document_page.printed_pages(passage(1, boxes=(Box(1, left, top, right, bottom),)))
    for outline in pages[0].outlines:
        assert outline.left >= 0 and outline.left + outline.width <= 100.02
        assert outline.top >= 0 and outline.top + outline.height <= 100.02


def test_neighbours_are_inspections_of_the_same_council_next_in_time() -> None:
    def other(key: str, day: str, **more: str) -> Document:
        return replace(DOCUMENT, id=key, inspected_to=day, **more)  # type: ignore[arg-type]

    others = [
        other("early", "2012-01-01"), other("before", "2016-01-01"), other("after", "2021-01-01"),
        other("late", "2024-01-01"), other("plan", "2018-06-01", kind="improvement plan"),
        other("elsewhere", "2018-04-01", council="Kelderbridge"), DOCUMENT,
    ]  # fmt: skip
    found = document_page.neighbours(DOCUMENT, others)
    assert found.previous and found.previous.id == "before"
    assert found.following and found.following.id == "after"
    undated = replace(DOCUMENT, inspected_to=None)
    assert document_page.neighbours(undated, others) == document_page.Neighbours(None, None)
