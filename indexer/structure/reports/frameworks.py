"""Under which framework an inspection was made, from the words of its title.

The names are the ones that people in the field use; a document of no known framework has none. Knows titles
and first pages only.
"""

from __future__ import annotations

import re

from indexer.reading.layout import Flow

SIF, ILACS = "SIF", "ILACS"

_ILACS_AREAS = re.compile(r"impact\s+of\s+leaders\s+on\s+social\s+work\s+practice|\bilacs\b", re.IGNORECASE)

_BY_TITLE: tuple[tuple[str, str], ...] = (
    (r"monitoring\s+visit", "ILACS monitoring visit"),
    (r"focused\s+visit|focussed\s+visit", "ILACS focused visit"),
    (r"joint\s+targeted\s+area|\bjtai\b|joint\s+targeted\s+inspection", "JTAI"),
    (r"area\s+send|special\s+educational\s+needs|\bsend\b.{0,40}inspection|local\s+area\s+partnership", "Area SEND"),
    (r"youth\s+(?:justice|offending)|youth\s+custody", "Youth justice"),
    (
        r"(?:independent\s+fostering|voluntary\s+adoption|adoption\s+support)\s+agenc|children[’']s\s+home"
        r"|social\s+care\s+provider|residential\s+family\s+centre|secure\s+(?:children|training)|supported"
        r"\s+accommodation|care\s+home",
        "Social care provider",
    ),
    (r"children\s+in\s+need\s+of\s+help\s+and\s+protection", SIF),
    (r"safeguarding\s+and\s+looked\s+after\s+children", "Safeguarding and looked after children"),
    (r"arrangements\s+for\s+the\s+protection\s+of\s+children|child\s+protection\s+arrangements", "Protection of children"),
    (r"looked\s+after\s+children(?:\s+services)?", "Looked after children"),
    (r"local\s+safeguarding\s+children\s+board|safeguarding\s+children\s+board", "LSCB review"),
    (r"local\s+authority\s+children[’']s\s+(?:social\s+care\s+)?services", ILACS),
    (r"(?:re-?)?inspection\s+of\s+.{0,60}children[’']s\s+(?:social\s+care\s+)?services", ILACS),
)  # fmt: skip


def framework_of(title: str, flow: Flow) -> str | None:
    """Name the framework: by the title, then by the areas judged, then by the first lines printed; else None."""
    first_page = [placed.text for placed in flow.lines if placed.page <= 1]
    named = _by_words(title)
    if named:
        return named
    if _ILACS_AREAS.search(" ".join(first_page)):
        return ILACS
    return _by_words(" ".join(first_page[:12]))


def _by_words(words: str) -> str | None:
    return next((name for pattern, name in _BY_TITLE if re.search(pattern, words, re.IGNORECASE)), None)
