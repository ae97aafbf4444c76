"""What the processes of one service share beside the index: counts, rates, and what they know of each other.

It is made before they part ways. This module must not know what a process does with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from web.service.metrics import LEVELS
from web.service.shared_buckets import SharedBuckets
from web.service.shared_counts import SharedCounts
from web.service.siblings import Siblings
from web.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Shared:
    """Memory of several processes; `buckets` is None where one process serves, or nobody is held to a rate."""

    counts: SharedCounts
    siblings: Siblings
    buckets: SharedBuckets | None


def share(settings: ServiceSettings, processes: int) -> Shared:
    """Make what so many processes are to share."""
    limited = processes > 1 and settings.rate_per_second > 0
    return Shared(
        counts=SharedCounts(processes, levels=LEVELS),
        siblings=Siblings(processes),
        buckets=SharedBuckets(settings.rate_per_second, settings.rate_burst) if limited else None,
    )
