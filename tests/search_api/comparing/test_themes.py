"""A matrix of themes: each number is what its search finds; the file is checked; a theme may be typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.errors import QueryError, UsageError
from search_api.comparing.themes import Theme, asked_for, load_themes, matrix
from search_api.fields import Filters
from search_api.search.result_set import find
from search_api.snapshot import Snapshot

DEFAULT = Path(__file__).resolve().parents[3] / "corpus" / "themes.toml"
RETURN = Theme("return", "Missing", "return interviews")
OVERSIGHT = Theme("oversight", "Oversight", "management oversight")


def test_number_of_a_cell_is_what_its_search_finds(snapshot: Snapshot) -> None:
    found = matrix(snapshot, (RETURN, OVERSIGHT), Filters())
    assert found.cells
    queries = {theme.id: theme.query for theme in found.themes}
    for (council, theme, year), cell in found.cells.items():
        filters = Filters(council=(council,), published_from=str(year), published_to=str(year))
        if year:
            assert find(snapshot, queries[theme], filters).total == cell.passages


def test_cell_without_a_year_sums_its_years(snapshot: Snapshot) -> None:
    found = matrix(snapshot, (RETURN,), Filters())
    for council in found.councils:
        by_year = sum(found.cell(council, RETURN, year).passages for year in found.years)
        assert found.cell(council, RETURN).passages == by_year


def test_council_with_nothing_to_say_still_has_its_row(snapshot: Snapshot) -> None:
    found = matrix(snapshot, (Theme("z", "Z", "zebra xylophone"),), Filters())
    assert found.cells == {}
    assert {"Kelderbridge", "Thornmere"} <= set(found.councils)


def test_filters_hold_for_every_cell(snapshot: Snapshot) -> None:
    found = matrix(snapshot, (RETURN,), Filters(council=("Thornmere",), kind="inspection report"))
    assert found.councils == ("Thornmere",)
    assert {council for council, _, _ in found.cells} <= {"Thornmere"}
    with pytest.raises(QueryError):
        matrix(snapshot, (RETURN,), Filters(council=("Nowhereshire",)))


def test_records_stand_in_the_order_of_councils_themes_and_years(snapshot: Snapshot) -> None:
    records = list(matrix(snapshot, (RETURN, OVERSIGHT), Filters()).records())
    keys = [
        (council, [RETURN.name, OVERSIGHT.name].index(theme), year) for council, theme, year, _ in records
    ]
    assert keys == sorted(keys) and len(keys) > 3


def test_default_themes_can_be_read_and_each_finds_something_to_ask() -> None:
    themes = load_themes(DEFAULT)
    assert len(themes) >= 10
    assert len({theme.id for theme in themes}) == len(themes)


def test_theme_is_asked_for_by_its_id_or_in_its_own_words() -> None:
    kept = (RETURN, OVERSIGHT)
    assert asked_for([], kept) == kept
    assert asked_for(["oversight"], kept) == (OVERSIGHT,)
    own = asked_for([" sibling  groups ", "oversight", "sibling groups", ""], kept)
    assert own == (Theme("sibling groups", "Sibling groups", "sibling groups"), OVERSIGHT)


def test_json_says_the_same_as_toml(tmp_path: Path) -> None:
    file = tmp_path / "themes.json"
    file.write_text('{"theme": [{"id": "return", "name": "Missing", "query": "return interviews"}]}')
    assert load_themes(file) == (RETURN,)


@pytest.mark.parametrize(
    "content",
    [
        "", "theme = 3", "[[theme]]\nid = 'a'", "[[theme]]\nid = 'A B'\nname = 'x'\nquery = 'y'", "not toml",
        "[[theme]]\nid='a'\nname='x'\nquery='y'\n[[theme]]\nid='a'\nname='z'\nquery='y'",
        f"[[theme]]\nid='a'\nname='x'\nquery='{'y' * 400}'",
        "[[theme]]\nid='a'\nname='x'\nquery='y'\nsubjects=['weather']", "[[theme]]\nid='a'\nname='x'\nquery='y'\nsubjects='neglect'",
    ],
)  # fmt: skip
def test_file_that_holds_no_themes_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    file = tmp_path / "themes.toml"
    file.write_text(content)
    with pytest.raises(UsageError) as refused:
        load_themes(file)
    assert "themes.toml" in str(refused.value) and "\n" not in str(refused.value)
