"""Links between invented documents of invented councils, and the ones that people drew between real ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.reading.links_truth import read_links, true_links
from indexer.document import Document, Passage, Progress, Recommendation
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.structure.links import Link, find_links, known_links
from indexer.structure.structured import structure

SHARED = Path(__file__).parents[4] / "shared"
TRUTH = SHARED / "bench" / "seeds_links.json"

TOLD = (
    "Ensure that every visit to a child is written up within two working days and read by a manager.",
    "Extend the choice of homes for young people leaving care so that nobody has to stay in a hostel.",
    "Improve the quality of plans so that families know what has to change and by when.",
    "Reduce the time that children wait for a health assessment when they come into care.",
    "Make sure that the views of fathers are sought and recorded in all assessments.",
)


def paper(
    name: str,
    texts: tuple[tuple[str | None, str], ...],
    *,
    kind: str = "progress report",
    council: str = "Eastmere",
    published: str | None = "2030-01-01",
    progress: bool = False,
    heading: str = "Recommendations",
    cites: dict[str, tuple[str, ...]] | None = None,
    paragraphs: tuple[tuple[str, str], ...] = (),
) -> Document:
    recommendations, passages, updates = [], [], []
    for place, (label, text) in enumerate(texts, 1):
        key = f"{name}.r{place}"
        passages.append(Passage(key, name, "recommendation", label, (heading,), None, None, text))
        recommendations.append(
            Recommendation(
                label, text, None, heading, "local authority", key, (cites or {}).get(label or "", ())
            )
        )
        if progress:
            told = f"Work on number {place} goes on."
            passages.append(Passage(f"{name}.g{place}", name, "progress", label, (), None, None, told))
            updates.append(Progress(label or str(place), told, None, None, f"{name}.g{place}"))
    passages += [
        Passage(f"{name}.p{label}", name, "paragraph", label, (), None, None, text)
        for label, text in paragraphs
    ]
    return Document(
        name, f"{name}.pdf", name, council, kind, published=published, passages=tuple(passages),  # type: ignore[arg-type]
        recommendations=tuple(recommendations), progress=tuple(updates),
    )  # fmt: skip


def numbered(texts: tuple[str, ...], start: int = 1) -> tuple[tuple[str | None, str], ...]:
    return tuple((str(number), text) for number, text in enumerate(texts, start))


def ends(links: list[Link], relation: str) -> list[tuple[str, str, str, str]]:
    return [
        (link.from_document, link.from_label, link.to_document, link.to_label)
        for link in links
        if link.relation == relation
    ]


REPORT = paper("report", numbered(TOLD), kind="inspection report", published="2029-05-01")


def test_a_recommendation_copied_with_a_word_changed_is_the_same() -> None:
    copy = paper("copy", numbered((TOLD[0].replace("two working", "2 working"), TOLD[1].rstrip(".").upper())))
    assert ends(find_links([copy, REPORT]), "same recommendation") == [
        ("copy", "1", "report", "1"),
        ("copy", "2", "report", "2"),
    ]


def test_words_decide_where_the_numbers_are_shifted() -> None:
    shifted = paper("shifted", numbered(TOLD, start=2))
    assert {(a, b) for _, a, _, b in ends(find_links([REPORT, shifted]), "same recommendation")} == {
        (str(number + 1), str(number)) for number in range(1, 6)
    }


def test_a_shortened_one_is_found_among_full_copies() -> None:
    short = paper(
        "short", (*numbered(TOLD[:3]), ("4", "Health assessment of children coming into care: reduce time"))
    )
    assert ("short", "4", "report", "4") in ends(find_links([REPORT, short]), "same recommendation")


def test_bullets_without_numbers_are_told_by_their_place() -> None:
    bullets = paper("bullets", tuple((None, text) for text in (TOLD[2], TOLD[0])))
    assert set(ends(find_links([REPORT, bullets]), "same recommendation")) == {
        ("bullets", "1", "report", "3"),
        ("bullets", "2", "report", "1"),
    }


def test_each_is_taken_once_where_two_are_nearly_alike() -> None:
    alike = (
        "Ensure that personal education plans of children in primary schools are reviewed every term.",
        "Ensure that personal education plans of children in secondary schools are reviewed every term.",
    )
    report = paper("report", numbered(alike), kind="inspection report", published="2029-05-01")
    plan = paper("plan", (("1", alike[1]), ("2", alike[0])))
    assert set(ends(find_links([report, plan]), "same recommendation")) == {
        ("plan", "1", "report", "2"),
        ("plan", "2", "report", "1"),
    }


def test_other_subjects_and_other_councils_are_never_linked() -> None:
    other = paper(
        "other", numbered(("Publish a strategy for parks and open spaces across the whole borough.",))
    )
    elsewhere = paper("elsewhere", numbered(TOLD), council="Thornmere")
    assert find_links([REPORT, other, elsewhere]) == []


def test_two_inspections_of_one_council_do_not_share_recommendations() -> None:
    later = paper("later", numbered(TOLD), kind="inspection report", published="2033-05-01")
    assert find_links([REPORT, later]) == []


def test_progress_leads_to_the_report_in_the_order_of_dates() -> None:
    second = paper("second", numbered(TOLD[:2]), published="2031-02-01", progress=True)
    first = paper("first", numbered(TOLD[:2]), published="2030-02-01", progress=True)
    links = find_links([second, REPORT, first])
    assert ends(links, "progress on") == [
        ("first", "1", "report", "1"),
        ("second", "1", "report", "1"),
        ("first", "2", "report", "2"),
        ("second", "2", "report", "2"),
    ]
    assert all(
        link.from_passage_id.split(".")[1].startswith("g") for link in links if link.relation == "progress on"
    )


def test_without_the_report_progress_leads_to_the_earliest_printing() -> None:
    first = paper("first", numbered(TOLD[:1]), published="2030-02-01")
    second = paper("second", numbered(TOLD[:1]), published="2031-02-01", progress=True)
    assert ends(find_links([second, first]), "progress on") == [("second", "1", "first", "1")]


def test_a_list_printed_twice_in_a_document_links_its_second_printing_to_the_first() -> None:
    once = paper("plan", numbered(TOLD[:2]))
    again = paper("plan", numbered(TOLD[:2]), heading="Appendix")
    document = Document(
        "plan", "plan.docx", "Plan", "Eastmere", "improvement plan", published="2030-01-01",
        recommendations=(*once.recommendations, *again.recommendations),
    )  # fmt: skip
    assert ends(find_links([document]), "same recommendation") == [
        ("plan", "1", "plan", "1"),
        ("plan", "2", "plan", "2"),
    ]


def test_what_a_recommendation_cites_and_where_it_is_named() -> None:
    report = paper(
        "report", numbered(TOLD[:2]), kind="inspection report", cites={"1": ("12", "99")},
        paragraphs=(("12", "Visits are late."), ("13", "Hostels are still used. (Recommendations 1 and 2)")),
    )  # fmt: skip
    links = find_links([report])
    assert ends(links, "cites") == [("report", "1", "report", "12")]
    assert ends(links, "cited by") == [("report", "1", "report", "13"), ("report", "2", "report", "13")]


def test_a_papers_paragraphs_that_answer_the_last_report_are_progress_on_it() -> None:
    told = (
        ("3", "Visits are now written up within two working days, and a manager reads what was written."),
        ("4", "Young people leaving care have a wider choice of homes, and nobody stays in a hostel."),
        ("5", "The committee meets every month."),
    )
    committee = paper("committee", (), kind="committee report", paragraphs=told)
    assert ends(find_links([REPORT, committee]), "progress on") == [
        ("committee", "3", "report", "1"),
        ("committee", "4", "report", "2"),
    ]


def test_the_order_in_which_documents_come_changes_nothing() -> None:
    plan = paper("plan", numbered(TOLD), published="2031-02-01", progress=True)
    assert find_links([plan, REPORT]) == find_links([REPORT, plan])


@pytest.mark.shared
@pytest.mark.parametrize("truth", [TRUTH] if TRUTH.exists() else [], ids=lambda path: path.name)
def test_the_links_between_real_documents_are_those_that_people_drew(truth: Path) -> None:
    links = json.loads(truth.read_text())
    documents = [
        structure(read_file(path, limits=Limits())) for path in sorted((SHARED / "seeds").glob("*.txt"))
    ]
    wanted = true_links(links)
    found = read_links(
        [link for link in find_links(documents) if link.relation in {key[0] for key in wanted}], documents
    )
    assert len(found & wanted) >= 0.98 * len(found)
    assert len(found & wanted) >= 0.95 * len(wanted)


def test_links_that_are_known_are_found_again_without_their_documents() -> None:
    copy = paper("copy", numbered(TOLD), published="2030-02-01", progress=True)
    elsewhere = [replace(document, id=f"{document.id}-x", council="Thornmere") for document in (copy, REPORT)]
    documents = [copy, *elsewhere, REPORT]
    links = find_links(documents)
    headers = [replace(document, passages=()) for document in documents]
    known = known_links(links, headers, headers, {document.id for document in documents})
    assert links and find_links(headers, known) == links


def test_links_of_a_council_of_which_a_document_has_changed_are_not_known() -> None:
    changed = replace(REPORT, id="changed")
    known = known_links(find_links([REPORT]), [REPORT], [REPORT, changed], {REPORT.id})
    assert (known.councils, known.citations) == ({}, {})
    gone = known_links(find_links([REPORT, changed]), [REPORT, changed], [REPORT], {REPORT.id})
    assert (gone.councils, gone.citations) == ({}, {})
