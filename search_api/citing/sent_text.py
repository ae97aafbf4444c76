"""The text to check out of what a person has: pasted words, a text file or a Word file.

A Word file is read by the indexer's own reader, in smaller limits than a corpus needs and in a process of its own: it
comes from anybody.
"""

from __future__ import annotations

from indexer.errors import UnreadableDocument
from indexer.limits import Limits

MOST_BYTES = 10_000_000
LIMITS = Limits(max_bytes=MOST_BYTES, max_chars=1_000_000, max_seconds=20.0)


def text_of(data: bytes) -> str:
    """Give the words of a DOCX or text file, paragraphs separated by empty lines.

    Raises UnreadableDocument with the reason for anything else, and for one over the limits.
    """
    # Few ask for this: until one does, the service does without the readers' libraries.
    from indexer.build.sent import text_of_docx  # noqa: PLC0415
    from indexer.reading.text import decode  # noqa: PLC0415

    LIMITS.check_bytes(len(data))
    if data.startswith(b"PK"):
        return text_of_docx(data, LIMITS)
    if b"%PDF-" in data[:1024]:
        raise UnreadableDocument("is a PDF: save the text that you are writing as DOCX or plain text")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableDocument("is an older Office file (.doc) or an encrypted one: save it as DOCX")
    text, _ = decode(data)
    LIMITS.check_chars(len(text))
    return text
