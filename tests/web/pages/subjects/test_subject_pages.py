"""Pages about a subject: linked from every weakness, each quote the passage's own, with a file and a pack."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import lxml.html
import pytest

from indexer.register.subjects import load_subjects
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.register.tables import TABLES, ask
from tests.web.checked_client import CheckedClient


def words(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def turned(engine: Engine, *, reported: bool = False) -> dict[str, Any]:
    """A council of the sample that turned a subject round, whichever it is, or that reports what it did meanwhile."""
    snapshot = engine.snapshot()
    found = (
        row
        for one in load_subjects()
        for row in ask(TABLES["turned"], snapshot, Filters(), {"q": one.id}).rows[:1]
    )
    return next(row for row in found if row["reported"] or not reported)


def test_who_turned_it_round_sets_both_paragraphs_side_by_side(client: CheckedClient, engine: Engine) -> None:
    row = turned(engine, reported=True)
    page = client.page(f"/turned-round?subject={row['after']['subject']}&near={row['council']}")
    sides = page.xpath("//article[1]//blockquote")
    marked = [words(side.xpath("./mark")[0]) for side in sides]
    assert marked == [" ".join(row[side]["text"].split()) for side in ("before", "after")]
    said = words(page.xpath("//article[1]")[0])
    assert "This council" in said and "What its own papers say it did" in said
    assert ("Since then" in said) == bool(row["since"])
    pack = page.xpath("//form[@action='/pack/add'][2]//input[@name='p']/@value")
    assert [row[side]["citations"][0]["passage_id"] for side in ("before", "after")] == pack[:2]
    csv = page.xpath("//a[contains(., 'CSV')]/@href")[0]
    assert row["council"] in client.get(csv).text


@pytest.mark.parametrize("turn", ["got-worse", "still-weak", "partly"])
def test_each_turn_has_its_page(client: CheckedClient, turn: str) -> None:
    page = client.page(f"/turned-round?subject=neglect&turn={turn}")
    assert page.xpath("//select[@id='turn']/option[@selected]/@value") == [turn]


def test_words_that_take_in_several_subjects_lead_to_each(client: CheckedClient) -> None:
    page = client.page("/turned-round?subject=supervision")
    narrower = page.xpath("//p[contains(., 'several subjects')]/a/@href")
    assert len(narrower) > 1 and "supervision-frequency" in "".join(narrower)
    assert client.page(narrower[0]).xpath("//input[@id='subject']/@value")[0][0].isupper()


def test_findings_of_a_verdict_are_listed_newest_first(client: CheckedClient) -> None:
    page = client.page("/findings?subject=theme:workforce&verdict=weakness")
    results = page.xpath("//ol[@class='app-results']/li")
    assert results and all("weakness" in words(one) and one.xpath(".//mark") for one in results)
    assert all(one.xpath(".//a[contains(@href, '/turned-round?')]") for one in results)


def test_what_was_promised_stands_beside_what_was_found(client: CheckedClient) -> None:
    page = client.page("/promises")
    said = words(page.xpath("//main")[0])
    assert "never an inspector’s" in said and "last rated “Green” before the next inspection" in said
    cell = page.xpath("//tbody/tr[contains(th, 'Green')]//a")[0]
    cases = client.page(cell.get("href").split("#")[0])
    assert len(cases.xpath("//article")) == min(10, int(words(cell)))
    for case in cases.xpath("//article"):
        assert words(case.xpath(".//h4")[0]).startswith("Green")
        assert case.xpath("(.//div[@class='app-pair__side'])[2]//*[self::mark or self::p]")


def test_trend_says_in_its_table_what_its_chart_draws(client: CheckedClient, engine: Engine) -> None:
    for by in ("year", "framework"):
        page = client.page(f"/trend?subject=theme:workforce&by={by}")
        rows = ask(TABLES["trend"], engine.snapshot(), Filters(), {"q": "theme:workforce", "by": by}).rows
        table = page.xpath("//table/tbody/tr")
        assert [words(row[0]) for row in table] == [row[by] for row in rows]
        for shown, row in zip(table, rows, strict=True):
            assert [int(words(shown[place])) for place in (1, 2, 4, 6)] == [
                row["inspected"],
                row["weakness"] + row["mixed"],
                row["strength"] + row["mixed"],
                row["inspected"] - row["with_findings"],
            ]
        label = page.xpath("//figure/svg/@aria-label")[0]
        assert words(page.xpath("//h1")[0]) in label and "Percentage of inspection reports" in label
        assert len(page.xpath("//figure//ul/li")) == 2


def test_number_of_a_trend_opens_what_those_reports_say(client: CheckedClient) -> None:
    page = client.page("/trend?subject=theme:workforce")
    link = page.xpath("//tbody//a/@href")[0]
    found = client.page(link)
    year = parse_qs(urlsplit(link).query)["year"][0]
    assert year in words(found.xpath("//h2[@id='results']")[0]) and found.xpath(
        "//ol[@class='app-results']/li"
    )


def test_a_group_is_a_list_of_ones_own_and_compared_with_the_rest(
    client: CheckedClient, engine: Engine
) -> None:
    page = client.page("/in-common?group=kelderbridge%0AThornmere&verdict=weakness")
    rows = ask(TABLES["common"], engine.snapshot(), Filters(council=("Kelderbridge", "Thornmere")), {}).rows
    shown = page.xpath("//tbody/tr")
    assert 0 < len(shown) <= len(rows)
    surprising = min(rows, key=lambda row: row["chance"])
    first = next(row for row in rows if row["name"] == words(shown[0][0]))
    assert first["chance"] == surprising["chance"]
    assert words(shown[0][1]).startswith(str(first["weak_in_group"]))
    assert "Fisher’s exact test" in words(page.xpath("//main")[0])
    said = page.get_element_by_id(shown[0][0].xpath("./a/@href")[0].removeprefix("#"))
    assert said.getnext().xpath(".//q") and "Thornmere" in page.xpath("//textarea")[0].text
    assert "assessment" in client.get(page.xpath("//a[contains(., 'CSV')]/@href")[0]).text


@pytest.mark.parametrize(
    "url",
    [
        "/in-common?group=Nowhereshire", "/in-common?type=parish", "/in-common?grade=Good&verdict=mixed",
        "/trend?subject=neglect&by=moon", "/promises?found=all", "/turned-round?subject=neglect&turn=sideways", "/turned-round?subject=theme:weather",
        "/turned-round?subject=neglect&near=Nowhereshire", "/findings?subject=neglect&verdict=nice",
        "/findings?subject=neglect&region=Atlantis",
    ],
)  # fmt: skip
def test_what_cant_be_asked_is_said(client: CheckedClient, url: str) -> None:
    assert client.page(url, expect=400).xpath("//div[@class='govuk-error-summary']")


@pytest.mark.parametrize(
    "url",
    [
        "/search?q=Which+councils+were+criticised+for+supervision%3F", "/search?q=children+wait+too+long",
        "/councils/kelderbridge", "/findings?subject=theme:practice&verdict=weakness",
    ],
)  # fmt: skip
def test_one_click_leads_from_a_weakness_to_who_turned_it_round(client: CheckedClient, url: str) -> None:
    links = client.page(url).xpath("//main//a[contains(., 'turned it round') or ancestor::ul]/@href")
    links = [link for link in links if link.startswith("/turned-round?") and "near=" in link]
    assert links
    asked = parse_qs(urlsplit(links[0]).query)
    assert asked["subject"] and asked["near"]
    client.page(links[0])


def test_a_paragraph_and_a_recommendation_lead_there_too(client: CheckedClient, engine: Engine) -> None:
    asked = {"q": "theme:practice", "verdict": "weakness"}
    weak = ask(TABLES["findings"], engine.snapshot(), Filters(), asked)
    url = weak.rows[0]["citations"][0]["url"].split("#")[0]
    assert client.page(url).xpath("//a[starts-with(@href, '/turned-round?')]")
    advice = ask(TABLES["recommendations"], engine.snapshot(), Filters(council=("Kelderbridge",)), {}).rows[0]
    page = client.page(f"/recommendations/{advice['citations'][0]['passage_id']}")
    assert page.xpath("//a[starts-with(@href, '/turned-round?')]")
