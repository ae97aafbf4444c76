"""Stable names for documents and passages, made from the file alone.

The same file indexed again, beside other files or on another machine gets the same ids, so that a citation
keeps working. Nothing here knows what a passage says.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath


def document_id(name: str, sha256: str) -> str:
    """The id of a file: its stem as a slug, a hyphen, and the first eight hex digits of its SHA-256."""
    stem = unicodedata.normalize("NFKD", PurePath(name).stem).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:60].strip("-")
    return f"{slug or 'document'}-{sha256[:8]}"


class PassageKeys:
    """Hands out the keys of one document's passages in order, no key twice.

    `numbered("p", "42")` gives `p42`, a second one `p42-2`; `counted("t")` gives `t1`, `t2`…
    """

    def __init__(self, document: str) -> None:
        self._document = document
        self._used: set[str] = set()
        self._counts: dict[str, int] = {}

    def numbered(self, prefix: str, label: str) -> str:
        """The passage id for a printed label."""
        slug = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or "x"
        return self._claim(f"{prefix}{slug}")

    def counted(self, prefix: str) -> str:
        """The passage id for the next passage that has no label of its own."""
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        return self._claim(f"{prefix}{self._counts[prefix]}")

    def _claim(self, key: str) -> str:
        candidate, again = key, 1
        while candidate in self._used:
            again += 1
            candidate = f"{key}-{again}"
        self._used.add(candidate)
        return f"{self._document}.{candidate}"
