"""Whether a report's own "(paragraphs 33, 34)" can be trusted.

Whole reports are misprinted by one or two: paragraphs were added after the brackets were typed. A bracket is
believed only if the paragraphs that it names speak of the recommendation's matter at least as much as their
neighbours do. Knows labels and texts only.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

_CITED = re.compile(
    r"\(\s*(?:see\s+)?paragraphs?\s+(?P<list>[\d,;&\s–-]+(?:(?:and|to)\s+[\d,;&\s–-]+)*)\)?", re.IGNORECASE
)
_NUMBERS = re.compile(r"(?<!\d)(\d{1,4})(?!\d)(?:\s*[–-]\s*(\d{1,4})(?!\d))?")
_SHIFTS = (0, -1, 1, -2, 2, -3, 3)
_MARGIN = 1.15
"""What is printed, and what is put in its place, must be nearer by this factor."""


def cited_labels(text: str) -> tuple[str, ...]:
    """The paragraph numbers that `text` cites in brackets, ranges spelt out, in the order printed."""
    labels: list[str] = []
    for match in _CITED.finditer(text):
        listed = re.sub(r"\s*\bto\b\s*", "–", match["list"])
        for first, last in _NUMBERS.findall(listed):
            end = int(last) if last and int(first) < int(last) < int(first) + 30 else int(first)
            labels.extend(str(n) for n in range(int(first), end + 1))
    return tuple(dict.fromkeys(labels))


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether cited numbers fit the paragraphs; `shift` is what to add to them, 0 where no one shift helps."""

    fits: bool
    shift: int


def fit_of(cited: Sequence[tuple[str, Sequence[str]]], paragraphs: Mapping[str, str]) -> Fit:
    """How the printed numbers fit, over the whole report.

    `cited` pairs each recommendation's text with the labels it cites; `paragraphs` maps label to text. They
    fit if the words of the paragraphs they name are nearer than those of the paragraphs a few before or after.
    """
    near = {str(int(label) + shift) for _, labels in cited for label in labels for shift in _SHIFTS}
    vectors = _vectors(paragraphs, near) if near else {}
    totals = dict.fromkeys(_SHIFTS, 0.0)
    for text, labels in cited:
        words = _words(text)
        for label in labels:
            for shift in _SHIFTS:
                vector = vectors.get(str(int(label) + shift), {})
                totals[shift] += sum(vector.get(word, 0.0) for word in words)
    best = max(_SHIFTS[1:], key=lambda shift: totals[shift])
    if totals[0] >= _MARGIN * totals[best]:
        return Fit(True, 0)
    return Fit(False, best if totals[best] > _MARGIN * totals[0] else 0)


def _words(text: str) -> set[str]:
    return {word[:7] for word in re.findall(r"[a-z]{4,}", text.lower())}


def _vectors(paragraphs: Mapping[str, str], wanted: Collection[str]) -> dict[str, dict[str, float]]:
    """The words' weights of the paragraphs with these labels, by their spread over all paragraphs."""
    bags = {label: _words(text) for label, text in paragraphs.items()}
    spread = Counter(word for bag in bags.values() for word in bag)
    vectors = {}
    for label, bag in bags.items():
        if label not in wanted:
            continue
        weights = {word: math.log((1 + len(bags)) / (1 + spread[word])) for word in bag}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        vectors[label] = {word: weight / length for word, weight in weights.items()}
    return vectors
