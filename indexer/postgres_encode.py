"""The vectors of passages and of their sentences, made for a build in PostgreSQL as for one in a folder.

Only texts that neither the generation before nor this build has encoded yet are encoded; the encoder is loaded
for the first of them. This module must not know how work is shared out.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
from psycopg import sql

from indexer.build_progress import BuildProgress
from indexer.context import embedded_text
from indexer.document import Document
from indexer.encoder import Encoder, EncoderFiles, Vectors, load_encoder
from indexer.encoding_cache import text_key
from indexer.manifest import Manifest
from indexer.postgres_connections import Connection
from indexer.postgres_writer import Encoded, keep_encoded
from indexer.sentence_vectors import Parted, Quantised, parted, quantised


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
        keys = sorted(missing, key=lambda key: (len(texts[key][0]), key))
        vectors = encoder.encode_passages([texts[key][0] for key in keys])
        self._add("encoding", started)
        started = time.perf_counter()
        sentences, different = parted(texts[key][1] for key in keys)
        codes = _codes(encoder, different)
        self._add("encoding sentences", started)
        keep_encoded(
            connection,
            self.files.digest,
            (
                _encoded(key, vector, sentences, codes, place)
                for place, (key, vector) in enumerate(zip(keys, vectors, strict=True))
            ),
        )

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


def _codes(encoder: Encoder, different: Mapping[bytes, str]) -> dict[bytes, tuple[Vectors, np.float32]]:
    """Each sentence's vector in a byte a number, and its scale, by its key."""
    # Sentences of like length together, so that no batch is mostly padding.
    keys = sorted(different, key=lambda key: (len(different[key]), key))
    if not keys:
        return {}
    made = quantised(encoder.encode_passages([different[key] for key in keys]))
    return {key: (made.codes[place], made.scales[place]) for place, key in enumerate(keys)}


def _encoded(
    key: bytes,
    vector: Vectors,
    sentences: Parted,
    codes: Mapping[bytes, tuple[Vectors, np.float32]],
    place: int,
) -> Encoded:
    part = slice(int(sentences.offsets[place]), int(sentences.offsets[place + 1]))
    own = [codes[row.tobytes()] for row in sentences.keys[part]]
    return Encoded(
        key,
        vector,
        Parted(np.array([0, len(own)]), sentences.spans[part], sentences.keys[part]),
        Quantised(
            np.array([code for code, _ in own], dtype=np.int8).reshape(-1, len(vector)),
            np.array([scale for _, scale in own], dtype=np.float32),
        ),
    )
