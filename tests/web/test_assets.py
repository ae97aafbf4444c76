"""The style sheet: GOV.UK Frontend's, less what isn't ours to use and what no page has."""

from __future__ import annotations

import re
from pathlib import Path

from tests.web.checked_client import CheckedClient
from web import assets

WEB = Path(assets.__file__).parent


def test_font_crown_and_crest_are_not_served() -> None:
    css = assets.load_stylesheet().body.decode()
    assert assets.govuk_is_installed(), "run: npm ci"
    for theirs in ("GDS Transport", "@font-face", "url(", "crown", "crest", "Margaret Calvert"):
        assert theirs not in css


def test_no_template_uses_a_block_that_is_left_out() -> None:
    pattern = re.compile(rf"govuk-(?:{'|'.join(assets.UNUSED)})(?=[\s\"_-])")
    for template in [*WEB.glob("pages/*.html"), *WEB.glob("components/*.html")]:
        text = template.read_text(encoding="utf-8")
        used = {name for name in pattern.findall(text) if not name.startswith("govuk-header")}
        assert not used, f"{template.name} uses {used}"


def test_every_class_of_our_own_has_a_rule() -> None:
    css = assets.load_stylesheet().body.decode()
    for template in [*WEB.glob("pages/*.html"), *WEB.glob("components/*.html")]:
        text = re.sub(r"\{[%{#].*?[%}#]\}", " ", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        for value in re.findall(r'class="([^"]*)"', text):
            for name in value.split():
                ours = name.startswith("app-") and not name.endswith("-")
                assert not ours or f".{name}" in css, f"{template.name}: {name}"


def test_rules_inside_media_queries_are_kept() -> None:
    css = "@media print{.govuk-tabs{color:red}.govuk-body,.govuk-tabs__x{margin:0}}a:not(.x,.y){b:c}"
    assert assets.without_unused(css) == "@media print{.govuk-body{margin:0}}a:not(.x,.y){b:c}"


def test_stylesheet_is_kept_for_good_under_an_address_made_of_its_content(client: CheckedClient) -> None:
    sheet = assets.load_stylesheet()
    response = client.get(sheet.path)
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["content-encoding"] == "gzip"
    assert response.content == sheet.body
    client.get(sheet.path, expect=304, headers={"If-None-Match": sheet.etag})
    assert client.get(sheet.path, headers={"Accept-Encoding": "identity"}).content == sheet.body


def test_lock_file_names_no_registry() -> None:
    lock = (WEB.parent / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock and "registry" not in lock
    assert '"integrity": "sha512-' in lock
