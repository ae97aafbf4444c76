"""Measures a run against qrels with ir-measures, query by query.

A query that a run has no results for scores its measure's default, it doesn't vanish from the mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

import ir_measures

from eval.search.trec import Qrels, Run
from indexer.errors import UsageError

PerQuery = Mapping[str, float]

EVIDENCE = ("nDCG@10", "RR@10", "R@5", "R@10", "P@5")
QUESTIONS = ("RR@10", "R@5", "R@10", "nDCG@10")
TOPICS = ("nDCG@10", "P@5", "RR@10", "Judged@10")
OF_BENCHMARK: Mapping[str, Sequence[str]] = {"evidence": EVIDENCE, "questions": QUESTIONS, "topics": TOPICS}
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
    """Give the mean over the queries named (all of them unless told); 0 for none."""
    chosen = [values[query] for query in (values if queries is None else queries)]
    return fmean(chosen) if chosen else 0.0
