"""A zip holds its files' dates in seven bits for the year: with a clock outside 1980 to 2107 there is no Word file."""

from __future__ import annotations

import time

from indexer.errors import UsageError

_FIRST, _LAST = 1980, 2107


def check_clock() -> None:
    """Raise UsageError where this machine's clock says a year that no zip can hold."""
    year = time.localtime().tm_year
    if not _FIRST <= year <= _LAST:
        raise UsageError(
            f"this machine's clock says that it is {year}, which such a file can't hold: have it set right"
        )
