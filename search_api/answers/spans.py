"""The shortest words of a sentence that answer a factual question: the figure, the date, the name.

Found by what such an answer looks like and by how near it stands to the question's words. This module decides
nothing about which sentence is best.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from indexer.text.dates import MONTHS
from search_api.question.question_kind import Expected, QuestionKind
from search_api.question.words import words_of

Span = tuple[int, int]

_NUMBER = (
    r"(?:\d[\d,]{0,24}(?:\.\d{1,12})?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen"
    r"|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|dozens?"
    r"|a dozen|a third|a quarter|half|none|no)\b)"
)  # fmt: skip
_ABOUT = (
    r"(?:\b(?:over|under|more than|less than|fewer than|nearly|almost|about|around|approximately|up to"
    r"|at least)\s+)?"
)
_MONTH = rf"(?:{'|'.join(MONTHS)})"
_PATTERNS: dict[Expected, re.Pattern[str]] = {
    "percentage": re.compile(rf"{_ABOUT}(?<!\d)(?<!\d[.,])\d[\d.,]{{0,24}}\s?(?:%|per cent)", re.I),
    "money": re.compile(rf"{_ABOUT}£\s?\d[\d,.]*(?:\s?(?:million|billion|m|bn|k)\b)?", re.I),
    "duration": re.compile(
        rf"{_ABOUT}{_NUMBER}(?:\s(?:to|and|or)\s{_NUMBER}|–\d+)?[\s-](?:working\s)?"
        r"(?:minutes?|hours?|days?|weeks?|months?|years?)\b", re.I,
    ),
    "age": re.compile(
        rf"\b(?:age(?:d|s)?(?:\sof)?\s|from\s|until\s|before\s|under\s|over\s)?{_NUMBER}\b", re.I
    ),
    "date": re.compile(
        rf"(?:\d{{1,2}}\s)?{_MONTH}\s(?:19|20)\d\d|{_MONTH}(?!\w)"
        r"|\b(?:spring|summer|autumn|winter)\s(?:of\s)?(?:19|20)\d\d|\b(?:19|20)\d\d(?:[/–-]\d\d)?\b"
    ),
    "number": re.compile(rf"{_ABOUT}(?<![\w.£]){_NUMBER}(?!\s?%|\w|\.\d)", re.I),
    "name": re.compile(
        r"[‘“\"']([^’”\"']{3,60})[’”\"']"
        r"|\b(?!(?:The|This|These|In|A|An)\b)[A-Z][\w’'-]{0,40}(?:\s(?:(?:of|and|the|for)\s)?[A-Z][\w’'-]{0,40})+"
    ),
}  # fmt: skip


def has_expected(text: str, kind: QuestionKind) -> bool:
    """Say whether a sentence holds anything that looks like the answer wanted."""
    return kind.expected is not None and _PATTERNS[kind.expected].search(text) is not None


def answer_span(
    text: str, kind: QuestionKind, stems: Collection[str], named: Collection[str] = ()
) -> Span | None:
    """Find the part of a sentence that answers a factual question; None where nothing looks like it.

    `stems` are the stems of the question's words: of several candidates the one nearest to them is taken, the
    first of equals. One that stands in the question itself (`named`, lower case) is no answer.
    """
    if kind.expected is None:
        return None
    near = [(word.start + word.end) / 2 for word in words_of(text) if word.stem in stems]
    best: tuple[float, Span] | None = None
    for match in _PATTERNS[kind.expected].finditer(text):
        span = match.span(1) if match.lastindex else match.span()
        if text[span[0] : span[1]].lower() in named:
            continue
        middle = (span[0] + span[1]) / 2
        distance = sum(sorted(abs(middle - place) for place in near)[:3])
        if best is None or distance < best[0]:
            best = (distance, span)
    return best[1] if best else None
