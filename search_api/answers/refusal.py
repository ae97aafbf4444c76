"""Whether what was found answers the question at all: a small calibrated model, and the words of a refusal.

Its numbers are in refusal.toml, with how they were got; `eval/answers/calibrate_refusal.py` fits them anew. This
module finds nothing itself.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from search_api.search.relevance import NAMES, Relevance

_FILE = Path(__file__).with_name("refusal.toml")


@dataclass(frozen=True, slots=True)
class RefusalModel:
    """A logistic model; `weights` are by the names of `Relevance`'s numbers."""

    bias: float
    weights: Mapping[str, float]
    threshold: float

    def confidence(self, relevance: Relevance) -> float:
        """Estimate the chance (0..1) that the passages found answer the question."""
        total = self.bias + sum(
            self.weights[name] * value for name, value in zip(NAMES, relevance.values(), strict=True)
        )
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))


@functools.cache
def load_refusal_model() -> RefusalModel:
    """Read the calibrated model from refusal.toml."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    weights = {name: float(data["weights"][name]) for name in NAMES}
    return RefusalModel(float(data["bias"]), weights, float(data["threshold"]))


def reason_too_far(documents: int, councils: int) -> str:
    """Say that nothing near enough was found, and what was searched."""
    return (
        f"Nothing in the {documents} document{'s' if documents != 1 else ''} searched"
        f"{f', of {councils} councils,' if councils > 1 else ''} answers this. "
        "Inspection documents tell of children's services; try other words, or fewer."
    )


def reason_nothing_selected(notes: tuple[str, ...]) -> str:
    """Say that the filters leave no passage to search."""
    return " ".join(("No passage fits these filters; loosen one.", *notes))
