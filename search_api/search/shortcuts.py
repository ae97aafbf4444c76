"""Pages that a question asks for outright: a council's own, or what became of a recommendation by its number.

A person who types "what became of Darlington's recommendation 11?" wants one page, not ten paragraphs. This
module must not know how such a page looks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.document import Document, Recommendation
from indexer.encode.context import document_date

_RECOMMENDATION = re.compile(r"\brecommendations?\s+(?:no\.?\s*|number\s+)?(\d{1,2})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NumberedRecommendation:
    """A recommendation that a question names by its number, and the inspection report that prints it."""

    document: Document
    recommendation: Recommendation


def recommendations_named(
    question: str, councils: Sequence[str], documents: Sequence[Document]
) -> list[NumberedRecommendation]:
    """Find the recommendations that a question names: by number, of the councils it names, newest first.

    Empty where no council or no number is named. Only inspection reports are looked at, and those printed
    twice (a letter beside its report) are given once.
    """
    labels = {match.group(1).lstrip("0") for match in _RECOMMENDATION.finditer(question)}
    if not labels or not councils:
        return []
    reports = [d for d in documents if d.kind == "inspection report" and d.council in councils]
    found: dict[tuple[str, str], NumberedRecommendation] = {}
    for document in sorted(reports, key=lambda d: document_date(d) or "", reverse=True):
        for recommendation in document.recommendations:
            if (recommendation.label or "").strip(". ") in labels:
                key = (document_date(document) or document.id, recommendation.text)
                held = found.get(key)
                # Of a report that is held twice, the one with the printed pages is opened.
                if held is None or document.pages > held.document.pages:
                    found[key] = NumberedRecommendation(document, recommendation)
    return list(found.values())
