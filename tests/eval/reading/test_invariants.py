"""What must hold in a report whatever it says, and when a violation counts as explained."""

from dataclasses import replace

from eval.reading.documents import repeated_edges, violations
from indexer.document import Document, Judgement, Passage
from indexer.reading.source import Line, Page, SourceFile


def report(*texts: str, warnings: tuple[str, ...] = ()) -> Document:
    passages = tuple(
        Passage(f"d-0.p{n}", "d-0", "paragraph", str(n), ("Findings",), n, n, text)
        for n, text in enumerate(texts, start=1)
    )
    return Document(
        "d-0", "d.pdf", "Report", "Marlow Vale", "inspection report", passages=passages, warnings=warnings
    )


def kinds(document: Document, edges: tuple[str, ...] = ()) -> list[str]:
    return [violation.kind for violation in violations(document, edges)]


def test_a_sound_report_violates_nothing() -> None:
    sound = report("Tea is hot.", "Is it? (Recommendation 2)", "It is “hot.”", "As said before.3")
    assert kinds(replace(sound, judgements=(Judgement("Tea", "Good"),))) == []


def test_a_gap_is_silent_until_a_warning_names_it() -> None:
    whole = report("One.", "Two.", "Three.")
    gap = replace(whole, passages=(whole.passages[0], whole.passages[2]))
    assert [(v.kind, v.label, v.warning) for v in violations(gap)] == [("gap in numbering", "2", None)]
    other = "Paragraph 7 is missing from the numbering."
    assert violations(replace(gap, warnings=(other,)))[0].warning is None
    named = "The numbering has a gap: 2 to 2 was not found."
    assert violations(replace(gap, warnings=(named,)))[0].warning == named


def test_a_number_read_twice_or_out_of_order_is_a_violation() -> None:
    whole = report("One.", "Two.")
    assert "number read twice" in kinds(replace(whole, passages=(*whole.passages, whole.passages[1])))
    assert "number out of order" in kinds(replace(whole, passages=whole.passages[::-1]))


def test_a_paragraph_without_its_end_is_a_violation() -> None:
    assert kinds(report("Whole.", "It breaks off in the")) == ["no sentence's end"]


def test_a_line_at_the_edge_of_three_pages_is_a_header_and_must_not_stand_in_a_text() -> None:
    header = "Marlow Vale Council inspection of tea"
    pages = tuple(Page(n, (Line(f"{header} {n}"), Line("Tea is hot."))) for n in (1, 2, 3))
    edges = repeated_edges(SourceFile("d.pdf", "0" * 64, "pdf", pages))
    assert edges == (header,)
    torn = report(f"Tea is always {header} 3 hot.")
    assert kinds(torn, edges) == ["running header inside"]


def test_a_page_number_on_a_line_of_its_own_inside_a_text_is_a_violation() -> None:
    assert kinds(report("Tea is always\n14\nhot.")) == ["page number inside"]


def test_pages_must_not_go_backwards() -> None:
    document = report("One.", "Two.")
    back = replace(document.passages[1], page=1, end_page=1)
    assert kinds(replace(document, passages=(replace(document.passages[0], page=2, end_page=2), back))) == [
        "pages out of order"
    ]


def test_a_grade_of_no_known_scale_is_a_violation() -> None:
    assert kinds(replace(report("One."), judgements=(Judgement("Tea", "Lukewarm"),))) == ["grade unknown"]


def test_a_report_without_a_passage_is_a_violation() -> None:
    assert kinds(report()) == ["no passage"]
