"""Where an index is: a folder, or a PostgreSQL database. One setting chooses, on every command.

    --index DIR, --index postgresql://user@host/database, or the setting FINDINGS_INDEX

A password in an address is never shown again: not in an error, not in a report. This module must not know what
is in an index, and opens nothing.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

SETTING = "FINDINGS_INDEX"
_SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class DatabaseLocation:
    """A PostgreSQL database by its address, as libpq takes it: several hosts may be named, separated by commas."""

    url: str

    def __str__(self) -> str:
        """Write the address without its password, fit to be shown."""
        scheme, _, rest = self.url.partition("://")
        authority, slash, path = rest.partition("/")
        user, at, hosts = authority.rpartition("@")
        path, question, query = path.partition("?")
        kept = [part for part in query.split("&") if part and not part.startswith("password=")]
        shown = f"{scheme}://{user.partition(':')[0]}{at}{hosts}{slash}{path}"
        return shown + (question + "&".join(kept) if kept else "")

    @property
    def name(self) -> str:
        """The database's name, for a heading; '' where the address leaves it to the server."""
        try:
            return unquote(urlsplit(self.url.replace(",", "-")).path.lstrip("/"))
        except ValueError:
            return ""  # no address at all: connecting says so


IndexLocation = Path | DatabaseLocation


def index_location(text: str) -> IndexLocation:
    """Read a location as given on a command line: an address begins with postgresql://, else it is a folder."""
    return DatabaseLocation(text) if text.startswith(_SCHEMES) else Path(text)


def setting_for(location: IndexLocation) -> dict[str, str]:
    """The environment in which another command of ours opens the same index: no password on a command line."""
    return {SETTING: location.url if isinstance(location, DatabaseLocation) else str(location)}


def add_index_option(parser: argparse.ArgumentParser, what: str = "the index") -> None:
    """Declare --index, which the setting FINDINGS_INDEX stands in for."""
    setting = os.environ.get(SETTING)
    parser.add_argument(
        "--index",
        type=index_location,
        default=index_location(setting) if setting else None,
        required=not setting,
        metavar="DIR",
        help=f"{what}: a folder, or postgresql://… (else the setting {SETTING})",
    )
