"""A share of cases with its confidence interval: Wilson's score interval, by scipy.

A share of thirty cases is a rough thing, and a report that leaves its interval out says more than it knows. This
module must not know what is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scipy.stats import binomtest

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Proportion:
    """`count` of `total` cases; ValueError where there are more than all, or less than none."""

    count: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.total:
            raise ValueError(f"{self.count} of {self.total} is no share")

    @property
    def share(self) -> float:
        """The share from 0 to 1; 0 of no cases."""
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of 95% (Wilson 1927); 0 to 1 of no cases."""
        if not self.total:
            return 0.0, 1.0
        found = binomtest(self.count, self.total).proportion_ci(CONFIDENCE, method="wilson")
        return float(found.low), float(found.high)

    def __str__(self) -> str:
        """As a table shows it: "0.750 (57 of 76; 0.642 to 0.834)"."""
        low, high = self.interval
        return f"{self.share:.3f} ({self.count} of {self.total}; {low:.3f} to {high:.3f})"

    def to_json(self) -> dict[str, Any]:
        """Give the counts, the share and its interval."""
        low, high = self.interval
        return {
            "count": self.count,
            "total": self.total,
            "share": round(self.share, 4),
            "interval": [round(low, 4), round(high, 4)],
        }


def share_of(values: Iterable[bool]) -> Proportion:
    """Count how many of some cases hold."""
    held = list(values)
    return Proportion(sum(held), len(held))
