"""From the address of a search to what it asks, and back: nothing is lost, and each filter can be undone."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from search_api.query import Understood
from web import search_page

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=20
)


def read(url: str) -> search_page.Asked:
    return search_page.asked(parse_qs(urlsplit(url).query))


@given(
    question=WORDS, councils=st.lists(WORDS, max_size=3, unique=True), grade=st.none() | WORDS,
    kind=st.none() | WORDS, without=st.lists(st.sampled_from(["council", "year", "all"]), unique=True),
    newest_first=st.booleans(),
)  # fmt: skip
def test_address_says_all_that_is_asked(
    question: str,
    councils: list[str],
    grade: str | None,
    kind: str | None,
    without: list[str],
    *,
    newest_first: bool,
) -> None:
    filters = search_page.Filters(council=tuple(councils), grade=grade, kind=kind)
    asked = search_page.Asked(question, filters, tuple(without), newest_first=newest_first)
    assert read(asked.url()) == asked


def test_page_that_is_no_number_is_the_first_and_one_too_high_the_last() -> None:
    pages = [
        search_page.asked({"q": ["x"], "page": [page]}).page
        for page in ("two", "-1", "0", "٣", "4", "9" * 9, "77")
    ]
    assert pages == [1, 1, 1, 1, 4, 1, search_page.MOST_PAGES]


def test_empty_filters_ask_nothing() -> None:
    asked = search_page.asked({"q": [" return  interviews "], "grade": [""], "council": ["", " "]})
    assert asked == search_page.Asked("return interviews", search_page.Filters())


def test_tag_of_one_council_of_two_leaves_the_other() -> None:
    asked = search_page.Asked("x", search_page.Filters(council=("A", "B"), grade="Good"))
    tags = search_page.tags(asked, ())
    assert [tag.value for tag in tags] == ["A", "B", "Good"]
    assert read(tags[0].remove).filters == search_page.Filters(council=("B",), grade="Good")
    assert read(tags[2].remove).filters == search_page.Filters(council=("A", "B"))


def test_tag_from_the_question_is_undone_by_its_kind() -> None:
    asked = search_page.Asked("x in 2018", search_page.Filters(), ("grade",))
    tag = search_page.tags(asked, [Understood("year", "2018", "in 2018", 2, 9)])[0]
    assert tag.from_question
    assert read(tag.remove).without == ("grade", "year")


def test_pagination_keeps_to_the_pages_that_there_are() -> None:
    asked = search_page.Asked("x", search_page.Filters(), page=5)
    assert search_page.pagination(asked, 10) == []
    numbers = [link.number for link in search_page.pagination(asked, 10_000)]
    assert numbers == [1, None, 4, 5, 6, None, search_page.MOST_PAGES]


def test_refusal_names_the_filter_as_the_page_does_and_leads_to_it() -> None:
    problem = search_page.problem("published_from can't be 'soon'; give a date")
    assert (problem.text, problem.href) == (
        "Published from can’t be 'soon'; give a date", "#filter-published-from"
    )  # fmt: skip
