"""A visit's letter beside a council's inspections: between them, tied to the one that it follows, and no inspection itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.build.build import build
from indexer.document import Document
from search_api.comparing.compare_theme import compare_theme
from search_api.comparing.recommendation import recommendation_json
from search_api.engine import Engine
from search_api.question.holdings import holdings_of
from tests.indexer.structure.reports.test_letters import Part, made
from tests.web.checked_client import CheckedClient
from web.app import create_app
from web.pages.councils.listing import council_rows

LETTER: tuple[Part, ...] = (
    ("body", "9 August 2021"),
    ("body", "Dear Ms Thorne"),
    ("heading", "Focused visit to Kelderbridge children’s services"),
    (
        "body",
        "This letter tells what was found at a focused visit to Kelderbridge children’s services on 13 and 14 July "
        "2021. The inspectors were Edwin Marsh, HMI, and Philippa Rook, HMI.",
    ),
    ("heading", "Overview"),
    ("body", "Since the last inspection in 2019, services have changed little."),
    ("heading", "What needs to improve in this area of social work practice"),
    (
        "bullets",
        (
            "The visits to children who live in private fostering arrangements, and how they are identified.",
            "The lighting of the contact centre’s car park.",
        ),
    ),
    ("heading", "Findings"),
    ("bullets", ("Private fostering arrangements are found late, and visits to children come late too.",)),
    ("body", "Yours sincerely"),
    ("body", "Edwin Marsh"),
    ("body", "Her Majesty’s Inspector"),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, sample_folder: Path) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("visited")
    sources = folder / "sources"
    sources.mkdir()
    for year in (2015, 2019, 2026):
        shutil.copy(sample_folder / f"kelderbridge-{year}-inspection.pdf", sources)
    made(sources / "kelderbridge-2021-visit.pdf", LETTER)
    build([sources], folder / "index")
    with Engine(folder / "index") as opened:
        yield opened


@pytest.fixture
def client(engine: Engine) -> CheckedClient:
    return CheckedClient(create_app(engine))


def document(engine: Engine, year: int) -> Document:
    kind = "visit" if year == 2021 else "inspection"
    name = f"kelderbridge-{year}-{kind}.pdf"
    index = engine.snapshot().index
    found = index.document(next(d.id for d in index.documents() if d.file == name))
    assert found is not None
    return found


def test_the_json_of_documents_says_what_visits_follow(client: CheckedClient, engine: Engine) -> None:
    visit, inspection = document(engine, 2021), document(engine, 2019)
    listed = {d["id"]: d for d in client.get("/api/documents").json()["documents"]}
    assert (listed[visit.id]["visit_of"], listed[visit.id]["visits"]) == (inspection.id, [])
    assert (listed[inspection.id]["visit_of"], listed[inspection.id]["visits"]) == (None, [visit.id])
    assert listed[document(engine, 2026).id]["visits"] == []
    assert client.get(f"/api/documents/{visit.id}").json()["visit_of"] == inspection.id


def test_a_visit_stands_between_inspections_on_the_timeline_without_grades(client: CheckedClient) -> None:
    page = client.page("/councils/kelderbridge")
    table = page.xpath("//table")[0]
    days = [cell.text_content() for cell in table.xpath(".//thead//th")[1:]]
    assert [day[-4:] for day in days] == ["2026", "2021", "2019", "2015"]
    frameworks = [cell.text_content() for cell in table.xpath(".//tbody/tr[1]/td")]
    assert frameworks[1] == "ILACS focused visitafter the inspection of 22 November 2019"
    assert {row.xpath("./td[2]")[0].text_content() for row in table.xpath(".//tbody/tr")[1:]} == {"No grades"}
    assert page.xpath("//a[starts-with(., 'Named again by the visit of 14 July 2021')]")


def test_what_became_of_a_recommendation_has_the_visit_that_names_it_again(
    client: CheckedClient, engine: Engine
) -> None:
    advice = next(r for r in document(engine, 2019).recommendations if "private fostering" in r.text)
    area = next(r for r in document(engine, 2021).recommendations if "private fostering" in r.text)
    asked = recommendation_json(engine.snapshot(), advice.passage_id)
    assert asked is not None
    assert [(r["kind"], r["text"]) for r in asked["reports"]] == [("Named again by a visit", area.text)]
    answered = recommendation_json(engine.snapshot(), area.passage_id)
    assert answered is not None and answered["repeats"][0]["passage_id"] == advice.passage_id
    assert "Named again by a visit" in client.page(f"/recommendations/{advice.passage_id}").text_content()
    assert "What it names again" in client.page(f"/recommendations/{area.passage_id}").text_content()


def test_the_visit_and_its_inspection_are_a_link_apart(client: CheckedClient, engine: Engine) -> None:
    visit, inspection = document(engine, 2021), document(engine, 2019)
    page = client.page(f"/documents/{visit.id}")
    assert page.xpath(f"//a[@href='/documents/{inspection.id}' and contains(., 'this visit follows')]")
    page = client.page(f"/documents/{inspection.id}")
    assert page.xpath(f"//a[@href='/documents/{visit.id}' and contains(., 'Visit after')]")
    assert page.xpath(
        f"//a[@href='/documents/{document(engine, 2026).id}' and contains(., 'Next inspection')]"
    )


def test_inspections_are_compared_with_the_visits_between_them(client: CheckedClient, engine: Engine) -> None:
    page = client.page("/compare?council=Kelderbridge")
    assert "2019 and 2026" in page.xpath("//h1")[0].text_content()
    assert "Visits between them: 14 July 2021." in page.text_content()
    assert page.xpath("//a[.='Named again by the visit of 14 July 2021']")
    (kelderbridge,) = compare_theme(engine.snapshot(), "private fostering", ["Kelderbridge"])
    changes = {inspected.document.file: inspected.change for inspected in kelderbridge.inspections}
    assert changes["kelderbridge-2021-visit.pdf"] == "visit"
    (kelderbridge,) = compare_theme(engine.snapshot(), "adoption", ["Kelderbridge"])
    assert "kelderbridge-2021-visit.pdf" not in {
        inspected.document.file for inspected in kelderbridge.inspections
    }


def test_the_latest_inspection_is_no_visit_after_it(engine: Engine) -> None:
    later = replace(document(engine, 2021), inspected_to="2030-01-04", published="2030-02-01")
    held = [document(engine, 2019), document(engine, 2026), later]
    latest = holdings_of(held, lambda phrases: 0).latest_inspections(("Kelderbridge",))
    assert [one.file for one in latest] == ["kelderbridge-2026-inspection.pdf"]
    (row,) = council_rows(held)
    assert row.latest.endswith("2026")
