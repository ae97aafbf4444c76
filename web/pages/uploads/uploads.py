"""Documents that people send: checked by what is in them, put in the corpus folder, and indexed by a build.

Off unless FINDINGS_UPLOADS names the folder. A name that somebody sends is only a hint: what is kept of it can't
leave the folder or hide in it, and no file there is ever written over. The reading that could be dangerous is done
where builds do it, in a process of its own. This module must not know what a page looks like.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import unicodedata
import zipfile
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Literal

from indexer.build.find_files import SUFFIXES
from indexer.build.sent import check_document
from indexer.errors import UnreadableDocument, UsageError
from indexer.limits import Limits
from indexer.store.location import IndexLocation, setting_for
from search_api.http.request_body import SentFile
from web.settings import UPLOADS, UPLOADS_BYTES, UploadSettings

MOST_BYTES = 20_000_000
MOST_FILES = 10
_LIMITS = Limits(max_bytes=MOST_BYTES, max_seconds=60.0)
_KEPT = re.compile(r"[^A-Za-z0-9 ._()-]+")
_LONGEST_NAME = 100
_LINES = 40

State = Literal["nothing yet", "building", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a sent file: the name that it has now, or the reason why it was refused."""

    sent_name: str
    name: str | None
    reason: str = ""


def store(settings: UploadSettings, file: SentFile) -> Stored:
    """Check a sent file and put it in the folder; a copy of one that is there isn't put in again.

    The document is read once, in a process of its own and in limits, so that what can't be read is said to who
    sent it and not to who reads a build's report.
    """
    shown = safe_name(file.name, "") or "the file"
    try:
        suffix = _suffix_of(file.data)
        check_document(f"document{suffix}", file.data, _LIMITS)
    except UnreadableDocument as error:
        return Stored(shown, None, str(error))
    try:
        return _kept(settings, file.data, shown, safe_name(file.name, suffix))
    except OSError as error:
        reason = error.strerror or "input/output error"
        return Stored(
            shown, None, f"can't be kept now ({reason.lower()}): tell the people who run this service"
        )


def _kept(settings: UploadSettings, data: bytes, shown: str, name: str) -> Stored:
    digest = hashlib.sha256(data).hexdigest()
    held = 0
    for path in settings.folder.iterdir():
        size = path.stat().st_size if path.is_file() else 0
        held += size
        if size == len(data) and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            return Stored(shown, path.name, "is in the folder already")
    if held + len(data) > settings.most_bytes:
        most = f"{settings.most_bytes / 1e6:,.0f} MB"
        return Stored(shown, None, f"finds no room: all documents added may take {most} ({UPLOADS_BYTES})")
    return Stored(shown, _put(settings.folder, name, data))


def safe_name(sent: str, suffix: str) -> str:
    """Make a file name out of one that was sent: its last part, in plain characters, of this suffix.

    '' where nothing is left of it and no suffix is asked for.
    """
    last = unicodedata.normalize("NFKC", sent).replace("\\", "/").rsplit("/", 1)[-1]
    plain = _KEPT.sub("-", unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode())
    stem = plain.rsplit(".", 1)[0] if Path(plain.lower()).suffix in SUFFIXES else plain
    stem = re.sub(r"\.{2,}|\s+", " ", stem).strip(" .-")[:_LONGEST_NAME].strip(" .-")
    return f"{stem or 'document'}{suffix}" if suffix else stem


def _suffix_of(data: bytes) -> str:
    """Tell by its content what a file is, whatever its name says."""
    from indexer.reading.html import looks_like_html  # noqa: PLC0415 (a parser that serving needs nowhere else)
    from indexer.reading.text import decode  # noqa: PLC0415 (as above)

    _LIMITS.check_bytes(len(data))
    if data[:5] == b"%PDF-":
        return ".pdf"
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(BytesIO(data)) as archive:
                if "word/document.xml" in archive.namelist():
                    return ".docx"
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UnreadableDocument("is a damaged zip or DOCX: download it again") from error
        raise UnreadableDocument("is a zip file without a Word document in it: send what it holds")
    if looks_like_html(data):
        raise UnreadableDocument("is an HTML page: save it as PDF, DOCX or plain text")
    text, _ = decode(data)
    if not text.strip():
        raise UnreadableDocument("is empty: download it again")
    return ".txt"


def _put(folder: Path, name: str, data: bytes) -> str:
    """Write a file under a name that no other has; it appears whole or not at all."""
    descriptor, part = tempfile.mkstemp(prefix=".upload-", suffix=".part", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        stem, suffix = name.rsplit(".", 1)
        for number in range(1, 1_000):
            tried = name if number == 1 else f"{stem}-{number}.{suffix}"
            try:
                # A link fails where the name is taken, by a file or by a link to somewhere else.
                os.link(part, folder / tried)
            except FileExistsError:
                continue
            (folder / tried).chmod(0o644)
            return tried
    finally:
        Path(part).unlink()
    raise UsageError(f"{UPLOADS} holds too many files called {name}; rename some")


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """How the last build stands; `lines` are the last that it printed."""

    state: State = "nothing yet"
    lines: tuple[str, ...] = ()


class Builds:
    """Builds in a process of their own, one at a time; one more follows where files came meanwhile."""

    def __init__(self, location: IndexLocation, sources: Sequence[Path]) -> None:
        # The build runs in a folder of its own choosing.
        self._location = location.absolute() if isinstance(location, Path) else location
        self._sources = sources
        self._lock = threading.Lock()
        self._progress = UploadProgress()
        self._again = False

    @property
    def progress(self) -> UploadProgress:
        """How the last build stands."""
        return self._progress

    def ask(self) -> None:
        """Have the sources built into the index: now, or once more after the build that is running."""
        with self._lock:
            if self._progress.state == "building":
                self._again = True
                return
            self._progress = UploadProgress("building")
        threading.Thread(target=self._run, name="upload-build", daemon=True).start()

    def _run(self) -> None:
        while True:
            ended = self._build()
            with self._lock:
                if not self._again:
                    self._progress = replace(self._progress, state=ended)
                    return
                self._again = False

    def _build(self) -> State:
        # The index goes by the environment: every user of the machine reads a command line, and a database's
        # address may hold a password.
        command = [sys.executable, "-m", "indexer", "build", *map(str, self._sources)]
        lines: deque[str] = deque(maxlen=_LINES)
        try:
            with subprocess.Popen(  # noqa: S603 (our own module, sources from the settings)
                command,
                cwd=Path(__file__).resolve().parents[3],
                env={**os.environ, **setting_for(self._location)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as process:
                for line in process.stdout or ():
                    lines.append("".join(c for c in line.rstrip()[:300] if c.isprintable()))
                    self._progress = UploadProgress("building", tuple(lines))
        except OSError as error:
            self._progress = UploadProgress("building", (f"the build can't be started: {error.strerror}",))
            return "failed"
        return "done" if process.returncode == 0 else "failed"
