"""The command line of evaluation: `python -m eval COMMAND`, one for each line of `COMMANDS`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from indexer.arguments import OneLineParser
from indexer.errors import FindingsError, UsageError

COMMANDS = {
    "structure": ("reading.structure", "score reading against what a person read"),
    "run": ("search.run", "score an index on benchmark files, beside the baselines"),
    "ablate": ("search.ablate", "each part of the ranking off in turn"),
    "misspelt": (
        "search.misspelt.misspelt",
        "which misspelt questions lose the passage that they find spelt rightly",
    ),
    "fit-ranking": ("search.fit_ranking", "the ranking's weights, each report scored by those of the others"),
    "refit": ("refit", "everything that was fitted for an encoder, fitted for the one of an index"),
    "answers": ("answers.answers", "ask a service the questions of benchmark files, and judge its answers"),
    "counts": ("answers.counts", "counts across councils against counts by hand"),
    "worksheets": ("answers.worksheets", "how often rows are right, by what readers marked in worksheets"),
    "verdicts": ("verdicts.verdicts", "fit and measure the models of findings on labels made by reading"),
    "polarity": ("answers.polarity", "train and measure the classes strength, weakness, mixed, neutral"),
    "writer": (
        "answers.writer",
        "what the checks of a writer's sentences let through, on pairs written for it and of an index",
    ),
    "register-kinds": (
        "register.kinds",
        "fit and measure what tells the kind of a question that is asked of the register",
    ),
    "register-answers": (
        "register.answers",
        "whether reasons, changes and comparisons cite what a reader would",
    ),
    "compare": ("search.compare", "compare two runs on the same qrels"),
    "gate": ("gate", "hold the small fixed set against its floor"),
    "growth": ("bench.growth.growth", "what larger indexes cost, by kind of vector index"),
    "speed": ("bench.speed.speed", "time searches, answers, pages and builds, beside other tools"),
    "fuzz": ("bench.fuzz", "read damaged copies of documents under limits"),
    "faults": ("bench.faults.faults", "break builds, files and services; count what is lost"),
    "load": ("bench.load", "many clients, slow ones among them, and what the service's memory does"),
}
"""Each command's module under `eval` and its purpose."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 our own failure or a quality that fell, 2 unusable arguments or input."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = OneLineParser(prog="python -m eval", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    modules = {}
    for name, (module, purpose) in COMMANDS.items():
        sub = subparsers.add_parser(name, help=purpose, description=purpose)
        # A command's module is imported when it is called for: reading needs no ranking, and the reverse.
        if name in given[:1]:
            modules[name] = importlib.import_module(f"eval.{module}")
            modules[name].add_arguments(sub)
    options = parser.parse_args(given)
    try:
        return int(modules[options.command].main(options))
    except UsageError as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    except FindingsError as error:
        print(f"eval: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
