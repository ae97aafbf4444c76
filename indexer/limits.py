"""How much of one file is read before it is refused: documents are hostile input until they are lines.

Only numbers live here, so that every reader takes the same ones and a test can make them small.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from indexer.errors import UnreadableDocument


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one document may take: bytes on disk, pages, characters of text, seconds of reading."""

    max_bytes: int = 100_000_000
    max_pages: int = 2_000
    max_chars: int = 10_000_000
    max_seconds: float = 120.0

    def check_bytes(self, size: int) -> None:
        """Raise UnreadableDocument for a file of `size` bytes that is over the limit."""
        if size > self.max_bytes:
            raise UnreadableDocument(
                f"is {size / 1e6:.0f} MB, over the limit of {self.max_bytes / 1e6:.0f} MB: split it into parts"
            )

    def check_pages(self, pages: int) -> None:
        """Raise UnreadableDocument for a file of more pages than the limit."""
        if pages > self.max_pages:
            raise UnreadableDocument(
                f"has {pages} pages, over the limit of {self.max_pages}: split it into parts"
            )

    def check_chars(self, chars: int) -> None:
        """Raise UnreadableDocument for a file with more characters of text than the limit."""
        if chars > self.max_chars:
            raise UnreadableDocument(
                f"has more than {self.max_chars} characters of text: split it into parts"
            )

    def check_time(self, started: float) -> None:
        """Raise UnreadableDocument if more time than the limit has passed since `started` (time.monotonic)."""
        if time.monotonic() - started > self.max_seconds:
            raise UnreadableDocument(
                f"takes longer than {self.max_seconds:.0f} s to read: save it again from the program that made it"
            )
