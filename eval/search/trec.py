"""Reads and writes TREC qrels and run files, the form that every retrieval tool understands.

qrels: `query 0 passage grade`; run: `query Q0 passage rank score name`. Knows nothing of what they measure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from indexer.errors import SourceError, UsageError

Qrels = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Sequence[str]]
"""For each query its passages' ids, best first; a query may have none."""


def write_qrels(path: Path, qrels: Qrels) -> None:
    """Write qrels, queries and passages in the order given."""
    lines = [f"{query} 0 {passage} {grade}" for query, row in qrels.items() for passage, grade in row.items()]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read qrels; raises UsageError at a line of another shape."""
    qrels: dict[str, dict[str, int]] = {}
    for number, fields in _lines(path):
        if len(fields) != 4 or not fields[3].lstrip("-").isdigit():
            raise UsageError(f"{path}, line {number}: a qrels line is `query 0 passage grade`")
        qrels.setdefault(fields[0], {})[fields[2]] = int(fields[3])
    return qrels


def write_run(path: Path, run: Run, name: str) -> None:
    """Write a run; scores are reciprocal ranks, so that a tool that sorts by score keeps the order shown."""
    lines = [
        f"{query} Q0 {passage} {rank} {1 / rank:.6f} {name}"
        for query, passages in run.items()
        for rank, passage in enumerate(passages, start=1)
    ]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def read_run(path: Path) -> dict[str, list[str]]:
    """Read any tool's run, best score first, ties by rank; raises UsageError at a line of another shape."""
    rows: dict[str, list[tuple[float, int, str]]] = {}
    for number, fields in _lines(path):
        try:
            query, _, passage, rank, score = fields[:5]
            rows.setdefault(query, []).append((-float(score), int(rank), passage))
        except ValueError as error:
            raise UsageError(
                f"{path}, line {number}: a run's line is `query Q0 passage rank score`"
            ) from error
    return {query: [passage for _, _, passage in sorted(row)] for query, row in rows.items()}


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{path} can't be read ({error.strerror}); name a TREC file") from error
    return [(n, line.split()) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
