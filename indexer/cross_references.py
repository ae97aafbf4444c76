"""Whether a report's own "(paragraphs 33, 34)" can be trusted.

Whole reports are misprinted by one or two: paragraphs were added after the brackets were typed. A bracket is
believed only if the paragraphs that it names speak of the recommendation's matter at least as much as their
neighbours do. Knows labels and texts only.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

_CITED = re.compile(r"\(\s*(?:see\s+)?paragraphs?\s+(?P<list>[\d,;&\s–-]+(?:(?:and|to)\s+[\d,;&\s–-]+)*)\)?", re.IGNORECASE)
_SHIFTS = (0, -1, 1, -2, 2, -3, 3)
_MARGIN = 1.25


def cited_labels(text: str) -> tuple[str, ...]:
    """The paragraph numbers that `text` cites in brackets, ranges spelt out, in the order printed."""
    labels: list[str] = []
    for match in _CITED.finditer(text):
        listed = re.sub(r"\s*\bto\b\s*", "–", match["list"])
        for first, last in re.findall(r"(\d+)(?:\s*[–-]\s*(\d+))?", listed):
            end = int(last) if last and int(first) < int(last) < int(first) + 30 else int(first)
            labels.extend(str(n) for n in range(int(first), end + 1))
    return tuple(dict.fromkeys(labels))


def printed_shift(cited: Sequence[tuple[str, Sequence[str]]], paragraphs: Mapping[str, str]) -> int | None:
    """By how much the printed numbers are off: 0 where they fit, None where too little is cited to tell.

    `cited` pairs each recommendation's text with the labels it cites; `paragraphs` maps label to text.
    """
    vectors = _vectors(paragraphs)
    totals = dict.fromkeys(_SHIFTS, 0.0)
    counted = 0
    for text, labels in cited:
        words = _words(text)
        for label in labels:
            counted += 1
            for shift in _SHIFTS:
                vector = vectors.get(str(int(label) + shift))
                if vector:
                    totals[shift] += sum(vector.get(word, 0.0) for word in words)
    if counted < 3:
        return None
    best = max(_SHIFTS, key=lambda shift: totals[shift])
    return best if totals[best] > _MARGIN * totals[0] else 0


def _words(text: str) -> set[str]:
    return {word[:7] for word in re.findall(r"[a-z]{4,}", text.lower())}


def _vectors(paragraphs: Mapping[str, str]) -> dict[str, dict[str, float]]:
    bags = {label: _words(text) for label, text in paragraphs.items()}
    spread = Counter(word for bag in bags.values() for word in bag)
    vectors = {}
    for label, bag in bags.items():
        weights = {word: math.log((1 + len(bags)) / (1 + spread[word])) for word in bag}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        vectors[label] = {word: weight / length for word, weight in weights.items()}
    return vectors
