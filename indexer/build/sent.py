"""Reads a document that somebody sends in a process of its own, under limits of memory and time.

What is sent goes to that process by a pipe and touches no disk; the process ends with the document, so that no
document meets another's. Whatever it does to its reader, the service only gets a reason. Run as a module it is that
process. This module must not know what becomes of a document.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from indexer.errors import UnreadableDocument, reason_of
from indexer.giving_up import run_apart
from indexer.limits import MEMORY_BYTES, Limits, limit_this_process

TEXT_MEMORY_BYTES = 1_000_000_000
"""Address space for a Word file's text; its libraries take a third."""

COMMAND = (sys.executable, "-m", "indexer.build.sent")

Wanted = Literal["text", "document"]


def text_of_docx(data: bytes, limits: Limits) -> str:
    """Give the lines of a Word file; UnreadableDocument says why there are none."""
    return str(_asked("text", "sent.docx", data, limits)["text"])


def check_document(name: str, data: bytes, limits: Limits) -> None:
    """Read a document as a build would; UnreadableDocument says why it can't be read."""
    _asked("document", name, data, limits)


def _asked(wanted: Wanted, name: str, data: bytes, limits: Limits) -> dict[str, Any]:
    limits.check_bytes(len(data))
    memory = TEXT_MEMORY_BYTES if wanted == "text" else MEMORY_BYTES
    request = {"wanted": wanted, "name": name, "limits": asdict(limits), "memory": memory}
    try:
        done = run_apart(COMMAND, json.dumps(request).encode() + b"\n" + data, limits.max_seconds)
    except subprocess.TimeoutExpired as error:
        raise UnreadableDocument(
            f"takes longer than {limits.max_seconds:.0f} s to read: save it again from its program"
        ) from error
    except OSError as error:
        raise UnreadableDocument(f"can't be read now ({error.strerror}): send it again later") from error
    if done.returncode or not done.stdout.startswith(b"{"):
        raise UnreadableDocument(
            "stops the reader (it crashes, or needs more memory than a document may take): "
            "save it again from its program"
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    if "reason" in answer:
        raise UnreadableDocument(answer["reason"])
    return answer


def _answer(wanted: Wanted, name: str, data: bytes, limits: Limits) -> dict[str, Any]:
    try:
        if wanted == "document":
            from indexer.build.worker import read_document  # noqa: PLC0415 (of no use to a text)

            read_document(Path(name), limits, data)
            return {}
        from indexer.reading.word.document import read_docx  # noqa: PLC0415 (this process's alone)

        source = read_docx(name, "", data, limits=limits)
        return {"text": "\n".join(line.text for page in source.pages for line in page.lines)}
    except Exception as error:  # a hostile document may raise anything
        return {"reason": reason_of(error)}


def main() -> None:
    """Answer the one request that stands on standard input."""
    request = json.loads(sys.stdin.buffer.readline())
    limit_this_process(request["memory"])
    answers = os.fdopen(os.dup(1), "wb")
    # What a library prints goes to the error stream: standard output carries the answer only.
    os.dup2(2, 1)
    answer = _answer(request["wanted"], request["name"], sys.stdin.buffer.read(), Limits(**request["limits"]))
    answers.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))
    answers.flush()


if __name__ == "__main__":
    main()
