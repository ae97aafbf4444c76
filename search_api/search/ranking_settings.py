"""The numbers of the ranking, read from ranking.toml beside this file; they know nothing of what they weigh."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

FILE = Path(__file__).with_name("ranking.toml")
_READ: Mapping[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Weights:
    """What each part of a score counts; every part runs from 0 to 1 over a question's candidates.

    `kinds` is added by kind of passage: numbered findings are what people look for and cite.
    """

    dense: float
    lexical: float
    sentence: float = 0.0
    period: float = 0.0
    criticism: float = 0.0
    part: float = 0.0
    kinds: Mapping[str, float] = field(default_factory=dict)


def weights_of(table: Mapping[str, Any]) -> Weights:
    """Make weights of a table of ranking.toml."""
    numbers = {name: float(value) for name, value in table.items() if name != "kinds"}
    return Weights(**numbers, kinds=MappingProxyType(dict(table.get("kinds", {}))))


@dataclass(frozen=True, slots=True)
class RankingSettings:
    """How candidates are found and weighed; what each number is worth is measured by `-m eval ablate`.

    `question` weighs passages for a question, `topic` for a few words that name a subject, `demand` for what is
    asked of a service, looked up within one document. `candidates` are taken from words and from meaning each; `columns` are BM25's weights of a
    passage's words, its headings and its document.
    """

    question: Weights = field(default_factory=lambda: weights_of(_READ["question"]))
    topic: Weights = field(default_factory=lambda: weights_of(_READ["topic"]))
    demand: Weights = field(default_factory=lambda: weights_of(_READ["demand"]))
    demands: bool = True
    candidates: int = 200
    columns: tuple[float, float, float] = (1.0, 0.2, 0.1)
    expansion: bool = True
    duplicates: bool = True
    duplicate_penalty: float = 0.25
    duplicate_share: float = 0.8
    duplicate_cosine: float = 0.78
    duplicate_depth: int = 50
