"""How long calls took: what is measured, summed up as people compare it.

This module must not know what was called.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Timing:
    """The seconds of each call, in order; at least one."""

    seconds: Sequence[float]

    @property
    def median(self) -> float:
        """The seconds that half of the calls took at most."""
        return median(self.seconds)

    @property
    def p95(self) -> float:
        """The seconds that 95 of 100 calls took at most (nearest rank)."""
        ordered = sorted(self.seconds)
        return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]

    def to_json(self) -> dict[str, float | int]:
        """Give the figures in milliseconds."""
        return {
            "calls": len(self.seconds),
            "median_ms": round(self.median * 1000, 2),
            "p95_ms": round(self.p95 * 1000, 2),
            "mean_ms": round(fmean(self.seconds) * 1000, 2),
        }


def timed(call: Callable[[_T], object], inputs: Sequence[_T]) -> Timing:
    """Time a call for each input, one after another."""
    seconds = []
    for given in inputs:
        started = time.perf_counter()
        call(given)
        seconds.append(time.perf_counter() - started)
    return Timing(seconds)
