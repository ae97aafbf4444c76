"""Whose reports, or which kind of visit, a question asks for that an index holds none of.

An inspectorate that documents merely mention has no report here: a refusal says so, instead of asking for other words. This
module must not know how a question is answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from indexer.document import Document

_KINDS: tuple[tuple[str, str], ...] = (
    ("the Care Quality Commission", r"\bcqc\b|\bcare quality commission\b"),
    ("an inspectorate of probation or prisons", r"\bhmi (?:probation|prisons)\b|\bhmip\b|\byouth (?:justice|offending) inspection"),
    ("an inspectorate of constabulary", r"\bhmicf?r?s?\b|\bpeel inspection"),
    ("a joint targeted area inspection", r"\bjtai\b|\bjoint targeted area\b"),
    ("a focused visit", r"\bfocus+ed visits?\b"),
    ("a monitoring visit", r"\bmonitoring visits?\b"),
    ("an inspection of special educational needs", r"\bsend inspection|\barea send\b|\blocal area inspection"),
    ("a regulation 44 visit", r"\breg(?:ulation)?\.? ?44\b"),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _KINDS)


def absent_kind(question: str, documents: Iterable[Document]) -> str | None:
    """Name what a question asks for that no document is a report of; None where it names nothing, or all are here."""
    asked = [(name, pattern) for name, pattern in _PATTERNS if pattern.search(question)]
    if not asked:
        return None
    held = [f"{document.framework or ''} {document.title}" for document in documents]
    return next((name for name, pattern in asked if not any(map(pattern.search, held))), None)
