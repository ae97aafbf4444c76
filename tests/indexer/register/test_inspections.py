from __future__ import annotations

import pytest

from indexer.document import Document, Judgement, Passage
from indexer.register.areas import areas_of
from indexer.register.inspections import JudgedArea, inspections_of, printed_by, without_duplicates


def report(id_: str, day: str | None, *grades: tuple[str, str], **more: object) -> Document:
    values = {"council": "Kelderbridge", "framework": "ILACS", "pages": 10, **more}
    return Document(
        id_, f"{id_}.pdf", id_, kind="inspection report", inspected_to=day,
        judgements=tuple(Judgement(*one) for one in grades), **values,  # type: ignore[arg-type]
    )  # fmt: skip


def judged(*documents: Document) -> list[JudgedArea]:
    return [one for i in inspections_of(documents)["Kelderbridge"] for one in i.judged]


@pytest.mark.parametrize(
    ("printed", "framework", "areas"),
    [
        ("Children looked after and achieving permanence", "SIF", ("in care",)),
        ("Experiences and progress of care leavers", "SIF", ("care leavers",)),
        ("Adoption performance", "SIF", ("adoption",)),
        ("Leadership, management and governance", "SIF", ("leadership",)),
        ("The effectiveness of the Local Safeguarding Children Board (LSCB) is", "SIF", ("LSCB",)),
        (
            "The impact of leaders on social work practice with children and families",
            "ILACS",
            ("leadership",),
        ),
        (
            "The experiences and progress of children who need help and protection",
            "ILACS",
            ("help and protection",),
        ),
        (
            "The experiences and progress of children in care and care leavers",
            "ILACS",
            ("in care", "care leavers"),
        ),
        ("Overall effectiveness", "ILACS", ("overall",)),
        ("Overall effectiveness", "Looked after children", ("in care",)),
        ("Quality of provision", "Looked after children", ("Quality of provision",)),
    ],
)
def test_an_area_has_one_name_across_frameworks(printed: str, framework: str, areas: tuple[str, ...]) -> None:
    assert areas_of(printed, framework) == areas


def test_a_grade_is_set_beside_the_one_before_it() -> None:
    first = report("a", "2015-07-16", ("Adoption performance", "Good"), overall="Inadequate", framework="SIF")
    second = report("b", "2019-03-22", ("Overall effectiveness", "Good"))
    found = {(one.document.id, one.area): one for one in judged(second, first)}
    assert found["b", "overall"].previous == found["a", "overall"]
    assert found["a", "overall"].previous is None
    assert [key for key, one in found.items() if one.latest] == [("a", "adoption"), ("b", "overall")]


def test_an_overall_grade_no_longer_holds_once_an_inspection_gave_none() -> None:
    before = report("a", "2022-07-01", ("Overall effectiveness", "Good"))
    after = report(
        "b", "2026-05-01", ("Children who need help and protection", "Good"), ("Children in care", "Good")
    )
    assert not next(one for one in judged(before, after) if one.area == "overall").latest


def test_a_review_of_the_board_alone_leaves_the_other_grades_as_they_were() -> None:
    before = report("a", "2014-07-01", ("Overall effectiveness", "Good"))
    review = report("b", "2015-06-17", ("Local Safeguarding Children Board", "Inadequate"))
    assert all(one.latest for one in judged(before, review))


def test_a_visit_is_no_inspection() -> None:
    visit = report("v", "2020-01-01", framework="ILACS focused visit")
    assert [i.document.id for i in inspections_of([visit, report("a", "2019-01-01")])["Kelderbridge"]] == [
        "a"
    ]


def test_a_report_that_is_held_twice_counts_once() -> None:
    copy = report("text", "2015-07-16", ("Overall effectiveness", "Good"), pages=0)
    whole = report("pdf", "2015-07-16", ("Overall effectiveness", "Good"), pages=40)
    undated = report("none", None)
    assert [d.id for d in without_duplicates([copy, whole, undated])] == ["pdf", "none"]


def test_a_judgement_is_cited_where_it_is_printed() -> None:
    texts = (
        "The overall judgement is that children’s services require improvement to be good",
        "Children who need help and protection: Requires improvement",
        "The Local Safeguarding Children Board is inadequate",
    )
    passages = [Passage(f"a.j{n}", "a", "judgement", None, (), 1, 1, text) for n, text in enumerate(texts, 1)]
    found = judged(
        report(
            "a", "2015-07-16", ("Children who need help and protection", "Requires improvement"),
            ("Local Safeguarding Children Board", "Inadequate"), overall="Requires improvement",
        )
    )  # fmt: skip
    assert {one.area: printed_by(one, passages) for one in found} == {
        "overall": passages[0],
        "help and protection": passages[1],
        "LSCB": passages[2],
    }
