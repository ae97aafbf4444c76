"""What a report's reading is unsure of, in plain sentences: checks that need no truth at hand.

A warning says what doesn't fit; nothing is changed by it. The invariants of numbering, of grades and of advice are all here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from indexer.document import Document
from indexer.reading.layout import ends_sentence
from indexer.structure.reports.front import Front
from indexer.structure.reports.headings import Contents, letters_of

_ADDRESS = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b|\bwww\.|@|\b0\d{3,4}\s?\d{3}\s?\d{3,4}\b")
_MANY = 12
"""Passages of a report that has chapters; a short letter may well have one heading."""


def doubts(
    document: Document,
    front: Front,
    contents: Contents,
    empty: frozenset[int],
    numbered_after_bullets: Sequence[str],
) -> list[str]:
    """Every warning of a report; `empty` are numbers that are printed without text."""
    if not front.known:
        return [
            "This is no kind of report that is known here: its council, dates and grades are not read.",
            *_numbering(document, empty),
        ]
    return [
        *_numbering(document, empty),
        *_front(document, front),
        *_advice(document, numbered_after_bullets),
        *_chapters(document, contents),
    ]


def _numbering(document: Document, empty: frozenset[int]) -> list[str]:
    found = [f"Paragraph {number} is printed without any text: a number alone." for number in sorted(empty)]
    numbered = [p for p in document.passages if p.label]
    labels = [int(p.label) for p in numbered if p.label and p.label.isdigit()]
    for before, after in pairwise(labels):
        if after > before + 1 and not empty.issuperset(range(before + 1, after)):
            missing = f"{before + 1}" if after == before + 2 else f"{before + 1} to {after - 1}"
            found.append(f"The numbering has a gap: no paragraph {missing} was found.")
        elif after <= before:
            found.append(f"The numbering starts again: paragraph {after} follows paragraph {before}.")
    if labels and labels[0] != 1:
        found.append(f"The numbering has a gap: it begins with paragraph {labels[0]}.")
    for passage in numbered:
        if (
            (passage.label or "").isdigit()
            and not ends_sentence(passage.text)
            and not passage.text.endswith(")")
        ):
            found.append(f"Paragraph {passage.label} ends without a sentence's end, as printed or cut.")
    return found


def _front(document: Document, front: Front) -> list[str]:
    found: list[str] = []
    if document.organisation is None:
        found.append("Who was inspected was not found.")
    elif document.council is None and front.profile.organisation.is_council:
        found.append("The council was not found.")
    if document.inspected_from is None and document.published is None:
        found.append("No date was found: neither of the inspection nor of publication.")
    elif document.inspected_from is None:
        found.append("The inspection dates were not found.")
    if document.lead_inspector is None and front.profile.fields.inspector:
        found.append("The lead inspector's name was not found.")
    if front.profile.grades.layouts and not document.judgements and front.profile.grades.overall:
        found.append("The table of judgements was not understood: no grade was found.")
    grades = {grade.name for grade in front.profile.grades.scale}
    ungraded = [j for j in document.judgements if j.grade not in grades and not j.grade.isdigit()]
    found.extend(f"No known grade stands beside “{j.area}”: “{j.grade}” is printed." for j in ungraded)
    if (
        front.overall
        and front.overall_row
        and front.profile.scale.named(front.overall_row.grade) != front.overall.grade
    ):
        found.append(
            f"The overall grade is “{front.overall.grade}” in a sentence and “{front.overall_row.grade}” in the table."
        )
    repeated = [text for text, count in Counter(j.area for j in document.judgements).items() if count > 1]
    found.extend(f"The judgement “{area}” was found more than once." for area in repeated)
    if not document.passages:
        found.append("No text was found to read.")
    return found


def _advice(document: Document, numbered_after_bullets: Sequence[str]) -> list[str]:
    found = [
        f"Paragraph {label} follows a list of advice without a heading between: it is taken for a finding."
        for label in numbered_after_bullets[:1]
    ]
    for advice in document.recommendations:
        words = advice.text.split()
        names = len(words) < 12 and all(
            word[:1].isupper() or word in {"and", "of", "the", "&", "for"} for word in words
        )
        if names or (_ADDRESS.search(advice.text) and len(words) < 30):
            found.append(f"Advice that reads as names or an address: “{' '.join(words[:8])}”.")
    return found


def _chapters(document: Document, contents: Contents) -> list[str]:
    found = []
    sections = {
        passage.section for passage in document.passages if passage.kind in {"paragraph", "text", "summary"}
    }
    if len(sections) == 1 and len(document.passages) > _MANY:
        found.append("Every finding stands under one heading: the headings were not understood.")
    headings = {letters_of(heading) for section in sections for heading in section}
    for row, depth in contents.rows:
        if (
            depth == 0
            and row not in headings
            and not any(row in heading or heading in row for heading in headings if heading)
        ):
            found.append(f"The contents name a chapter that was not found in the text: “{row}”.")
    return found
