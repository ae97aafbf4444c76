"""Every page over the sample: right, plain, linked, and an error page wherever an address is wrong."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import lxml.html
import pytest

from search_api.engine import Engine
from search_api.search.result_set import find
from tests.web.checked_client import CheckedClient

SUBJECTS = frozenset({"/turned-round", "/findings", "/promises", "/trend", "/in-common"})
HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "NEAR(a b) AND OR *", "'; DROP TABLE passages; --",
    "a\x00b", "{{ 7*7 }}", "..%2f..%2fetc", "۰۱۲", "💬 return 💬",
)  # fmt: skip


def words(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/documents",
        "/councils",
        "/about",
        "/accessibility",
        "/licences",
        "/transparency",
        "/themes",
        "/compare",
        "/pack",
        "/coverage",
        "/docs",
        "/download",
        "/new",
        "/turned-round",
        "/findings",
        "/promises",
        "/trend",
        "/in-common",
    ],
)
def test_page_opens(client: CheckedClient, url: str) -> None:
    assert client.page(url).xpath("//main[@id='main-content']")


def test_search_shows_council_number_page_and_section_of_each_result(
    client: CheckedClient, engine: Engine
) -> None:
    page = client.page("/search?q=return+interviews")
    results = page.xpath("(//ol[@class='app-results'])[1]/li")
    found = find(engine.snapshot(), "return interviews")
    hits = found.hits([group.row for group in found.groups()[:10]])
    assert len(results) == len(hits) > 0
    for shown, hit in zip(results, hits, strict=True):
        said = words(shown)
        assert hit.document.council and hit.document.council in said
        if hit.passage.label:
            assert hit.passage.label in said
        if hit.passage.page:
            assert f"{hit.passage.page}" in said
        if hit.passage.section:
            assert " ".join(hit.passage.section[-1].split()) in said
        assert shown.xpath(".//h3/a/@href") == [hit.url]


def test_results_mark_the_words_that_matched(client: CheckedClient) -> None:
    page = client.page("/search?q=return+interviews")
    marked = {words(mark).lower() for mark in page.xpath("//ol[@class='app-results']//mark")}
    assert marked & {"return interviews", "interviews", "interview", "return"}


def test_every_result_opens_its_passage_marked_in_its_document(client: CheckedClient) -> None:
    page = client.page("/search?q=return+interviews")
    for url in page.xpath("//ol[@class='app-results']//h3/a/@href"):
        path, anchor = url.split("#")
        opened = client.page(path)
        assert "app-passage--opened" in opened.get_element_by_id(anchor).get("class")


def test_answer_stands_above_the_results_with_its_denominator_and_sources(client: CheckedClient) -> None:
    page = client.page("/search?q=" + quote("Were return home interviews offered in time?"))
    answer = page.xpath("//section[@class='app-answer']")[0]
    assert "councils searched" in words(answer)
    for statement in answer.xpath(".//li"):
        assert statement.xpath("./q") and statement.xpath(".//a/@href")
    first_result = page.xpath("//ol[@class='app-results']")[0]
    order = list(page.iter())
    assert order.index(answer) < order.index(first_result)


def test_question_that_only_names_a_council_is_not_answered_but_leads_to_it(client: CheckedClient) -> None:
    page = client.page("/search?q=Thornmere")
    assert not page.xpath("//section[@class='app-answer']")
    assert page.xpath("//nav[@class='app-shortcuts']//a/@href") == ["/councils/thornmere"]


def test_understood_filter_is_a_tag_whose_link_undoes_it(client: CheckedClient) -> None:
    page = client.page("/search?q=return+interviews+in+Kelderbridge")
    tag = next(t for t in page.xpath("//li[@class='app-tags__item']") if "Kelderbridge" in words(t))
    assert "from your question" in words(tag)
    undone = client.page(tag.xpath(".//a/@href")[0])
    assert not undone.xpath("//li[@class='app-tags__item']")


def test_chosen_filters_hold_and_can_each_be_removed(client: CheckedClient) -> None:
    page = client.page("/search?q=children&council=Thornmere&kind=inspection+report")
    names = [words(a) for a in page.xpath("//ol[@class='app-results']//h3/a")]
    assert names and all(name.startswith("Thornmere:") for name in names)
    assert page.xpath("//input[@type='hidden'][@name='council'][@value='Thornmere'][@form='search']")
    removals = page.xpath("//li[@class='app-tags__item']/a/@href")
    assert len(removals) == 2
    assert all(client.page(url).xpath("count(//li[@class='app-tags__item'])") == 1 for url in removals)


def test_filters_that_match_nothing_say_what_was_searched_and_what_to_try(client: CheckedClient) -> None:
    page = client.page("/search?q=children&published_from=2090")
    said = words(page.xpath("//main")[0])
    assert "Nothing in 10 documents matches" in said
    assert page.xpath("//a[contains(., 'without any filter')]")


def test_pages_of_results_follow_each_other(client: CheckedClient) -> None:
    first = client.page("/search?q=children")
    following = first.xpath("//a[@rel='next']/@href")[0]
    second = client.page(following)
    assert second.xpath("//ol[@class='app-results']/@start") == ["11"]
    assert "(page 2 of" in second.findtext(".//title")
    assert client.page(second.xpath("//a[@rel='prev']/@href")[0]).xpath(
        "//ol[@class='app-results']/@start"
    ) == ["1"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/search?q=", "Enter what you want to search for"),
        ("/search?q=" + "a" * 10_000, "characters long"),
        ("/search?q=%21%21%3F", "nothing to search for"),
        ("/search?q=x&grade=superb", "Grade at the time can’t be"),
        ("/search?q=x&published_from=soon", "Published from can’t be"),
        ("/search?q=x&council=Nowhereshire", "no council called"),
        ("/search?q=x&without=everything", "can’t be 'everything'"),
    ],
)
def test_search_that_cannot_be_done_says_why_in_an_error_summary(
    client: CheckedClient, url: str, said: str
) -> None:
    page = client.page(url, expect=400)
    summary = words(page.xpath("//div[@class='govuk-error-summary']")[0])
    assert said in summary
    assert page.findtext(".//title").startswith("Error: ")


def test_search_without_a_question_goes_to_the_front_page(client: CheckedClient) -> None:
    assert client.get("/search", expect=303).headers["location"] == "/"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_questions_are_shown_as_text(client: CheckedClient, text: str) -> None:
    response = client.get("/search", expect=None, params={"q": text})
    assert response.status_code in {200, 400}
    page = lxml.html.document_fromstring(response.text)
    assert not page.xpath("//main//script | //main//img | //@onerror")
    assert (
        page.xpath("//input[@id='q']/@value")[0].split()
        == " ".join(text.split()).replace("\x00", "�").split()
    )


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 2_000, "!!!", ""])
def test_hostile_parameters_of_every_page_are_answered_with_a_page(client: CheckedClient, text: str) -> None:
    for path, name in (
        ("/themes", "theme"), ("/themes", "council"), ("/themes", "published_from"), ("/themes", "page"),
        ("/compare", "theme"), ("/compare", "council"), ("/compare", "a"), ("/pack", "p"), ("/pack", "title"),
        ("/pack", "back"), ("/search", "council"), ("/search", "region"), ("/search", "polarity"), ("/search", "page"), ("/turned-round", "subject"),
        ("/turned-round", "near"), ("/turned-round", "turn"), ("/findings", "subject"), ("/findings", "verdict"),
        ("/promises", "subject"), ("/promises", "status"), ("/promises", "found"), ("/trend", "subject"), ("/trend", "by"),
        ("/in-common", "group"), ("/in-common", "type"), ("/in-common", "grade"),
    ):  # fmt: skip
        more = {"council": "Thornmere"} if (path, name) == ("/compare", "theme") else {}
        response = client.get(path, expect=None, params={"q": "visits", name: text, **more})
        assert response.status_code in {200, 303, 400, 404}, f"{path} {name}: {response.status_code}"
        if response.status_code != 303:
            page = lxml.html.document_fromstring(response.text)
            assert not page.xpath(
                "//main//script | //main//img | //@onerror | //a[starts-with(@href, 'javascript')]"
            )


@pytest.mark.parametrize(
    "url",
    [
        "/nothing", "/documents/none", "/documents/none/p1", "/documents/none/original", "/councils/none",
        "/documents/none/pages/1.png", "/documents/%2e%2e%2fetc/original", "/recommendations/none.r1",
    ],
)  # fmt: skip
def test_wrong_address_is_a_page_that_says_so(client: CheckedClient, url: str) -> None:
    page = client.page(url, expect=404)
    assert words(page.xpath("//h1")[0]) == "Page not found"


def test_programs_get_errors_as_json(client: CheckedClient) -> None:
    assert client.get("/api/nothing", expect=404).json()["error"]["code"] == "not_found"
    assert client.get("/api/search?q=", expect=400).json()["error"]["message"]


def test_every_document_and_every_part_of_it_opens(client: CheckedClient, engine: Engine) -> None:
    for document in engine.snapshot().index.documents():
        url: str | None = f"/documents/{document.id}"
        shown = 0
        while url:
            page = client.page(url)
            shown += len(page.xpath("//div[contains(@class, 'app-passage')]"))
            following = page.xpath("//nav[@aria-label='Parts of the document']//a[@rel='next']/@href")
            url = following[0] if following else None
        whole = engine.snapshot().index.document(document.id)
        assert whole is not None and shown == len(whole.passages)


def test_document_shows_judgements_contents_and_its_neighbours_in_time(
    client: CheckedClient, engine: Engine
) -> None:
    series = [
        d
        for d in engine.snapshot().index.documents()
        if d.council == "Kelderbridge" and d.kind == "inspection report"
    ]
    series.sort(key=lambda d: d.inspected_to or d.published or "")
    assert len(series) > 1
    first, second = (client.page(f"/documents/{d.id}") for d in series[:2])
    assert first.xpath("//a[@rel='next']/@href")[0] == f"/documents/{series[1].id}"
    assert second.xpath("//a[@rel='prev']/@href")[0] == f"/documents/{series[0].id}"
    rows = first.xpath("//table[caption='Judgements']/tbody/tr")
    assert len(rows) == len(series[0].judgements) > 0
    assert first.xpath("//nav[@aria-labelledby='contents-heading']//a")


def test_council_page_sets_the_grades_of_its_inspections_side_by_side(client: CheckedClient) -> None:
    page = client.page("/councils/kelderbridge")
    columns = page.xpath("(//table)[1]/thead//th")
    assert len(columns) > 2
    for row in page.xpath("(//table)[1]/tbody/tr"):
        assert len(row) == len(columns)


@pytest.mark.slow
def test_every_link_of_the_site_leads_somewhere(client: CheckedClient) -> None:
    """Follows links as far as two searches, every council and every document; some passages of each, and pages of some subjects."""
    waiting, seen = ["/", "/search?q=return+interviews", "/search?q=private+fostering+in+Thornmere"], set()
    passages: dict[str, int] = {}
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        response = client.get(url)
        if not response.headers["content-type"].startswith("text/html"):
            continue
        for target in lxml.html.document_fromstring(response.text).xpath("//a/@href"):
            split = urlsplit(target)
            assert not split.scheme or split.scheme in {"https"}, target
            if split.netloc or not split.path:
                continue
            document = "/".join(split.path.split("/")[:3])
            # A page of each subject, council and filter differs in nothing but what it is asked.
            if (split.path.count("/") > 2 and split.path.startswith("/documents/")) or split.path in SUBJECTS:
                passages[document] = passages.get(document, 0) + 1
                if passages[document] > (12 if split.path in SUBJECTS else 3):
                    continue
            if split.path in {"/search", "/search.csv", "/search.json"} or split.path.startswith("/api/"):
                continue
            waiting.append(split.path + (f"?{split.query}" if split.query else ""))
    assert len(seen) > 40
