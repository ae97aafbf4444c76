"""Councils' own documents in layouts invented here, and the real ones where they are at hand.

Every table below is laid out in another way than the next: other words over the columns, another order,
numbers in other cells, rows cut elsewhere.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import docx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from indexer.document import Document
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.reading.html import read_html
from indexer.reading.source import SourceFile
from indexer.reading.text import read_text
from indexer.reading.word.document import read_docx
from indexer.structure.papers.contents import without_contents
from indexer.structure.papers.council_document import structure_council_document
from indexer.structure.papers.table_columns import is_header
from indexer.structure.structured import structure

SHA = "0123456789abcdef" * 4
SHARED = Path(__file__).parents[5] / "shared"
SEEDS = sorted((SHARED / "seeds").glob("*.txt"))
WORD = re.compile(r"\w+")


def from_text(text: str, *, markdown: bool = False) -> Document:
    return structure_council_document(
        read_text("paper.txt", SHA, text.encode(), limits=Limits(), markdown=markdown)
    )


def from_html(text: str) -> Document:
    return structure_council_document(read_html("paper.html", SHA, text.encode(), limits=Limits()))


def text_of(document: Document, passage_id: str | None) -> str:
    return next(passage.text for passage in document.passages if passage.id == passage_id)


def words_of(texts: Iterable[str]) -> Counter[str]:
    return Counter(word.lower() for text in texts for word in WORD.findall(text))


def passage_words(document: Document) -> Counter[str]:
    headings = {title for passage in document.passages for title in passage.section}
    labels = [passage.label or "" for passage in document.passages]
    return words_of([*(passage.text for passage in document.passages), *headings, *labels])


COMBINED = """Eastmere Council
Post-inspection action plan

4 March 2031

Rec no\tRecommendation\tWhat we will do\tOwner\tBy when\tBRAG\tProgress update
1\tMake sure that visits to children are on time.\tSend every team a list of visits due each Monday.\tHead of Fieldwork\tMay 2031\tB\tThe list has gone out since April.
\t\tRing families who were missed.\t\tJune 2031\tA\t
2\tListen to young people before their plans are changed.\tTrain all advocates.\tAda Quill\t30/09/2031\tG\tTwelve of fourteen are trained.
\t\tPublish a charter with the care council.\tBen Oyelaran\tTBC\tR\tNot begun, for want of a printer.
"""


def test_a_plan_that_sets_actions_beside_merged_recommendations() -> None:
    document = from_text(COMBINED)
    assert [(r.label, r.text) for r in document.recommendations] == [
        ("1", "Make sure that visits to children are on time."),
        ("2", "Listen to young people before their plans are changed."),
    ]
    assert [(a.recommendation, a.lead, a.finish, a.status) for a in document.actions] == [
        ("1", "Head of Fieldwork", "May 2031", "Blue"),
        ("1", "Head of Fieldwork", "June 2031", "Amber"),
        ("2", "Ada Quill", "30/09/2031", "Green"),
        ("2", "Ben Oyelaran", "TBC", "Red"),
    ]
    assert [(p.recommendation, p.status, p.text) for p in document.progress][2] == (
        "2", "Red", "Not begun, for want of a printer."
    )  # fmt: skip
    assert (document.council, document.kind, document.published) == (
        "Eastmere",
        "improvement plan",
        "2031-03-04",
    )
    assert document.title == "Post-inspection action plan"


def test_columns_in_the_reverse_order_are_known_by_their_headers() -> None:
    document = from_text(
        "Improvement plan\n\nRAG status\tTarget date\tResponsible officer\tKey actions\tRef\n"
        "On track\tApril 2030\tCara Dunn\tOpen a family centre in each district\tA1\n"
        "Complete\tMay 2030\tEli Frost\tReplace the referral form\tA2\n"
    )
    assert [(a.ref, a.text, a.lead, a.finish, a.status) for a in document.actions] == [
        ("A1", "Open a family centre in each district", "Cara Dunn", "April 2030", "On track"),
        ("A2", "Replace the referral form", "Eli Frost", "May 2030", "Complete"),
    ]


def test_measures_without_codes_stand_under_the_recommendation_of_their_heading() -> None:
    document = from_text(
        "# Quarterly performance against the plan\n\n## Recommendation 3: Cut the time that babies wait for a family\n\n"
        "| Measure | Baseline | Target | Actual | RAG |\n|---|---|---|---|---|\n"
        "| Average days from care to placement | 610 | 450 days | 498 days | A |\n"
        "| Children waiting over a year | 14 | 5 | 9 | R |\n",
        markdown=True,
    )
    assert [(i.recommendation, i.text, i.target, i.value) for i in document.indicators] == [
        ("3", "Average days from care to placement", "450 days", "498 days"),
        ("3", "Children waiting over a year", "5", "9"),
    ]
    assert "Baseline: 610" in text_of(document, document.indicators[0].passage_id)


PROGRESS = """Summary of progress, Thornmere

June 2029

Area for improvement\tUpdate\t
<p>1. Check that every plan names who does what.</p>\t<p>Lead officer: GRACE HOLLAND</p> <p>All plans now carry a table of tasks. A further check of plans for disabled</p>\tG

Area for improvement\tUpdate\t
\t<p>children is due in July.</p>\t
<p>2 Offer a mentor to everyone who leaves care.</p>\t<p>Lead officer: IAN JESSOP & KIT LOMAX</p>\t<p>A</p>
<p>Mentors have been found for half of those who asked. The RAG rating is AMBER.</p>\t\t

Area for improvement\tUpdate\t
3. Give foster carers\tCOMPLETED A timetable of visits is in use.\t
"""


def test_a_progress_table_cut_by_pages_with_its_numbers_inside_the_text() -> None:
    document = from_text(PROGRESS)
    assert [(r.label, r.text) for r in document.recommendations] == [
        ("1", "Check that every plan names who does what."),
        ("2", "Offer a mentor to everyone who leaves care."),
        ("3", "Give foster carers"),
    ]
    assert [(p.recommendation, p.status, p.lead) for p in document.progress] == [
        ("1", "Green", "Grace Holland"),
        ("2", "Amber", "Ian Jessop & Kit Lomax"),
        ("3", "Complete", None),
    ]
    assert document.progress[0].text.endswith("plans for disabled children is due in July.")
    assert document.progress[1].text.startswith("Mentors have been found")
    assert document.kind == "progress report"
    assert document.extra["date"] == "2029-06"
    assert "Lead officer: GRACE HOLLAND" in text_of(document, document.progress[0].passage_id)


COMMITTEE = """<!doctype html><html><body>
<h1>Corporate Parenting Panel</h1><p>12 October 2028</p>
<h2>Our answer to the inspection of Wexcombe</h2>
<p>Report of Lena Marsh, Director of Children and Families</p>
<h3>Purpose of this report</h3>
<p>1.1 This paper tells members what inspectors found and what is being done.</p>
<h3>What inspectors found</h3>
<p>2.1 Inspectors came to Wexcombe Council in July 2028. Their judgements were:</p>
<table><tr><th>Area</th><th>Judgement</th></tr>
<tr><td>The experiences of children who need help</td><td>Good</td></tr>
<tr><td>The impact of leaders</td><td>Requires improvement to be good</td></tr>
<tr><td>Overall effectiveness</td><td>Good</td></tr></table>
<p>2.2 The following areas for improvement were identified:</p>
<ul><li>Support for kinship carers after an order is made</li><li>The speed of life-story work</li>
<li>Housing for homeless young parents</li></ul>
<h3>What we have done</h3>
<p>3.1 Kinship carers now have a named worker for a year after the order is made.</p>
<p>3.2 Life-story work has been given to a team of its own, so that its speed can be followed.</p>
<p>3.3 Four flats for young parents who were homeless have been leased.</p>
<h3>Recommendations</h3>
<p>4.1 The panel is asked to:</p><ul><li>(a) note this report; and</li><li>(b) visit the new team.</li></ul>
<h3>Background papers</h3><p>None</p></body></html>"""


def test_a_committee_report_with_decimal_numbers() -> None:
    document = from_html(COMMITTEE)
    paragraphs = [p for p in document.passages if p.kind == "paragraph"]
    assert [p.label for p in paragraphs] == ["1.1", "2.1", "2.2", "3.1", "3.2", "3.3", "4.1"]
    assert paragraphs[2].text.endswith("Housing for homeless young parents")
    assert (document.kind, document.published, document.council) == (
        "committee report",
        "2028-10-12",
        "Wexcombe",
    )
    assert document.title == "Our answer to the inspection of Wexcombe"
    assert document.extra["author"] == "Lena Marsh, Director of Children and Families"
    assert [(j.area, j.grade) for j in document.judgements] == [
        ("The experiences of children who need help", "Good"),
        ("The impact of leaders", "Requires improvement"),
        ("Overall effectiveness", "Good"),
    ]
    assert document.overall == "Good"


def test_what_inspectors_told_is_kept_apart_from_what_a_committee_is_asked() -> None:
    document = from_html(COMMITTEE)
    assert [(r.label, r.text, r.addressed_to) for r in document.recommendations] == [
        (None, "Support for kinship carers after an order is made", "local authority"),
        (None, "The speed of life-story work", "local authority"),
        (None, "Housing for homeless young parents", "local authority"),
        ("(a)", "note this report; and", None),
        ("(b)", "visit the new team.", None),
    ]


def test_paragraphs_that_answer_an_area_are_progress_on_it() -> None:
    document = from_html(COMMITTEE)
    ids = {p.id: p.label for p in document.passages}
    answered = [(p.recommendation, ids[p.passage_id or ""]) for p in document.progress]
    assert answered == [("1", "3.1"), ("2", "3.2"), ("3", "3.3")]


def word_plan() -> SourceFile:
    paper = docx.Document()
    paper.add_heading("Fenwold improvement programme", level=0)
    paper.add_heading("Theme 2: A steady workforce", level=1)
    rows = (
        ("Ref", "Milestones / Tasks", "Accountable lead", "Start date", "Timescale", "Status"),
        ("M1", "Vacancies are filled", "", "", "", ""),
        ("T1", "Run two recruitment fairs", "Head of Resources", "Jan 2027", "April 2027", "Complete"),
        ("T2", "Offer a retention payment", "", "Feb 2027", "Ongoing", "On track"),
        ("M2", "New staff are supported", "", "", "", ""),
        (
            "T1",
            "Pair each newcomer with a mentor",
            "Nia Prosser",
            "Started",
            "2nd quarter 2027",
            "Not started",
        ),
    )
    table = paper.add_table(rows=len(rows), cols=6)
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            table.cell(at, column).text = text
    table.cell(2, 2).merge(table.cell(3, 2))
    stream = io.BytesIO()
    paper.save(stream)
    return read_docx("plan.docx", SHA, stream.getvalue(), limits=Limits())


def test_tasks_stand_under_their_milestone_and_theme_and_share_a_merged_lead() -> None:
    document = structure_council_document(word_plan())
    assert [(a.theme, a.milestone, a.ref, a.lead, a.start, a.finish) for a in document.actions] == [
        ("Theme 2: A steady workforce", "M1 Vacancies are filled", "T1", "Head of Resources", "Jan 2027", "April 2027"),
        ("Theme 2: A steady workforce", "M1 Vacancies are filled", "T2", "Head of Resources", "Feb 2027", "Ongoing"),
        ("Theme 2: A steady workforce", "M2 New staff are supported", "T1", "Nia Prosser", "Started", "2nd quarter 2027"),
    ]  # fmt: skip
    milestones = [p for p in document.passages if p.label in ("M1", "M2")]
    assert [p.text for p in milestones] == ["Vacancies are filled", "New staff are supported"]


def test_a_name_torn_over_two_cells_is_mended_and_the_dates_go_back_to_their_columns() -> None:
    document = from_text(
        "Action plan\n\nRef\tTask\tLead\tStart\tFinish\t\n"
        "1\tDraw up a rota\tHead of Intake\tMay 30\tJune 30\t\n"
        "2\tWrite a guide for carers\tPrincipal Families'\tOfficer, Team\tJuly 2030\tAug 2030\n"
        "3\tPrint the guide\t\t\tSept 2030\tOct 2030\n"
    )
    assert [(a.lead, a.start, a.finish) for a in document.actions] == [
        ("Head of Intake", "May 30", "June 30"),
        ("Principal Officer, Families' Team", "July 2030", "Aug 2030"),
        ("Principal Officer, Families' Team", "Sept 2030", "Oct 2030"),
    ]
    assert any("torn over two cells" in warning for warning in document.warnings)


def test_a_row_that_a_page_cut_goes_on_and_a_row_that_heads_others_does_not() -> None:
    document = from_text(
        "Plan\n\nActions\tWho\tWhen\tRAG\na. Visit schools\tAnn Lee\tMay 2030\tG\n"
        "Work with partners\t\t\t\nb. Meet the police and agree with them how\tBo Ray\tJune 2030\tA\n\n"
        "Actions\tWho\tWhen\tRAG\nnews is shared\t\t\t\nc. Meet the courts\tCy Day\tJuly 2030\tR\n"
    )
    assert [(a.ref, a.text, a.milestone) for a in document.actions] == [
        ("a.", "Visit schools", None),
        ("b.", "Meet the police and agree with them how news is shared", "Work with partners"),
        ("c.", "Meet the courts", "Work with partners"),
    ]


def test_a_row_without_indicators_is_text_and_no_indicator() -> None:
    document = from_text(
        "Plan\n\nPI number\tDescription\tTarget\tActual\nNo measures belong to this recommendation\t\t\t\n"
    )
    assert document.indicators == ()
    assert any("No measures belong" in passage.text for passage in document.passages)


def test_a_table_that_is_not_understood_is_kept_as_text_and_said_so() -> None:
    document = from_text("Plan\n\nZig\tZag\tZog\nalpha\tbeta\tgamma\none\ttwo\tthree\nfour\tfive\tsix\n")
    assert any("kept as text" in warning for warning in document.warnings)
    assert any("alpha | beta | gamma" in passage.text for passage in document.passages)


def test_lists_of_names_risks_pages_and_colours_are_no_actions() -> None:
    document = from_text(
        "Improvement plan\n\nName\tPost held\nAnn Lee\tChair\nBo Ray\tClerk\n\nContents page\n\n\t\tPage\n1\tAims\t3\n2\tRisks\t4\n"
        "\nColours are used as follows.\n\n\tProgress\tConfidence\nGreen\tActions on time\tSure\nRed\tActions late\tUnsure\n"
        "\nThe risks are these.\n\n\tIdentified risk\tLikelihood\tMitigation\n1\tMoney runs out\tLow\tWatch it\n"
    )
    assert (document.actions, document.recommendations, document.indicators, document.progress) == (
        (),
        (),
        (),
        (),
    )
    assert not any("kept as text" in warning for warning in document.warnings)


def test_dates_and_list_numbers_are_not_paragraph_numbers_and_gaps_are_told() -> None:
    document = from_text(
        "# Cabinet\n\n7 May 2030\n\n## Our plan for Eastmere Council\n\n- 1 The first paragraph says why.\n\n2 The second ends:\n\n"
        "- 40 homes were visited\n- 3 were closed\n\n3. The third follows, and was cut by the\n\nedge of a page.\n\n5 The fifth is here.\n"
        "\n6 And so is the sixth.\n"
    )
    paragraphs = [p for p in document.passages if p.kind == "paragraph"]
    assert [p.label for p in paragraphs] == ["1", "2", "3", "5", "6"]
    assert paragraphs[1].text == "The second ends:\n40 homes were visited\n3 were closed"
    assert paragraphs[2].text == "The third follows, and was cut by the edge of a page."
    assert "No paragraph was found between those numbered 3 and 5." in document.warnings


def test_grades_told_in_a_sentence_are_read_with_their_short_names_written_out() -> None:
    document = from_text(
        "Update\n\nInspectors also looked at the Local Safeguarding Children Board (LSCB).\n\n"
        "The inspection judgement for Children's Services was 'requires improvement' and for the LSCB was 'good'.\n\n"
        "At the previous inspection the judgement for Children's Services was inadequate.\n"
    )
    assert [(j.area, j.grade) for j in document.judgements] == [
        ("Children's Services", "Requires improvement"),
        ("Local Safeguarding Children Board", "Good"),
    ]


def pdf_plan(path: Path) -> Path:
    styles = getSampleStyleSheet()
    rows = [["Ref", "Action", "Owner", "Deadline", "BRAG"]]
    texts = (
        "Recruit four practice supervisors so that nobody waits more than a week for time to reflect with one",
        "Open a second contact centre",
        "Rewrite the threshold guide with schools and police and launch it at three events in the spring term",
    )
    owners = ("Head of Safeguarding", "Assistant Director, Early Help and Prevention Services", "Ivo Tan")
    rows += [
        [f"{at}.1", f"{texts[at % 3]}.", owners[at % 3], ("March 2031", "Ongoing")[at % 2], "GAR"[at % 3]]
        for at in range(1, 19)
    ]
    cells = [[Paragraph(text, styles["BodyText"]) for text in row] for row in rows]
    table = Table(
        cells,
        colWidths=[40, 330, 150, 80, 50],
        repeatRows=1,
        style=TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")]),
    )
    body = Paragraph(
        "This plan answers the inspection. It is read every month by a board that meets in public and has a chair "
        "who works for nobody else in the borough.",
        styles["BodyText"],
    )
    SimpleDocTemplate(str(path), pagesize=landscape(A4)).build(
        [
            Paragraph("Marle Borough Council improvement plan", styles["Title"]), Paragraph("12 May 2031", styles["BodyText"]),
            body, Paragraph("Recommendation 4: Steady the workforce", styles["Heading2"]), table, Spacer(1, 20),
            Paragraph("The board will look at this plan again in June.", styles["BodyText"]),
        ]
    )  # fmt: skip
    return path


def test_a_plan_in_pdf_reads_as_one_in_text_does(tmp_path: Path) -> None:
    document = structure_council_document(read_file(pdf_plan(tmp_path / "plan.pdf"), limits=Limits()))
    assert [a.ref for a in document.actions] == [f"{at}.1" for at in range(1, 19)]
    assert {a.recommendation for a in document.actions} == {"4"}
    owners = {a.lead for a in document.actions}
    assert owners == {
        "Head of Safeguarding",
        "Assistant Director, Early Help and Prevention Services",
        "Ivo Tan",
    }
    assert [a.status for a in document.actions[:3]] == ["Amber", "Red", "Green"]
    assert [a.finish for a in document.actions[:2]] == ["Ongoing", "March 2031"]
    assert document.actions[0].text == "Open a second contact centre."
    assert document.actions[-1].text.endswith("more than a week for time to reflect with one.")
    first, last = (
        next(p for p in document.passages if p.id == a.passage_id)
        for a in (document.actions[0], document.actions[-1])
    )
    assert (first.page, last.page) == (1, 2)
    assert first.boxes
    assert document.passages[-1].text == "The board will look at this plan again in June."


cell = st.one_of(
    st.sampled_from(
        [
            "",
            "G",
            "Amber",
            "TBC",
            "May 2030",
            "12",
            "3.",
            "a. Do it",
            "Recommendation",
            "Action",
            "Lead",
            "98%",
            "-",
        ]
    ),
    st.text(alphabet="abc DEF.,:()13–’", min_size=0, max_size=30),
)
line = st.one_of(
    st.lists(cell, min_size=2, max_size=6).map("\t".join),
    st.text(alphabet="abcde FGH.,:-()129–’", max_size=60),
    st.sampled_from(["", "", "# Heading", "- item one", "4 The fourth paragraph.", "Recommendation 2: Do more", "(NAME HERE)",
                     "Recommendation\tProgress\tRAG", "Action\tLead\tFinish\tRAG", "PI\tDescription\tTarget\tActual"]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(line, min_size=1, max_size=25))
@example(["\tRecommendation\tAction", "G\t"])
def test_every_word_of_any_text_but_a_columns_header_is_in_some_passage_or_heading(lines: list[str]) -> None:
    text = "\n".join(["Eastmere Council paper", "", *lines])
    source = read_text("paper.txt", SHA, text.encode(), limits=Limits())
    document = structure_council_document(source)
    own = (line.text for line in source.pages[0].lines if not is_header(line.cells, line.bold))
    lost = set(words_of(own)) - set(passage_words(document))
    assert not lost
    ids = [passage.id for passage in document.passages]
    assert len(ids) == len(set(ids))
    named = [*document.recommendations, *document.actions, *document.indicators, *document.progress]
    assert all(item.passage_id in ids for item in named)


@pytest.mark.parametrize(
    "maker", [lambda: from_text(COMBINED), lambda: from_text(PROGRESS), lambda: from_html(COMMITTEE)]
)
def test_a_document_survives_its_json(maker: object) -> None:
    document = maker()  # type: ignore[operator]
    again = Document.from_json(document.to_json(passages=False), document.passages)
    assert again == document


@pytest.mark.shared
@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_no_word_of_a_real_council_document_is_lost(path: Path) -> None:
    source = read_file(path, limits=Limits())
    document = structure_council_document(source)
    # But for a list of contents, which is no passage.
    lines = without_contents(source).pages[0].lines
    texts = [line.text for line in lines if not is_header(line.cells, line.bold)]
    wanted, got = words_of(texts), passage_words(document)
    kept = sum(min(count, got[word]) for word, count in wanted.items())
    assert kept >= 0.99 * wanted.total()


@pytest.mark.shared
@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_every_real_recommendation_action_and_measure_is_a_passage(path: Path) -> None:
    document = structure_council_document(read_file(path, limits=Limits()))
    ids = {passage.id for passage in document.passages}
    named = [*document.recommendations, *document.actions, *document.indicators, *document.progress]
    assert named or not document.recommendations
    assert all(item.passage_id in ids for item in named)


def test_minutes_that_retell_an_inspection_are_a_committees_paper() -> None:
    text = (
        "Kelderbridge City Council\n\nMinutes of the Children and Young People Scrutiny Panel\n\nThursday 9 March 2023\n\n"
        "Present: Councillors Amos (Chair) and Birch\n\n31. Apologies were received from Councillor East.\n\n"
        "33. Inspection of Alder House children’s home\n\nOfsted had inspected Alder House on 10 January 2023. The home was "
        "judged to be good overall.\n\nRESOLVED: That the report be noted.\n"
    )
    found = structure(read_text("minutes.txt", "0" * 64, text.encode(), limits=Limits()))
    assert (found.kind, found.council, found.framework) == ("committee report", "Kelderbridge", None)
    assert found.judgements == ()


@pytest.mark.parametrize("dots", [" ", " .......... ", "\t"])
def test_a_list_of_contents_is_no_passage_and_what_follows_is(dots: str) -> None:
    rows = [
        ("1. Introduction", 2),
        ("2. What we will do for children\nand families", 3),
        ("3. How we will know", 11),
    ]
    listed = "\n".join(f"{words}{dots}{page}" for words, page in rows)
    text = (
        f"Kelderbridge Council\nImprovement plan\n\nContents\n\n{listed}\n\n1. Introduction\n\n"
        "This plan says what changes by May 2024 and who leads it.\n\n2. What we will do\n\nVisits will be in time.\n"
    )
    found = structure(read_text("plan.txt", "0" * 64, text.encode(), limits=Limits()))
    words = " | ".join(passage.text for passage in found.passages)
    assert "How we will know" not in words
    assert "and families" not in words
    assert "what changes by May 2024" in words
    assert "Visits will be in time." in words


def test_two_rows_are_no_list_of_contents() -> None:
    text = "Kelderbridge Council\n\nContents\n\nChairs 4\n\nTables 12\n\nThe room is used on Mondays.\n"
    found = structure(read_text("list.txt", "0" * 64, text.encode(), limits=Limits()))
    assert any("Tables 12" in f"{passage.section} {passage.text}" for passage in found.passages)
