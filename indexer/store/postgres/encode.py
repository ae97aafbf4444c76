"""The vectors of passages and of their sentences, made for a build in PostgreSQL as for one in a folder.

Only texts that neither the generation before nor this build has encoded yet are encoded; the encoder is loaded
for the first of them. This module must not know how work is shared out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from psycopg import sql

from indexer.build.progress import BuildProgress
from indexer.build.vectors import CHUNK
from indexer.document import Document
from indexer.encode.cache import text_key
from indexer.encode.context import embedded_text
from indexer.encode.encoder import Encoder, EncoderFiles, load_encoder
from indexer.store.manifest import Manifest
from indexer.store.postgres.connections import Connection
from indexer.store.postgres.writer import Encoded, keep_encoded
from indexer.store.sentence_vectors import Parted, quantised, sentence_spans


class PostgresEncoding:
    """Encodes documents' passages into `findings.encoded`; counts them, and the seconds."""

    def __init__(self, files: EncoderFiles, progress: BuildProgress) -> None:
        self.files = files
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._encoder: Encoder | None = None

    def encode(self, connection: Connection, documents: Sequence[Document], old: Manifest | None) -> None:
        """Store what these documents' passages lack, within the caller's transaction.

        `old` is the generation whose vectors will be taken over; None for none.
        """
        texts: dict[bytes, tuple[str, str]] = {}
        for document in documents:
            for passage in document.passages:
                embedded = embedded_text(document, passage)
                texts[text_key(embedded)] = (embedded, passage.text)
        missing = self._missing(connection, list(texts), old)
        if not missing:
            return
        encoder = self._loaded()
        started = time.perf_counter()
        # Texts of like length together, so that no batch is mostly padding.
        keys = sorted(missing, key=lambda key: (len(texts[key][0]), key))
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            spans = [sentence_spans(texts[key][1]) for key in part]
            begins = [np.int32(len(texts[key][0]) - len(texts[key][1])) for key in part]
            vectors, sentences = encoder.encode_with_spans(
                [texts[key][0] for key in part],
                [own + begin for own, begin in zip(spans, begins, strict=True)],
            )
            keep_encoded(
                connection,
                self.files.digest,
                (
                    Encoded(key, vector, Parted(np.array([0, len(own)]), own), quantised(of_sentences))
                    for key, vector, own, of_sentences in zip(part, vectors, spans, sentences, strict=True)
                ),
            )
        self._add("encoding", started)

    def _missing(self, connection: Connection, keys: list[bytes], old: Manifest | None) -> list[bytes]:
        before: sql.Composable = sql.SQL("false")
        if old is not None:
            before = sql.SQL("EXISTS (SELECT FROM {}.passages p WHERE p.text_key = asked.key)").format(
                sql.Identifier(old.generation)
            )
        rows = connection.execute(
            sql.SQL(
                "SELECT asked.key FROM unnest(%s::bytea[]) AS asked(key) WHERE NOT {} AND NOT EXISTS "
                "(SELECT FROM findings.encoded e WHERE e.key = asked.key AND e.encoder = %s)"
            ).format(before),
            (keys, self.files.digest),
        ).fetchall()
        return [bytes(key) for (key,) in rows]

    def _loaded(self) -> Encoder:
        if self._encoder is None:
            started = time.perf_counter()
            self._progress.note(f"loading the model {self.files.name}")
            self._encoder = load_encoder(self.files.name)
            self._add("loading the model", started)
        return self._encoder

    def _add(self, stage: str, started: float) -> None:
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started
