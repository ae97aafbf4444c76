"""`-m eval fuzz`: reads damaged copies of real files in a process under limits of time and memory.

What may come of a damaged file is a document, or a refusal with its reason (UnreadableDocument). Anything
else is a failure: another exception, a process that dies, a reading that doesn't end. Run with `--reader` the
module is the process that reads: paths in on standard input, one line of JSON out for each.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from eval.bench.mutants import MUTATIONS, mutant
from eval.bench.processes import processor_seconds
from eval.reports import write_json
from indexer.errors import SourceError

SECONDS = 60.0  # of a processor; readers stop after a third of it on the clock
CLOCK = 10 * SECONDS  # on the clock, of a machine that may be busy with something else
MEMORY_BYTES = 2_000_000_000
SLOWEST = 5  # are named in the report
ALLOWED = frozenset({"read", "refused"})
_ROOT = Path(__file__).resolve().parents[2]
_RESTART_AFTER = 200  # files; a leak must not be taken for one file's hunger


@dataclass(frozen=True, slots=True)
class MutantOutcome:
    """What came of one mutant: "read", "refused", "crashed", "died" or "hung"; the reason and seconds."""

    number: int
    change: str
    outcome: str
    detail: str
    seconds: float

    @property
    def allowed(self) -> bool:
        """Whether a damaged file may end so."""
        return self.outcome in ALLOWED

    @property
    def changes(self) -> frozenset[str]:
        """The kinds of damage that were done to it."""
        return frozenset(self.change.rsplit(": ", 1)[1].split(", "))


class LimitedReader:
    """A process that reads files under a limit of memory; ended and started again where it hangs or dies."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY_BYTES) -> None:
        self._seconds = seconds
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._read = 0

    def __enter__(self) -> LimitedReader:
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def read(self, path: Path) -> tuple[str, str]:
        """Give the outcome of reading one file, and its reason."""
        if self._process is None or self._process.poll() is not None or self._read >= _RESTART_AFTER:
            self._start()
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None  # noqa: S101
        self._read += 1
        with suppress(BrokenPipeError):
            process.stdin.write(str(path.resolve()).encode() + b"\n")
            process.stdin.flush()
        used, until = processor_seconds([process.pid]), time.monotonic() + CLOCK
        while not select.select([process.stdout], [], [], min(1.0, self._seconds))[0]:
            if processor_seconds([process.pid]) - used > self._seconds or time.monotonic() > until:
                self._end()
                return "hung", f"no answer in {self._seconds:.0f} s of a processor, or {CLOCK:.0f} s"
        line = process.stdout.readline()
        if not line.endswith(b"\n"):
            status = process.wait()
            self._end()
            return "died", f"exit status {status}"
        answer = json.loads(line)
        return answer["outcome"], answer["detail"]

    def _start(self) -> None:
        self._end()
        # Our own module by our own interpreter; what a PDF library prints goes nowhere.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "eval.bench.fuzz", "--reader", str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
        )
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdout.readline()  # imports are no part of a reading's time
        self._read = 0

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def fuzz(
    originals: Sequence[Path], count: int, *, seed: int = 0, first: int = 0, folder: Path | None = None
) -> Iterator[MutantOutcome]:
    """Read `count` mutants of the originals, one after another; failing mutants are kept in `folder`.

    Raises SourceError where there is no original.
    """
    if not originals:
        raise SourceError("there is no file to damage; name a folder that holds documents")
    data = [path.read_bytes() for path in originals]
    with tempfile.TemporaryDirectory() as scratch, LimitedReader() as reader:
        for number in range(first, first + count):
            damaged, change = mutant(data, number, seed)
            which = int(change.split()[1].rstrip(":"))
            path = Path(scratch) / f"mutant-{seed}-{number}{originals[which].suffix}"
            path.write_bytes(damaged)
            started = time.perf_counter()
            outcome, detail = reader.read(path)
            seconds = time.perf_counter() - started
            found = MutantOutcome(
                number, f"{originals[which].name}, {change}", outcome, detail, round(seconds, 3)
            )
            if not found.allowed and folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / path.name).write_bytes(damaged)
            path.unlink()
            yield found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--documents", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument(
        "--kinds", nargs="+", metavar="SUFFIX", help="only originals of these kinds: pdf, docx, html, txt, md"
    )
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first mutant")
    parser.add_argument("--keep", type=Path, default=Path("var/fuzz"), help="where failing mutants are kept")
    parser.add_argument("--json", type=Path, metavar="OUT")


def main(options: argparse.Namespace) -> int:
    """Run the command; 1 where a mutant ended otherwise than it may."""
    from eval.reading.documents import files_under  # noqa: PLC0415 - the reading process has its own imports

    kinds = {f".{kind.lower().lstrip('.')}" for kind in options.kinds or ()}
    found_files = sorted(files_under(options.documents).values())
    originals = [path for path in found_files if not kinds or path.suffix.lower() in kinds]
    outcomes: Counter[str] = Counter()
    by_change: dict[str, Counter[str]] = {name: Counter() for name in MUTATIONS}
    failures: list[MutantOutcome] = []
    slowest: list[MutantOutcome] = []
    for found in fuzz(originals, options.count, seed=options.seed, first=options.first, folder=options.keep):
        outcomes[found.outcome] += 1
        for change in found.changes:
            by_change[change][found.outcome] += 1
        slowest = sorted([*slowest, found], key=lambda outcome: -outcome.seconds)[:SLOWEST]
        if not found.allowed:
            failures.append(found)
            print(f"{found.outcome}: mutant {found.number} of {found.change}: {found.detail}", flush=True)
    print(
        f"{options.count} mutants of {len(originals)} files: "
        + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
        + f"; slowest {slowest[0].seconds if slowest else 0:.1f} s"
    )
    if options.json:
        report = {"counts": outcomes, "by_change": by_change, "slowest": slowest, "failures": failures}
        write_json(options.json, report)
    return 1 if failures else 0


def _serve(memory: int) -> None:
    """Read the files named on standard input, one by one, within `memory` bytes of address space."""
    import resource  # noqa: PLC0415

    from indexer.errors import UnreadableDocument  # noqa: PLC0415
    from indexer.limits import Limits  # noqa: PLC0415
    from indexer.reading.file import read_file  # noqa: PLC0415
    from indexer.structure.structured import structure  # noqa: PLC0415

    # Answers go to the real standard output; whatever a library prints goes to the error stream.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        try:
            document = structure(read_file(Path(line.strip()), limits=Limits(max_seconds=SECONDS / 3)))
            outcome, detail = "read", f"{len(document.passages)} passages"
        except UnreadableDocument as error:
            outcome, detail = "refused", str(error)
        except BaseException as error:  # every other end of a reading is what this command looks for
            outcome, detail = "crashed", f"{type(error).__name__}: {error}"[:500]
        print(json.dumps({"outcome": outcome, "detail": detail}), file=answers, flush=True)


if __name__ == "__main__":
    _serve(int(sys.argv[2]))
