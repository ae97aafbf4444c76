"""Whether two texts say the same in print, whatever quotes, dashes and spaces they were typed with.

A truth file is typed by a person and a document is read by a program: a curly apostrophe or a line's end is
no difference of reading. Nothing here knows what a field means.
"""

from __future__ import annotations

import re
import unicodedata

_SAME = str.maketrans(
    {
        "‘": "'", "’": "'", "ʼ": "'", "´": "'", "`": "'",
        "“": '"', "”": '"', "„": '"',
        "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-",
        "…": "...", "\u00ad": None, "\u200b": None,
    }
)  # fmt: skip
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def plain(text: str | None) -> str:
    """Give the text one form of each quote, dash and space; case is kept."""
    if text is None:
        return ""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).translate(_SAME)).strip()


def folded(text: str | None) -> str:
    """`plain`, without regard to case or to a closing mark."""
    return plain(text).casefold().rstrip(" .:;?*")


def same(one: str | None, other: str | None) -> bool:
    """Whether two short values are the same words; nothing and an empty text are the same."""
    return folded(one) == folded(other)


def begins(text: str | None, words: str) -> bool:
    """Whether a text's own first words are `words`, case apart."""
    return _bare(text).startswith(_bare(words))


def ends(text: str | None, words: str) -> bool:
    """Whether a text's last words are `words`, case apart."""
    return _bare(text).endswith(_bare(words))


def holds(text: str | None, words: str) -> bool:
    """Whether `words` stand together somewhere in the text."""
    return _bare(words) in _bare(text)


def words_of(text: str | None) -> list[str]:
    """List the words in order, folded, without their punctuation."""
    return _WORD.findall(plain(text).casefold())


def _bare(text: str | None) -> str:
    return plain(text).casefold()
