"""`python -m eval register-answers`: whether reasons, changes at a council and comparisons cite what a reader would.

analysis.jsonl holds questions, each with its parts (a reason, an inspection, a council): a part is found where an answer
cites one of the paragraphs that a reader found to say it, or the grade of the area. Paragraphs are named by their file and
place, without their words.
"""

from __future__ import annotations

import argparse
import collections
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.answers.proportions import share_of
from indexer.store.location import add_index_option
from search_api.answers.answer import Statement
from search_api.answers.answering import answer_question
from search_api.engine import Engine
from search_api.snapshot import Snapshot

QUESTIONS = Path(__file__).with_name("analysis.jsonl")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_index_option(parser, "the index to ask")
    parser.add_argument("--misses", action="store_true", help="print the parts that were not found")


def main(options: argparse.Namespace) -> int:
    """Print, by kind of question, which share of its parts was found, and of its questions all parts."""
    found: dict[str, list[bool]] = collections.defaultdict(list)
    whole: dict[str, list[bool]] = collections.defaultdict(list)
    with Engine(options.index) as engine:
        for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            answer = answer_question(engine.snapshot(), case["question"])
            cited = _cited(engine.snapshot(), answer.statements)
            parts = [any(_says(one, cited) for one in part) for part in case["parts"]]
            found[case["kind"]] += parts
            whole[case["kind"]].append(all(parts))
            if options.misses and not all(parts):
                missing = [part for part, was in zip(case["parts"], parts, strict=True) if not was]
                print(f"{case['kind']}, taken for {answer.query_kind}: {case['question']}\n    {missing}")
    for kind, parts in found.items():
        print(f"{kind:12} parts found {share_of(parts)}")
        print(f"{'':12} questions with all parts {share_of(whole[kind])}")
    return 0


def _cited(snapshot: Snapshot, statements: Sequence[Statement]) -> set[tuple[str, str]]:
    """Name what statements cite: (file, place of the passage), and (file, "@area") for a grade."""
    areas = collections.defaultdict(list)
    for row in snapshot.register().judgements:
        areas[row.citations[0].passage.id].append(row.area)
    named = set()
    for citation in (one for statement in statements for one in statement.citations):
        named.add((citation.document.file, citation.passage.id.rpartition(".")[2]))
        named |= {(citation.document.file, f"@{area}") for area in areas[citation.passage.id]}
    return named


def _says(part: Mapping[str, Any], cited: set[tuple[str, str]]) -> bool:
    places = part.get("passages") or [f"@{part['area']}"]
    return any((part["file"], place) in cited for place in places)
