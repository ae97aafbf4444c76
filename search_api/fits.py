"""Numbers that were fitted for one encoder: the ranking's weights, and the models of refusals and of surveys.

Each file names the encoder that it was fitted for. With another one its numbers say nothing, since cosines lie elsewhere:
then what rests on words alone stands in (docs/decisions/0032-stale-fits.md), and an index that is opened says so. This
module must not know what is weighed.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from search_api.answers.scope import NO_SCOPE, Scope, load_scope

_HERE = Path(__file__).parent
RANKING = _HERE / "search" / "ranking.toml"
REFUSAL = _HERE / "answers" / "refusal.toml"
SURVEY = _HERE / "answers" / "survey.toml"


@functools.cache
def _read(file: Path) -> Mapping[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Weights:
    """What each part of a score counts; every part runs from 0 to 1 over a question's candidates.

    `kinds` is added by kind of passage: numbered findings are what people look for and cite.
    """

    dense: float
    lexical: float
    sentence: float = 0.0
    words: float = 0.0
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
    asked of a service, looked up within one document. `candidates` are taken from words and from meaning each, and the sentences and words of the first `closely` are
    compared with a question's;
    `columns` are BM25's weights of a passage's words, its headings and its document.
    """

    question: Weights = field(default_factory=lambda: weights_of(_read(RANKING)["question"]))
    topic: Weights = field(default_factory=lambda: weights_of(_read(RANKING)["topic"]))
    demand: Weights = field(default_factory=lambda: weights_of(_read(RANKING)["demand"]))
    demands: bool = True
    candidates: int = 200
    closely: int = 200
    columns: tuple[float, float, float] = (1.0, 0.2, 0.1)
    expansion: bool = True
    duplicates: bool = True
    duplicate_penalty: float = 0.25
    duplicate_share: float = 0.8
    duplicate_cosine: float = 0.78
    duplicate_depth: int = 50


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """A chance (0..1) from numbers, `weights` being by their names; what reaches the `threshold` counts."""

    bias: float
    weights: Mapping[str, float]
    threshold: float

    def chance(self, numbers: NamedTuple) -> float:
        """Estimate the chance, from numbers by the names of the weights."""
        total = self.bias + sum(self.weights[n] * v for n, v in zip(numbers._fields, numbers, strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))


@dataclass(frozen=True, slots=True)
class RefusalModel(LogisticModel):
    """A model of "documents answer this question"; `typical_margin` is the margin of a question that they answer."""

    scope: Scope = NO_SCOPE
    typical_margin: float = 0.0


@dataclass(frozen=True, slots=True)
class SurveyModel(LogisticModel):
    """A model of "this sentence is a finding on the subject", and the errors of its counts.

    `precision` and `recall` are of the councils that a count lists, over `topics` counted by hand that the model had
    not seen; 0 where nothing was measured.
    """

    precision: float
    recall: float
    topics: int


@dataclass(frozen=True, slots=True)
class Fits:
    """All of them; `stale` names the files that were fitted for another encoder and so aren't used."""

    ranking: RankingSettings
    refusal: RefusalModel
    survey: SurveyModel
    stale: tuple[str, ...] = ()


@functools.cache
def load_fits(encoder: str | None = None) -> Fits:
    """Read what was fitted for an encoder, by its name; None takes the files as they are."""
    stale = {
        file
        for file in (RANKING, REFUSAL, SURVEY)
        if encoder is not None and _read(file)["encoder"] != encoder
    }
    return Fits(
        ranking=_by_halves(RankingSettings()) if RANKING in stale else RankingSettings(),
        refusal=_BY_WORDS if REFUSAL in stale else _refusal(),
        survey=_COUNTED_BY_WORDS if SURVEY in stale else SurveyModel(**_model(SURVEY), **_errors(SURVEY)),
        stale=tuple(sorted(file.name for file in stale)),
    )


def read_again() -> None:
    """Forget what was read of the files, since they have been written."""
    load_fits.cache_clear()
    load_scope.cache_clear()
    _read.cache_clear()


_BY_WORDS = RefusalModel(
    -3.0,
    {"nearest": 0.0, "covered": 6.0, "unknown": -10.0, "margin": 0.0, "scope": 0.0},
    threshold=0.5,
)
"""Refuses where no passage holds half of the question's words, weighed by rarity, or documents lack one of them."""

_COUNTED_BY_WORDS = SurveyModel(
    -6.0,
    {
        "covered": 8.0, "head": 0.0, "around": 0.0, "together": 0.0, "rarest": 0.0, "sentence": 0.0, "passage": 0.0,
    },
    threshold=0.5, precision=0.0, recall=0.0, topics=0,
)  # fmt: skip
"""Counts a sentence that says three quarters of the subject's words; how often that is right wasn't measured."""


def _by_halves(fitted: RankingSettings) -> RankingSettings:
    """Words and meaning count half each; what rests on no encoder stays."""

    def halved(weights: Weights) -> Weights:
        return replace(weights, dense=0.5, lexical=0.5, sentence=0.0, words=0.0, criticism=0.0)

    return replace(
        fitted, question=halved(fitted.question), topic=halved(fitted.topic), demand=halved(fitted.demand)
    )


def _model(file: Path) -> dict[str, Any]:
    data = _read(file)
    weights = {name: float(value) for name, value in data["weights"].items()}
    return {"bias": float(data["bias"]), "weights": weights, "threshold": float(data["threshold"])}


def _refusal() -> RefusalModel:
    typical_margin = float(_read(REFUSAL)["typical_margin"])
    return RefusalModel(**_model(REFUSAL), scope=load_scope(), typical_margin=typical_margin)


def _errors(file: Path) -> dict[str, Any]:
    return {name: _read(file)[name] for name in ("precision", "recall", "topics")}
