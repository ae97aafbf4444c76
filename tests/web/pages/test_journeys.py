"""The journeys of the pages in a real browser: with and without scripts, on a telephone and on a desk."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import docx
import pytest
from playwright.sync_api import Browser, Locator, Page

from indexer.register.subjects import load_subjects
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.register.tables import TABLES, ask

pytestmark = pytest.mark.slow


@pytest.fixture(
    params=[(320, True), (320, False), (1280, True), (1280, False)],
    ids=["320px-scripts", "320px", "1280px-scripts", "1280px"],
)
def page(request: pytest.FixtureRequest, browser: Browser, server: str) -> Iterator[Page]:
    width, scripts = request.param
    context = browser.new_context(
        base_url=server, viewport={"width": width, "height": 800}, java_script_enabled=scripts
    )
    opened = context.new_page()
    yield opened
    context.close()


def follow(leading: Locator) -> None:
    """Click what leads to another page, and wait for all of that: a click only waits for its first bytes."""
    leading.click()
    leading.page.wait_for_load_state()


def number(text: str) -> int:
    found = re.search(r"[\d,]+", text)
    assert found, text
    return int(found.group().replace(",", ""))


def test_search_narrows_by_facets_and_opens_a_paragraph_in_print(page: Page) -> None:
    page.goto("/")
    page.get_by_label("What are you looking for?").fill("return interviews in Kelderbridge")
    follow(page.get_by_role("button", name="Search"))
    heading = page.get_by_role("heading", level=1).inner_text()
    assert heading == "Results for “return interviews in Kelderbridge”"
    assert "Kelderbridge" in page.locator(".app-tags").inner_text()
    facet = page.locator(".app-facet a", has_text="Inspection report")
    count = number(facet.locator("xpath=following-sibling::span").inner_text())
    follow(facet)
    assert number(page.locator("#results").inner_text()) == count
    follow(page.get_by_role("link", name="Remove the filter Kind of document: Inspection report").first)
    reports = page.locator(".app-result", has_text="Inspection report")
    assert "It says" in reports.first.locator(".app-result__why").inner_text()
    follow(reports.first.get_by_role("link").first)
    assert page.locator(".app-passage--opened").count() == 1
    pictures = page.locator(".app-printed img")
    pictures.first.scroll_into_view_if_needed()
    box = pictures.first.bounding_box()
    assert box and box["width"] > 200 and box["height"] > box["width"]
    assert page.locator(".app-printed__outline rect").count() >= 1


def test_search_is_sorted_by_date_and_typed_filters_hold(page: Page) -> None:
    page.goto("/search?q=return+interviews")
    follow(page.get_by_role("link", name="Show the newest first"))
    years = [number(t.split("published ")[-1].split(" ")[2]) for t in _facts(page) if "published " in t]
    assert years == sorted(years, reverse=True) and len(years) > 3
    page.get_by_label("From", exact=True).fill("2016")
    follow(page.get_by_role("button", name="Apply filters"))
    assert "Published from: 2016" in page.locator(".app-tags").inner_text()
    assert page.get_by_role("link", name="Show the nearest first").count() == 1


def _facts(page: Page) -> list[str]:
    return page.locator("li.app-result > .app-result__facts").all_inner_texts()


def test_search_that_finds_nothing_says_what_to_try(page: Page) -> None:
    page.goto("/search?q=children&published_from=2090")
    said = page.locator("main").inner_text()
    assert "Nothing in 10 documents matches" in said
    follow(page.get_by_role("link", name="the same words without “Published from: 2090”"))
    assert page.locator(".app-result").count() > 0


def test_statement_of_the_answer_opens_its_source(page: Page) -> None:
    page.goto("/search?q=Were+return+interviews+held+in+time%3F")
    answer = page.locator(".app-answer")
    assert re.search(r"\d+ of \d+ councils searched", answer.inner_text())
    statement = answer.locator("li").first
    quoted = statement.locator("q").inner_text().strip("“”")
    follow(statement.get_by_role("link").first)
    opened = " ".join(page.locator(".app-passage--opened").inner_text().split())
    assert " ".join(quoted.split())[:60] in opened


def test_document_is_read_from_its_contents_and_leads_to_its_neighbours(page: Page) -> None:
    page.goto("/councils/kelderbridge")
    follow(page.locator("thead a").last)
    follow(page.locator(".app-contents a").nth(1))
    assert "#" in page.url
    follow(page.get_by_role("link", name=re.compile("^Next inspection of Kelderbridge")))
    follow(page.get_by_role("link", name=re.compile("^Previous inspection of Kelderbridge")))
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("^Download the original")).click()
    assert download.value.suggested_filename == "kelderbridge-2015-inspection.pdf"


def test_question_about_a_recommendation_leads_to_what_became_of_it(page: Page) -> None:
    page.goto("/")
    page.get_by_label("What are you looking for?").fill("what became of Kelderbridge's recommendation 5?")
    follow(page.get_by_role("button", name="Search"))
    follow(page.locator(".app-shortcuts a").first)
    assert page.get_by_role("heading", level=1).inner_text().startswith("Recommendation 5: Kelderbridge")
    dates = page.locator(".app-timeline li").all_inner_texts()
    assert len(dates) >= 2
    assert page.get_by_role("heading", name="The paragraphs of the report nearest to it").count() == 1


def test_recommendation_with_nothing_reported_is_never_called_not_done(page: Page) -> None:
    page.goto("/councils/fenwold-and-marle")
    tables = page.locator("table", has_text="What is said of it later")
    assert "not done" not in page.locator("main").inner_text().lower()
    assert (
        tables.count() == 0
        or "No evidence found" in tables.first.inner_text()
        or tables.first.locator("strong").count()
    )


def test_council_is_found_by_name_and_by_grade(page: Page) -> None:
    page.goto("/councils")
    page.get_by_label("Name").fill("kelder")
    follow(page.get_by_role("button", name="Show"))
    assert page.locator(".app-list tbody tr").count() == 1
    follow(page.get_by_role("link", name="Show all"))
    follow(page.get_by_role("link", name="Last inspected"))
    assert "▼" in page.locator(".app-list thead").inner_text()
    follow(page.locator(".app-list tbody a").first)
    assert page.locator("#inspections").count() == 1


def test_brief_fits_four_sides_and_is_taken_as_a_word_file(page: Page) -> None:
    page.goto("/councils/kelderbridge")
    follow(page.get_by_role("link", name="Visit brief"))
    assert page.get_by_role("heading", level=1).inner_text() == "Visit brief: Kelderbridge"
    assert page.locator(".app-brief tbody tr").first.get_by_role("link").count() >= 1
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) <= 4
    with page.expect_download() as download:
        page.get_by_role("link", name="Word document").click()
    assert download.value.suggested_filename == "visit-brief-kelderbridge.docx"


def test_two_inspections_stand_paragraph_beside_paragraph(page: Page) -> None:
    page.goto("/compare")
    page.locator("#council").select_option("Kelderbridge")
    follow(page.get_by_role("button", name="Compare its last two inspections"))
    assert page.get_by_role("heading", level=1).inner_text().startswith("Kelderbridge: 20")
    page.get_by_label("Earlier inspection").select_option(index=0)
    follow(page.get_by_role("button", name="Compare these"))
    said = page.locator("main").inner_text()
    assert "2015" in page.get_by_role("heading", level=1).inner_text()
    assert "resolved" not in said.replace("doesn’t show that it was resolved", "")
    pair = page.locator(".app-pair").first
    follow(pair.get_by_role("link").first)
    assert page.get_by_role("heading", level=1).inner_text().startswith("Recommendation")


def test_theme_is_compared_across_councils(page: Page) -> None:
    page.goto("/compare")
    page.get_by_label("Theme").fill("return interviews")
    page.get_by_label("Council 1").select_option("Kelderbridge")
    page.get_by_label("Council 2").select_option("Thornmere")
    follow(page.get_by_role("button", name="Compare the councils"))
    assert page.locator("main h2").all_inner_texts()[:2] == ["Kelderbridge", "Thornmere"]
    assert page.locator(".app-columns-beside__one").count() >= 3


def test_cell_of_the_matrix_opens_as_many_passages_as_it_says(page: Page) -> None:
    page.goto("/themes")
    cell = page.locator(".app-matrix td a").first
    count = number(cell.inner_text())
    follow(cell)
    assert number(page.locator("#results").inner_text()) == count


def test_matrix_is_chosen_shared_by_its_link_and_taken_away(page: Page) -> None:
    page.goto("/themes")
    page.locator("main summary").click()
    page.get_by_label("Children who go missing").check()
    page.get_by_label("A theme in your own words").fill("sibling groups")
    page.get_by_label("Columns").select_option("year")
    follow(page.get_by_role("button", name="Show"))
    captions = page.locator("caption").all_inner_texts()
    assert [c.split(":")[0] for c in captions] == ["Children who go missing", "Sibling groups"]
    follow(page.get_by_role("link", name="this link"))
    assert page.locator("caption").all_inner_texts() == captions
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV for spreadsheets").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert {row["theme"] for row in rows} <= {"Children who go missing", "Sibling groups"} and rows


def test_weakness_leads_to_who_turned_it_round_and_into_a_pack(page: Page, engine: Engine) -> None:
    snapshot = engine.snapshot()
    subject, council = next(
        (one.name, rows[0]["council"])
        for one in load_subjects()
        if (rows := ask(TABLES["turned"], snapshot, Filters(), {"q": one.id}).rows) and rows[0]["reported"]
    )
    page.goto("/findings?subject=theme:practice&verdict=weakness")
    weak = page.locator(".app-result").first
    follow(weak.get_by_role("link", name=re.compile("^Who turned it round")))
    assert page.get_by_role("heading", level=1).inner_text().startswith("Who turned round")
    page.get_by_label("Subject", exact=True).fill(subject)
    page.get_by_label("Seen from").select_option(council)
    follow(page.get_by_role("button", name="Show"))
    pair = page.locator(".app-turned").first
    sides = [one.split(",")[0] for one in pair.locator(".app-pair h3").all_inner_texts()]
    assert sides == ["Criticised", "Praised"]
    assert pair.locator(".app-reported li").count()
    follow(page.get_by_role("button", name="Put all of this page in it"))
    assert page.locator(".app-pack__item").count() > 2
    follow(page.get_by_role("link", name="Back to where you were"))
    assert page.get_by_label("Seen from").input_value() == council
    page.get_by_label("What happened").select_option("got-worse")
    follow(page.get_by_role("button", name="Show"))
    assert page.get_by_role("heading", level=1).inner_text().startswith("Who got worse on")


def test_pack_is_collected_ordered_annotated_shared_and_exported(page: Page, browser: Browser) -> None:
    page.goto("/search?q=return+interviews")
    picks = page.locator(".app-result__pick label")
    for place in (0, 1):
        picks.nth(place).click()
    follow(page.get_by_role("button", name="Put the ticked passages in the evidence pack"))
    follow(page.get_by_role("link", name="Back to where you were"))
    assert "Results for" in page.get_by_role("heading", level=1).inner_text()
    follow(page.locator(".app-result h3 a").nth(2))
    follow(page.get_by_role("button", name="Put it in the evidence pack"))
    items = page.locator(".app-pack__item")
    assert items.count() == 3
    names = items.locator("h2 a").all_inner_texts()
    page.get_by_label("Title of the pack").fill("Return interviews")
    items.nth(0).get_by_label("Note").fill("first & <foremost>")
    follow(items.nth(0).get_by_role("button", name="Move down"))
    assert items.locator("h2 a").all_inner_texts() == [names[1], names[0], names[2]]
    assert items.nth(1).get_by_label("Note").input_value() == "first & <foremost>"
    follow(items.nth(2).get_by_role("button", name="Remove"))
    assert page.get_by_role("heading", level=1).inner_text() == "Return interviews"
    link = page.get_by_role("link", name="link to this pack").get_attribute("href")
    with page.expect_download() as download:
        page.get_by_role("button", name="Word document", exact=True).click()
    assert download.value.suggested_filename == "return-interviews.docx"
    said = "\n".join(p.text for p in docx.Document(str(download.value.path())).paragraphs)
    assert "first & <foremost>" in said
    other = browser.new_context(base_url=page.url.split("/pack")[0])
    shared = other.new_page()
    shared.goto(link or "")
    assert shared.locator(".app-pack__item h2 a").all_inner_texts() == [names[1], names[0]]
    shared.goto("/pack")
    assert shared.locator(".app-pack__item").count() == 0
    other.close()
    page.goto("/pack")
    assert page.locator(".app-pack__item").count() == 2
    follow(page.get_by_role("button", name="Empty the pack"))
    assert page.locator(".app-pack__item").count() == 0


def test_button_for_the_pack_with_nothing_ticked_says_what_to_do(page: Page) -> None:
    page.goto("/search?q=return+interviews")
    follow(page.get_by_role("button", name="Put the ticked passages in the evidence pack"))
    assert "Tick the passages" in page.locator(".govuk-error-summary").inner_text()


def test_results_are_taken_away_with_the_filters_that_are_on(page: Page) -> None:
    page.goto("/search?q=return+interviews&council=Thornmere")
    total = number(page.locator("#results").inner_text())
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV for spreadsheets").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"), newline="")))
    assert len(rows) == total
    assert {row["council"] for row in rows} == {"Thornmere"}


def test_pack_is_filled_by_keyboard_alone(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto("/search?q=return+interviews")

    def tab_to(selector: str) -> None:
        for _ in range(150):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"{selector} can't be reached")

    tab_to(".app-result__pick input")
    page.keyboard.press("Space")
    tab_to("button[form=pack]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pack?*")
    tab_to("textarea")
    page.keyboard.type("by hand")
    tab_to("button[value=save]")
    page.keyboard.press("Enter")
    page.wait_for_url("**note=by+hand*")
    assert page.get_by_label("Note").input_value() == "by hand"
    context.close()


def test_search_box_suggests_as_one_types_and_keeps_what_was_searched(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server)
    page = context.new_page()
    page.goto("/")
    assert not page.locator("#recent").is_visible()
    page.get_by_label("What are you looking for?").press_sequentially("return interv")
    options = page.get_by_role("option")
    options.first.wait_for()
    page.keyboard.press("Escape")
    assert options.count() == 0
    page.keyboard.type("iews")
    options.first.wait_for()
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True).inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*")
    assert (
        page.get_by_role("heading", level=1)
        .inner_text()
        .startswith(f"Results for “{chosen.split('  ')[0][:6]}")
    )
    page.goto("/")
    assert page.locator("#recent a").count() == 1
    page.get_by_role("button", name="Forget them").click()
    page.reload()
    assert not page.locator("#recent").is_visible()
    context.close()


def test_filters_are_reached_by_the_second_tab_and_a_paragraph_is_whole_at_a_click(page: Page) -> None:
    page.goto("/search?q=return+interviews")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to filters"
    assert page.get_by_role("link", name="Follow this search").is_visible()
    page.goto("/search?q=children&passage_kind=paragraph")
    whole = page.locator(".app-result__whole")
    if whole.count():
        whole.first.locator("summary").click()
        assert whole.first.locator(".app-result__text").is_visible()
