"""`-m eval refit`: fits again what was fitted for an encoder, for the encoder of an index.

Four files hold numbers that another encoder makes worthless (docs/decisions/0032-stale-fits.md). They are fitted in the
order in which each rests on the one before: the ranking's weights, the refusals of what it finds, the counts of a
survey; last the findings of the register, which the next build with --rebuild computes. This module must not know how any of them is fitted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from eval.answers import calibrate_refusal, counts
from eval.search import fit_ranking
from eval.verdicts import verdicts
from indexer.errors import UsageError
from indexer.register.findings import MODEL_FILE
from indexer.store.location import add_index_option
from search_api import fits
from search_api.engine import Engine

_BY_HAND = """\
Not refitted, since they were set by hand for the default encoder: [topic] of search/ranking.toml, the bars of
search/matching.py, search/duplicates.py, comparing/compare.py and register/register.py under search_api/. `-m eval run`,
`answers` and `counts` say how they do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    parser.add_argument(
        "--bench",
        type=Path,
        required=True,
        metavar="DIR",
        help="a folder with evidence.jsonl, questions.jsonl and unanswerable.jsonl; the sample's corpus/truth is too "
        "small to serve by",
    )


def own(name: str) -> list[Path]:
    """Name the project's own file of questions, where it is at hand."""
    file = calibrate_refusal.OWN / f"{name}.jsonl"
    return [file] if file.exists() else []


def main(options: argparse.Namespace) -> int:
    """Fit and write the files, one after another, and say which; 0 when all that the index allows are fitted."""
    evidence, questions, unanswerable = (
        options.bench / f"{name}.jsonl" for name in ("evidence", "questions", "unanswerable")
    )
    steps: tuple[tuple[Path, Callable[[argparse.Namespace], int], dict[str, object]], ...] = (
        (fits.RANKING, fit_ranking.main, {"bench": [evidence, questions], "ridge": fit_ranking.RIDGE}),
        (
            fits.REFUSAL,
            calibrate_refusal.run,
            {
                "questions": [questions, *own("questions")],
                "unanswerable": [unanswerable, *own("unanswerable")],
                "curve": None,
            },
        ),
        (
            fits.SURVEY,
            counts.main,
            {"counts": counts.FOLDER, "calibrate": True, "wrong": False, "out": None},
        ),
        (MODEL_FILE, verdicts.main, {"out": None}),
    )
    left = []
    for file, step, more in steps:
        print(f"\n{file.name}", flush=True)
        try:
            step(argparse.Namespace(index=options.index, write=True, **more))
        except UsageError as error:
            left.append(file.name)
            print(f"left as it was: {error}", file=sys.stderr)
        fits.read_again()
    with Engine(options.index) as engine:
        snapshot = engine.snapshot()
        encoder, stale = snapshot.index.manifest.encoder, snapshot.fits.stale
    fitted = ", ".join(file.name for file, _, _ in steps if file.name not in left)
    print(f"\nfitted for {encoder}: {fitted or 'nothing'}")
    if stale:
        print(f"of another encoder still, and so not used: {', '.join(stale)}")
    if MODEL_FILE.name not in left:
        print("the findings in the index are those of the model before: build it again with --rebuild")
    print(_BY_HAND)
    return 1 if left else 0
