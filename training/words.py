"""Trains what stands beside the encoder (`indexer.encode.word_vectors`) on the questions by reading: the two matrices that
bring words' states to vectors, and the map of a question's own vector.

    python -m training.words INDEX --questions training/questions/questions.jsonl --out models/findings-minilm-v1

The encoder stays as it is: its states of every passage that a question might be confused with are gathered once, and only
the matrices and the weight of a question's words are learned. A question's passage must come before fifteen hard negatives,
drawn from the first sixty-four that the ranking finds without words, the nearer the likelier, and before every other passage
of its batch (half the loss). A tenth of the passages' words are dropped as it goes. Questions of the split `validation`
say after each round how the words alone rank; `-m eval fit-ranking` then fits how much they count.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from indexer.encode.context import embedded_text
from indexer.encode.onnx_encoder import OnnxEncoder
from indexer.encode.word_vectors import FILE, telling_words
from indexer.store.location import index_location
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.question.plan import plan
from search_api.question.query import understand
from search_api.question.words import STOPWORDS
from search_api.search.ranking import rank
from search_api.snapshot import Snapshot

SEED = 20
BATCH = 16
ROUNDS = 5
DIMENSION = 48
LEARNING_RATE = 2e-3
WARM_UP = 20
HARD, FROM = 15, 64
OTHERS = 0.5
"""What coming before the other passages of a batch counts, beside coming before the hard negatives."""
DROPPED = 0.1
MOST_WORDS = 120
REACH_RATE, REACH_ROUNDS, REACH_BATCH, REACH_SCALE, REACH_DECAY = 3e-3, 3, 256, 25.0, 0.03
_INIT = 20_000
_STRENGTH = 6.0
"""The length that states are brought to while the weights of words are learned."""

_ENDINGS = ("s", "t", "m", "re", "ve", "ll")
"""What is left of a word after an apostrophe."""

States = NDArray[np.float16]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingExample:
    """A question's vector and states, float16 (tokens, width), the row that answers it and the rows ranked for it, best first."""

    vector: Vectors
    states: States
    wanted: int
    ranked: tuple[int, ...]
    split: str


class WordsHead(nn.Module):
    """The matrices, both begun with the principal directions of words' states, and how much a question's word counts."""

    def __init__(self, sample: NDArray[np.float32], dimension: int) -> None:
        super().__init__()
        unit = sample / np.linalg.norm(sample, axis=1, keepdims=True)
        _, directions = np.linalg.eigh(unit.T @ unit)
        first = torch.from_numpy(directions[:, ::-1][:, :dimension].astype(np.float32).copy())
        self.passage, self.question = nn.Parameter(first.clone()), nn.Parameter(first.clone())
        self.weight, self.bias = nn.Parameter(torch.zeros(first.shape[0])), nn.Parameter(torch.tensor(0.5))
        self.scale = nn.Parameter(torch.tensor(20.0).log())

    def passages(self, states: Tensor) -> Tensor:
        """Words' vectors, (words, dimension), of length 1."""
        return functional.normalize(states @ self.passage, dim=-1)

    def questions(self, states: Tensor) -> Tensor:
        """Vectors of one question's words, whose lengths add up to 1."""
        unit = functional.normalize(states, dim=-1)
        weights = functional.softplus(_STRENGTH * unit @ self.weight + self.bias)
        return functional.normalize(unit @ self.question, dim=-1) * (weights / weights.sum())[:, None]

    def scores(self, questions: Sequence[Tensor], passages: Sequence[Tensor], dropped: float = 0.0) -> Tensor:
        """Every question against every passage, (questions, passages), before the scale."""
        lengths = [len(states) for states in passages]
        vectors = self.passages(torch.cat(list(passages)))
        # Padded once they are short: a padded state would cost eight times as much.
        padded = nn.utils.rnn.pad_sequence(list(vectors.split(lengths)), batch_first=True)
        held = torch.arange(padded.shape[1])[None] < torch.tensor(lengths)[:, None]
        if dropped:
            held = held & (torch.rand(held.shape) > dropped)
        asked = [self.questions(states) for states in questions]
        best = (torch.cat(asked) @ padded.flatten(0, 1).T).view(-1, *held.shape)
        best = best.masked_fill(~held[None], -1.0).amax(-1)
        return torch.stack([part.sum(0) for part in best.split([len(vectors) for vectors in asked])])


def silent_tokens(encoder: OnnxEncoder) -> frozenset[int]:
    """The vocabulary's words that say nothing by themselves, and everything without a letter or digit."""
    return frozenset(
        number
        for token, number in encoder.vocabulary().items()
        if (bare := token.removeprefix("##")) in STOPWORDS
        or token in _ENDINGS
        or not any(character.isalnum() for character in bare)
    )


def examples_of(now: Snapshot, encoder: OnnxEncoder, questions: Path) -> list[TrainingExample]:
    """Rank each question of the splits to learn from, without words."""
    settings = now.fits.ranking
    settings = replace(settings, question=replace(settings.question, words=0.0))
    found = []
    for line in questions.read_text("utf-8").splitlines():
        case = json.loads(line)
        wanted = now.index.row_of(case["passage"])
        if case["split"] not in ("train", "validation") or wanted is None:
            continue
        query = understand(case["question"], Filters(), now.holdings)
        ranked = rank(
            now.index, query, plan(query, now.index, now.holdings), partial(now.encoded, query.sentences),
            limit=100, settings=settings,
        )  # fmt: skip
        states = [encoder.tokens_with_starts(text)[0].states[1:-1] for text in query.sentences]
        rows = tuple(item.row for item in ranked if item.row != wanted)
        vector = now.vector_of(query.sentences)
        found.append(
            TrainingExample(vector, np.concatenate(states).astype(np.float16), wanted, rows, case["split"])
        )
    return found


def states_of(
    now: Snapshot, encoder: OnnxEncoder, rows: Sequence[int], silent: frozenset[int]
) -> dict[int, States]:
    """The states of the words of rows' passages, by row, float16 (words, width)."""
    found = {}
    for row, passage in zip(rows, now.index.passages(rows), strict=True):
        text = embedded_text(now.document_at(row), passage)
        tokens, starts = encoder.tokens_with_starts(text)
        words = telling_words(tokens, starts >= len(text) - len(passage.text), silent)
        found[row] = words[:MOST_WORDS].astype(np.float16)
    return found


def train(
    examples: Sequence[TrainingExample], states: dict[int, States], rounds: int, dimension: int
) -> WordsHead:
    """Learn; says after each round how often words alone put the right passage of validation into the first ten."""
    torch.manual_seed(SEED)
    chance = np.random.default_rng(SEED)
    learned = [one for one in examples if one.split == "train"]
    every = np.concatenate([words for words in states.values() if len(words)])
    head = WordsHead(
        every[chance.choice(len(every), min(_INIT, len(every)), replace=False)].astype(np.float32), dimension
    )
    optimiser = torch.optim.AdamW(head.parameters(), lr=LEARNING_RATE, weight_decay=0.0)
    steps = rounds * (len(learned) // BATCH)
    step = 0
    for number in range(rounds):
        order = chance.permutation(len(learned))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            step += 1
            rate = LEARNING_RATE * min(1.0, step / WARM_UP) * max(0.02, 1 - step / steps)
            for group in optimiser.param_groups:
                group["lr"] = rate
            batch = [learned[place] for place in order[start : start + BATCH]]
            optimiser.zero_grad()
            _loss(head, batch, states, chance).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        print(
            f"round {number + 1}: R@10 of words alone on validation {_recall(head, examples, states):.3f}",
            flush=True,
        )
    return head


def _loss(
    head: WordsHead, batch: Sequence[TrainingExample], states: dict[int, States], chance: np.random.Generator
) -> Tensor:
    rows: list[int] = []
    begins = []
    for example in batch:
        near = example.ranked[:FROM]
        nearer = 1 / np.arange(3, 3 + len(near))
        drawn = chance.choice(len(near), min(HARD, len(near)), replace=False, p=nearer / nearer.sum())
        begins.append(len(rows))
        rows += [example.wanted, *(near[place] for place in drawn)]
    scores = head.scores([_tensor(e.states) for e in batch], [_tensor(states[row]) for row in rows], DROPPED)
    scores = scores * head.scale.exp()
    ends = [*begins[1:], len(rows)]
    hard = [
        -functional.log_softmax(scores[place, begin:end], 0)[0]
        for place, (begin, end) in enumerate(zip(begins, ends, strict=True))
    ]
    others = functional.cross_entropy(scores, torch.tensor(begins), reduction="sum")
    return (torch.stack(hard).sum() + OTHERS * others) / len(batch)


@torch.no_grad()  # type: ignore[untyped-decorator]
def _recall(head: WordsHead, examples: Sequence[TrainingExample], states: dict[int, States]) -> float:
    hits = []
    for example in (one for one in examples if one.split == "validation"):
        rows = [example.wanted, *example.ranked]
        scores = head.scores([_tensor(example.states)], [_tensor(states[row]) for row in rows])[0]
        hits.append(bool((scores > scores[0]).sum() < 10) and example.wanted in states)
    return float(np.mean(hits)) if hits else 0.0


def _tensor(states: States) -> Tensor:
    return torch.from_numpy(states.astype(np.float32))


def learn_reach(examples: Sequence[TrainingExample], passages: Vectors) -> NDArray[np.float32]:
    """Learn the map that is added to a question's vector, (width, width): its passage's should be the nearest of all."""
    torch.manual_seed(SEED)
    learned = [one for one in examples if one.split == "train"]
    asked = torch.from_numpy(np.stack([one.vector for one in learned]))
    wanted = torch.tensor([one.wanted for one in learned])
    every = torch.from_numpy(passages)
    reach = nn.Parameter(torch.zeros(every.shape[1], every.shape[1]))
    optimiser = torch.optim.Adam([reach], lr=REACH_RATE)
    for _ in range(REACH_ROUNDS):
        for chosen in torch.randperm(len(asked)).split(REACH_BATCH):
            moved = functional.normalize(asked[chosen] + asked[chosen] @ reach, dim=1)
            loss = functional.cross_entropy(moved @ every.T * REACH_SCALE, wanted[chosen])
            optimiser.zero_grad()
            (loss + REACH_DECAY * reach.square().sum()).backward()
            optimiser.step()
    return reach.detach().numpy()


def write_head(head: WordsHead, reach: NDArray[np.float32], silent: frozenset[int], folder: Path) -> None:
    """Write the matrices, turned so that what they give is spread evenly over all numbers: half a byte each keeps more."""
    size = head.passage.shape[1]
    turn = np.linalg.qr(np.random.default_rng(SEED).standard_normal((size, size)))[0]
    np.savez_compressed(
        folder / FILE,
        passage=(head.passage.detach().numpy() @ turn).astype(np.float16),
        question=(head.question.detach().numpy() @ turn).astype(np.float16),
        weight=(_STRENGTH * head.weight.detach().numpy()).astype(np.float32),
        bias=np.float32(head.bias.detach()),
        reach=reach.astype(np.float16),
        silent=np.array(sorted(silent), dtype=np.int32),
    )


def main() -> int:
    """Train as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.words")
    parser.add_argument(
        "index", type=index_location, help="an index of the reports that the questions were written for"
    )
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the encoder's folder")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--dimension", type=int, default=DIMENSION)
    given = parser.parse_args()
    encoder = OnnxEncoder(given.out)
    silent = silent_tokens(encoder)
    with Engine(given.index) as engine:
        now = engine.snapshot()
        examples = examples_of(now, encoder, given.questions)
        rows = sorted({row for one in examples for row in (one.wanted, *one.ranked)})
        states = states_of(now, encoder, rows, silent)
        reach = learn_reach(examples, now.index.vectors(range(len(now.index))))
    write_head(train(examples, states, given.rounds, given.dimension), reach, silent, given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
