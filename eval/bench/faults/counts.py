"""What came of trying a fault many times: the row of the fault table. It must not know how a fault is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class FaultCounts:
    """How often a fault was tried, what came of it by name, and every loss with its circumstances."""

    fault: str
    how: str
    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)

    def count(self, outcome: str) -> None:
        """One try that ended as it may."""
        self.tried += 1
        self.outcomes[outcome] += 1

    def lose(self, what: str) -> None:
        """One try that ended as it may not."""
        self.tried += 1
        self.losses.append(" ".join(what.split())[:300])

    def to_json(self) -> dict[str, Any]:
        """Give the row for programs."""
        return {
            "fault": self.fault,
            "how": self.how,
            "tried": self.tried,
            "outcomes": dict(self.outcomes),
            "losses": list(self.losses),
        }


def markdown(rows: Sequence[FaultCounts], facts: Mapping[str, str], command: str, day: str) -> str:
    """The report: the table, what each fault was, and every loss in words."""
    lost = sum(len(row.losses) for row in rows)
    tried = sum(row.tried for row in rows)
    lines = [
        f"# Faults, {day}",
        "",
        f"{tried:,} tries, **{lost} losses**. A loss is an answer that is wrong, mixed or missing, an index that "
        "can't be opened where one stood, or more than one line to say what is the matter.",
        "",
        f"    {command}",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        "",
        "| fault | tried | lost | what came of it |",
        "|---|---:|---:|---|",
    ]
    for row in rows:
        came = ", ".join(f"{name} {count:,}" for name, count in row.outcomes.most_common())
        lines.append(f"| {row.fault} | {row.tried:,} | {len(row.losses)} | {came} |")
    lines += ["", "## How each was made", ""]
    lines += [f"- **{row.fault}**: {row.how}" for row in rows]
    if lost:
        lines += ["", "## Losses", ""]
        lines += [f"- {row.fault}: {loss}" for row in rows for loss in row.losses]
    return "\n".join(lines) + "\n"
