"""Another tool's extract beside our reading."""

from pathlib import Path

import pytest

from eval.reading.peer import check_against_truth, differences, read_peer
from indexer.document import Document, Judgement
from indexer.errors import SourceError

HEAD = (
    "file,local_authority,urn,publication_date,inspection_framework,inspector_name,inspection_start_date,"
    "inspection_end_date,overall_effectiveness_grade,impact_of_leaders_grade,help_and_protection_grade,"
    "in_care_grade,care_leavers_grade"
)
ROW = (
    "a.pdf,marlow,1,09/05/25,short,Ada Quill,17/03/2025,21/03/2025,"
    "good,good,requires improvement,good,not_judged"
)
TRUTH = {
    "file": "a.pdf", "published": None, "inspection_start": "2025-03-17", "inspection_end": "2025-03-21",
    "lead_inspector": "Ada Quill",
    "judgements": [
        {"area": "The impact of leaders on social work practice", "grade": "Outstanding"},
        {"area": "The experiences and progress of children in care and care leavers", "grade": "Good"},
        {"area": "Overall effectiveness", "grade": "Good"},
    ],
}  # fmt: skip


def document() -> Document:
    judgements = (
        Judgement("The impact of leaders on social work practice", "Outstanding"),
        Judgement("Children who need help and protection", "Requires improvement to be good"),
        Judgement("Children in care", "Good"),
    )
    return Document(
        "a-0", "a.pdf", "t", "Marlow", "inspection report",
        inspected_from="2025-03-17", inspected_to="2025-03-20",
        lead_inspector="Ada Quill", judgements=judgements, overall="Good",
    )  # fmt: skip


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "peer.csv"
    path.write_text(f"{HEAD}\n{ROW}\n", encoding="utf-8")
    return path


def test_both_are_counted_on_what_the_truth_knows_and_on_nothing_else(extract: Path) -> None:
    rows = {
        name: rest for name, *rest in check_against_truth([TRUTH], {"a.pdf": document()}, read_peer(extract))
    }
    assert rows["published"] == [0, 0, 0]
    assert rows["inspection_end"] == [1, 1, 0]
    assert rows["leaders"] == [1, 0, 1]
    assert rows["help and protection"] == [0, 0, 0]
    assert rows["care leavers"] == [0, 0, 0]
    assert rows["lead_inspector"] == [1, 1, 1]


def test_differences_leave_out_what_the_peer_does_not_say(extract: Path) -> None:
    found = {check.field: check for check in differences({"a.pdf": document()}, read_peer(extract))}
    assert "as the peer: care leavers" not in found
    assert found["as the peer: help and protection"].correct
    assert found["as the peer: inspection_end"].got == "2025-03-20"
    assert found["as the peer: published"].expected == "2025-05-09"


def test_a_missing_extract_is_a_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.csv"):
        read_peer(tmp_path / "none.csv")
