"""The command `fetch`: it asks and prints, and no more."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from indexer.errors import UsageError
from indexer.fetch.client import Pace, SiteClient
from indexer.fetch.fetch import Fetcher, FetchReport, finish_killed
from indexer.fetch.locking import alone, own_folder
from indexer.fetch.source import Source, load_source, shipped_sources
from indexer.fetch.table import FetchedTable

CONTACT_SETTING = "FINDINGS_FETCH_CONTACT"
PROXY_SETTING = "FINDINGS_FETCH_PROXY"
PRIVATE_SETTING = "FINDINGS_FETCH_PRIVATE"
_CACHE = "listings.sqlite"


def add_fetch_command(commands: Any) -> None:  # noqa: ANN401 (argparse's own type is private)
    """Declare the command; it sets `run`, which gives the exit status."""
    parser = commands.add_parser(
        "fetch",
        help="download what an inspectorate or a council publishes",
        description="Download what a source lists into a corpus folder, politely, and keep where each file comes from. "
        "What is here isn't downloaded again; a run that was stopped is finished by the next. "
        f"Sources that come along: {', '.join(shipped_sources())}.",
    )
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="a source's name or TOML file, or a CSV file of addresses",
    )
    parser.add_argument("--into", required=True, type=Path, metavar="FOLDER", help="the corpus folder")
    parser.add_argument(
        "--contact",
        metavar="ADDRESS",
        help="an e-mail or web address for complaints, sent with each request; needed once, then kept "
        f"(or the setting {CONTACT_SETTING})",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="list what would be downloaded, and download nothing"
    )
    parser.add_argument(
        "--most", type=_count, metavar="N", help="download at most N documents, for a first look"
    )
    parser.set_defaults(run=_fetch)


def _fetch(options: argparse.Namespace) -> int:
    sources = [load_source(named) for named in options.sources]
    if not sources:
        raise UsageError("name a source")
    failed = False
    with alone(options.into), FetchedTable(options.into) as table:
        contact = _contact(options.contact or os.environ.get(CONTACT_SETTING), table)
        finish_killed(options.into, table)
        for source in sources:
            report = run_source(
                source, options.into, table, contact=contact, dry=options.dry_run, most=options.most
            )
            for line in report.lines():
                print(line, flush=True)
            failed |= bool(report.failed) and not report.listed
    return 1 if failed else 0


def run_source(
    source: Source,
    folder: Path,
    table: FetchedTable,
    *,
    contact: str,
    dry: bool = False,
    most: int | None = None,
    sleep: Callable[[float], None] | None = None,
) -> FetchReport:
    """Run one source into a folder whose table is open."""
    today = datetime.now(UTC).date()
    pace = Pace(
        source.pause, source.daily - table.spent(source.id, today), lambda: table.spend(source.id, today)
    )
    if sleep:
        pace.sleep = sleep
    client = SiteClient(
        contact,
        frozenset(host.lower() for host in source.hosts),
        pace,
        cache=own_folder(folder) / _CACHE,
        proxy=os.environ.get(PROXY_SETTING) or None,
        private=os.environ.get(PRIVATE_SETTING, "").lower() in ("1", "yes", "true", "on"),
    )
    with client:
        return Fetcher(source, folder, table, client, today).run(dry=dry, most=most)


def _contact(given: str | None, table: FetchedTable) -> str:
    contact = given or table.setting("contact")
    if not contact:
        raise UsageError(
            "say where the sites that are asked can complain: --contact you@example.gov.uk, once (it is kept)"
        )
    if (
        not re.fullmatch(r"[^\s()@]+@[^\s()@]+\.[^\s()@]+|https?://[^\s()]+", contact)
        or not contact.isascii()
    ):
        raise UsageError(f"{contact!r} is neither an e-mail nor a web address")
    table.set("contact", contact)
    return contact


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of documents")
    return int(text)
