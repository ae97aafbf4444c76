"""The journeys in a real browser: with and without scripts, on a telephone and on a desk, by keyboard, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response

from search_api.engine import Engine

pytestmark = pytest.mark.slow

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (320, 1280)
MOST_TRANSFERRED = 150_000


def addresses(engine: Engine) -> dict[str, str]:
    """One address of every kind of page."""
    reports = [d for d in engine.documents() if d.kind == "inspection report" and d.judgements]
    tables = [d for d in engine.documents() if d.kind == "improvement plan"]
    whole = engine.document(reports[0].id)
    assert whole is not None
    recommendation = next(p for d in reports for p in _passages(engine, d.id) if p.kind == "recommendation")
    return {
        "home": "/",
        "results": "/search?q=return+interviews",
        "answer": "/search?q=Were+return+interviews+held+in+time+in+Kelderbridge%3F",
        "nothing": "/search?q=children&published_from=2090",
        "error": "/search?q=x&grade=superb",
        "empty": "/search?q=",
        "document": f"/documents/{reports[0].id}",
        "plan": f"/documents/{tables[0].id}",
        "passage": whole.passages[-3].url,
        "recommendation": f"/recommendations/{recommendation.id}",
        "councils": "/councils",
        "council": "/councils/kelderbridge",
        "documents": "/documents",
        "about": "/about",
        "accessibility": "/accessibility",
        "missing": "/nothing",
    }


def _passages(engine: Engine, document_id: str):  # noqa: ANN202
    document = engine.document(document_id)
    return document.passages if document else ()


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}px")
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(request: pytest.FixtureRequest, browser: Browser, server: str, width: int) -> Iterator[Page]:
    context = browser.new_context(
        base_url=server, viewport={"width": width, "height": 800}, java_script_enabled=request.param
    )
    opened = context.new_page()
    yield opened
    context.close()


def test_inspector_finds_a_paragraph_and_sees_it_in_print(page: Page) -> None:
    page.goto("/")
    page.get_by_label("What are you looking for?").fill("return interviews in Kelderbridge")
    page.get_by_role("button", name="Search").click()
    assert (
        page.get_by_role("heading", level=1).inner_text() == "Results for “return interviews in Kelderbridge”"
    )
    assert "Kelderbridge" in page.locator(".app-tags").inner_text()
    reports = page.locator(".app-result", has_text="Inspection report")
    reports.first.get_by_role("link").click()
    asked = page.locator(".app-passage--asked")
    assert asked.count() == 1
    pictures = page.locator(".app-printed img")
    assert pictures.count() >= 1
    pictures.first.scroll_into_view_if_needed()
    box = pictures.first.bounding_box()
    assert box and box["width"] > 200 and box["height"] > box["width"]
    assert page.locator(".app-printed__outline rect").count() >= 1


def test_filter_is_applied_and_removed(page: Page, width: int) -> None:
    page.goto("/search?q=return+interviews")
    page.get_by_label("Thornmere").check()
    page.get_by_role("button", name="Apply filters").click()
    headings = page.locator(".app-result h3").all_inner_texts()
    assert headings and all(text.startswith("Thornmere") for text in headings)
    page.get_by_role("link", name="Remove the filter Council: Thornmere").click()
    assert page.locator(".app-tags__item").count() == 0


def test_statement_of_the_answer_opens_its_source(page: Page) -> None:
    page.goto("/search?q=Were+return+interviews+held+in+time%3F")
    statement = page.locator(".app-answer li").first
    quoted = statement.locator("q").inner_text().strip("“”")
    statement.get_by_role("link").first.click()
    opened = " ".join(page.locator(".app-passage--asked").inner_text().split())
    assert " ".join(quoted.split())[:60] in opened


def test_no_page_scrolls_sideways(page: Page, engine: Engine, width: int) -> None:
    for name, url in addresses(engine).items():
        page.goto(url)
        wide = page.locator("html").evaluate("e => e.scrollWidth")
        assert wide <= width, f"{name} is {wide} pixels wide"


def test_axe_finds_no_violation_of_wcag(browser: Browser, server: str, engine: Engine, width: int) -> None:
    context = browser.new_context(base_url=server, viewport={"width": width, "height": 800}, bypass_csp=True)
    page = context.new_page()
    found = []
    for name, url in addresses(engine).items():
        page.goto(url)
        page.add_script_tag(path=AXE)
        result = page.evaluate("tags => axe.run(document, {runOnly: tags})", WCAG)
        found += [f"{name}: {v['id']}: {v['nodes'][0]['html'][:120]}" for v in result["violations"]]
    context.close()
    assert found == []


def test_pages_load_nothing_from_outside_and_break_no_policy(
    browser: Browser, server: str, engine: Engine
) -> None:
    context = browser.new_context(base_url=server)
    page = context.new_page()
    asked_for: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    for name, url in addresses(engine).items():
        page.goto(url)
        expected = name in {"error", "empty", "missing"}  # the browser complains of every 4xx
        assert expected or not complaints, f"{name}: {complaints}"
        complaints.clear()
    context.close()
    assert {url for url in asked_for if not url.startswith(server)} == set()


@pytest.mark.parametrize("name", ["home", "results", "passage", "council"])
def test_first_view_weighs_little(browser: Browser, server: str, engine: Engine, name: str) -> None:
    context = browser.new_context(base_url=server)
    page = context.new_page()
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))  # noqa: PLW0108 (it needs a function)
    page.goto(addresses(engine)[name], wait_until="networkidle")
    sizes = {r.url: r.request.sizes()["responseBodySize"] for r in responses}
    context.close()
    assert 0 < sum(sizes.values()) < MOST_TRANSFERRED, sizes


def test_search_by_keyboard_alone(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server)
    page = context.new_page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    page.keyboard.type("return interviews")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*")
    names = []
    for _ in range(80):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent.trim()"))
        if page.evaluate("!!document.activeElement.closest('.app-result')"):
            break
    assert page.evaluate("!!document.activeElement.closest('.app-result')"), names
    outline = page.evaluate("getComputedStyle(document.activeElement).backgroundColor")
    assert outline == "rgb(255, 221, 0)"
    page.keyboard.press("Enter")
    page.wait_for_url("**/documents/**")
    assert page.locator(".app-passage--asked").count() == 1
    context.close()


def test_printed_results_leave_out_what_paper_cannot_do(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server)
    page = context.new_page()
    page.goto("/search?q=return+interviews")
    page.emulate_media(media="print")
    assert not page.locator(".app-filters").is_visible()
    assert page.locator(".app-result").first.is_visible()
    assert len(page.pdf()) > 1000
    context.close()
