"""What a run of questions came to: the figures, each with its interval, as a table and as Markdown.

Judging one answer is `eval.answers.answers`'s; this module only counts and writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from eval.answers.proportions import Proportion, share_of
from eval.checks import table

FIRST = 5
"""Statements of an answer that are looked at: what a person reads before asking again."""

GOALS = {
    "words": (0.60, "≥"), "paragraph": (0.62, "≥"), "refused": (0.93, "≥"),
    "false refusals": (0.05, "≤"), "exact": (1.0, "≥"), "supported": (1.0, "≥"),
}  # fmt: skip
_SAID = {
    "words": "the answer's exact words within the first five statements",
    "paragraph": "the right paragraph cited there",
    "marked": "the span that stands out is the answer (questions of fact)",
    "refused": "refused of those that documents don't answer",
    "false refusals": "refused of those that they do",
    "exact": "quotes that are their passage's own words, read back through the API",
    "supported": "statements whose words stand in every passage that they cite",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what came of it; times are seconds, `statement_words` counts words of the first five."""

    question: str
    kind: str
    answerable: bool
    names_council: bool | None
    answer: str | None
    refused: bool
    reason: str | None
    confidence: float
    words: bool
    paragraph: bool
    marked: bool
    quotes: int
    exact: int
    statements: int
    supported: int
    seconds: float
    statement_words: tuple[int, ...] = ()

    def wrong(self) -> str:
        """Say in two words what went wrong; '' where nothing did."""
        if self.exact < self.quotes:
            return "QUOTE NOT EXACT"
        if not self.answerable:
            return "" if self.refused else "answered, should refuse"
        if self.refused:
            return "refused, should answer"
        if not self.words:
            return "paragraph, not words" if self.paragraph else "not found"
        return "" if self.paragraph else "words elsewhere"

    def to_json(self) -> dict[str, Any]:
        """Give the case without the benchmark's own words, but for the question."""
        data = asdict(self)
        del data["answer"]
        return data


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares by name over all questions, and over each subset; `milliseconds` is the median of an answer."""

    shares: dict[str, Proportion]
    subsets: dict[str, dict[str, Proportion]]
    milliseconds: float
    words: float

    def to_json(self) -> dict[str, Any]:
        """Give every share with its interval."""
        return {
            "shares": {name: share.to_json() for name, share in self.shares.items()},
            "subsets": {
                subset: {name: share.to_json() for name, share in shares.items()}
                for subset, shares in self.subsets.items()
            },
            "median_milliseconds": round(self.milliseconds, 1),
            "median_statement_words": self.words,
        }


def figures_of(asked: Sequence[Asked]) -> Figures:
    """Count what came of the questions."""
    answerable = [case for case in asked if case.answerable]
    others = [case for case in asked if not case.answerable]
    facts = [case for case in answerable if case.kind == "fact"]
    shares = {
        **_found(answerable),
        "marked": share_of(case.marked for case in facts),
        "refused": share_of(case.refused for case in others),
        "false refusals": share_of(case.refused for case in answerable),
        "exact": Proportion(sum(c.exact for c in asked), sum(c.quotes for c in asked)),
        "supported": Proportion(sum(c.supported for c in asked), sum(c.statements for c in asked)),
    }
    subsets: dict[str, dict[str, Proportion]] = {}
    groups: tuple[tuple[str, Callable[[Asked], bool]], ...] = (
        *((f"kind: {kind}", _of_kind(kind)) for kind in sorted({case.kind for case in answerable})),
        ("names a council", lambda case: case.names_council is True),
        ("names no council", lambda case: case.names_council is False),
    )
    for name, belongs in groups:
        chosen = [case for case in answerable if belongs(case)]
        if chosen:
            subsets[name] = {**_found(chosen), "false refusals": share_of(c.refused for c in chosen)}
    for why in sorted({case.kind for case in others}):
        subsets[f"unanswerable: {why or 'other'}"] = {
            "refused": share_of(case.refused for case in others if case.kind == why)
        }
    lengths = [length for case in asked for length in case.statement_words]
    return Figures(
        shares,
        subsets,
        median(case.seconds for case in asked) * 1000 if asked else 0.0,
        float(median(lengths)) if lengths else 0.0,
    )


def _of_kind(kind: str) -> Callable[[Asked], bool]:
    return lambda case: case.kind == kind


def _found(cases: Sequence[Asked]) -> dict[str, Proportion]:
    return {
        "words": share_of(case.words for case in cases),
        "paragraph": share_of(case.paragraph for case in cases),
    }


def printed(figures: Figures) -> str:
    """Lay the figures out for a terminal."""
    rows = [(name, _number(share), _goal(name, share)) for name, share in figures.shares.items()]
    for subset, shares in figures.subsets.items():
        rows += [(f"  {subset}: {name}", _number(share), "") for name, share in shares.items()]
    said = f"median answer {figures.milliseconds:.0f} ms; median statement {figures.words:.0f} words"
    return f"{table(('figure', 'share, count and 95% interval', 'goal'), rows)}\n{said}"


def markdown(figures: Figures, *, command: str, digest: str, encoder: str) -> str:
    """Write the report: figures with intervals, goals, and how to have them again."""
    lines = [
        "# Answers, measured",
        "",
        f"`{command}`; index digest `{digest}`, encoder `{encoder}`. Intervals are Wilson's, of 95%.",
        "",
        "| figure | share | count | 95% interval | goal |",
        "|---|---|---|---|---|",
    ]
    for name, share in figures.shares.items():
        low, high = share.interval
        lines.append(
            f"| {_SAID[name]} | {share.share:.3f} | {share.count} of {share.total} "
            f"| {low:.3f} to {high:.3f} | {_goal(name, share)} |"
        )
    lines += ["", "| questions | figure | share | count | 95% interval |", "|---|---|---|---|---|"]
    for subset, shares in figures.subsets.items():
        for name, share in shares.items():
            low, high = share.interval
            lines.append(
                f"| {subset} | {name} | {share.share:.3f} | {share.count} of {share.total} "
                f"| {low:.3f} to {high:.3f} |"
            )
    said = f"Median answer {figures.milliseconds:.0f} ms; median statement {figures.words:.0f} words."
    return "\n".join([*lines, "", said, ""])


def _number(share: Proportion) -> str:
    return str(share)


def _goal(name: str, share: Proportion) -> str:
    if name not in GOALS or not share.total:
        return ""
    goal, sense = GOALS[name]
    reached = share.share >= goal if sense == "≥" else share.share <= goal
    return f"{sense} {goal:.2f} {'reached' if reached else 'MISSED'}"
