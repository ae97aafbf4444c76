"""One new generation of an index, written beside the one in use and made the index in a single last step.

Nothing that a reader sees is touched until `publish`; whatever a killed build leaves behind is unknown to the
manifest and removed by the next. Documents that haven't changed are taken over row by row from the generation
before. This module must not know how documents are read or texts encoded; what it writes, `index` reads.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from indexer.document import PASSAGE_KINDS, Document
from indexer.encode.context import grade_of, heading_of, text_of
from indexer.encode.word_pieces import load_word_pieces
from indexer.errors import IndexUnusable
from indexer.register.findings import FindingRows, find_findings, taken_over
from indexer.register.statements import PassageText
from indexer.store.arrays import Arrays, load_arrays, save_arrays
from indexer.store.columns import ROW_TYPE, save_rows
from indexer.store.findings import stating
from indexer.store.folder.tables import FINISH, SCHEMA, number_of, reading, stored_rows, take_over_document
from indexer.store.lexical import lexical_arrays, stored_stream, stream_of, taken_together
from indexer.store.manifest import (
    GENERATION_PREFIX,
    TEMPORARY_SUFFIX,
    Manifest,
    read_manifest,
    sum_of,
    sync_folder,
    write_manifest,
)
from indexer.store.rows import Origin, StoredDocument, document_row, link_row, passage_row, section_path
from indexer.store.sentence_vectors import SentenceStore
from indexer.store.vectors import Vectors, save_vectors
from indexer.structure.links import KnownLinks, Link, known_links
from indexer.text.polarity import POLARITIES, polarity_digest, polarity_under

TABLES = "index.sqlite"
VECTORS = "passages.faiss"
COLUMNS = "columns.npy"
LEXICAL = "lexical.arrays"
SENTENCES = "sentences.arrays"
WORDS = "words.arrays"
POLARITY = "polarity.arrays"
FINDINGS = "findings.npy"
FILES = (TABLES, VECTORS, COLUMNS, LEXICAL, SENTENCES, WORDS, POLARITY, FINDINGS)

ROUGH = "rough.faiss"
"""Only in an index of so many vectors that not every one is compared."""

_LOCK = "lock"
_ROWS = (
    "FROM passages p JOIN documents d ON d.number = p.document JOIN sections s ON s.number = p.section "
    "ORDER BY p.row"
)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one build. Raises IndexUnusable at once where another build holds it.

    The kernel frees the lock when the process ends, however it ends.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / _LOCK).open("a")
    except OSError as error:
        raise IndexUnusable(
            f"an index can't be written to {folder}: {error.strerror}; name a folder that you may write to"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IndexUnusable(
                f"another build is writing the index in {folder}; wait until it has ended"
            ) from error
        yield


def drop_leftovers(folder: Path, manifest: Manifest | None) -> None:
    """Remove what killed builds left and generations older than the one before `manifest`'s."""
    keep = {manifest.generation, manifest.previous} if manifest else set()
    for path in folder.iterdir():
        if path.name.startswith(GENERATION_PREFIX) and path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.endswith(TEMPORARY_SUFFIX):
            path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Unencoded:
    """A text that needs vectors: as the encoder sees it, its key, and the rows that it stands in.

    The passage's own words begin at character `start`.
    """

    key: bytes
    text: str
    start: int
    rows: tuple[int, ...]


class IndexWriter:
    """A generation being written: documents first, then vectors and links, then `publish`."""

    def __init__(self, folder: Path, previous: Path | None) -> None:
        """Begin a generation in `folder`; `previous` is the generation that is taken over from."""
        self._folder = folder
        self.generation = folder / f"{GENERATION_PREFIX}{secrets.token_hex(6)}"
        self.generation.mkdir()
        self._db = sqlite3.connect((self.generation / TABLES).absolute().as_uri(), uri=True)
        # Until it is published nobody reads it, and a crash throws it away: no journal is needed.
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("PRAGMA cache_size = -200000")
        self._db.executescript(SCHEMA)
        self.rows = stored_rows(self._db)
        """What has been added so far."""
        self._previous = previous
        if previous is not None:
            self._db.execute("ATTACH ? AS old", (f"file:{quote(str(previous / TABLES))}?immutable=1",))
        self._documents = 0
        self._rows = 0
        self._polarities: dict[int, Sequence[int]] = {}
        self._same_rows: tuple[int, NDArray[np.int64]] | None = None

    def add(self, document: Document, origin: Origin, polarities: Sequence[int] = ()) -> None:
        """Add a document with its passages, in the next rows; their polarities are worked out later if not given."""
        if polarities:
            self._polarities[self._rows] = polarities
        number, db = self._documents, self._db
        db.execute(
            f"INSERT INTO documents VALUES ({_marks(10)})",  # noqa: S608 (our own constants)
            document_row(number, document, origin, self._rows),
        )
        rows = []
        for row, passage in enumerate(document.passages, self._rows):
            path, grade = section_path(passage.section), grade_of(document, passage)
            section = number_of(db, "sections", path=path, heading=heading_of(passage))
            grade_number = None if grade is None else number_of(db, "grades", grade=grade)
            rows.append(
                passage_row(row, document, passage, number=number, section=section, grade=grade_number)
            )
        db.executemany(f"INSERT INTO passages VALUES ({_marks(12)})", rows)  # noqa: S608
        self._documents += 1
        self._rows += len(document.passages)

    def take_over(self, old: StoredDocument, source: str, header: str | None = None) -> None:
        """Add an unchanged document of the generation before, in the next rows; it stands at `source`.

        `header` takes the place of its own where something else about it has changed.
        """
        take_over_document(self._db, self._documents, old, source, self._rows)
        if header is not None:
            self._db.execute("UPDATE documents SET header = ? WHERE number = ?", (header, self._documents))
        self._documents += 1
        self._rows += old.end_row - old.first_row

    @property
    def documents(self) -> int:
        """The number of documents so far."""
        return self._documents

    @property
    def passages(self) -> int:
        """The number of passages so far."""
        return self._rows

    def whole(self, document: Document) -> Document:
        """A document added, with its passages."""
        found = self.rows.document(document.id)
        assert found is not None  # noqa: S101 (it was added)
        return found

    def links_before(self, now: Sequence[Document], unchanged: Collection[str]) -> KnownLinks:
        """The links of the generation before that hold among the documents now, of which some are unchanged."""
        if self._previous is None:
            return KnownLinks()
        with reading(self._previous / TABLES) as (_, old):
            return known_links(old.links(), old.headers(), now, unchanged)

    def sums(self) -> list[tuple[str, str]]:
        """Each document's id and its file's SHA-256, in order."""
        return [(stored.id, stored.origin.sha256) for stored in self.rows.documents()]

    def same_rows(self) -> NDArray[np.int64]:
        """For each row whose text stood in the generation before too: (row, row there), shape (n, 2)."""
        if self._previous is None:
            return np.empty((0, 2), dtype=np.int64)
        if self._same_rows is not None and self._same_rows[0] == self._rows:
            return self._same_rows[1]
        self._db.execute(
            "CREATE TEMP TABLE IF NOT EXISTS known (key BLOB PRIMARY KEY, row INTEGER) WITHOUT ROWID"
        )
        self._db.execute("INSERT OR IGNORE INTO known SELECT text_key, row FROM old.passages")
        pairs = self._db.execute("SELECT p.row, k.row FROM passages p JOIN known k ON k.key = p.text_key")
        found = np.array(pairs.fetchall(), dtype=np.int64).reshape(-1, 2)
        self._same_rows = (self._rows, found)
        return found

    def texts(self, have: NDArray[np.bool_]) -> Iterator[tuple[str, str, str]]:
        """Each row's own words, headings and document's line, by row; empty ones where `have` is true."""
        for row, *texts in self._db.execute(f"SELECT p.row, p.text, s.heading, d.about {_ROWS}"):
            yield ("", "", "") if have[row] else (texts[0], texts[1], texts[2])

    def unencoded(self, have: NDArray[np.bool_]) -> list[Unencoded]:
        """The distinct texts of the rows for which `have` is false, in the order of their first rows."""
        found: dict[bytes, tuple[str, int, list[int]]] = {}
        for row, key, about, heading, text in self._db.execute(
            f"SELECT p.row, p.text_key, d.about, s.heading, p.text {_ROWS}"
        ):
            if not have[row]:
                whole = text_of(about, heading, text)
                found.setdefault(key, (whole, len(whole) - len(text), []))[2].append(row)
        return [Unencoded(key, text, start, tuple(rows)) for key, (text, start, rows) in found.items()]

    def add_links(self, links: Sequence[Link]) -> None:
        """Add the links between documents."""
        self._db.executemany(f"INSERT INTO links VALUES ({_marks(7)})", map(link_row, links))  # noqa: S608

    def finish(
        self,
        vectors: Vectors,
        sentences: Arrays,
        words: Arrays,
        encoder: str,
        known: FindingRows | None = None,
    ) -> None:
        """Write all but the manifest: lexical index, filter columns, vectors (float32, by row), sentences, words,
        findings.

        `encoder` is the name of the one that made the vectors; `known` are the findings of the generation before, None
        where they are stale.
        """
        kinds = {kind: number for number, kind in enumerate(PASSAGE_KINDS)}
        rows = np.fromiter(
            (
                (document, section - 1, grade - 1, kinds[kind])
                for document, section, grade, kind in self._db.execute(
                    "SELECT document, section, coalesce(grade, 0), kind FROM passages ORDER BY row"
                )
            ),
            dtype=ROW_TYPE,
            count=self._rows,
        )
        lexical = self._lexical()
        polarity = self._polarity()
        findings = self._findings(vectors, SentenceStore(sentences), encoder, known)
        self._db.commit()
        if self._previous is not None:
            self._db.execute("DETACH old")
        self._db.executescript(FINISH)
        self._db.commit()
        self._db.close()
        save_rows(self.generation / COLUMNS, rows)
        save_vectors(self.generation / VECTORS, vectors, self.generation / ROUGH)
        save_arrays(self.generation / LEXICAL, lexical)
        save_arrays(self.generation / SENTENCES, sentences)
        save_arrays(self.generation / WORDS, words)
        save_arrays(self.generation / POLARITY, polarity)
        save_rows(self.generation / FINDINGS, findings)

    def _polarity(self) -> Arrays:
        """Each row's polarity by place in POLARITIES, int8; those that the same model gave before are taken over."""
        found = np.full(self._rows, -1, dtype=np.int8)
        model = polarity_digest()
        if self._previous is not None:
            before = load_arrays(self._previous / POLARITY)
            if before["model"].tobytes() == model:
                pairs = self.same_rows()
                found[pairs[:, 0]] = before["polarity"][pairs[:, 1]]
        for first, given in self._polarities.items():
            found[first : first + len(given)] = given
        if (found >= 0).all():
            return {"polarity": found, "model": np.frombuffer(model, dtype=np.uint8)}
        for row, kind, path, text in self._db.execute(
            "SELECT p.row, p.kind, s.path, p.text FROM passages p JOIN sections s ON s.number = p.section"
        ):
            if found[row] < 0:
                found[row] = POLARITIES.index(polarity_under(kind, json.loads(path), text))
        return {"polarity": found, "model": np.frombuffer(model, dtype=np.uint8)}

    def _findings(
        self, vectors: Vectors, sentences: SentenceStore, encoder: str, known: FindingRows | None
    ) -> FindingRows:
        """Every row's findings, those of texts that the generation before held too taken from `known`."""
        pairs = self.same_rows() if known is not None else np.empty((0, 2), dtype=np.int64)
        have = np.zeros(self._rows, dtype=np.bool_)
        have[pairs[:, 0]] = True
        texts = (
            (row, PassageText(kind, tuple(json.loads(path)), text))
            for row, kind, path, text in self._db.execute(f"SELECT p.row, p.kind, s.path, p.text {_ROWS}")
            if not have[row]
        )
        found = find_findings(
            stating(texts, lambda rows: vectors[rows], sentences.take), encoder, load_word_pieces()
        )
        return found if known is None else taken_over(known, pairs, found)

    def _lexical(self) -> Arrays:
        """The terms of every row; those of texts that the generation before held too are taken from it."""
        pairs = self.same_rows()
        have = np.zeros(self._rows, dtype=np.bool_)
        have[pairs[:, 0]] = True
        stream = stream_of(self.texts(have))
        if self._previous is not None and len(pairs):
            stream = taken_together(stored_stream(load_arrays(self._previous / LEXICAL)), stream, pairs)
        return lexical_arrays(stream)

    def publish(self, manifest: Manifest) -> Manifest:
        """Make this generation the index, after `finish`; returns its manifest.

        `manifest` says everything but the generation and the sums of its files, which are filled in here.
        """
        names = (*FILES, ROUGH) if (self.generation / ROUGH).exists() else FILES
        for name in names:
            _sync(self.generation / name)
        sync_folder(self.generation)
        sync_folder(self._folder)
        manifest = replace(
            manifest,
            generation=self.generation.name,
            files={name: sum_of(self.generation / name) for name in names},
        )
        # Its own beside it: once it is the edition before, that is all that says what it must hold.
        write_manifest(self.generation, manifest)
        write_manifest(self._folder, manifest)
        return manifest

    def abandon(self) -> None:
        """Throw this generation away, unless it has become the index already; the index stays as it is."""
        self._db.close()
        with suppress(IndexUnusable):
            if read_manifest(self._folder).generation == self.generation.name:
                return
        shutil.rmtree(self.generation, ignore_errors=True)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
