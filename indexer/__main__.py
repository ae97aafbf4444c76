"""The command line: `build` makes an index, `inspect` shows one document as it is read; `upkeep` has
those that look after an index.

Exit status: 0 done, 1 the program's own failure, 2 unusable arguments or input, 130 stopped by
the user. A person's mistake ends in one line, never in a traceback. This module knows how to ask and to
print; the work is `build`'s and the readers'.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from indexer.arguments import OneLineParser
from indexer.build.build import build
from indexer.build.find_files import find_files, printable
from indexer.build.progress import progress_for
from indexer.build.report import NothingToIndexError, skipped_lines
from indexer.build.worker import ReadingPool
from indexer.document import Document
from indexer.errors import FindingsError, UsageError
from indexer.fetch.commands import add_fetch_command
from indexer.limits import Limits
from indexer.store.location import DatabaseLocation, add_index_option
from indexer.store.opening import need_driver
from indexer.structure.profile_files import profiles
from indexer.structure.summary import summary_of
from indexer.upkeep.commands import add_upkeep_commands

DONE, FAILED, UNUSABLE, STOPPED = 0, 1, 2, 130
_STOPS_WITHIN = 3.0
"""Seconds after SIGTERM that a command has to end by itself."""


class _TerminatedError(BaseException):
    """Another program ended this one (SIGTERM).

    It comes up anywhere, as KeyboardInterrupt does: what handles an Exception, a thread's start among others, mustn't take
    it for its own.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Documents hold characters that a terminal's encoding may lack; JSON is UTF-8 wherever it goes.
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return int(options.run(options))
    except BrokenPipeError:
        # The reader of our output has gone, which is its right (`| head`).
        with contextlib.suppress(OSError):
            sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        return _say(
            "stopped; the index is as it was, and what was encoded is kept for the next build", STOPPED
        )
    except _TerminatedError:
        return _say("ended by a signal; the index is as it was", 128 + signal.SIGTERM)
    except UsageError as error:
        return _say(str(error), UNUSABLE)
    except FindingsError as error:
        return _say(str(error), FAILED)


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="python -m indexer", description="Make an index of documents, or look at one document."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    build_parser = commands.add_parser(
        "build",
        help="make or update an index from files and folders",
        description="Read every document under the sources (files or folders) and make or update the index. "
        "Unchanged documents are taken over, removed ones are dropped.",
    )
    build_parser.add_argument("sources", nargs="+", metavar="SOURCE", help="a document, or a folder of them")
    add_index_option(build_parser, "where the index is, or is to be")
    build_parser.add_argument(
        "--model",
        metavar="MODEL",
        help="the sentence encoder: a folder, or the name of a model on this machine "
        "(else the setting FINDINGS_MODEL, the index's own, or the default)",
    )
    build_parser.add_argument(
        "--rebuild", action="store_true", help="take nothing over from the index as it is"
    )
    build_parser.add_argument(
        "--time-limit",
        type=_seconds,
        default=Limits().max_seconds,
        metavar="SECONDS",
        help="the most that one document may take (%(default).0f by default)",
    )
    inspect_parser = commands.add_parser(
        "inspect",
        help="print one document as JSON",
        description="Read and structure one document and print it as JSON; no index is touched.",
    )
    inspect_parser.add_argument("file", metavar="FILE")
    profile_parser = commands.add_parser(
        "profile",
        help="what the profiles of inspectorates make of documents",
        description="For each document: which profile fits, what it reads by it, and where it is unsure. "
        "FINDINGS_PROFILES names a folder of your own profiles (docs/profiles.md).",
    )
    profile_parser.add_argument("files", nargs="+", metavar="FILE")
    profile_parser.set_defaults(run=_profile)
    build_parser.set_defaults(run=_build)
    inspect_parser.set_defaults(run=_inspect)
    add_fetch_command(commands)
    add_upkeep_commands(commands)
    return parser


def _build(options: argparse.Namespace) -> int:
    sources = [Path(source) for source in options.sources]
    chosen = {"model": options.model, "rebuild": options.rebuild, "progress": progress_for()}
    limits = Limits(max_seconds=options.time_limit)
    try:
        if isinstance(options.index, DatabaseLocation):
            need_driver()
            from indexer.build.database import build_in_database  # noqa: PLC0415 (the driver is an extra)

            report = build_in_database(sources, options.index, limits=limits, **chosen)
        else:
            report = build(sources, options.index, limits=limits, **chosen)
    except NothingToIndexError as error:
        for line in skipped_lines(error.report.skipped):
            print(line)
        raise
    for line in report.lines():
        print(line)
    return DONE


def _inspect(options: argparse.Namespace) -> int:
    print(json.dumps(_read(options.file).to_json(), ensure_ascii=False, indent=2))
    sys.stdout.flush()
    return DONE


def _profile(options: argparse.Namespace) -> int:
    for file in options.files:
        print("\n".join(summary_of(_read(file))))
    return DONE


def _read(file: str) -> Document:
    path = Path(file)
    if path.is_dir():
        raise UsageError(f"{printable(path)} is a folder; name one document")
    profiles()
    limits = Limits()
    found = find_files([path], limits=limits)
    if found.skipped:
        raise UsageError(f"{printable(path)} {found.skipped[0].reason}")
    # In a process of its own, as a build reads it: the file may be one that crashes or hangs its reader.
    with ReadingPool(limits, processes=1) as pool:
        reading = next(pool.read(found.files))
    if reading.document is None:
        raise UsageError(f"{printable(path)} {reading.reason}")
    return reading.document


def _say(message: str, status: int) -> int:
    print(" ".join(message.split()), file=sys.stderr)
    return status


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from error
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError("give more than 0 and at most 86400 seconds")
    return seconds


def end_in_time() -> None:
    """End this process some seconds after SIGTERM, whatever it is doing then: an index can take it at any moment.

    A library that is computing lets no handler run, and a thread is told of the signal by a pipe.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def watch() -> None:
        while signal.SIGTERM not in os.read(reading, 1):
            pass
        time.sleep(_STOPS_WITHIN)
        os.write(2, b"ended by a signal; the index is as it was\n")
        os._exit(128 + signal.SIGTERM)

    threading.Thread(target=watch, name="ending", daemon=True).start()


def _terminate(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise _TerminatedError


if __name__ == "__main__":
    end_in_time()
    sys.exit(main())
