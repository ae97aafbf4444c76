from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from indexer.errors import QueryError
from search_api.__main__ import main
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.http.routes import add_api
from search_api.register.tables import TABLES, ask, page_to_csv
from search_api.snapshot import Snapshot


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    app = FastAPI()
    add_api(app, engine)
    with TestClient(app) as opened:
        yield opened


def rows(
    snapshot: Snapshot, table: str, filters: Filters | None = None, **given: str
) -> list[dict[str, Any]]:
    return ask(
        TABLES[table], snapshot, filters or Filters(), {k.strip("_"): v for k, v in given.items()}
    ).rows


def test_every_row_is_cited_word_for_word(snapshot: Snapshot) -> None:
    for table in ("judgements", "recommendations"):
        found = rows(snapshot, table, when="all") if table == "judgements" else rows(snapshot, table)
        assert found
        for row in found:
            assert row["citations"][0]["document_id"] == row["document_id"]
            for cited in row["citations"]:
                passage = snapshot.index.passage(cited["passage_id"])
                assert passage is not None
                assert passage.text[cited["start"] : cited["end"]] == cited["quote"]


def test_every_judgement_that_a_report_prints_is_a_row(snapshot: Snapshot) -> None:
    reports = [d for d in snapshot.index.documents() if d.is_inspection and d.judgements]
    found = rows(snapshot, "judgements", when="all")
    for report in reports:
        printed = {row["printed_area"] for row in found if row["document_id"] == report.id}
        assert printed >= {judgement.area for judgement in report.judgements}


def test_the_latest_grade_of_each_council_is_asked_for_unless_told(snapshot: Snapshot) -> None:
    now = rows(snapshot, "judgements", area="help and protection")
    ever = rows(snapshot, "judgements", area="children who need help and protection", when="all")
    assert len({row["council"] for row in now}) == len(now) < len(ever)
    for row in now:
        assert row["inspected_to"] == max(r["inspected_to"] for r in ever if r["council"] == row["council"])


def test_consecutive_grades_are_asked_for_by_from_and_to(snapshot: Snapshot) -> None:
    changed = [r for r in rows(snapshot, "judgements", when="all") if r["previous_grade"]]
    one = changed[0]
    found = rows(snapshot, "judgements", area=one["area"], from_=one["previous_grade"], to=one["grade"])
    assert one in found
    for row in found:
        assert (row["previous_grade"], row["grade"]) == (one["previous_grade"], one["grade"])


def test_the_grades_that_held_at_a_date_are_those_of_the_inspection_before(snapshot: Snapshot) -> None:
    ever = rows(snapshot, "judgements", Filters(council=("Kelderbridge",)), area="leadership", when="all")
    first, second, *_ = sorted(ever, key=lambda row: row["inspected_to"])
    between = rows(
        snapshot, "judgements", Filters(council=("Kelderbridge",)), area="leadership",
        when=str(int(second["inspected_to"][:4]) - 1),
    )  # fmt: skip
    assert between == [first]
    on_the_day = rows(snapshot, "judgements", area="leadership", when=second["inspected_to"])
    assert second in on_the_day


def test_recommendations_of_an_inspection_are_all_there_in_its_order(snapshot: Snapshot) -> None:
    report = next(d for d in snapshot.index.documents() if d.is_inspection and len(d.recommendations) > 3)
    found = rows(snapshot, "recommendations", Filters(document=report.id))
    assert [row["citations"][0]["passage_id"] for row in found] == [
        r.passage_id for r in report.recommendations
    ]
    assert found == rows(
        snapshot,
        "recommendations",
        Filters(council=(str(report.council),)),
        year=str(report.inspected_to)[:4],
    )


def test_recommendations_on_a_subject_are_some_of_them(snapshot: Snapshot) -> None:
    everything = rows(snapshot, "recommendations")
    found = rows(snapshot, "recommendations", q="care leavers")
    assert 0 < len(found) < len(everything)
    assert all(row in everything for row in found)


def test_a_page_counts_all_and_shows_some(snapshot: Snapshot) -> None:
    whole = ask(TABLES["judgements"], snapshot, Filters(), {"when": "all"})
    page = ask(TABLES["judgements"], snapshot, Filters(), {"when": "all"}, limit=2, offset=1)
    assert (page.total, page.rows) == (whole.total, whole.rows[1:3])
    assert page.filters == {"when": "all"}


def test_csv_has_a_line_for_each_row_with_its_citation(snapshot: Snapshot) -> None:
    page = ask(TABLES["recommendations"], snapshot, Filters(), {})
    read = list(csv.DictReader(io.StringIO(page_to_csv(page).decode("utf-8-sig"))))
    assert [line["cited_passage_id"] for line in read] == [r["citations"][0]["passage_id"] for r in page.rows]
    assert {"council", "text", "inspected_to", "repeats"} <= set(read[0])


@pytest.mark.parametrize(
    ("table", "given"),
    [
        ("judgements", {"area": "gardens"}),
        ("judgements", {"when": "soon"}),
        ("judgements", {"from": "platinum"}),
        ("recommendations", {"year": "last"}),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(snapshot: Snapshot, table: str, given: dict[str, str]) -> None:
    with pytest.raises(QueryError) as refused:
        ask(TABLES[table], snapshot, Filters(), given)
    assert "\n" not in str(refused.value)
    assert next(iter(given)) in str(refused.value)


def test_the_routes_say_what_the_tables_do(client: TestClient, snapshot: Snapshot) -> None:
    got = client.get("/api/judgements", params={"area": "leadership", "from": "inadequate", "limit": 5})
    page = ask(
        TABLES["judgements"], snapshot, Filters(), {"area": "leadership", "from": "inadequate"}, limit=5
    )
    assert got.json() == page.to_json()
    as_file = client.get("/api/recommendations", params={"council": "Kelderbridge", "format": "csv"})
    assert as_file.headers["content-type"].startswith("text/csv")
    assert as_file.text.count("Kelderbridge") > 1
    for params in ({"aera": "x"}, {"format": "xml"}, {"limit": "0"}, {"area": "gardens"}):
        refused = client.get("/api/judgements", params=params)
        assert refused.status_code in (400, 422)
        assert set(refused.json()["error"]) == {"code", "message"}


def test_the_commands_print_rows_json_and_csv(
    sample_index: Path, capsys: pytest.CaptureFixture[str], snapshot: Snapshot
) -> None:
    asked = ["judgements", "--area", "leadership", "--index", str(sample_index)]
    page = ask(TABLES["judgements"], snapshot, Filters(), {"area": "leadership"})
    assert main(asked) == 0
    assert f"{page.total} of {page.total} judgements." in capsys.readouterr().out
    assert main([*asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == page.to_json()
    assert main([*asked, "--csv"]) == 0
    assert len(list(csv.reader(io.StringIO(capsys.readouterr().out)))) == page.total + 1
    assert (
        main(["recommendations", "care leavers", "--council", "Kelderbridge", "--index", str(sample_index)])
        == 0
    )
    for wrong in (
        ["judgements", "words"],
        ["judgements", "--limit", "0"],
        ["judgements", "--area", "gardens"],
    ):
        assert main([*wrong, "--index", str(sample_index)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
