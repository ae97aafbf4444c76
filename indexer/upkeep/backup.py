"""An index as one file, and back: `backup_index` writes it while builds and searches go on, `restore_index`
puts it in place in one step.

The file is a plain tar that other tools can read and check (`tar -xf`, then `sha256sum -c SHA256SUMS`):

    manifest.json                  the index's own, which names the other files and their sums
    generation/<name>              its tables, vectors and columns
    originals/<sha256>             the documents
    report.json                    what the last build did, if it is there
    SHA256SUMS                     last of all

A backup is hostile input until its sums are right: nothing in it says where something is written, and names
that an index doesn't have are refused. This module must not know what the files hold.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO

from indexer.errors import FindingsError, IndexUnusable, UsageError
from indexer.store.folder.originals import holds
from indexer.store.folder.tables import reading
from indexer.store.folder.writer import TABLES, locked
from indexer.store.manifest import (
    GENERATION_PREFIX,
    MANIFEST,
    ORIGINALS,
    REPORT,
    FileSum,
    Manifest,
    read_manifest,
    sync_folder,
    write_atomically,
    write_manifest,
)

SUMS = "SHA256SUMS"
_GENERATION = "generation/"
_PART = ".part"
_CHUNK = 1 << 20
_SMALL = 64_000_000
"""Bytes; a manifest, report or list of sums larger than this is none of ours."""
_SUM = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds: the index's digest and counts, bytes in all, and documents without their files."""

    digest: str
    documents: int
    passages: int
    bytes: int
    without_original: tuple[str, ...] = ()


class _ReplacedError(Exception):
    """A build has replaced the index in the middle of a backup: begin again with the new one."""


def backup_index(folder: Path, target: Path) -> BackupReport:
    """Write the index in `folder` to the file `target`, whole and of one moment, whatever a build does.

    Every byte is compared with its sum on the way. `target` is replaced in one step at the end. Raises
    IndexUnusable for an index that is missing or damaged, UsageError for a target that can't be, FindingsError
    where writing fails.
    """
    if target.is_dir() or not target.parent.is_dir():
        raise UsageError(f"{target} can't be written; name a file in a folder that is there")
    if target.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{target} is inside the index; name a file outside it")
    part = target.with_name(target.name + _PART)
    try:
        while True:
            try:
                report = _write(folder, read_manifest(folder), part)
                break
            except _ReplacedError:
                continue
        part.replace(target)
        sync_folder(target.absolute().parent)
    except OSError as error:
        raise FindingsError(f"the backup can't be written ({error}); there is none in {target}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return report


def restore_index(source: Path, folder: Path, *, overwrite: bool = False) -> BackupReport:
    """Make what a backup holds the index in `folder`, in one step after every sum has been found right.

    A service that has the folder's index open goes on with the new one, as after a build. Raises UsageError
    where `source` is no backup, is damaged, or where there is another index and not `overwrite`;
    IndexUnusable where a build holds the folder; FindingsError where writing fails. The folder's index is
    then as it was.
    """
    try:
        file = source.open("rb")
    except OSError as error:
        raise UsageError(
            f"{source} can't be opened ({error.strerror}); name a file made by backup"
        ) from error
    with file, locked(folder):
        unpacked = folder / f"{GENERATION_PREFIX}{secrets.token_hex(6)}"
        try:
            with _as_tar(file, source) as archive:
                return _Restoring(archive, source, folder, unpacked).run(overwrite=overwrite)
        except OSError as error:
            raise FindingsError(f"the index can't be restored ({error}); {folder} is as it was") from error
        finally:
            with suppress(IndexUnusable):
                if read_manifest(folder).generation == unpacked.name:
                    unpacked = folder / f"{GENERATION_PREFIX}none"
            shutil.rmtree(unpacked, ignore_errors=True)


def _write(folder: Path, manifest: Manifest, part: Path) -> BackupReport:
    sums: dict[str, str] = {}
    with ExitStack() as stack:
        # Held open from here on: a build that drops this generation takes nothing of it from us.
        files: dict[str, IO[bytes]] = {}
        for name in manifest.files:
            try:
                files[name] = stack.enter_context((folder / manifest.generation / name).open("rb"))
            except OSError as error:
                _check_current(folder, manifest)
                raise IndexUnusable(f"{name} of the index in {folder} can't be read; ask doctor") from error
        with reading(folder / manifest.generation / TABLES) as (_, rows):
            documents = rows.documents()
        written = stack.enter_context(part.open("wb"))
        archive = stack.enter_context(tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT))
        writer = _Writer(archive, int(datetime.fromisoformat(manifest.built).timestamp()))
        text = (folder / MANIFEST).read_bytes()
        _check_current(folder, manifest)
        sums[MANIFEST] = writer.add_bytes(MANIFEST, text)
        for name, file in files.items():
            expected = manifest.files[name]
            sums[_GENERATION + name] = found = writer.add(_GENERATION + name, file, expected.bytes)
            if found != expected.sha256:
                raise IndexUnusable(f"{name} of the index in {folder} is damaged; restore an older backup")
        missing = []
        for sha256, size in sorted({(d.origin.sha256, d.origin.bytes) for d in documents}):
            original = folder / ORIGINALS / sha256
            if not holds(original, sha256, size):
                missing.append(sha256)
                continue
            with original.open("rb") as kept:
                sums[f"{ORIGINALS}/{sha256}"] = writer.add(f"{ORIGINALS}/{sha256}", kept, size)
        if missing:
            _check_current(folder, manifest)
        with suppress(FileNotFoundError):
            sums[REPORT] = writer.add_bytes(REPORT, (folder / REPORT).read_bytes())
        lines = "".join(f"{sum_}  {name}\n" for name, sum_ in sums.items())
        writer.add_bytes(SUMS, lines.encode())
        archive.close()
        written.flush()
        os.fsync(written.fileno())
        size = written.tell()
    without = tuple(sorted(d.file for d in documents if d.origin.sha256 in missing))
    return BackupReport(manifest.digest, manifest.documents, manifest.passages, size, without)


def _check_current(folder: Path, manifest: Manifest) -> None:
    if read_manifest(folder).generation != manifest.generation:
        raise _ReplacedError


class _Writer:
    """Adds files to a tar in which nothing depends on who made it or when: only on the index."""

    def __init__(self, archive: tarfile.TarFile, built: int) -> None:
        self._archive = archive
        self._built = built

    def add(self, name: str, file: IO[bytes], size: int) -> str:
        """Add `size` bytes of a file; their SHA-256."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.mode = size, self._built, 0o644
        summing = _Summing(file)
        self._archive.addfile(entry, summing)
        return summing.digest.hexdigest()

    def add_bytes(self, name: str, data: bytes) -> str:
        """Add what is in memory; its SHA-256."""
        return self.add(name, io.BytesIO(data), len(data))


class _Summing:
    """A file whose bytes are summed as they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read as the file does."""
        data = self._file.read(size)
        self.digest.update(data)
        return data


class _Restoring:
    """A backup being unpacked under `unpacked`, a name that no reader knows, and then made the index."""

    def __init__(self, archive: tarfile.TarFile, source: Path, folder: Path, unpacked: Path) -> None:
        self._archive = archive
        self._source = source
        self._folder = folder
        self._unpacked = unpacked

    def run(self, *, overwrite: bool) -> BackupReport:
        members = self._members()
        (self._unpacked / ORIGINALS).mkdir(parents=True)
        sums = self._sums(members)
        manifest = self._manifest(members, sums[MANIFEST])
        self._may_replace(manifest, overwrite=overwrite)
        wanted = {_GENERATION + name: sum_ for name, sum_ in manifest.files.items()}
        lost = sorted(set(wanted) - set(members))
        if lost:
            raise self._refused(f"lacks {lost[0]}")
        size = 0
        for name, member in members.items():
            if name in (MANIFEST, SUMS):
                continue
            size += member.size
            found = self._unpack(member, self._place(name))
            expected = wanted.get(name) or FileSum(sums[name], member.size)
            if name.startswith(f"{ORIGINALS}/"):
                expected = FileSum(name.rpartition("/")[2], member.size)
            if found != expected or found.sha256 != sums[name]:
                raise self._refused(f"is damaged: {name} does not match its checksum")
        documents = self._documents()
        self._put_in_place(manifest)
        held = {name.rpartition("/")[2] for name in members}
        without = tuple(sorted(file for file, sha256 in documents if sha256 not in held))
        return BackupReport(manifest.digest, manifest.documents, manifest.passages, size, without)

    def _members(self) -> dict[str, tarfile.TarInfo]:
        """Every member, by a name that an index has; anything else is refused before anything is written."""
        members: dict[str, tarfile.TarInfo] = {}
        for member in self._archive:
            kind, _, name = member.name.rpartition("/")
            known = (
                (kind == "" and name in (MANIFEST, REPORT, SUMS))
                or (kind == "generation" and name not in ("", ".", "..") and "\\" not in name)
                or (kind == ORIGINALS and _SUM.fullmatch(name))
            )
            if not known or not member.isreg() or member.issparse() or member.name in members:
                raise self._refused(f"holds {member.name[:80]!r}, which no backup of an index holds")
            members[member.name] = member
        for name in (MANIFEST, SUMS):
            if name not in members:
                raise self._refused(f"lacks {name}: it is no backup, or cut short")
        return members

    def _sums(self, members: Mapping[str, tarfile.TarInfo]) -> dict[str, str]:
        sums = {}
        for line in self._read_small(members[SUMS]).decode("utf-8", "replace").splitlines():
            sum_, _, name = line.partition("  ")
            sums[name] = sum_
        if set(sums) != set(members) - {SUMS}:
            raise self._refused(f"does not hold what its {SUMS} lists")
        return sums

    def _manifest(self, members: Mapping[str, tarfile.TarInfo], sha256: str) -> Manifest:
        # Read by the manifest's own reader, with its checks of version and checksum.
        text = self._read_small(members[MANIFEST])
        if hashlib.sha256(text).hexdigest() != sha256:
            raise self._refused(f"is damaged: {MANIFEST} does not match its checksum")
        (self._unpacked / MANIFEST).write_bytes(text)
        try:
            manifest = read_manifest(self._unpacked)
        except IndexUnusable as error:
            said = str(error).replace(f"the index in {self._unpacked}", "it").split("; rebuild", 1)[0]
            raise self._refused(f"can't be used: {said}") from error
        (self._unpacked / MANIFEST).unlink()
        return manifest

    def _may_replace(self, manifest: Manifest, *, overwrite: bool) -> None:
        with suppress(IndexUnusable):
            there = read_manifest(self._folder)
            if there.digest != manifest.digest and not overwrite:
                raise UsageError(
                    f"there is another index in {self._folder} ({there.documents} documents, built "
                    f"{there.built}); add --replace to put the backup in its place"
                )

    def _place(self, name: str) -> Path:
        kind, _, own = name.rpartition("/")
        return self._unpacked / ORIGINALS / own if kind == ORIGINALS else self._unpacked / own

    def _unpack(self, member: tarfile.TarInfo, path: Path) -> FileSum:
        digest, size = hashlib.sha256(), 0
        with self._open(member) as packed, path.open("xb") as file:
            while chunk := packed.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return FileSum(digest.hexdigest(), size)

    def _read_small(self, member: tarfile.TarInfo) -> bytes:
        if member.size > _SMALL:
            raise self._refused(f"has a {member.name} of {member.size:,} bytes")
        with self._open(member) as packed:
            return packed.read()

    @contextmanager
    def _open(self, member: tarfile.TarInfo) -> Iterator[IO[bytes]]:
        packed = self._archive.extractfile(member)
        if packed is None:
            raise self._refused(f"holds {member.name!r}, which is no file")
        try:
            with packed:
                yield packed
        except tarfile.ReadError as error:
            raise self._refused("is cut short") from error

    def _documents(self) -> list[tuple[str, str]]:
        with reading(self._unpacked / TABLES) as (_, rows):
            return [(document.file, document.origin.sha256) for document in rows.documents()]

    def _put_in_place(self, manifest: Manifest) -> None:
        old: str | None = None
        with suppress(IndexUnusable):
            old = read_manifest(self._folder).generation
        originals = self._folder / ORIGINALS
        originals.mkdir(exist_ok=True)
        # By content: a file of this name that is there already is the same, or damaged and mended now.
        for path in (self._unpacked / ORIGINALS).iterdir():
            path.replace(originals / path.name)
        (self._unpacked / ORIGINALS).rmdir()
        report = self._unpacked / REPORT
        said = report.read_text("utf-8", "replace") if report.exists() else None
        report.unlink(missing_ok=True)
        for folder in (originals, self._unpacked, self._folder):
            sync_folder(folder)
        write_manifest(self._folder, replace(manifest, generation=self._unpacked.name, previous=old))
        if said is not None:
            write_atomically(self._folder / REPORT, said)

    def _refused(self, what: str) -> UsageError:
        return UsageError(f"{self._source} {what}; name a file made by backup")


@contextmanager
def _as_tar(file: IO[bytes], source: Path) -> Iterator[tarfile.TarFile]:
    try:
        # Plain tar only: what it holds is never more than what it is.
        with tarfile.open(fileobj=file, mode="r:") as archive:
            archive.extraction_filter = tarfile.data_filter
            yield archive
    except tarfile.TarError as error:
        raise UsageError(
            f"{source} is no backup, or is damaged ({error}); name a file made by backup"
        ) from error
