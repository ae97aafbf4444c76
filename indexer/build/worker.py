"""Reads files in processes of their own, so that a document that hangs, swells or crashes costs one skip.

Run as a module (`python -m indexer.build.worker`) it is one such process: a file's path in on standard input, its
document out, as lines of JSON, under a limit on memory. `ReadingPool` is the build's side: it hands out
files, gives each its time, and starts another process for one that died. This module must not know of the
index.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any, Self

from indexer.build.find_files import FoundFile
from indexer.document import Document
from indexer.errors import UnreadableDocument, reason_of
from indexer.fetch.provenance import with_provenance
from indexer.limits import MEMORY_BYTES, Limits, limit_this_process
from indexer.store.rows import document_from_record, document_to_record
from indexer.text.polarity import POLARITIES, polarity_of
from indexer.text.sentences import sentences_of

_GRACE = 1.5
"""Readers stop by themselves at the time limit and say so; what doesn't is ended after so many times as
long."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a file: a document, or the reason why not; and the seconds that each stage took.

    `polarities` are its passages', each a place in POLARITIES: worked out here, where several processes are at work.
    `lasting` is false for a reason that has nothing to do with the file's content.
    """

    file: FoundFile
    document: Document | None
    reason: str = ""
    lasting: bool = True
    reading_seconds: float = 0.0
    structuring_seconds: float = 0.0
    polarities: tuple[int, ...] = ()


class ReadingPool:
    """A few reading processes; use as a context manager, so that they end with it."""

    def __init__(self, limits: Limits, processes: int, command: Sequence[str] = ()) -> None:
        """Processes are started when there is something to read; `command` is another reader's than ours."""
        self._limits = limits
        self._command = [*command] or [sys.executable, "-m", "indexer.build.worker"]
        self._local = threading.local()
        self._executor = ThreadPoolExecutor(processes, thread_name_prefix="reading")
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._closed = True
            running = list(self._running)
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in running:
            process.kill()
        self._executor.shutdown(wait=True)
        for process in running:
            _reap(process)

    def read(self, files: Iterable[FoundFile]) -> Iterator[Reading]:
        """Every file's document or reason, in the files' order."""
        return self._executor.map(self._read, files)

    def _read(self, file: FoundFile) -> Reading:
        try:
            answer = self._ask(file)
        except (OSError, ValueError) as error:
            return Reading(file, None, f"could not be read: {error}", lasting=False)
        if "reason" in answer:
            return Reading(file, None, answer["reason"], lasting=answer.get("lasting", True))
        if answer["sha256"] != file.sha256:
            return Reading(file, None, "changed while it was being read: build again", lasting=False)
        return Reading(
            file,
            with_provenance(
                replace(document_from_record(answer["document"]), file=file.name), file.provenance
            ),
            reading_seconds=answer["reading"],
            structuring_seconds=answer["structuring"],
            polarities=tuple(answer["polarities"]),
        )

    def _ask(self, file: FoundFile) -> dict[str, Any]:
        process = self._process()
        if process is None:
            return {"reason": "was not read: the build was stopped", "lasting": False}
        assert process.stdin is not None  # noqa: S101 (given as PIPE)
        assert process.stdout is not None  # noqa: S101
        seconds = self._limits.max_seconds * _GRACE
        timed_out = threading.Event()

        def end() -> None:
            timed_out.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            request = {"path": str(file.path.absolute()), "limits": asdict(self._limits)}
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            timer.cancel()
        if line.endswith(b"\n"):
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._forget(process)
        if timed_out.is_set():
            return {"reason": f"takes longer than {seconds:.0f} s to read: save it again from its program"}
        return {"reason": "stops the reader (it crashes, or needs more memory than a document may take)"}

    def _process(self) -> subprocess.Popen[bytes] | None:
        process: subprocess.Popen[bytes] | None = getattr(self._local, "process", None)
        if process is not None and process.poll() is None:
            return process
        with self._lock:
            if self._closed:
                return None
            # No shell, and nothing of a document on the command line.
            process = subprocess.Popen(  # noqa: S603 (see above)
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=Path(__file__).resolve().parents[2],
                # One thread each: there are as many processes as processors.
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
            self._running.add(process)
        self._local.process = process
        return process

    def _forget(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running.discard(process)
        process.kill()
        _reap(process)
        self._local.process = None


def _reap(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def read_document(
    path: Path, limits: Limits, data: bytes | None = None
) -> tuple[Document, str, float, float]:
    """One file in this process: its document, its SHA-256, and the seconds of reading and of structuring.

    With `data`, what the file would hold. Raises UnreadableDocument where it can't be read or holds nothing to index.
    """
    from indexer.reading.file import read_bytes, read_file  # noqa: PLC0415 (the readers' libraries are the workers')
    from indexer.structure.structured import structure  # noqa: PLC0415

    started = time.perf_counter()
    source = read_file(path, limits=limits) if data is None else read_bytes(path.name, data, limits=limits)
    read = time.perf_counter()
    document = structure(source)
    structured = time.perf_counter()
    if not document.passages:
        raise UnreadableDocument(
            "holds no text to index: if it is made of pictures, have them read by OCR first"
        )
    texts = [passage.text for passage in document.passages]
    limits.check_content(len(texts), sum(map(_sentences, texts)), sum(len(text.split()) for text in texts))
    ids = {passage.id for passage in document.passages}
    if len(ids) != len(document.passages):
        raise UnreadableDocument(
            "has two passages of the same id, which is a fault of this program: report it"
        )
    return document, source.sha256, read - started, structured - read


def _sentences(text: str) -> int:
    return len(sentences_of(text))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        document, sha256, reading, structuring = read_document(
            Path(request["path"]), Limits(**request["limits"])
        )
    except UnreadableDocument as error:
        # Gone or closed since it was found: that may be otherwise next time.
        return {"reason": str(error), "lasting": _can_be_opened(Path(request["path"]))}
    except Exception as error:  # a hostile document may raise anything; the build goes on and names it
        return {"reason": reason_of(error)}
    started = time.perf_counter()
    polarities = [POLARITIES.index(polarity_of(passage)) for passage in document.passages]
    return {
        "document": document_to_record(document),
        "sha256": sha256,
        "reading": reading,
        "structuring": structuring + time.perf_counter() - started,
        "polarities": polarities,
    }


def _can_be_opened(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    for line in requests:
        answer = _answer(json.loads(line))
        # Half of a surrogate pair, as broken files have them, can't be stored: it becomes a question mark.
        text = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
        answers.write(text + b"\n")
        answers.flush()


def main() -> None:
    """Answer requests until standard input ends; the build ends this process by closing it or by a signal."""
    import signal  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_this_process(MEMORY_BYTES)
    # What a library prints goes to the error stream: standard output carries answers only.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
