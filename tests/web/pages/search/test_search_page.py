"""From the address of a search to what it asks, and back: nothing is lost, and each filter can be undone."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from search_api.fields import Filters
from search_api.question.query import Understood
from search_api.search.facets import Facet, Value
from tests.web.checked_client import CheckedClient
from web.pages.search import page as search_page
from web.pages.search.address import MOST_PAGES, SearchAddress, facet_links
from web.pages.search.address import read_address as read_parameters

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=20
)


def read(url: str) -> SearchAddress:
    return read_parameters(parse_qs(urlsplit(url).query))


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
    filters = Filters(council=tuple(councils), grade=grade, kind=kind)
    asked = SearchAddress(question, filters, tuple(without), newest_first=newest_first)
    assert read(asked.url()) == asked


def test_page_that_is_no_number_is_the_first_and_one_too_high_the_last() -> None:
    pages = [
        read_parameters({"q": ["x"], "page": [page]}).page
        for page in ("two", "-1", "0", "٣", "4", "9" * 9, "77")
    ]
    assert pages == [1, 1, 1, 1, 4, 1, MOST_PAGES]


def test_empty_filters_ask_nothing() -> None:
    asked = read_parameters({"q": [" return  interviews "], "grade": [""], "council": ["", " "]})
    assert asked == SearchAddress("return interviews", Filters())


def test_tag_of_one_council_of_two_leaves_the_other() -> None:
    asked = SearchAddress("x", Filters(council=("A", "B"), grade="Good"))
    tags = search_page.tags(asked, ())
    assert [tag.value for tag in tags] == ["A", "B", "Good"]
    assert read(tags[0].remove).filters == Filters(council=("B",), grade="Good")
    assert read(tags[2].remove).filters == Filters(council=("A", "B"))


def test_tag_from_the_question_is_undone_by_its_kind() -> None:
    asked = SearchAddress("x in 2018", Filters(), ("grade",))
    tag = search_page.tags(asked, [Understood("year", "2018", "in 2018", 2, 9)])[0]
    assert tag.from_question
    assert read(tag.remove).without == ("grade", "year")


def test_pagination_keeps_to_the_pages_that_there_are() -> None:
    asked = SearchAddress("x", Filters(), page=5)
    assert search_page.pagination(asked, 10) == []
    numbers = [link.number for link in search_page.pagination(asked, 10_000)]
    assert numbers == [1, None, 4, 5, 6, None, MOST_PAGES]


def test_refusal_names_the_filter_as_the_page_does_and_leads_to_it() -> None:
    problem = search_page.problem("published_from can't be 'soon'; give a date")
    assert (problem.text, problem.href) == (
        "Published from can’t be 'soon'; give a date", "#filter-published-from"
    )  # fmt: skip


def test_facet_link_adds_its_value_and_the_chosen_one_takes_it_away() -> None:
    asked = SearchAddress("x", Filters(council=("A",), grade="Good"), page=3)
    facets = [
        Facet("council", (Value("A", 3, chosen=True), Value("B", 2))),
        Facet("grade", (Value("Good", 3, chosen=True), Value("Inadequate", 1))),
        Facet("year", (Value("2019", 2), Value("2015", 1))),
    ]
    council, grade, year = facet_links(asked, facets)
    assert [read(link.url).filters.council for link in council.links] == [(), ("A", "B")]
    assert [read(link.url).filters.grade for link in grade.links] == [None, "Inadequate"]
    chosen = read(year.links[0].url)
    assert (chosen.filters.published_from, chosen.filters.published_to) == ("2019", "2019")
    assert {read(link.url).page for facet in (council, grade, year) for link in facet.links} == {1}


def test_facet_that_can_narrow_nothing_is_not_shown() -> None:
    assert facet_links(SearchAddress("x", Filters()), [Facet("framework", (Value("SIF", 9),))]) == []


def test_councils_beyond_the_commonest_stand_in_a_list_by_name() -> None:
    values = tuple(Value(name, 26 - place) for place, name in enumerate("ZYXWVUTSRQPONMLKJIHGFEDCBA"))
    shown = facet_links(SearchAddress("x", Filters()), [Facet("council", values)])[0]
    assert [link.text for link in shown.links] == list("ZYXWVUTS")
    assert [value.value for value in shown.others] == sorted("RQPONMLKJIHGFEDCBA")


def test_one_year_is_one_tag() -> None:
    tags = search_page.tags(SearchAddress("x", Filters(published_from="2018", published_to="2018")), ())
    assert [(tag.label, tag.value) for tag in tags] == [("Published", "2018")]
    assert read(tags[0].remove).filters == Filters()


def test_how_the_words_were_read_is_said_with_a_way_back(client: CheckedClient) -> None:
    typed = 'supervison "in teams" NOT adoption'
    page = client.page(f"/search?{urlencode({'q': typed})}")
    mended, operators = page.xpath("//p[contains(@class, 'app-read-as')]")
    assert "“supervision” instead of “supervison”" in mended.text_content()
    assert "exactly “in teams”" in operators.text_content()
    assert "without “adoption”" in operators.text_content()
    ways = [read(str(link)) for link in page.xpath("//p[contains(@class, 'app-read-as')]/a/@href")]
    assert [(way.question, way.without) for way in ways] == [(typed, ("spelling",)), (typed, ("operators",))]
    again = client.page(f"/search?{urlencode({'q': typed, 'without': 'spelling'})}")
    assert len(again.xpath("//p[contains(@class, 'app-read-as')]")) == 1


def shortcut_urls(client: CheckedClient, question: str) -> list[str]:
    page = client.page(f"/search?{urlencode({'q': question})}")
    return [str(url) for url in page.xpath("//nav[@class='app-shortcuts']//a/@href")]


def test_question_for_a_pack_leads_to_the_search_that_fills_it(client: CheckedClient) -> None:
    urls = shortcut_urls(client, "build me a pack on private fostering?")
    assert urls == ["/search?q=private+fostering"]


def test_question_that_compares_councils_leads_to_the_comparison(client: CheckedClient) -> None:
    urls = shortcut_urls(client, "compare return interviews in Kelderbridge and Thornmere")
    asked = parse_qs(urlsplit(urls[0]).query)
    assert urls[0].startswith("/compare?")
    assert asked["council"] == ["Kelderbridge", "Thornmere"] and asked["theme"] == ["return interviews"]


def test_question_that_compares_inspections_of_one_council_leads_to_that_year_and_the_next(
    client: CheckedClient,
) -> None:
    urls = shortcut_urls(client, "compare Kelderbridge 2015 with its next inspection")
    asked = parse_qs(urlsplit(urls[0]).query)
    assert urls[0].startswith("/compare?")
    assert asked["a"][0].startswith("kelderbridge-2015") and asked["b"][0].startswith("kelderbridge-2019")
    assert client.page(urls[0]) is not None
    latest = parse_qs(urlsplit(shortcut_urls(client, "compare Kelderbridge's inspections")[0]).query)
    assert latest["a"][0].startswith("kelderbridge-2019") and latest["b"][0].startswith("kelderbridge-2026")


def test_recommendation_asked_for_by_number_comes_before_the_council(client: CheckedClient) -> None:
    urls = shortcut_urls(client, "what became of Kelderbridge's recommendation 5?")
    assert urls[0].startswith("/recommendations/kelderbridge-2015")
    assert urls[-1] == "/councils/kelderbridge"


def test_what_was_asked_can_be_changed_in_parts(client: CheckedClient) -> None:
    page = client.page("/search?q=Which+councils+were+criticised+for+supervision%3F")
    form = page.xpath("//form[@action='/ask']")[0]
    assert form.xpath(".//input[@name='ask_subject']/@value") == ["supervision"]
    assert form.xpath(".//select[@name='ask_ask']/option[@selected]/@value") == ["criticised"]
    changed = client.get("/ask?ask_ask=praised&ask_subject=supervision&framework=SIF", expect=303)
    sent = parse_qs(urlsplit(changed.headers["location"]).query)
    assert sent == {"q": ["Which councils were praised for supervision?"], "framework": ["SIF"]}
    client.page("/ask?ask_ask=praised", expect=400)
