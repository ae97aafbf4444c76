"""What a person sees while an index is built: bars with rate and time left in a terminal, plain lines
elsewhere.

This module must not know what the stages do.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Advance = Callable[[int], None]

_SECONDS_BETWEEN_LINES = 10.0


class StageSeconds(dict[str, float]):
    """How long each stage took, in the order in which they ended."""

    def __init__(self) -> None:
        super().__init__()
        self._started = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time that the block takes."""
        started = time.perf_counter()
        yield
        self[name] = self.get(name, 0.0) + time.perf_counter() - started

    def with_total(self) -> dict[str, float]:
        """These, and the time since the build began."""
        return {**self, "total": time.perf_counter() - self._started}


class BuildProgress(Protocol):
    """Where a build says what it is doing."""

    def stage(self, name: str, total: int, unit: str) -> AbstractContextManager[Advance]:
        """A stage of `total` steps; the function that it gives is called with the number of steps done
        since.
        """

    def note(self, message: str) -> None:
        """Say one thing, on a line."""


class SilentProgress:
    """Says nothing."""

    @contextmanager
    def stage(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """A stage that nobody watches."""
        del name, total, unit
        yield lambda steps: None

    def note(self, message: str) -> None:
        """Say nothing."""


class LineProgress:
    """A line every few seconds, for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @contextmanager
    def stage(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """A stage with a line now and then, and when it ends."""
        started = last = time.monotonic()
        done = 0

        def advance(steps: int) -> None:
            nonlocal done, last
            done += steps
            now = time.monotonic()
            if now - last >= _SECONDS_BETWEEN_LINES and done:
                last = now
                rate = done / (now - started)
                left = (total - done) / rate
                self.note(f"{name}: {done} of {total} {unit}, {rate:.0f}/s, {left:.0f} s left")

        yield advance
        self.note(f"{name}: {done} {unit} in {time.monotonic() - started:.1f} s")

    def note(self, message: str) -> None:
        """Say one thing, on a line."""
        print(message, file=self._stream, flush=True)


class BarProgress:
    """A bar for each stage, with rate and time left, in a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """A stage with its bar."""
        with Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            _RateColumn(unit),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=self._console,
        ) as progress:
            task = progress.add_task(name, total=total)
            yield lambda steps: progress.advance(task, steps)

    def note(self, message: str) -> None:
        """Say one thing, on a line."""
        self._console.print(message, markup=False, highlight=False)


class _RateColumn(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.0f} {self._unit}/s" if speed else self._unit)


def progress_for(stream: TextIO | None = None) -> BuildProgress:
    """Bars where the stream (standard error by default) is a terminal, else lines."""
    stream = stream or sys.stderr
    return BarProgress(Console(file=stream)) if stream.isatty() else LineProgress(stream)
