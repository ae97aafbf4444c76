"""The one small file that says which generation of an index is the index, and what each of its files must
hold.

    DIR/manifest.json             replaced in one step, last of all; the index is what it names
    DIR/generation-<random>/      index.sqlite, passages.faiss, columns.npy, lexical.arrays,
                                  sentences.arrays, words.arrays; above 10,000 passages rough.faiss too:
                                  written once, never changed
    DIR/originals/<sha256>        the documents themselves, by content
    DIR/cache/, DIR/lock          a build's own: vectors not yet published, and who is building
    DIR/report.json               what the last build did

A reader that sees a manifest sees a whole index; a build that dies before the last step has changed nothing
that a reader sees. This module must not know what the files hold.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

from indexer.document import ListedKind
from indexer.errors import IndexUnusable
from indexer.json_value import HIDDEN, JsonValue

FORMAT = 3
"""The number of this layout and of the tables within. An index of any other is refused, never guessed at."""

MANIFEST = "manifest.json"
REPORT = "report.json"
ORIGINALS = "originals"
GENERATION_PREFIX = "generation-"
TEMPORARY_SUFFIX = ".tmp"

_READ_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Skipped(JsonValue):
    """A file that a build could not take in, and why; `path` is where it stood, `sha256` its content if
    read.
    """

    file: str
    reason: str
    path: str = ""
    sha256: Annotated[str, HIDDEN] = ""


@dataclass(frozen=True, slots=True)
class FileSum:
    """What a file of the index must hold."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index is made of and made by.

    `digest` (hex) is over the contents: the documents, the encoder, the reading code and the format; two
    indexes of the same digest answer alike. `reader` is the digest of the code that
    read the documents. `built` is an ISO 8601 time in UTC. `previous` is the generation before, kept for
    readers that still have it open. `word_dimension` is 0 where the encoder gives no words.
    """

    digest: str
    generation: str
    encoder: str
    encoder_digest: str
    dimension: int
    documents: int
    passages: int
    built: str
    reader: str
    files: Mapping[str, FileSum]
    skipped: tuple[Skipped, ...] = ()
    previous: str | None = None
    word_dimension: int = 0
    format: int = field(default=FORMAT)
    provenance: str = ""
    """A sum, hex, over where the files were fetched; empty where none was."""
    listed: tuple[ListedKind, ...] = ()
    """What publishers list, by organisation and kind."""


def content_digest(
    document_sums: Sequence[tuple[str, str]], encoder_digest: str, reader: str, provenance: str = ""
) -> str:
    """The digest of an index that holds these documents (id and SHA-256 each, in any order)."""
    lines = [f"format {FORMAT}", f"encoder {encoder_digest}", f"reader {reader}"]
    lines += [f"provenance {provenance}"] if provenance else []
    lines += [f"{sha256} {document_id}" for document_id, sha256 in sorted(document_sums)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def sum_of(path: Path) -> FileSum:
    """A file's SHA-256 and size."""
    with path.open("rb") as file:
        return FileSum(hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make `manifest` the folder's index, in one step: after a crash the old or the new one stands, whole."""
    body = asdict(manifest)
    write_atomically(folder / MANIFEST, _to_text({**body, "checksum": _checksum(body)}))


def read_manifest(folder: Path) -> Manifest:
    """The folder's manifest.

    Raises IndexUnusable where there is none, it is damaged, or it is of another format; the message says how
    to build one.
    """
    path = folder / MANIFEST
    try:
        body = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise IndexUnusable(
            f"there is no index in {folder}; build one with: {rebuild_command(folder)}"
        ) from error
    except OSError as error:
        raise IndexUnusable(f"the index in {folder} can't be opened: {error.strerror}") from error
    except ValueError as error:
        raise damaged(folder, "its manifest is not readable") from error
    if not isinstance(body, dict):
        raise damaged(folder, "its manifest is not readable")
    if body.get("format") != FORMAT:
        raise IndexUnusable(
            f"the index in {folder} is of version {body.get('format')!r}, this program reads version "
            f"{FORMAT}; rebuild with: {rebuild_command(folder)}"
        )
    if body.pop("checksum", None) != _checksum(body):
        raise damaged(folder, "its manifest does not match its checksum")
    try:
        body["files"] = {name: FileSum(**entry) for name, entry in body["files"].items()}
        return manifest_from(body)
    except (KeyError, TypeError) as error:
        raise damaged(folder, "its manifest lacks something") from error


def manifest_from(body: Mapping[str, Any]) -> Manifest:
    """The manifest of its own values as JSON gives them back; its files are those of `body`."""
    skipped = tuple(Skipped(**entry) for entry in body["skipped"])
    listed = tuple(ListedKind(**entry) for entry in body.get("listed", ()))
    return Manifest(**{**body, "skipped": skipped, "listed": listed})


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Read every file of the index once; IndexUnusable names the first that isn't what was written."""
    paths = [folder / manifest.generation / name for name in manifest.files]
    # A service starts with this: two files beside each other take half the time.
    with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
        for (name, expected), found in zip(manifest.files.items(), pool.map(sum_of, paths), strict=True):
            if found != expected:
                raise damaged(folder, f"{name} does not match its checksum")


def damaged(folder: Path, what: str) -> IndexUnusable:
    """The error for an index that can't be trusted."""
    return IndexUnusable(f"the index in {folder} is damaged: {what}; rebuild with: {rebuild_command(folder)}")


def rebuild_command(folder: Path) -> str:
    """The command that rebuilds the index."""
    return f"python -m indexer build SOURCE... --index {folder} --rebuild"


def write_atomically(path: Path, text: str) -> None:
    """Replace a file's content in one step that survives a crash: temporary file, fsync, rename, fsync."""
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the folder's entries (creations, renames) survive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checksum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _to_text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"
