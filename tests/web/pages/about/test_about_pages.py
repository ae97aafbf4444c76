"""The pages about the service: figures come from a file, our own documents become pages, neighbours from a table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from indexer.errors import UsageError
from search_api.engine import Engine
from tests.web.checked_client import CheckedClient
from web.app import create_app
from web.pages.about.views import FIGURES, RECORD, load_figures, to_html


def test_figures_are_read_with_their_command(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    figure = {
        "what": "Answers",
        "value": "91%",
        "interval": "88 to 94%",
        "of": "300 questions",
        "command": "eval",
    }
    file.write_text(json.dumps({"measured": "2026-03-01", "figures": [figure]}))
    measured, figures = load_figures(file)
    assert measured == "2026-03-01"
    assert (figures[0].value, figures[0].command) == ("91%", "eval")
    assert load_figures(tmp_path / "none.json") == ("", ())


@pytest.mark.parametrize("content", ["", "[]", '{"figures": 3}', '{"figures": [1]}'])
def test_figures_that_cannot_be_read_are_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "figures.json"
    file.write_text(content)
    with pytest.raises(UsageError, match=r"figures\.json"):
        load_figures(file)


def test_figures_of_the_repository_can_be_read_and_are_shown(client: CheckedClient) -> None:
    _, figures = load_figures(FIGURES)
    said = " ".join(client.page("/about").text_content().split())
    assert all(figure.what in said and figure.value in said for figure in figures)


def test_record_is_a_page_with_every_heading_of_its_document(client: CheckedClient) -> None:
    page = client.page("/transparency")
    headings = [line.lstrip("# ").strip() for line in RECORD.read_text().split("\n") if line.startswith("#")]
    shown = [h.text_content() for h in page.xpath("//main//h1 | //main//h2 | //main//h3")]
    assert shown == headings


def test_our_own_markdown_becomes_escaped_html() -> None:
    title, html = to_html(
        "# A <b>\n\nSee **this** `x` and [that](/about), not [those](javascript:x).\n\n## Two\n\n- one\n  more\n- [two](https://a.example/)\n"
    )
    assert title == "A <b>"
    assert '<a class="govuk-link" href="/about">that</a>' in html
    assert "<strong>this</strong> <code>x</code>" in html
    assert "[those](javascript:x)" in html
    assert "<li>one more</li>" in html and 'href="https://a.example/"' in html


def test_licences_count_every_document(client: CheckedClient, engine: Engine) -> None:
    cells = client.page("/licences").xpath("//tbody/tr/td[1]")
    assert sum(int(cell.text_content()) for cell in cells) == len(engine.snapshot().index.documents())


def test_similar_councils_stand_on_the_page_where_a_table_is_given(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: CheckedClient
) -> None:
    assert not client.page("/councils/kelderbridge").xpath("//h2[@id='similar']")
    table = tmp_path / "neighbours.csv"
    table.write_text("council,neighbour\nKelderbridge,Thornmere\nKelderbridge,Elsewhere\n")
    monkeypatch.setenv("FINDINGS_NEIGHBOURS", str(table))
    page = CheckedClient(create_app(engine)).page("/councils/kelderbridge")
    rows = page.xpath("//h2[@id='similar']/following-sibling::div[1]//tbody/tr/th/a")
    assert [row.text_content() for row in rows] == ["Thornmere"]
