"""A visit brief over the sample: each line is a row of the register or a quotation, and the file says what the page says."""

from __future__ import annotations

import io

import docx

from indexer.register.inspections import gives_no_overall
from search_api.briefs.brief import Brief, brief_of
from search_api.briefs.brief_file import to_docx_file
from search_api.briefs.wording import cut
from search_api.register.promises import promises_of
from search_api.snapshot import Snapshot


def kelderbridge(snapshot: Snapshot) -> Brief:
    brief = brief_of(snapshot, "Kelderbridge")
    assert brief is not None
    return brief


def test_grades_stand_newest_first_and_are_those_of_the_register(snapshot: Snapshot) -> None:
    brief = kelderbridge(snapshot)
    days = [document.inspected_to or "" for document in brief.inspections]
    assert days == sorted(days, reverse=True) and len(days) == 3
    shown = {row.citations[0].passage_id for line in brief.grades for row in line.grades if row}
    rows = [row for row in snapshot.register().judgements if row.organisation == "Kelderbridge"]
    assert shown == {row.citations[0].passage_id for row in rows}
    assert [one.file for one in brief.without_overall] == [
        d.file for d in brief.inspections if gives_no_overall(d)
    ]


def test_a_subject_stands_for_two_inspections_that_criticise_it(snapshot: Snapshot) -> None:
    brief = kelderbridge(snapshot)
    for subject in (*brief.subjects, *brief.further):
        inspections = [row.document.id for row in subject.said]
        assert len(set(inspections)) == len(inspections) >= 2
        assert {row.verdict for row in subject.said} == {"weakness"}
        assert subject.at_the_last == (inspections[0] == brief.inspections[0].id)
    assert all(one.row.repeats and one.repeats for one in brief.repeated)


def test_a_status_is_set_beside_what_the_next_inspection_found(snapshot: Snapshot) -> None:
    brief = kelderbridge(snapshot)
    promises = promises_of(snapshot, "Kelderbridge")
    assert brief.promises_in_all == len(promises)
    assert {row.passage_id for row in brief.promises} <= {row.passage_id for row in promises}
    answered = [row.after is not None for row in brief.promises]
    assert answered == sorted(answered, reverse=True)


def test_an_organisation_without_an_inspection_has_no_brief(snapshot: Snapshot) -> None:
    assert brief_of(snapshot, "Nowhere") is None


def test_what_is_cut_is_cut_at_a_word_and_says_so() -> None:
    assert cut("one two  three", 40) == "one two three"
    assert cut("one two, three four", 12) == "one two …"


def test_the_word_file_has_the_grades_the_quotations_and_their_links(snapshot: Snapshot) -> None:
    brief = kelderbridge(snapshot)
    document = docx.Document(io.BytesIO(to_docx_file(brief, "https://findings.example")))
    table = document.tables[0]
    assert [row.cells[0].text for row in table.rows][1:] == [line.area for line in brief.grades]
    links = {r.target_ref for r in document.part.rels.values() if r.reltype.endswith("/hyperlink")}
    cited = {row.citations[0].url for line in brief.grades for row in line.grades if row}
    assert {f"https://findings.example{url}" for url in cited} <= links
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for subject in brief.subjects:
        assert subject.name in text and cut(subject.said[0].citations[0].quote, 220) in text
