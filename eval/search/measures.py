"""TREC qrels and run files, the form that every retrieval tool understands, and measures of them by ir-measures.

qrels: `query 0 passage grade`; run: `query Q0 passage rank score name`. A query that a run has no results for scores
its measure's default, it doesn't vanish from the mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean

import ir_measures

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


PerQuery = Mapping[str, float]

EVIDENCE = ("nDCG@10", "RR@10", "R@5", "R@10", "P@5")
QUESTIONS = ("RR@10", "R@5", "R@10", "nDCG@10")
TOPICS = ("nDCG@10", "P@5", "RR@10", "Judged@10")
OF_BENCHMARK: Mapping[str, Sequence[str]] = {
    "evidence": EVIDENCE, "questions": QUESTIONS, "topics": TOPICS, "written": QUESTIONS,
}  # fmt: skip
"""The measures that a benchmark is read by, the first of them the one that decides."""

# Topics are judged 0 to 3: 1 is on the subject, 2 and 3 answer it.
_RELEVANT_FROM = {"topics": 2}


def measure(qrels: Qrels, run: Run, names: Sequence[str], benchmark: str = "") -> dict[str, dict[str, float]]:
    """Measure each query of the qrels: measure name -> query -> value.

    Measures of sets count a passage as relevant from grade 1 (2 for topics). Raises UsageError for a name
    that ir-measures doesn't know.
    """
    judged = [
        ir_measures.Qrel(query, doc, grade) for query, row in qrels.items() for doc, grade in row.items()
    ]
    scored = [
        ir_measures.ScoredDoc(query, doc, 1 / rank)
        for query, docs in run.items()
        if query in qrels
        for rank, doc in enumerate(dict.fromkeys(docs), start=1)
    ]
    asked = {_parse(name, _RELEVANT_FROM.get(benchmark, 1)): name for name in names}
    values: dict[str, dict[str, float]] = {}
    for kind, name in asked.items():
        values[name] = dict.fromkeys(qrels, float(kind.DEFAULT))
    for found in ir_measures.iter_calc(list(asked), judged, scored):
        values[asked[found.measure]][found.query_id] = float(found.value)
    return values


def _parse(name: str, relevant_from: int) -> ir_measures.Measure:
    try:
        parsed = ir_measures.parse_measure(name)
    except (NameError, ValueError) as error:
        raise UsageError(f"{name} is not a measure of ir-measures; try nDCG@10, RR@10 or R@10") from error
    if relevant_from > 1 and "rel" in parsed.SUPPORTED_PARAMS:
        parsed = parsed(rel=relevant_from)
    return parsed


def mean(values: PerQuery, queries: Iterable[str] | None = None) -> float:
    """Give the mean over the queries named (all of them unless given); 0 for none."""
    chosen = [values[query] for query in (values if queries is None else queries)]
    return fmean(chosen) if chosen else 0.0
