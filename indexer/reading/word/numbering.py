"""The numbers that Word prints before paragraphs, which it keeps out of their text in list definitions.

Worked out here as Word does, because a paragraph's number is what people cite. Lists that share a definition count
on from each other; one that overrides a start begins anew where it is first used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from indexer.reading.word.package import W, count, switch, value
from indexer.reading.word.styles import WordStyle, WordStyles

LEVELS = 9
LONGEST_LABEL = 64
"""Characters of a label; it is printed before each paragraph of its list, so a long one would multiply."""
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListLevel:
    """One level of a list: how its number is written ("%1.", "(%2)") and where it starts.

    `legal`: numbers of other levels in its label are written as figures. `restarts_after` is the deepest
    level (counted from 1) whose number begins this one anew; None for every level above it, 0 for none.
    """

    form: str = "bullet"
    text: str = ""
    start: int = 1
    legal: bool = False
    restarts_after: int | None = None
    style: str | None = None


@dataclass(frozen=True, slots=True)
class _List:
    """A list: its levels, the definition that it counts with, and the starts that it overrides."""

    levels: dict[int, ListLevel] = field(default_factory=dict)
    definition: str = ""
    starts: dict[int, int] = field(default_factory=dict)


class WordNumbering:
    """The lists of a file, and how far each has counted."""

    def __init__(self, part: etree._Element | None, styles: WordStyles) -> None:
        self._lists = _lists(part, styles) if part is not None else {}
        self._by_style: dict[str, str] = {}
        for list_id, found in self._lists.items():
            for level in found.levels.values():
                if level.style:
                    self._by_style.setdefault(level.style, list_id)
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()

    def place(
        self, properties: etree._Element | None, style: WordStyle, ancestors: Sequence[str]
    ) -> tuple[str, int] | None:
        """Give the list and the level of a paragraph with these properties and this style; None for no list."""
        own = properties.find(f"{W}numPr") if properties is not None else None
        if own is None and not style.numbered:
            return None
        list_id = value(own, "numId") or style.list_id
        if list_id is None:
            list_id = next((self._by_style[name] for name in ancestors if name in self._by_style), None)
        if list_id is None or list_id == "0":
            return None
        level = value(own, "ilvl")
        if level is not None:
            return list_id, min(count(level, 0), LEVELS - 1)
        levels = self._lists.get(list_id, _List()).levels
        named = {found.style: at for at, found in levels.items() if found.style}
        at = next((named[name] for name in ancestors if name in named), style.level or 0)
        return list_id, min(at, LEVELS - 1)

    def next(self, list_id: str, level: int) -> str | None:
        """Count one paragraph of a list and give the label that Word prints for it; None for a bullet."""
        found = self._lists.get(list_id, _List(definition=list_id))
        levels = found.levels
        spec = levels.get(level, ListLevel())
        counts = self._counts.setdefault(found.definition, [None] * LEVELS)
        current = counts[level]
        if level in found.starts and (list_id, level) not in self._begun:
            current = None
        self._begun.add((list_id, level))
        counts[level] = spec.start if current is None else current + 1
        for deeper in range(level + 1, LEVELS):
            after = levels.get(deeper, ListLevel()).restarts_after
            if after is None or level < after:
                counts[deeper] = None
        if spec.form in ("bullet", "none") or not spec.text:
            return None

        def number(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            other = levels.get(at, ListLevel("decimal"))
            seen = counts[at]
            return numeral(other.start if seen is None else seen, "decimal" if spec.legal else other.form)

        return re.sub(r"%([1-9])", number, spec.text)[:LONGEST_LABEL].strip() or None


def numeral(number: int, form: str) -> str:
    """Write a number in one of Word's forms: "decimal", "lowerLetter", "upperRoman", "ordinal"."""
    number = max(0, min(number, 9999))
    if form == "none":
        return ""
    if form in ("lowerLetter", "upperLetter") and number:
        letter = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, LONGEST_LABEL)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman") and number:
        roman, rest = "", number
        for size, sign in _ROMAN:
            roman += sign * (rest // size)
            rest %= size
        return roman.upper() if form == "upperRoman" else roman
    if form == "ordinal":
        ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{'th' if 10 < number % 100 < 14 else ending}"
    return f"{number:02d}" if form == "decimalZero" else str(number)


def _lists(part: etree._Element, styles: WordStyles) -> dict[str, _List]:
    definitions: dict[str, dict[int, ListLevel]] = {}
    stands_for: dict[str, str] = {}
    by_list_style: dict[str, str] = {}
    bases: dict[str, str] = {}
    for definition in part.iter(f"{W}abstractNum"):
        name = definition.get(f"{W}abstractNumId", "")
        definitions[name] = _levels(definition)
        link, defined = value(definition, "numStyleLink"), value(definition, "styleLink")
        if link:
            stands_for[name] = link
        if defined:
            by_list_style[defined] = name
    numbers = list(part.iter(f"{W}num"))
    for number in numbers:
        bases[number.get(f"{W}numId", "")] = value(number, "abstractNumId") or ""
    lists: dict[str, _List] = {}
    for number in numbers:
        list_id = number.get(f"{W}numId", "")
        base = bases[list_id]
        if base in stands_for:
            style = stands_for[base]
            base = by_list_style.get(style) or bases.get(styles.of_list(style) or "", base)
        lists[list_id] = _with_overrides(number, definitions.get(base, {}), base)
    return lists


def _with_overrides(number: etree._Element, levels: dict[int, ListLevel], base: str) -> _List:
    starts: dict[int, int] = {}
    for override in number.iter(f"{W}lvlOverride"):
        levels = {**levels, **_levels(override)}
        at = count(override.get(f"{W}ilvl"), 0)
        start = count(value(override, "startOverride"), -1)
        if start >= 0 and at < LEVELS:
            starts[at] = start
            levels[at] = replace(levels.get(at, ListLevel()), start=start)
    return _List(levels, base, starts)


def _levels(definition: etree._Element) -> dict[int, ListLevel]:
    levels: dict[int, ListLevel] = {}
    for level in definition.iter(f"{W}lvl"):
        at = count(level.get(f"{W}ilvl", "0"), LEVELS)
        if at < LEVELS:
            restart = value(level, "lvlRestart")
            levels[at] = ListLevel(
                value(level, "numFmt") or "decimal",
                (value(level, "lvlText") or "")[:LONGEST_LABEL],
                count(value(level, "start"), 1),
                bool(switch(level, "isLgl")),
                None if restart is None else count(restart, LEVELS),
                value(level, "pStyle"),
            )
    return levels
