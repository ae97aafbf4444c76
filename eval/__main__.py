"""The command line of evaluation: `python -m eval structure`, `run`, `compare`, `gate`, `fuzz`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from indexer.arguments import OneLineParser
from indexer.errors import FindingsError, UsageError

COMMANDS = {
    "structure": "score reading against what a person read",
    "run": "score an index on benchmark files, beside the baselines",
    "ablate": "each part of the ranking off in turn",
    "fit-ranking": "the ranking's weights from the benchmarks, each report scored by the others",
    "answers": "ask a service the questions of benchmark files, and judge its answers",
    "counts": "counts across councils against counts by hand",
    "polarity": "train and measure the classes strength, weakness, mixed, neutral",
    "growth": "what larger indexes cost, by kind of vector index",
    "writer": "what the checks of a writer's sentences let through, on pairs made from an index",
    "compare": "compare two runs on the same qrels",
    "speed": "time searches, answers, pages and builds, beside other tools",
    "gate": "hold the small fixed set against its floor",
    "fuzz": "read damaged copies of documents under limits",
    "faults": "kill builds, damage files, replace an index under load; count what is lost",
    "load": "many clients, slow ones among them, and what the service's memory does",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 our own failure or a quality that fell, 2 unusable arguments or input."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = OneLineParser(prog="python -m eval", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    modules = {}
    for name, purpose in COMMANDS.items():
        sub = subparsers.add_parser(name, help=purpose, description=purpose)
        # A command's module is imported when it is called for: reading needs no ranking, and the reverse.
        if name in given[:1]:
            modules[name] = importlib.import_module(f"eval.{name.replace('-', '_')}")
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
