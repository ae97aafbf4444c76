"""Every page in a real browser: within WCAG and its width, light, from nowhere else, by keyboard, on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Response, ViewportSize

from search_api.engine import Engine

pytestmark = pytest.mark.slow

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
VIEWS = ((320, "light"), (768, "dark"), (1280, "light"))
"""A telephone, 400% zoom; a tablet, 200%, in the dark; a desk."""
MOST_TRANSFERRED = 150_000


def addresses(engine: Engine) -> dict[str, str]:
    """One address of every kind of page."""
    reports = [
        d for d in engine.snapshot().index.documents() if d.kind == "inspection report" and d.judgements
    ]
    tables = [d for d in engine.snapshot().index.documents() if d.kind == "improvement plan"]
    whole = engine.snapshot().index.document(reports[0].id)
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
        "councils": "/councils?sort=grade",
        "council": "/councils/kelderbridge",
        "brief": "/councils/kelderbridge/brief",
        "documents": "/documents",
        "about": "/about",
        "licences": "/licences",
        "transparency": "/transparency",
        "facets": "/search?q=return+interviews&grade=Inadequate&published_from=2015&published_to=2015&sort=date",
        "far": "/search?q=zebra+xylophone",
        "shortcut": "/search?q=what+became+of+Kelderbridge%27s+recommendation+5%3F",
        "themes": "/themes",
        "years": "/themes?theme=return-interviews&theme=sibling+groups&across=year",
        "compare": "/compare",
        "inspections": "/compare?council=Kelderbridge",
        "theme": "/compare?theme=return+interviews&council=Kelderbridge&council=Thornmere",
        "pack": f"/pack?title=Visits&p={recommendation.id}&p={whole.passages[-3].id}&note=one&note=",
        "no pack": "/pack",
        "subjects": "/turned-round",
        "turned round": "/turned-round?subject=caseloads&near=Kelderbridge",
        "findings": "/findings?subject=supervision",
        "promises": "/promises?status=Green",
        "in common": "/in-common?group=Kelderbridge",
        "trend": "/trend?subject=neglect",
        "trend by framework": "/trend?subject=theme:workforce&by=framework",
        "cite": f"/cite/{recommendation.id}",
        "check": "/check-citations",
        "accessibility": "/accessibility",
        "missing": "/nothing",
    }


def _passages(engine: Engine, document_id: str):  # noqa: ANN202
    document = engine.snapshot().index.document(document_id)
    return document.passages if document else ()


def broken_rules(page: Page) -> list[str]:
    """What axe says against a page; what is in order isn't described, which takes most of its time."""
    options = {"runOnly": WCAG, "resultTypes": ["violations"]}
    result = page.evaluate("options => axe.run(document, options)", options)
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in result["violations"]]


def checked_page(browser: Browser, server: str, width: int, scheme: Literal["light", "dark"]) -> Page:
    """A page with axe in it before its own scripts: that takes half the time of adding it to each one."""
    viewport: ViewportSize = {"width": width, "height": 800}
    context = browser.new_context(base_url=server, viewport=viewport, color_scheme=scheme, bypass_csp=True)
    context.add_init_script(path=AXE)
    return context.new_page()


def test_a_page_that_breaks_a_rule_is_found(browser: Browser, server: str) -> None:
    page = checked_page(browser, server, 320, "light")
    page.goto("/licences")
    page.evaluate("document.body.append(new Image())")
    assert [rule.split(":")[0] for rule in broken_rules(page)] == ["image-alt"]
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_no_page_scrolls_sideways_or_breaks_a_rule_of_wcag(
    browser: Browser, server: str, engine: Engine, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = checked_page(browser, server, width, scheme)
    found = []
    for name, url in addresses(engine).items():
        page.goto(url)
        wide = page.locator("html").evaluate("e => e.scrollWidth")
        if wide > width:
            found.append(f"{name} is {wide} pixels wide")
        found += [f"{name}: {broken}" for broken in broken_rules(page)]
    page.context.close()
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


@pytest.mark.parametrize("name", ["home", "results", "passage", "council", "themes", "inspections", "pack"])
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
    assert page.locator(".app-passage--opened").count() == 1
    context.close()


ON_PAPER = {
    "results": (".app-result", ".app-filters"),
    "pack": (".app-pack__quote", ".app-pack__buttons"),
    "inspections": (".app-pair", "form"),
    "themes": (".app-matrix", "details"),
    "brief": (".app-brief table", ".app-only-screen"),
}


@pytest.mark.parametrize("name", ON_PAPER)
def test_printed_page_leaves_out_what_paper_cannot_do(
    browser: Browser, server: str, engine: Engine, name: str
) -> None:
    kept, left_out = ON_PAPER[name]
    context = browser.new_context(base_url=server)
    page = context.new_page()
    page.goto(addresses(engine)[name])
    page.emulate_media(media="print")
    assert page.locator(kept).first.is_visible()
    assert not any(element.is_visible() for element in page.locator(left_out).all())
    assert len(page.pdf()) > 1000
    context.close()
