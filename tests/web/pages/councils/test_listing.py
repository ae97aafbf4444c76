"""The list of councils, narrowed and sorted, and the map beside it; what became of recommendations, and the chart of grades."""

from __future__ import annotations

import re
from dataclasses import replace

from indexer.document import Judgement
from indexer.text.councils import all_councils
from tests.web.checked_client import CheckedClient
from tests.web.pages.councils.test_council_page import FIRST, SECOND
from web.pages.councils.chart import chart
from web.pages.councils.listing import NOT_GIVEN, council_rows, read_list
from web.pages.councils.page import timeline
from web.pages.councils.tile_map import tile_map

SCHOOL = replace(
    FIRST, id="s-1", council=None, organisation="Wexmoor Primary School", organisation_type="school"
)
LAST = replace(
    SECOND, id="d-1", council="Darlington", inspected_to="2026-05-01", overall=None,
    judgements=(Judgement("Children who need help and protection", "Good"), Judgement("Children in care", "Good")),
)  # fmt: skip
ROWS = council_rows([FIRST, SECOND, LAST, SCHOOL])


def names(**given: str) -> list[str]:
    return [row.name for row in read_list({name: [value] for name, value in given.items()}).rows(ROWS)]


def test_list_is_narrowed_by_name_region_and_grade() -> None:
    assert [row.name for row in ROWS] == ["Darlington", "Thornmere", "Wexmoor Primary School"]
    assert names(q="mere") == ["Thornmere"]
    assert names(q="Darlngton") == ["Darlington"]
    assert names(region="North East") == ["Darlington"]
    assert names(grade="Good") == ["Thornmere"]
    assert names(grade=NOT_GIVEN) == ["Darlington"]
    assert names(q="zzz") == []


def test_list_is_sorted_by_each_column_and_back() -> None:
    assert names(sort="latest") == ["Darlington", "Thornmere", "Wexmoor Primary School"]
    assert names(sort="-latest") == ["Wexmoor Primary School", "Thornmere", "Darlington"]
    assert names(sort="grade")[0] == "Thornmere"
    assert names(sort="documents")[0] == "Thornmere"
    assert names(sort="nonsense") == names()
    on = {heading.text: heading.sorted for heading in read_list({"sort": ["latest"]}).headings()}
    assert on["Last inspected"] == "descending" and on["Council"] == ""


def test_every_authority_has_a_tile_of_its_own() -> None:
    drawn = tile_map(ROWS, ROWS)
    assert {tile.name for tile in drawn.tiles} == {council.name for council in all_councils()}
    assert len({(tile.x, tile.y) for tile in drawn.tiles}) == len({tile.label for tile in drawn.tiles}) == 153
    assert [tile.sign for tile in drawn.tiles if tile.row] == ["–"]
    assert all(tile.faint for tile in tile_map(ROWS, []).tiles if tile.row)


def test_years_of_the_chart_are_as_far_apart_as_they_were() -> None:
    third = replace(SECOND, id="e-1", inspected_to="2020-11-22")
    drawn = chart(timeline([FIRST, SECOND, third]))
    one, two, three = (dot.x for dot in drawn.lines[0].dots)
    assert 4.5 < (two - one) / (three - two) < 4.9
    assert [tick.text for tick in drawn.ticks] == ["2016", "2017", "2018", "2019", "2020"]


def test_no_evidence_is_said_only_where_no_later_inspection_is_here(client: CheckedClient) -> None:
    page = client.page("/councils/kelderbridge")
    tables = page.xpath("//table[.//th[.='What is said of it later']]")
    newest, oldest = tables[0].text_content(), tables[-1].text_content()
    assert "No evidence found" in newest
    assert "No evidence found" not in oldest
    assert re.search(r"Not mentioned in \d{4}|Spoken of in \d{4}|Asked for again in \d{4}", oldest)
    assert "None given" in page.xpath("//table")[0].text_content()
