"""The cases of a benchmark file, and which passages of an index they ask for.

Four shapes are known, by their fields: evidence (a recommendation, and the paragraphs of the same report that
it rests on), questions (a question, and the one paragraph that answers it) and topics (what an inspector would
type, with graded judgements of passages in qrels.txt beside the file), written (a question and the id of the passage that it
was written for; of a file that is split, its test split alone). A paragraph is named by file
and printed number, and found in the index; one that the index doesn't hold stays in the qrels under a name of
its own, so that its case scores what it deserves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.reading.same_in_print import holds
from eval.search.measures import read_qrels
from indexer.document import Passage
from indexer.errors import SourceError, UsageError

TEST = "test"
"""The split that cases are taken from, where a file has splits: the others are for fitting."""


@dataclass(frozen=True, slots=True)
class Case:
    """One query. `file` is the report that it is asked within, None for the whole index.

    `wanted` are (file, paragraph label) pairs; `subsets` are the tables' rows that it counts in; `judged` are
    grades by passage id where passages were judged themselves.
    """

    id: str
    benchmark: str
    text: str
    file: str | None
    wanted: tuple[tuple[str, str], ...]
    subsets: tuple[str, ...] = ()
    answer: str | None = None
    judged: Mapping[str, int] = field(default_factory=dict)


def load_cases(paths: Iterable[Path], split: str = TEST) -> list[Case]:
    """Every case of the files, in order, those of one split where a file has splits; raises UsageError for a line of no
    known shape.
    """
    cases = []
    for path in paths:
        for number, row in enumerate(read_jsonl(path), start=1):
            if row.get("split", split) != split:
                continue
            cases.append(_case(row, f"{path.stem}-{number:03d}", path))
    return cases


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Read the objects of a file of JSON lines; SourceError or UsageError where there are none."""
    rows = [_parsed(path, line) for line in _text(path).splitlines() if line.strip()]
    if not rows:
        raise UsageError(f"{path} holds no case; name a benchmark file")
    return rows


def read_json(path: Path) -> Any:  # noqa: ANN401 (JSON of several shapes)
    """Read a file of JSON; SourceError or UsageError where it is none."""
    return _parsed(path, _text(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(
            f"{path} can't be read ({error.strerror}); name a truth or benchmark file"
        ) from error


def _parsed(path: Path, text: str) -> Any:  # noqa: ANN401 (JSON of several shapes)
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"{path} is not JSON ({error}); name a truth or benchmark file") from error


def _case(row: Mapping[str, Any], name: str, path: Path) -> Case:
    if "relevant" in row and "query" in row:
        wanted = tuple((str(row["file"]), str(label)) for label in row["relevant"])
        return Case(name, "evidence", str(row["query"]), str(row["file"]), wanted)
    if "question" in row and "paragraph" in row:
        wanted = ((str(row["file"]), str(row["paragraph"])),)
        named = "names a council" if row.get("names_council") else "names no council"
        subsets = (named, *([f"kind: {row['kind']}"] if row.get("kind") else []))
        return Case(name, "questions", str(row["question"]), None, wanted, subsets, row.get("answer"))
    if "question" in row and "passage" in row:
        subsets = (
            "names a council" if row.get("names_council") else "names no council",
            *(name for name in ("misspelt", "middle") if row.get(name)),
        )
        return Case(name, "written", str(row["question"]), None, (), subsets, judged={str(row["passage"]): 1})
    if "topic" in row and "id" in row:
        judged = read_qrels(path.with_name("qrels.txt")).get(str(row["id"]), {})
        return Case(str(row["id"]), "topics", str(row["topic"]), None, (), judged=judged)
    raise UsageError(
        f"{path} is neither evidence (query, relevant), questions (question, paragraph), topics (id, topic) nor "
        "written (question, passage)"
    )


@dataclass(frozen=True, slots=True)
class Resolved:
    """Qrels over passage ids, and what of the cases the index doesn't hold or holds in other words."""

    qrels: Mapping[str, Mapping[str, int]]
    not_in_index: tuple[str, ...]
    answer_elsewhere: tuple[str, ...]


def resolve(cases: Sequence[Case], passages: Iterable[tuple[str, Passage]]) -> Resolved:
    """Find each wanted paragraph among (file, passage) pairs.

    Of several passages with one number (a finding, a recommendation, the progress on it) the one with the
    answer's words is meant, and else the finding.
    """
    by_label: dict[tuple[str, str], list[Passage]] = {}
    ids: set[str] = set()
    for file, passage in passages:
        ids.add(passage.id)
        if passage.label is not None:
            by_label.setdefault((file, passage.label), []).append(passage)
    qrels: dict[str, dict[str, int]] = {}
    lost, elsewhere = [], []
    for case in cases:
        qrels[case.id] = dict(case.judged)
        lost += [f"{case.id} ({name})" for name in case.judged if name not in ids]
        for file, label in case.wanted:
            found = _meant(by_label.get((file, label), []), case.answer)
            qrels[case.id][found.id if found else f"not-in-index:{file}:{label}"] = 1
            if found is None:
                lost.append(f"{case.id} ({file}, paragraph {label})")
            elif case.answer and not holds(found.text, case.answer):
                elsewhere.append(f"{case.id} ({file}, paragraph {label})")
    return Resolved(qrels, tuple(lost), tuple(elsewhere))


def _meant(passages: Sequence[Passage], answer: str | None) -> Passage | None:
    ordered = sorted(passages, key=lambda passage: passage.kind != "paragraph")
    with_answer = [passage for passage in ordered if answer and holds(passage.text, answer)]
    return next(iter(with_answer or ordered), None)
