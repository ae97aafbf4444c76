"""What the styles of a Word file say of a paragraph: its heading level, its list, whether it is hidden.

A style inherits from the one that it is based on, each property by itself. This module knows nothing of how lists
count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from lxml import etree

from indexer.reading.word.package import W, count, switch, value

_Said = TypeVar("_Said")
MOST_ANCESTORS = 20
"""Styles that are based on each other, one on the next; Word allows fewer."""
_RAISED = 4
"""Half points above the line from which text counts as raised."""


@dataclass(frozen=True, slots=True)
class WordStyle:
    """What a style says; None where it leaves that to the style it is based on.

    `heading` is "h1" to "h6", or "" where the style says that it is none. `numbered` says that it belongs to a list,
    though the list may be named by another.
    """

    heading: str | None = None
    numbered: bool = False
    list_id: str | None = None
    level: int | None = None
    hidden: bool | None = None
    raised: bool | None = None
    based_on: str | None = None


class WordStyles:
    """The styles of a file by their ids."""

    def __init__(self, part: etree._Element | None) -> None:
        self._own: dict[str, WordStyle] = {}
        self._resolved: dict[str, tuple[WordStyle, tuple[str, ...]]] = {}
        self._default = ""
        for style in part.iter(f"{W}style") if part is not None else ():
            style_id = style.get(f"{W}styleId", "")
            self._own[style_id] = _own_style(style)
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true", "on"):
                self._default = style_id

    def of_paragraph(self, properties: etree._Element | None) -> tuple[WordStyle, tuple[str, ...]]:
        """Give the style that these paragraph properties name, or the file's usual one, with its ancestors."""
        return self._find(value(properties, "pStyle") or self._default)

    def of_list(self, style_id: str) -> str | None:
        """Give the list that a style of lists stands for."""
        return self._find(style_id)[0].list_id

    def is_hidden(self, run: etree._Element | None, paragraph: WordStyle) -> bool:
        """Whether words with these run properties in a paragraph of this style are hidden."""
        own = switch(run, "vanish")
        if own is not None:
            return own
        named = self._find(value(run, "rStyle") or "")[0]
        # Two styles that both switch a property switch it off again.
        return bool(named.hidden) != bool(paragraph.hidden)

    def is_raised(self, run: etree._Element | None) -> bool:
        """Whether words with these run properties are set above the line."""
        own = _is_raised(run)
        return bool(self._find(value(run, "rStyle") or "")[0].raised) if own is None else own

    def _find(self, style_id: str) -> tuple[WordStyle, tuple[str, ...]]:
        found = self._resolved.get(style_id)
        if found is None:
            found = self._resolved[style_id] = self._resolve(style_id)
        return found

    def _resolve(self, style_id: str) -> tuple[WordStyle, tuple[str, ...]]:
        chain: list[str] = []
        following: str | None = style_id
        while following in self._own and following not in chain and len(chain) < MOST_ANCESTORS:
            chain.append(following)
            following = self._own[following].based_on
        styles = [self._own[name] for name in chain]
        return WordStyle(
            heading=_first(style.heading for style in styles) or "",
            numbered=any(style.numbered for style in styles),
            list_id=_first(style.list_id for style in styles),
            level=_first(style.level for style in styles),
            hidden=_first(style.hidden for style in styles),
            raised=_first(style.raised for style in styles),
        ), tuple(chain)


def _first(said: Iterable[_Said | None]) -> _Said | None:
    return next((found for found in said if found is not None), None)


def _own_style(style: etree._Element) -> WordStyle:
    paragraph, run = style.find(f"{W}pPr"), style.find(f"{W}rPr")
    number = paragraph.find(f"{W}numPr") if paragraph is not None else None
    level = value(number, "ilvl")
    return WordStyle(
        heading=_heading((value(style, "name") or "").lower(), value(paragraph, "outlineLvl")),
        numbered=number is not None,
        list_id=value(number, "numId"),
        level=None if level is None else count(level, 0),
        hidden=switch(run, "vanish"),
        raised=_is_raised(run),
        based_on=value(style, "basedOn"),
    )


def _heading(name: str, outline: str | None) -> str | None:
    match = re.fullmatch(r"heading ([1-9])", name)
    if match:
        return f"h{min(int(match.group(1)), 6)}"
    if name in ("title", "subtitle"):
        return "h1" if name == "title" else "h2"
    if outline is None:
        return None
    depth = count(outline, 9)
    return f"h{depth + 1}" if depth < 6 else ""


def _is_raised(run: etree._Element | None) -> bool | None:
    vertical = value(run, "vertAlign")
    if vertical is not None:
        return vertical == "superscript"
    position = value(run, "position")
    return None if position is None else count(position, 0) >= _RAISED
