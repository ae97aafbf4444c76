"""Letters and reports without paragraph numbers: every council, inspector and finding here is invented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import ListFlowable, ListItem, Paragraph, SimpleDocTemplate

from indexer.document import Document
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.structure.structured import structure

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=12, leading=15, spaceAfter=9)
HEADING = ParagraphStyle("heading", parent=BODY, fontName="Helvetica-Bold", spaceBefore=6)
ADDRESS = ParagraphStyle("address", parent=BODY, fontSize=9, leading=11, spaceAfter=0, alignment=TA_RIGHT)
TITLE = ParagraphStyle("title", parent=HEADING, fontSize=20, leading=25)

Part = tuple[str, str | Sequence[str]]


def made(path: Path, parts: Sequence[Part]) -> Document:
    """The document that is read back from a PDF of `parts`: ("body" | "heading" | "bullets"…, words)."""
    styles = {"body": BODY, "heading": HEADING, "address": ADDRESS, "title": TITLE}
    story: list[Paragraph | ListFlowable] = []
    for kind, words in parts:
        if isinstance(words, str):
            story.append(Paragraph(words, styles[kind]))
        else:
            items = [ListItem(Paragraph(item, BODY), bulletColor="black") for item in words]
            story.append(ListFlowable(items, bulletType="bullet", start="•", leftIndent=20))
    SimpleDocTemplate(str(path), pagesize=A4).build(story)
    return structure(read_file(path, limits=Limits()))


LETTER: tuple[Part, ...] = (
    ("address", "Gate House"),
    ("address", "Harbour Street"),
    ("address", "Brackley Quay"),
    ("body", "14 May 2019"),
    ("body", "Ms Ada Thorne"),
    ("body", "Director of Children’s Services, Larkmoor County Council"),
    ("body", "Dear Ms Thorne"),
    ("heading", "Focused visit to Larkmoor County Council children’s services"),
    (
        "body",
        "This letter tells what was found at a focused visit to Larkmoor children’s services on 9 and 10 April "
        "2019. The inspectors were Edwin Marsh, HMI, and Philippa Rook, HMI.",
    ),
    ("heading", "Overview"),
    ("body", "Decisions at the front door are quick and sound. Records of them are too thin."),
    ("heading", "What needs to improve in this area of social work practice"),
    (
        "bullets",
        (
            "The recording of why a contact was closed.",
            "How soon families hear back after they ask for help, and who tells them when the answer is no "
            "and another service would suit them better.",
        ),
    ),
    ("heading", "Findings"),
    ("bullets", ("Thresholds are understood by partners.", "Supervision takes place each month.")),
    ("body", "Leaders know that 12. or more cases waited. They have acted on it."),
    ("body", "Yours sincerely"),
    ("body", "Edwin Marsh"),
    ("body", "Her Majesty’s Inspector"),
)


def test_a_focused_visit_letter_has_its_council_dates_and_inspector(tmp_path: Path) -> None:
    document = made(tmp_path / "visit.pdf", LETTER)
    assert document.kind == "inspection report"
    assert document.framework == "ILACS focused visit"
    assert document.title == "Focused visit to Larkmoor County Council children’s services"
    assert document.council == "Larkmoor"
    assert (document.inspected_from, document.inspected_to) == ("2019-04-09", "2019-04-10")
    assert document.published == "2019-05-14"
    assert document.lead_inspector == "Edwin Marsh"
    assert document.judgements == ()


def test_a_letter_becomes_passages_by_heading_without_any_number(tmp_path: Path) -> None:
    document = made(tmp_path / "visit.pdf", LETTER)
    assert all(passage.label is None for passage in document.passages)
    findings = [p.text for p in document.passages if p.section == ("Findings",)]
    assert findings[0] == "Thresholds are understood by partners."
    assert findings[-1] == "Leaders know that 12. or more cases waited. They have acted on it."
    texts = " ".join(p.text for p in document.passages)
    assert "Gate House" not in texts
    assert "Yours sincerely" not in texts


def test_the_bullets_of_what_needs_to_improve_are_recommendations_to_the_authority(tmp_path: Path) -> None:
    document = made(tmp_path / "visit.pdf", LETTER)
    assert [r.label for r in document.recommendations] == [None, None]
    assert document.recommendations[0].text == "The recording of why a contact was closed."
    assert document.recommendations[1].text.endswith("another service would suit them better.")
    assert {r.addressed_to for r in document.recommendations} == {"local authority"}
    kinds = {p.id: p.kind for p in document.passages}
    assert {kinds[r.passage_id] for r in document.recommendations} == {"recommendation"}


def test_a_monitoring_visit_gives_the_one_who_signs_and_the_days_of_the_visit(tmp_path: Path) -> None:
    document = made(
        tmp_path / "monitoring.pdf",
        (
            ("body", "3 August 2023"),
            ("body", "Dear Mr Oduya"),
            ("heading", "Monitoring visit of Saltbeck children’s services"),
            (
                "body",
                "This letter summarises a monitoring visit to Saltbeck children’s services on 11 and 12 July "
                "2023. It was the third since the authority was judged inadequate in July 2021. The visit was "
                "carried out by Rosalind Peel, His Majesty’s Inspector.",
            ),
            ("heading", "Areas covered by the visit"),
            ("body", "Inspectors looked at help and protection."),
            ("heading", "Headline findings"),
            ("body", "Progress is steady, and slower for disabled children."),
            ("heading", "Findings and evaluation of progress"),
            ("body", "Visits to children are regular. Plans are shared with parents."),
            ("body", "Yours sincerely"),
            ("body", "Rosalind Peel"),
        ),
    )
    assert document.framework == "ILACS monitoring visit"
    assert document.council == "Saltbeck"
    assert (document.inspected_from, document.inspected_to) == ("2023-07-11", "2023-07-12")
    assert document.lead_inspector == "Rosalind Peel"
    summary = [p for p in document.passages if p.section == ("Headline findings",)]
    assert [p.kind for p in summary] == ["summary"]
    assert document.recommendations == ()


def test_a_joint_targeted_area_inspection_addresses_nobody_alone(tmp_path: Path) -> None:
    document = made(
        tmp_path / "joint.pdf",
        (
            ("title", "Joint targeted area inspection of Wexmouth"),
            ("heading", "The multi-agency response to children at risk of neglect"),
            ("body", "Inspection dates: 5 to 9 December 2022"),
            ("heading", "Headline findings"),
            ("body", "Partners share a clear aim. Their meetings are not always attended by health."),
            ("heading", "What needs to improve?"),
            ("bullets", ("Attendance of health at strategy meetings.", "Sharing of police intelligence.")),
            ("heading", "Main findings"),
            ("body", "Children are seen promptly, and their homes are visited."),
        ),
    )
    assert document.framework == "JTAI"
    assert document.council == "Wexmouth"
    assert (document.inspected_from, document.inspected_to) == ("2022-12-05", "2022-12-09")
    assert [(r.text, r.addressed_to) for r in document.recommendations] == [
        ("Attendance of health at strategy meetings.", None),
        ("Sharing of police intelligence.", None),
    ]
    assert [p.section[-1] for p in document.passages][-1] == "Main findings"


@pytest.mark.parametrize(
    ("title", "framework", "council", "heading"),
    [
        (
            "Area SEND inspection of Ashcombe Local Area Partnership",
            "Area SEND",
            "Ashcombe",
            "Areas for improvement",
        ),
        (
            "An inspection of youth justice services in Tarnfield",
            "Youth justice",
            "Tarnfield",
            "Recommendations",
        ),
        ("Inspection of Gorse Hill children’s home", "Social care provider", None, "Recommendations"),
    ],
)
def test_other_inspections_have_their_framework_and_areas_for_improvement(
    tmp_path: Path, title: str, framework: str, council: str | None, heading: str
) -> None:
    document = made(
        tmp_path / "other.pdf",
        (
            ("title", title),
            ("body", "Inspection dates: 9 to 13 October 2023"),
            ("body", "Lead inspector: Tobias Wren, HMI"),
            ("heading", "Findings"),
            ("body", "Young people are heard. Plans are kept up to date by everybody who writes in them."),
            ("heading", heading),
            ("bullets", ("Leaders should shorten waits.", "Leaders should check the quality of plans.")),
        ),
    )
    assert document.framework == framework
    if council:
        assert document.council == council
    assert (document.inspected_from, document.inspected_to) == ("2023-10-09", "2023-10-13")
    assert document.lead_inspector == "Tobias Wren"
    assert [r.text for r in document.recommendations] == [
        "Leaders should shorten waits.",
        "Leaders should check the quality of plans.",
    ]
    assert all(p.label is None for p in document.passages)
