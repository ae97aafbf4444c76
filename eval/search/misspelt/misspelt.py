"""`-m eval misspelt`: which misspelt questions lose the passage that they find when they are spelt rightly.

The questions are of the test split of `training/questions`, misspelt by hand as people do: letters turned round, left out,
doubled, written as they sound, words run together; councils' names and professional words too. The documents are real ones
that aren't part of this project.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from eval.reports import table
from eval.search.cases import read_jsonl
from indexer.errors import UsageError
from indexer.store.location import add_index_option
from search_api.engine import Engine
from search_api.question.mistakes import SPELLING
from search_api.search.results import search_passages

QUESTIONS = Path(__file__).with_name("questions.jsonl")
FIRST = 10


@dataclass(frozen=True, slots=True)
class Misspelling:
    """A question as typed and as meant, whether each found its passage, and the words that were mended."""

    question: str
    meant: bool
    mended: bool
    as_typed: bool
    words: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    parser.add_argument("--questions", type=Path, default=QUESTIONS, metavar="FILE")
    parser.add_argument("--misses", action="store_true", help="print the questions that lose their passage")


def main(options: argparse.Namespace) -> int:
    """Ask each question as it is meant, as it is typed with mending, and without; print how many find their passage."""
    with Engine(options.index) as engine:
        snapshot = engine.snapshot()
        rows = [
            row
            for row in read_jsonl(options.questions)
            if snapshot.index.row_of(str(row["passage"])) is not None
        ]
        if not rows:
            raise UsageError(f"the index holds none of the passages that {options.questions} asks for")

        def finds(question: str, passage: str, without: tuple[str, ...] = ()) -> tuple[bool, tuple[str, ...]]:
            found = search_passages(snapshot, question, limit=FIRST, without=without)
            mended = tuple(f"{one.text} > {one.value}" for one in found.mended)
            return passage in [hit.passage.id for hit in found.hits], mended

        asked = []
        for row in rows:
            typed, meant, passage = str(row["question"]), str(row["meant"]), str(row["passage"])
            mended, words = finds(typed, passage)
            asked.append(
                Misspelling(
                    typed, finds(meant, passage)[0], mended, finds(typed, passage, (SPELLING,))[0], words
                )
            )
    print(printed(asked))
    if options.misses:
        print(
            "\n".join(
                f"{one.question}  [{'; '.join(one.words)}]" for one in asked if one.meant and not one.mended
            )
        )
    return 0


def printed(asked: list[Misspelling]) -> str:
    """Lay the counts out for a terminal."""
    found = [one for one in asked if one.meant]
    rows = [
        ("spelt rightly", len(found), ""),
        ("misspelt, mended", sum(one.mended for one in asked), sum(not one.mended for one in found)),
        ("misspelt, as typed", sum(one.as_typed for one in asked), sum(not one.as_typed for one in found)),
    ]
    head = (f"of {len(asked)} questions", f"passage in the first {FIRST}", "lost")
    return table(head, [tuple(map(str, row)) for row in rows])
