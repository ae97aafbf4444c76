"""What is asked of a service, and the findings that such a demand can rest on.

A recommendation is worded as what should be; the findings behind it say what is not so. Looked up within its own
report it needs more than likeness: findings that criticise, and findings in the part of the report (the local
authority's, the board's) that the recommendation itself stands in. This module must not know how these are
weighed.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.document import PASSAGE_KINDS
from indexer.store.stored_index import Index
from search_api.question.words import content_stems

Scores = NDArray[np.float64]
Rows = NDArray[np.int64]

_FILE = Path(__file__).with_name("demands.toml")
_RECOMMENDATION = PASSAGE_KINDS.index("recommendation")
_SAME = 0.85
"""Share of a demand's words that a printed recommendation must hold to be the same one."""
_SHORTEST = 4
"""Words of the shortest demand: "review conferences" asks for nothing."""
_BEGINS = re.compile(r"\s*(?:\w+ly\s+|further\s+|also\s+)?(\w+)\b(?!\s+of\b)", re.I)
_ASKED = re.compile(r"[^,:]{3,80}[,:]\s+(?:\w+ly\s+|further\s+|also\s+)?(\w+)\b(?!\s+of\b)", re.I)
"""A demand's verb may follow what it is to be done with or where: "With partners, ensure…"."""


@dataclass(frozen=True, slots=True)
class _Wordings:
    asks: frozenset[str]
    duties: re.Pattern[str]
    shortcomings: re.Pattern[str]


def is_demand(text: str) -> bool:
    """Say whether a text asks for something to be done: "Ensure that…", "Managers should…"; not a question."""
    if text.rstrip().endswith("?") or len(text.split()) < _SHORTEST:
        return False
    wordings = _wordings()
    if wordings.duties.search(text):
        return True
    begins = _BEGINS.match(text)
    asked = _ASKED.match(text)
    return any(found and found.group(1).lower() in wordings.asks for found in (begins, asked))


def criticises(text: str) -> bool:
    """Say whether a text words something that falls short."""
    return _wordings().shortcomings.search(text) is not None


def nearest_criticism(index: Index, rows: Rows, texts: Sequence[str], vector: NDArray[np.float32]) -> Scores:
    """Give each row the highest cosine of its sentences that criticise to a vector; 0 where none does.

    `texts` are the rows' passages, `vector` is of length 1.
    """
    sentences = index.sentence_vectors(rows)
    cosines = sentences.vectors @ vector
    best = np.zeros(len(rows))
    found = _wordings().shortcomings
    for place, text in enumerate(texts):
        for at in range(int(sentences.offsets[place]), int(sentences.offsets[place + 1])):
            start, end = sentences.spans[at]
            if cosines[at] > best[place] and found.search(text, int(start), int(end)):
                best[place] = cosines[at]
    return best


def own_part(index: Index, rows: Rows, demand: str) -> Scores:
    """Mark with 1 the rows under the outermost heading that the demand itself is printed under.

    `rows` are of one document. All 0 where the demand is none of its recommendations, or the recommendations
    stand in a part of their own.
    """
    columns = index.columns
    places = rows[columns.kind[rows] == _RECOMMENDATION]
    words = frozenset(content_stems(demand))
    marked = np.zeros(len(rows))
    if not len(places) or not words:
        return marked
    held = [
        len(words & frozenset(content_stems(passage.text))) / len(words)
        for passage in index.passages(places.tolist())
    ]
    best = int(np.argmax(held))
    if held[best] < _SAME:
        return marked
    outermost = [columns.sections[int(section)][:1] for section in columns.section[rows]]
    wanted = columns.sections[int(columns.section[places[best]])][:1]
    if wanted:
        marked[[place for place, heading in enumerate(outermost) if heading == wanted]] = 1.0
    return marked


@functools.cache
def _wordings() -> _Wordings:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))

    def pattern(wordings: list[str]) -> str:
        return "|".join(
            re.escape(wording).replace(r"\*", r"\w*") for wording in sorted(wordings, key=len, reverse=True)
        )

    return _Wordings(
        asks=frozenset(data["asks"]),
        duties=re.compile(rf"\b(?:{pattern(data['duties'])})\b", re.I),
        shortcomings=re.compile(rf"(?<!\w)(?:{pattern(data['shortcomings'])})(?!\w)", re.I),
    )
