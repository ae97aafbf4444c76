"""The tables in PostgreSQL: what all generations share, and what each has of its own.

    findings.current            one row: the generation that is the index
    findings.builds, .work      who is building what; files to be claimed
    findings.read, .encoded     documents as read, vectors not yet published, by content
    findings.originals          the documents themselves, by content
    findings_<random>.*         one generation: written in one transaction, never changed

Each generation is a schema of its own, so that publishing is one row and dropping it is one statement. A change
to a definition raises `FORMAT`. This module must not know of questions.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from indexer.errors import IndexUnusable
from indexer.store import manifest as manifests
from indexer.store.location import DatabaseLocation
from indexer.store.manifest import Manifest, manifest_from
from indexer.store.postgres.connections import Connection, register_vector

FORMAT = 2
"""The number of these definitions; the manifest's own is that of what the values mean."""

PREFIX = "findings_"
_SETTING_UP = 4_640_001
"""The advisory lock under which the shared tables are made."""

_EXTENSION = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') THEN CREATE EXTENSION vector; END IF;
END $$
"""

_SHARED: LiteralString = """
CREATE SCHEMA IF NOT EXISTS findings;
CREATE TABLE IF NOT EXISTS findings.current (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    format     integer NOT NULL,
    generation text NOT NULL,
    manifest   text NOT NULL             -- as JSON
);
CREATE TABLE IF NOT EXISTS findings.builds (
    build      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL,            -- of the files, the encoder and the reading code
    state      text NOT NULL CHECK (state IN ('working', 'published', 'given up')),
    started    timestamptz NOT NULL DEFAULT now(),
    digest     text,
    report     text                      -- what DIR/report.json says of an index in a folder
);
CREATE UNIQUE INDEX IF NOT EXISTS one_build ON findings.builds ((true)) WHERE state = 'working';
CREATE TABLE IF NOT EXISTS findings.work (
    build      bigint NOT NULL REFERENCES findings.builds ON DELETE CASCADE,
    place      integer NOT NULL,         -- in the order of the files
    name       text NOT NULL,
    sha256     text NOT NULL,
    bytes      bigint NOT NULL,
    source     text NOT NULL,
    state      text NOT NULL CHECK (state IN ('waiting', 'known', 'read', 'skipped')),
    reason     text,
    worker     text,                     -- host and process that did it
    PRIMARY KEY (build, place)
);
CREATE INDEX IF NOT EXISTS waiting_work ON findings.work (build, place) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS findings.read (
    name       text NOT NULL,
    sha256     text NOT NULL,
    reader     text NOT NULL,            -- the digest of the code that read it
    record     text,                     -- the whole document, as JSON; null for what can't be read
    reason     text,
    PRIMARY KEY (sha256, name, reader)
);
CREATE TABLE IF NOT EXISTS findings.originals (
    sha256     text PRIMARY KEY,
    content    bytea STORAGE EXTERNAL NOT NULL
);
CREATE TABLE IF NOT EXISTS findings.encoded (
    key        bytea NOT NULL,           -- of the text as embedded
    encoder    text NOT NULL,            -- the digest of its files
    vector     halfvec STORAGE PLAIN NOT NULL,
    spans      bytea NOT NULL,           -- the passage's sentences, as sentence_vectors has them
    codes      bytea NOT NULL,
    scales     bytea NOT NULL,
    words      bytea NOT NULL,           -- the passage's words, as store.words has them
    PRIMARY KEY (key, encoder)
);
ALTER TABLE findings.encoded ADD COLUMN IF NOT EXISTS words bytea NOT NULL DEFAULT '';
"""

_GENERATION: LiteralString = """
CREATE SCHEMA {schema};
CREATE TABLE {schema}.documents (
    number     integer NOT NULL,
    id         text NOT NULL,
    file       text NOT NULL,
    sha256     text NOT NULL,
    bytes      bigint NOT NULL,
    source     text NOT NULL,
    first_row  integer NOT NULL,
    end_row    integer NOT NULL,
    about      text NOT NULL,
    header     text NOT NULL             -- the document without its passages, as JSON
);
CREATE TABLE {schema}.sections (number integer NOT NULL, path text NOT NULL, heading text NOT NULL);
CREATE TABLE {schema}.grades (number integer NOT NULL, grade text NOT NULL);
CREATE TABLE {schema}.passages (
    row        integer NOT NULL,
    id         text NOT NULL,
    document   integer NOT NULL,
    section    integer NOT NULL,
    kind       text NOT NULL,
    grade      integer,
    label      text,
    page       integer,
    end_page   integer,
    text       text NOT NULL,
    boxes      bytea NOT NULL,
    text_key   bytea NOT NULL
);
CREATE TABLE {schema}.links (
    place         integer NOT NULL,
    from_document text NOT NULL,
    from_label    text,
    to_document   text NOT NULL,
    to_label      text,
    relation      text NOT NULL,
    from_passage  text NOT NULL,
    to_passage    text NOT NULL
);
CREATE TABLE {schema}.vectors (row integer NOT NULL, vector halfvec({dimension}) STORAGE PLAIN NOT NULL);
CREATE TABLE {schema}.sentences (
    row        integer NOT NULL,
    spans      bytea NOT NULL,
    codes      bytea STORAGE EXTERNAL NOT NULL,
    scales     bytea NOT NULL
);
CREATE TABLE {schema}.words (row integer NOT NULL, words bytea STORAGE EXTERNAL NOT NULL);
CREATE TABLE {schema}.postings (
    term       text NOT NULL,
    rows       bytea NOT NULL,           -- those that hold it, as 32-bit numbers
    counts     bytea NOT NULL,           -- how often in each field, a byte each
    places     bytea NOT NULL            -- where it stands, over all rows' words
);
CREATE TABLE {schema}.arrays (
    name       text NOT NULL,
    part       integer NOT NULL,
    data       bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (name, part)
);
"""

# After all rows are in: one pass each is quicker than keeping an index up to date row by row.
_FINISH: LiteralString = """
ALTER TABLE {schema}.documents ADD PRIMARY KEY (number), ADD UNIQUE (id);
ALTER TABLE {schema}.sections ADD PRIMARY KEY (number);
ALTER TABLE {schema}.grades ADD PRIMARY KEY (number);
ALTER TABLE {schema}.passages ADD PRIMARY KEY (row), ADD UNIQUE (id);
ALTER TABLE {schema}.vectors ADD PRIMARY KEY (row);
ALTER TABLE {schema}.sentences ADD PRIMARY KEY (row);
ALTER TABLE {schema}.words ADD PRIMARY KEY (row);
ALTER TABLE {schema}.postings ADD PRIMARY KEY (term);
CREATE INDEX ON {schema}.passages (text_key);
CREATE INDEX ON {schema}.links (from_document);
CREATE INDEX ON {schema}.links (to_document);
ANALYZE {schema}.documents, {schema}.passages, {schema}.vectors, {schema}.sentences, {schema}.words,
    {schema}.postings, {schema}.links;
"""

_NEAREST: LiteralString = (
    "CREATE INDEX ON {schema}.vectors USING hnsw (vector halfvec_ip_ops) WITH (m = 16, ef_construction = 128)"
)


def new_generation() -> str:
    """Name a generation that there has never been."""
    return f"{PREFIX}{secrets.token_hex(6)}"


def prepare_database(connection: Connection, location: DatabaseLocation) -> None:
    """Make the shared tables where they are missing; several programs may do so at once."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SETTING_UP,))
        try:
            connection.execute(_EXTENSION)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFile) as error:
            raise IndexUnusable(
                f"the database {location} lacks pgvector; have it installed, then run there as its owner: "
                "CREATE EXTENSION vector"
            ) from error
        connection.execute("SET LOCAL client_min_messages = warning")
        connection.execute(_SHARED)
    register_vector(connection)


def create_generation(connection: Connection, generation: str, dimension: int) -> None:
    """Make an empty generation's tables."""
    connection.execute(_filled(_GENERATION, generation, dimension))


def finish_generation(connection: Connection, generation: str, dimension: int, *, graph: bool) -> None:
    """Make the indexes of a generation whose rows are in; `graph` is the approximate one over its vectors."""
    connection.execute(_filled(_FINISH, generation, dimension))
    if graph:
        connection.execute(_filled(_NEAREST, generation, dimension))


def publish(connection: Connection, manifest: Manifest) -> None:
    """Make a generation the index, in the transaction that the caller holds."""
    connection.execute(
        "INSERT INTO findings.current (format, generation, manifest) VALUES (%s, %s, %s) ON CONFLICT (one) "
        "DO UPDATE SET format = excluded.format, generation = excluded.generation, manifest = excluded.manifest",
        (FORMAT, manifest.generation, json.dumps(asdict(manifest), ensure_ascii=True)),
    )


def drop_generations(connection: Connection, keep: set[str]) -> None:
    """Drop every generation but those; what can't be dropped now is dropped by the next build."""
    found = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname ~ '^findings_[0-9a-f]{12}$'"
    ).fetchall()
    for (generation,) in found:
        if generation not in keep:
            try:
                with connection.transaction():
                    connection.execute(
                        "SET LOCAL lock_timeout = '2s'; SET LOCAL client_min_messages = warning"
                    )
                    connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(generation)))
            except psycopg.errors.LockNotAvailable:
                continue


def read_current(connection: Connection, location: DatabaseLocation) -> Manifest:
    """Read which generation is the index; raises IndexUnusable where there is none or it is of another format."""
    try:
        row = connection.execute("SELECT format, manifest FROM findings.current").fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        row = None
    if row is None:
        raise IndexUnusable(f"there is no index in {location}; build one with: {rebuild_command(location)}")
    if row[0] != FORMAT:
        raise other_format(location, row[0])
    body: dict[str, Any] = json.loads(row[1])
    if body.get("format") != manifests.FORMAT:
        raise other_format(location, body.get("format"))
    return manifest_from(body)


def current_name(connection: Connection) -> str | None:
    """Name the generation that is the index, whatever its format; None where there is none."""
    row = connection.execute("SELECT generation FROM findings.current").fetchone()
    return str(row[0]) if row else None


def other_format(location: DatabaseLocation, version: object) -> IndexUnusable:
    """Make the error for an index that another version of this program wrote."""
    return IndexUnusable(
        f"the index in {location} is of version {version!r}, which this program doesn't read; "
        f"rebuild with: {rebuild_command(location)}"
    )


def rebuild_command(location: DatabaseLocation) -> str:
    """Write the command that rebuilds the index."""
    return f"python -m indexer build SOURCE... --index {location}"


def storable(text: str) -> str:
    """Give text that PostgreSQL can store: it has no NUL, which becomes a replacement character, as long."""
    return text.replace("\0", "\ufffd")


def _filled(statements: LiteralString, generation: str, dimension: int) -> sql.Composed:
    return sql.SQL(statements).format(schema=sql.Identifier(generation), dimension=sql.Literal(dimension))
