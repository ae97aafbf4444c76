"""How much of one file is read before it is refused: documents are hostile input until they are lines.

Every reader takes the same numbers, and a test can make them small. This module must not know what is limited.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from indexer.errors import UnreadableDocument

MEMORY_BYTES = 4_000_000_000
"""Address space of one reading process; most of it is libraries and room that is never touched."""

_AGAIN = 0.1
"""Seconds after which the signal comes once more, should somebody's code have swallowed the first."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one document may take: bytes on disk, pages, characters of text, seconds of reading; and of what
    comes of it: passages, sentences, words, which take the encoder's time.
    """

    max_bytes: int = 100_000_000
    max_pages: int = 2_000
    max_chars: int = 10_000_000
    max_seconds: float = 120.0
    max_passages: int = 20_000
    max_sentences: int = 50_000
    max_words: int = 1_500_000

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

    def check_content(self, passages: int, sentences: int, words: int) -> None:
        """Raise UnreadableDocument for a document of more of these than the limits."""
        for number, most, what in (
            (passages, self.max_passages, "passages"),
            (sentences, self.max_sentences, "sentences"),
            (words, self.max_words, "words"),
        ):
            if number > most:
                raise UnreadableDocument(
                    f"has {number:,} {what}, over the limit of {most:,}: split it into parts"
                )

    def check_time(self, started: float) -> None:
        """Raise UnreadableDocument if more time than the limit has passed since `started` (time.monotonic)."""
        if time.monotonic() - started > self.max_seconds:
            raise UnreadableDocument(
                f"takes longer than {self.max_seconds:.0f} s to read: save it again from the program that made it"
            )


class _OverError(BaseException):
    """No Exception: a library that goes on after any error would go on after this one."""


@contextmanager
def processor_seconds(most: float) -> Iterator[None]:
    """Raise TimeoutError in the block once this process has used so many seconds of a processor, all its threads
    counted. Not to be nested.

    A signal does it, for libraries that look at no clock: so only Python code is ended, and only in a process's
    first thread, which is where files are read. Elsewhere nothing is limited: a process that reads is ended by the
    one that started it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    limited = True

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        if limited:
            raise _OverError

    before = signal.signal(signal.SIGPROF, end)
    try:
        try:
            signal.setitimer(signal.ITIMER_PROF, max(most, 1e-3), _AGAIN)
            yield
        finally:
            # First of all: from here on the signal ends nothing.
            limited = False
    except _OverError:
        raise TimeoutError(f"took more than {most:g} s of a processor") from None
    finally:
        limited = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def limit_this_process(memory_bytes: int) -> None:
    """Take no more than this address space, and leave no picture of the memory behind."""
    try:
        import resource  # noqa: PLC0415 (Unix only)
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
