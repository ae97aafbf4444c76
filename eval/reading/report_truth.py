"""Compares a document with what a person read in an inspection report (the shape of bench/structure.json).

Each truth is a mapping of one report: council, framework, dates, judgements, recommendation lists, numbering
and a few sample paragraphs. Fields that a truth leaves out are not asked about. Knows nothing of how a
document was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.checks import Check
from eval.reading.wording import begins, ends, folded, holds, plain, same
from indexer.document import Document, Passage, Recommendation

Truth = Mapping[str, Any]

# Frameworks with a name of their own: what a truth calls "other" must simply not claim to be one of them.
_NAMED_FRAMEWORKS = frozenset({"SIF", "ILACS"})
_NUMBERED_KINDS = frozenset({"paragraph", "recommendation"})


def check_report(truth: Truth, document: Document | None) -> list[Check]:
    """Every check that the truth allows; for a document that could not be read, all of them fail."""
    file = str(truth["file"])
    read = document if document is not None else _nothing(file)
    return [
        *_facts(truth, read, file),
        *check_judgements(truth.get("judgements", ()), read, file),
        *_overall(truth, read, file),
        *_recommendations(truth, read, file),
        *check_numbering(truth.get("numbered_paragraphs"), read, file, _NUMBERED_KINDS),
        *_samples(truth, read, file),
    ]


def _nothing(file: str) -> Document:
    return Document(id="", file=file, title="", council=None, kind="other")


def check_value(file: str, field: str, expected: str | None, got: str | None) -> Check:
    """One short value against another, quotes and case apart."""
    return Check(file, field, same(expected, got), _shown(expected), _shown(got))


def _facts(truth: Truth, document: Document, file: str) -> Iterator[Check]:
    yield check_value(file, "council", truth["council"], document.council)
    if "framework" in truth:
        expected, got = truth["framework"], document.framework
        right = got not in _NAMED_FRAMEWORKS if expected in {"other", None} else same(expected, got)
        yield Check(file, "framework", right, _shown(expected), _shown(got))
    for field, got in (
        ("inspection_start", document.inspected_from),
        ("inspection_end", document.inspected_to),
        ("published", document.published),
        ("lead_inspector", document.lead_inspector),
    ):
        if field in truth:
            yield check_value(file, field, truth[field], got)


def check_judgements(truths: Sequence[Truth], document: Document, file: str) -> Iterator[Check]:
    """Each true area with its grade, then one failed check for each judgement that nobody printed."""
    read = {_area(judgement.area): judgement.grade for judgement in document.judgements}
    for truth in truths:
        area = _area(truth["area"])
        got = read.pop(area, None)
        expected = f"{truth['area']}: {truth['grade']}"
        shown = f"{truth['area']}: {got}" if got else f"not among {sorted(read)}"
        yield Check(file, "judgements", got is not None and same(got, truth["grade"]), expected, shown)
    if len(document.judgements) > len(truths):
        for area, grade in read.items():
            yield Check(file, "judgements", False, "no such judgement", f"{area}: {grade}")


def _area(text: str) -> str:
    bare = re.sub(r"\([^)]*\)|^[\d.]+", " ", plain(text))
    return re.sub(r"^the ", "", folded(" ".join(bare.split())))


def _overall(truth: Truth, document: Document, file: str) -> Iterator[Check]:
    statement = truth.get("overall_statement")
    expected = statement["grade"] if statement else None
    for judgement in truth.get("judgements", ()):
        if folded(judgement["area"]) == "overall effectiveness":
            expected = judgement["grade"]
    if expected is not None:
        yield check_value(file, "overall grade", expected, document.overall)


def _recommendations(truth: Truth, document: Document, file: str) -> Iterator[Check]:
    lists = [truth["recommendations"]] if truth.get("recommendations") else []
    lists += truth.get("more_recommendations", ())
    claimed: set[int] = set()
    for wanted in lists:
        yield from _one_list(wanted, document.recommendations, file, claimed)
    if lists:
        for position, found in enumerate(document.recommendations):
            if position not in claimed:
                shown = f"{found.heading} / {found.label}: {found.text}"
                yield Check(file, "recommendations: none invented", False, "no such recommendation", shown)
        yield Check(file, "recommendations: none invented", True, "", "")


def _one_list(
    wanted: Truth, found: Sequence[Recommendation], file: str, claimed: set[int]
) -> Iterator[Check]:
    board = is_board(wanted.get("parent_heading")) or is_board(wanted.get("heading"))
    mine = [
        position
        for position, item in enumerate(found)
        if position not in claimed and _heading(item.heading) == _heading(wanted["heading"])
        and (item.addressed_to == "LSCB") == board
    ]  # fmt: skip
    claimed.update(mine)
    count, words = int(wanted["count"]), list(wanted.get("first_words", ()))
    heading = str(wanted["heading"]) + (" (LSCB)" if board else "")
    if count:
        headings = sorted({item.heading for item in found})
        yield Check(file, "recommendations: heading", bool(mine), heading, f"{headings}")
    # Bullets under a few numbered themes may be read as bullets or as the numbered themes that hold them.
    allowed = {count, int(wanted.get("numbered_count", count))}
    yield Check(file, "recommendations: count", len(mine) in allowed, f"{heading}: {count}", str(len(mine)))
    if wanted.get("numbers") and count:
        first, last = wanted["numbers"]
        numbers = [str(number) for number in range(first, last + 1)]
        labels = [found[position].label for position in mine]
        fits = labels == numbers or (wanted.get("numbered_count") is not None and not any(labels))
        yield Check(file, "recommendations: numbers", fits, f"{first} to {last}", f"{labels}")
    for phrase in words:
        holders = [position for position in mine if _starts_item(found[position].text, phrase)]
        yield Check(file, "recommendations: first words", bool(holders), phrase, _nearest(found, phrase))
        yield _addressee(found, phrase, board, file)


def _addressee(found: Sequence[Recommendation], phrase: str, board: bool, file: str) -> Check:
    addressed = {item.addressed_to for item in found if _starts_item(item.text, phrase)}
    right = bool(addressed) and all((to == "LSCB") == board for to in addressed)
    expected = "LSCB" if board else "local authority"
    return Check(file, "recommendations: addressed to", right, f"{expected}: {phrase}", f"{addressed}")


def is_board(heading: str | None) -> bool:
    """Whether a heading speaks of the safeguarding children board."""
    return bool(re.search(r"\bLSCB\b|safeguarding children board", heading or "", re.IGNORECASE))


def _starts_item(text: str, phrase: str) -> bool:
    return any(begins(line.lstrip("•-–−■ "), phrase) for line in (text, *text.split("\n")))


def _heading(text: str) -> str:
    return re.sub(r"[?\d\s]+$", "", folded(text))


def _nearest(found: Sequence[Recommendation], phrase: str) -> str:
    start = folded(phrase)[:12]
    near = [item.text for item in found if start in folded(item.text)]
    return near[0] if near else f"none of {len(found)} recommendations"


def check_numbering(
    truth: Truth | None, document: Document, file: str, kinds: frozenset[str]
) -> Iterator[Check]:
    """One check for each number that is printed, and a failed one for each that is not, or is read twice."""
    if truth is None:
        return
    labels = [p.label for p in document.passages if p.kind in kinds and p.label is not None]
    expected: list[str] = []
    if truth.get("first") is not None:
        missing = {int(gap) for gap in (*truth.get("gaps", ()), *truth.get("missing", ()))}
        expected = [str(n) for n in range(truth["first"], truth["last"] + 1) if n not in missing]
    left = list(labels)
    for label in expected:
        present = label in left
        if present:
            left.remove(label)
        yield Check(file, "numbered paragraphs", present, label, label if present else "not read")
    for label in left:
        if not (truth.get("restarts") and label in expected):
            yield Check(file, "numbered paragraphs", False, "no such number, or only once", label)


def _samples(truth: Truth, document: Document, file: str) -> Iterator[Check]:
    for sample in truth.get("sample", ()):
        label = str(sample["paragraph"])
        passages = [p for p in document.passages if p.label == label and p.kind in _NUMBERED_KINDS]
        yield from _sample(sample, _best(passages, sample["first_words"]), file, label)


def _best(passages: Sequence[Passage], first_words: str) -> Passage | None:
    right = [passage for passage in passages if begins(passage.text, first_words)]
    chosen = right or list(passages)
    return chosen[0] if chosen else None


def _sample(sample: Truth, passage: Passage | None, file: str, label: str) -> Iterator[Check]:
    text = passage.text if passage else ""
    where = f"paragraph {label}: "
    opening, closing = plain(text)[:60], plain(text)[-60:]
    words = str(sample["first_words"])
    yield Check(file, "sample: first words", begins(text, words), where + words, opening)
    words = str(sample["last_words"])
    yield Check(file, "sample: last words", ends(text, words), where + words, closing)
    page = passage.page if passage else None
    yield Check(file, "sample: page", page == sample["page"], f"{where}{sample['page']}", f"{page}")
    last = sample.get("end_page", sample["page"])
    end_page = (passage.end_page or page) if passage else None
    yield Check(file, "sample: end page", end_page == last, f"{where}{last}", f"{end_page}")
    path = passage.section if passage else ()
    for field, key in (("sample: section", "section"), ("sample: chapter", "chapter")):
        if key in sample:
            right = any(same(heading, sample[key]) for heading in path)
            yield Check(file, field, right, where + str(sample[key]), " > ".join(path))
    if "words_either_side_of_break" in sample:
        words = str(sample["words_either_side_of_break"])
        yield Check(file, "sample: words at the break", holds(text, words), where + words, plain(text)[:120])


def _shown(value: str | None) -> str:
    return "nothing" if value is None else str(value)
