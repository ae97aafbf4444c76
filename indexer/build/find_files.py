"""Which files a build is about: everything under its sources, each once, in an order that depends on names
alone.

Nothing is left out in silence: what is not a document is named with its reason, a hidden folder once for all
that it holds. Links are followed, but never round in a circle. This module must not know what is in a file,
beyond the few first bytes that tell a document without a suffix from everything else.
"""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from indexer.document import ListedKind, Provenance
from indexer.errors import SourceError, UnreadableDocument
from indexer.fetch.provenance import OWN_FILES, FetchedFolder, fetched_in
from indexer.limits import Limits
from indexer.store.manifest import Skipped

SUFFIXES: frozenset[str] = frozenset(
    {".pdf", ".docx", ".html", ".htm", ".md", ".markdown", ".txt", ".text", ".tsv"}
)
"""The names under which a folder's documents are looked for; what each holds is decided by its content."""

# Written by desktops and office programs beside documents; nobody means them as documents.
_LEFTOVERS = ("~$", ".~lock.")
_LEFTOVER_NAMES = frozenset({"thumbs.db", "desktop.ini"})
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_DOCUMENT_STARTS = (b"%PDF-", b"PK\x03\x04")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that may be a document, with the sum of its content. `name` is fit to print and to store."""

    path: Path
    name: str
    sha256: str
    bytes: int
    provenance: Provenance | None = None
    """Where it was fetched."""


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """What is under some sources: files, what is left out and why, and copies with what they equal."""

    files: list[FoundFile]
    skipped: list[Skipped]
    copies: list[tuple[Path, FoundFile]]
    listed: list[ListedKind] = field(default_factory=list)
    """What publishers list, by what was fetched into the folders."""

    def all_skipped(self, skipped: Sequence[Skipped]) -> tuple[Skipped, ...]:
        """Everything left out, by file name: `skipped`, and copies, of an unreadable file for the file's own reason."""
        reasons = {(s.file, s.path): s.reason for s in skipped}
        copies = [
            skip(path, reasons.get((first.name, printable(first.path)), f"same content as {first.name}"))
            for path, first in self.copies
        ]
        return tuple(sorted([*skipped, *copies], key=lambda s: (s.file, s.path)))


def find_files(sources: Sequence[Path], *, limits: Limits, leave_out: Path | None = None) -> FoundFiles:
    """Every file under the sources that may be a document, and everything that is left out with its reason.

    Folders are walked in the order of their names; a file reached twice counts once. `leave_out` is a folder
    (the index being built) that is never walked. Raises SourceError where a source is missing or closed
    to us.
    """
    found = FoundFiles([], [], [])
    seen_paths: set[str] = set()
    first_of: dict[str, FoundFile] = {}
    folders: dict[Path, FetchedFolder] = {}
    for path, named in _walk(sources, leave_out, found.skipped):
        real = os.path.realpath(path)
        if real in seen_paths:
            continue
        seen_paths.add(real)
        try:
            file = _look_at(path, limits, named=named)
        except UnreadableDocument as error:
            found.skipped.append(skip(path, str(error)))
            continue
        if path.parent not in folders:
            folders[path.parent] = fetched_in(path.parent)
            found.listed.extend(folders[path.parent].listed)
        provenance = folders[path.parent].files.get((path.name, file.sha256))
        if provenance:
            file = replace(file, provenance=provenance)
        first = first_of.setdefault(file.sha256, file)
        if first is file:
            found.files.append(file)
        else:
            found.copies.append((path, first))
    return found


def sources_still_there(sources: Sequence[Path]) -> None:
    """Raise SourceError where a source has gone since the build began: its documents aren't "removed"."""
    for source in sources:
        if not source.exists():
            raise SourceError(
                f"{printable(source)} disappeared during the build; the index is as it was. Build again"
            )


def skip(path: Path, reason: str, sha256: str = "") -> Skipped:
    """The entry for a file that isn't taken in."""
    return Skipped(printable(path.name), reason, printable(path), sha256)


def printable(name: str | Path) -> str:
    """A file's name as text that any terminal, JSON reader or table takes.

    Bytes that are not UTF-8, control characters, line ends and marks that turn the direction of writing are
    written as escapes.
    """
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in _UNPRINTABLE else c for c in text
    )


def _walk(
    sources: Sequence[Path], leave_out: Path | None, skipped: list[Skipped]
) -> Iterator[tuple[Path, bool]]:
    """Candidate files, and whether each was itself named as a source."""
    for source in sources:
        try:
            mode = source.stat().st_mode
        except FileNotFoundError as error:
            raise SourceError(
                f"there is no {printable(source)}; name a file or a folder of documents"
            ) from error
        except OSError as error:
            raise SourceError(f"{printable(source)} can't be opened: {error.strerror}") from error
        if stat.S_ISDIR(mode):
            if not os.access(source, os.R_OK | os.X_OK):
                raise SourceError(f"the folder {printable(source)} may not be read; give yourself permission")
            left_out = {os.path.realpath(leave_out)} if leave_out else set()
            for path in _walk_folder(source, left_out, skipped):
                yield path, False
        else:
            yield source, True


def _walk_folder(folder: Path, entered: set[str], skipped: list[Skipped]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in entered:
        return
    entered.add(real)
    try:
        entries = sorted(folder.iterdir(), key=lambda path: os.fsencode(path.name))
    except OSError as error:
        skipped.append(skip(folder, f"is a folder that may not be read ({error.strerror})"))
        return
    for path in entries:
        if path.name in OWN_FILES:
            continue
        if path.name.startswith("."):
            skipped.append(skip(path, "is hidden: its name begins with a full stop"))
        elif path.is_dir():
            yield from _walk_folder(path, entered, skipped)
        elif path.name.startswith(_LEFTOVERS) or path.name.lower() in _LEFTOVER_NAMES:
            skipped.append(skip(path, "is a leftover of the desktop or of an office program"))
        else:
            yield path


def _look_at(path: Path, limits: Limits, *, named: bool) -> FoundFile:
    try:
        # Opening a pipe for reading waits for a writer: what isn't a file is refused before it is opened.
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableDocument("is not a file: name a file, or a folder of files")
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if not size:
                raise UnreadableDocument("is empty: download it again")
            if (
                not named
                and path.suffix.lower() not in SUFFIXES
                and not _starts_like_a_document(stream.read(1024))
            ):
                raise UnreadableDocument(
                    f"is not a kind of document that is read ({path.suffix or 'no suffix'})"
                )
            limits.check_bytes(size)
            stream.seek(0)
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise UnreadableDocument("does not exist: a link to nowhere, or just removed") from error
    except PermissionError as error:
        raise UnreadableDocument("may not be read: give yourself permission to open it") from error
    except OSError as error:
        raise UnreadableDocument(f"can't be opened ({error.strerror or 'input/output error'})") from error
    return FoundFile(path, printable(path.name), sha256, size)


def _starts_like_a_document(head: bytes) -> bool:
    return any(start in head for start in _DOCUMENT_STARTS)
