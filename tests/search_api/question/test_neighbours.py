"""A table of similar councils is read as people write it, and refused in one line where it can't be."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.errors import UsageError
from search_api.fields import Filters
from search_api.question.holdings import holdings_of
from search_api.question.neighbours import load_neighbours, similar_councils
from search_api.question.query import Query, understand


def test_neighbours_are_in_order_by_the_names_that_documents_have(tmp_path: Path) -> None:
    table = tmp_path / "neighbours.csv"
    table.write_text(
        "Neighbour,Council,note\nCounty Durham,Darlington,x\nHartlepool, Darlington ,\nThornmere,Kelderbridge,\n,Darlington,\n",
        encoding="utf-8-sig",
    )
    assert load_neighbours(table) == {
        "Darlington": ("Durham", "Hartlepool"),
        "Kelderbridge": ("Thornmere",),
    }


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"council,neighbour\n\xff\xfe\n", None])
def test_table_that_cannot_be_read_is_refused_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    table = tmp_path / "neighbours.csv"
    if content is not None:
        table.write_bytes(content)
    with pytest.raises(UsageError, match="neighbours") as refused:
        load_neighbours(table)
    assert "\n" not in str(refused.value)


HELD = holdings_of([], lambda phrases: 0)
DURHAM = ("Halton", "Wirral", "Gateshead")


def asked(question: str, *without: str) -> Query:
    return understand(question, Filters(), HELD, without)


@pytest.mark.parametrize(
    ("question", "area"),
    [
        ("audits in the statistical neighbours of Durham", "the statistical neighbours of Durham"),
        ("how do Durham’s statistical neighbours help care leavers", "Durham’s statistical neighbours"),
        ("County Durham's nearest neighbours and audits", "County Durham's nearest neighbours"),
        ("return interviews in similar councils to Durham", "similar councils to Durham"),
        ("councils like Durham on neglect", "councils like Durham"),
        ("authorities similar to County Durham on neglect", "authorities similar to County Durham"),
    ],
)
def test_councils_like_a_named_one_are_asked_without_it(question: str, area: str) -> None:
    query = asked(question)
    assert query.councils[:3] == DURHAM and len(query.councils) == 10
    (tag,) = query.understood
    assert (tag.kind, tag.value) == ("area", "Statistical neighbours of Durham")
    assert tag.text.removeprefix("the ") == area.removeprefix("the ")
    assert "Durham" not in query.subject


def test_a_council_and_its_neighbours_are_asked_together() -> None:
    query = asked("compare audits in Durham with those of its statistical neighbours")
    assert set(query.councils) == {"Durham", *asked("councils like Durham on audits").councils}
    assert [tag.kind for tag in query.understood] == ["council", "area"]
    assert asked(query.question, "area").councils == ("Durham",)


def test_our_neighbours_are_those_of_the_council_that_the_service_is_set_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FINDINGS_COUNCIL", raising=False)
    nobody = asked("audits in our statistical neighbours")
    assert nobody.councils == () and "Whose neighbours" in nobody.notes[0]
    monkeypatch.setenv("FINDINGS_COUNCIL", "County Durham")
    assert asked("audits in our statistical neighbours").councils[:3] == DURHAM
    assert asked("what do similar councils do about neglect").councils[:3] == DURHAM


def test_what_councils_like_is_no_group() -> None:
    assert asked("what do councils like to say of audits").notes == ()


def test_a_council_without_known_neighbours_is_said_to_have_none() -> None:
    assert "No statistical neighbours of Berkshire" in asked("councils like Berkshire on neglect").notes[0]


def test_a_table_of_the_users_goes_before_the_register(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "neighbours.csv"
    table.write_text("council,neighbour\nDurham,Leeds\n")
    monkeypatch.setenv("FINDINGS_NEIGHBOURS", str(table))
    assert similar_councils().of("Durham") == ("Leeds",)
    assert similar_councils().of("Leeds")[0] == "Portsmouth"
    assert asked("councils like Durham on neglect").councils == ("Leeds",)


def test_a_type_of_council_narrows_a_region() -> None:
    query = asked("neglect in unitary councils in the North West")
    assert "Halton" in query.councils and "Bolton" not in query.councils
    assert [(tag.kind, tag.value) for tag in query.understood] == [
        ("area", "Unitary councils"),
        ("area", "North West"),
    ]
