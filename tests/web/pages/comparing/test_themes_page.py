"""The matrix as a table: its cells lead to their searches, its pages hold every council, its link says it all."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from indexer.errors import UsageError
from search_api.comparing.themes import Cell, Matrix, Theme
from search_api.engine import Engine
from search_api.fields import Filters
from tests.web.checked_client import CheckedClient
from web.app import create_app
from web.pages.comparing.themes import MOST_CELLS, ThemesAddress, read_themes_address, tables

ONE, TWO = Theme("one", "One", "return interviews"), Theme("two", "Two", "oversight")


def wide(councils: int) -> Matrix:
    names = tuple(f"Council {n:03}" for n in range(councils))
    cells = {(name, theme.id, 2019): Cell(3, 2, 1) for name in names for theme in (ONE, TWO)}
    return Matrix((ONE, TWO), names, (2019,), cells)


def test_pages_hold_every_council_once() -> None:
    matrix = wide(400)
    shown: list[str] = []
    pages = tables(matrix, ThemesAddress((), Filters(), "theme"))[1]
    for page in range(1, pages + 1):
        table = tables(matrix, ThemesAddress((), Filters(), "theme", page))[0][0]
        assert sum(len(row.cells) for row in table.rows) <= MOST_CELLS
        shown += [row.council for row in table.rows]
    assert shown == list(matrix.councils) and pages > 1


def test_cell_leads_to_the_search_that_counts_it() -> None:
    table = tables(wide(1), ThemesAddress((), Filters(grade="Good"), "year"))[0][1]
    cell = table.rows[0].cells[0]
    assert cell is not None
    wanted = parse_qs(urlsplit(cell.url).query)
    assert wanted == {
        "q": ["oversight"], "grade": ["Good"], "council": ["Council 000"], "published_from": ["2019"],
        "published_to": ["2019"],
    }  # fmt: skip
    assert cell.detail == "1 weakness, 2 strengths"


@pytest.mark.parametrize(
    ("cell", "shade"),
    [
        (Cell(10), "app-cell--many-3"), (Cell(1), "app-cell--many-1"), (Cell(10, 1, 5), "app-cell--weak-3"),
        (Cell(10, 5, 1), "app-cell--strong-3"), (Cell(2, 1, 1), "app-cell--even-2"),
    ],
)  # fmt: skip
def test_shade_says_which_side_prevails_and_how_much_there_is(cell: Cell, shade: str) -> None:
    matrix = Matrix((ONE,), ("A", "B"), (2019,), {("A", "one", 2019): cell, ("B", "one", 2019): Cell(10)})
    shown = tables(matrix, ThemesAddress((), Filters(), "theme"))[0][0].rows[0].cells[0]
    assert shown is not None and shown.shade == shade
    assert shown.sign == {"weak": "−", "strong": "+"}.get(shade.split("-")[3], "")


def test_what_was_not_looked_through_is_told_from_what_was_not_mentioned() -> None:
    cells = {("A", "one", 2019): Cell(2), ("B", "one", 2021): Cell(5)}
    looked = frozenset({("A", "one", 2019), ("A", "one", 2021), ("B", "one", 2021)})
    matrix = Matrix((ONE,), ("A", "B"), (2019, 2021), cells, looked)
    (table,), _ = tables(matrix, ThemesAddress((), Filters(), "year"))
    a, b = (row.cells for row in table.rows)
    assert a[1] is not None and (a[1].passages, a[1].url) == (0, "")
    assert b[0] is None and b[1] is not None
    assert [row.total for row in table.rows] == [2, 5] and table.totals == (2, 5, 7)
    sorted_ = tables(matrix, ThemesAddress((), Filters(), "theme", sort="one"))[0][0]
    assert [row.council for row in sorted_.rows] == ["B", "A"]


def test_theme_of_subjects_counts_the_findings_that_its_cell_opens(client: CheckedClient) -> None:
    page = client.page("/themes?theme=exploitation&sort=total")
    links = page.xpath("//table[contains(@class, 'app-matrix')]//td/a")
    assert links and "criminal-exploitation" in links[0].get("href")
    opened = client.page(links[0].get("href"))
    said = opened.get_element_by_id("results").text_content()
    assert said.startswith(f"{links[0].text.split()[0]} passage")


def test_address_says_all_that_is_asked() -> None:
    wanted = ThemesAddress(("one", "sibling groups"), Filters(council=("A",), region="London"), "year")
    assert read_themes_address(parse_qs(urlsplit(wanted.url()).query)) == wanted
    assert read_themes_address({"page": ["x"], "across": ["up"], "theme": ["", " "]}) == ThemesAddress(
        (), Filters(), "theme"
    )


def test_csv_says_what_the_pages_say(client: CheckedClient) -> None:
    page = client.page("/themes?theme=return-interviews")
    shown = {
        row.findtext(".//th/a"): int(row.xpath("./td/a/text()")[0])
        for row in page.xpath("//table[contains(@class, 'app-matrix')]/tbody/tr")
        if row.xpath("./td/a")
    }
    rows = csv.DictReader(
        io.StringIO(client.get("/themes.csv?theme=return-interviews").content.decode("utf-8-sig"))
    )
    counted: dict[str | None, int] = {}
    for row in rows:
        counted[row["council"]] = counted.get(row["council"], 0) + int(row["passages"])
    assert counted == shown and shown
    data = client.get("/themes.json?theme=return-interviews").json()
    assert sum(cell["passages"] for cell in data["cells"]) == sum(shown.values())


def test_filter_that_cannot_be_is_said_on_the_page(client: CheckedClient) -> None:
    page = client.page("/themes?council=Nowhereshire", expect=400)
    assert "no council called" in page.xpath("//div[@class='govuk-error-summary']")[0].text_content()


def test_themes_come_from_the_file_that_is_set(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[[theme]]\nid = 'visits'\nname = 'Visits'\nquery = 'visits'\n")
    monkeypatch.setenv("FINDINGS_THEMES", str(file))
    page = CheckedClient(create_app(engine)).page("/themes")
    assert [e.text_content() for e in page.xpath("//thead//th")] == ["Council", "Visits"]
    file.write_text("[[theme]]")
    with pytest.raises(UsageError):
        create_app(engine)
