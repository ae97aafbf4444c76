"""Compares a document with what a person read in an inspection report (the shape of bench/structure.json).

Each truth is a mapping of one report: council, framework, dates, judgements, recommendation lists, numbering
and a few sample paragraphs. Fields that a truth leaves out are not asked about. Knows nothing of how a
document was read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from eval.checks import Check, Sheet
from eval.reading.same_in_print import begins, ends, folded, holds, plain, same
from indexer.document import Document, Recommendation

Truth = Mapping[str, Any]

FACTS: Mapping[str, str] = {
    "inspection_start": "inspected_from", "inspection_end": "inspected_to", "published": "published",
    "lead_inspector": "lead_inspector",
}  # fmt: skip
"""Where a document has what a truth calls so."""

# Frameworks with a name of their own: what a truth calls "other" must simply not claim to be one of them.
_NAMED_FRAMEWORKS = frozenset({"SIF", "ILACS"})
_NUMBERED_KINDS = frozenset({"paragraph", "recommendation"})


def check_report(truth: Truth, document: Document | None) -> list[Check]:
    """Every check that the truth allows; for a document that could not be read, all of them fail."""
    sheet = Sheet(str(truth["file"]))
    read = document or nothing_read(sheet.file)
    sheet.value("council", truth["council"], read.council)
    if "framework" in truth:
        expected, got = truth["framework"], read.framework
        right = got not in _NAMED_FRAMEWORKS if expected in {"other", None} else same(expected, got)
        sheet.add("framework", right, expected or "nothing", got or "nothing")
    for field, name in FACTS.items():
        if field in truth:
            sheet.value(field, truth[field], getattr(read, name))
    check_judgements(sheet, truth.get("judgements", ()), read)
    _overall(sheet, truth, read)
    _recommendations(sheet, truth, read)
    check_numbering(sheet, truth.get("numbered_paragraphs"), read, _NUMBERED_KINDS)
    for sample in truth.get("sample", ()):
        _sample(sheet, sample, read)
    return sheet


def nothing_read(file: str) -> Document:
    """What stands for a document that could not be read."""
    return Document(id="", file=file, title="", council=None, kind="other")


def check_judgements(sheet: Sheet, truths: Sequence[Truth], document: Document) -> None:
    """Each true area with its grade, then one failed check for each judgement that nobody printed."""
    read = {_area(judgement.area): judgement.grade for judgement in document.judgements}
    for truth in truths:
        got = read.pop(_area(truth["area"]), None)
        shown = f"{truth['area']}: {got}" if got else f"not among {sorted(read)}"
        right = got is not None and same(got, truth["grade"])
        sheet.add("judgements", right, f"{truth['area']}: {truth['grade']}", shown)
    if len(document.judgements) > len(truths):
        for area, grade in read.items():
            sheet.add("judgements", False, "no such judgement", f"{area}: {grade}")


def _area(text: str) -> str:
    bare = re.sub(r"\([^)]*\)|^[\d.]+", " ", plain(text))
    return re.sub(r"^the ", "", folded(" ".join(bare.split())))


def _overall(sheet: Sheet, truth: Truth, document: Document) -> None:
    statement = truth.get("overall_statement")
    expected = statement["grade"] if statement else None
    for judgement in truth.get("judgements", ()):
        if folded(judgement["area"]) == "overall effectiveness":
            expected = judgement["grade"]
    if expected is not None:
        sheet.value("overall grade", expected, document.overall)


def _recommendations(sheet: Sheet, truth: Truth, document: Document) -> None:
    lists = [truth["recommendations"]] if truth.get("recommendations") else []
    lists += truth.get("more_recommendations", ())
    claimed: set[int] = set()
    for wanted in lists:
        _one_list(sheet, wanted, document.recommendations, claimed)
    if lists:
        for position, found in enumerate(document.recommendations):
            if position not in claimed:
                shown = f"{found.heading} / {found.label}: {found.text}"
                sheet.add("recommendations: none invented", False, "no such recommendation", shown)
        sheet.add("recommendations: none invented", True)


def _one_list(sheet: Sheet, wanted: Truth, found: Sequence[Recommendation], claimed: set[int]) -> None:
    board = is_board(wanted.get("parent_heading")) or is_board(wanted.get("heading"))
    mine = [
        position
        for position, item in enumerate(found)
        if position not in claimed and _heading(item.heading) == _heading(wanted["heading"])
        and (item.addressed_to == "LSCB") == board
    ]  # fmt: skip
    claimed.update(mine)
    count = int(wanted["count"])
    heading = str(wanted["heading"]) + (" (LSCB)" if board else "")
    if count:
        sheet.add("recommendations: heading", bool(mine), heading, sorted({item.heading for item in found}))
    # Bullets under a few numbered themes may be read as bullets or as the numbered themes that hold them.
    allowed = {count, int(wanted.get("numbered_count", count))}
    sheet.add("recommendations: count", len(mine) in allowed, f"{heading}: {count}", len(mine))
    if wanted.get("numbers") and count:
        first, last = wanted["numbers"]
        labels = [found[position].label for position in mine]
        right = labels == [str(number) for number in range(first, last + 1)]
        right = right or (wanted.get("numbered_count") is not None and not any(labels))
        sheet.add("recommendations: numbers", right, f"{first} to {last}", labels)
    for phrase in wanted.get("first_words", ()):
        holders = [position for position in mine if _starts_item(found[position].text, phrase)]
        sheet.add("recommendations: first words", bool(holders), phrase, _nearest(found, phrase))
        check_addressee(sheet, [item for item in found if _starts_item(item.text, phrase)], board, phrase)


def check_addressee(sheet: Sheet, found: Sequence[Recommendation], board: bool, phrase: str) -> None:
    """Whether recommendations that were found are addressed to the board, or to others."""
    addressed = {item.addressed_to for item in found}
    right = bool(addressed) and all((to == "LSCB") == board for to in addressed)
    expected = f"{'LSCB' if board else 'local authority'}: {phrase}"
    sheet.add("recommendations: addressed to", right, expected, addressed)


def is_board(heading: str | None) -> bool:
    """Whether a heading speaks of the safeguarding children board."""
    return bool(re.search(r"\bLSCB\b|safeguarding children board", heading or "", re.IGNORECASE))


def _starts_item(text: str, phrase: str) -> bool:
    return any(begins(line.lstrip("•-–−■ "), phrase) for line in (text, *text.split("\n")))


def _heading(text: str) -> str:
    return re.sub(r"[?\d\s]+$", "", folded(text))


def _nearest(found: Sequence[Recommendation], phrase: str) -> str:
    near = [item.text for item in found if folded(phrase)[:12] in folded(item.text)]
    return near[0] if near else f"none of {len(found)} recommendations"


def check_numbering(sheet: Sheet, truth: Truth | None, document: Document, kinds: AbstractSet[str]) -> None:
    """One check for each number that is printed, and a failed one for each that is not, or is read twice."""
    if truth is None:
        return
    expected: list[str] = []
    if truth.get("first") is not None:
        missing = {int(gap) for gap in (*truth.get("gaps", ()), *truth.get("missing", ()))}
        expected = [str(n) for n in range(truth["first"], truth["last"] + 1) if n not in missing]
    left = [p.label for p in document.passages if p.kind in kinds and p.label is not None]
    for label in expected:
        present = label in left
        if present:
            left.remove(label)
        sheet.add("numbered paragraphs", present, label, label if present else "not read")
    for label in left:
        if not (truth.get("restarts") and label in expected):
            sheet.add("numbered paragraphs", False, "no such number, or only once", label)


def _sample(sheet: Sheet, sample: Truth, document: Document) -> None:
    label = str(sample["paragraph"])
    numbered = [p for p in document.passages if p.label == label and p.kind in _NUMBERED_KINDS]
    right = [p for p in numbered if begins(p.text, sample["first_words"])]
    passage = next(iter(right or numbered), None)
    text, page = (passage.text, passage.page) if passage else ("", None)
    last = sample.get("end_page", sample["page"])
    end_page = (passage.end_page or page) if passage else None
    path = passage.section if passage else ()
    shown = plain(text)
    rows: list[tuple[str, str, bool, object]] = [
        ("first words", "first_words", begins(text, str(sample["first_words"])), shown[:60]),
        ("last words", "last_words", ends(text, str(sample["last_words"])), shown[-60:]),
        ("page", "page", page == sample["page"], page),
        ("end page", "end_page", end_page == last, end_page),
    ]
    rows += [
        (key, key, any(same(heading, sample[key]) for heading in path), " > ".join(path))
        for key in ("section", "chapter")
        if key in sample
    ]
    if "words_either_side_of_break" in sample:
        key = "words_either_side_of_break"
        rows.append(("words at the break", key, holds(text, str(sample[key])), shown[:120]))
    for field, key, correct, got in rows:
        expected = last if key == "end_page" else sample[key]
        sheet.add(f"sample: {field}", correct, f"paragraph {label}: {expected}", got)
