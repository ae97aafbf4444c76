"""Large numbers as people write them: 1200 and 1,200 are one.

The index holds what is printed, so that a question's number is looked for in both forms. This module knows no units.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LARGE = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3}){1,4}|\d{4,15})(?![,.]?\w)")
"""A number of four digits or more, whole, with or without its commas."""
DECIMAL = re.compile(r"(?<![\w.,])\d[\d,]*\.\d+(?![,.]?\w)")
"""A number with a part after the point."""
_IN_PHRASE = re.compile(r"(?<!\S)(?:\d{1,3}(?: \d{3}){1,4}|\d{4,15})(?!\S)")


def forms(number: str) -> tuple[str, ...]:
    """A large number as the index cuts words, as it was written first: "1 200" and "1200"."""
    digits = re.sub(r"\D", "", number)
    split = f"{int(digits):,}".replace(",", " ") if digits[0] != "0" else digits
    return tuple(dict.fromkeys((digits, split) if number.isdigit() else (split, digits)))


def phrase_forms(phrase: str) -> tuple[str, ...]:
    """A phrase of words separated by blanks, and the same with its large numbers in their other form."""
    return tuple(dict.fromkeys((phrase, _IN_PHRASE.sub(lambda match: forms(match.group())[1], phrase))))


def large_numbers(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Where large numbers stand in a text, in order, each with its forms."""
    for match in LARGE.finditer(text):
        yield *match.span(), forms(match.group())


def decimals(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Where numbers with a part after the point stand in a text, in order, each as the index cuts words: 1,200.5 stays one."""
    for match in DECIMAL.finditer(text):
        yield *match.span(), phrase_forms(" ".join(re.findall(r"\d+", match.group())))
