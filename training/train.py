"""Fine-tunes the small encoder on pairs made of the reports (`pairs.py`), on the processor or a GPU where
there is one.

    python -m training.train var/pairs --out var/model --steps 700

The loss is multiple negatives ranking: each query against every passage of its batch, cosine times 20. Hard
negatives come from how batches are put together: blocks of pairs from one report, or of one topic (TAS-
balanced, Hofstätter et al. 2021), so that a batch's other passages are those that a query is confused with,
at no cost of encoding more. Word embeddings and the lowest layers stay as they are: half the time, and less
to forget.

Passages are given with their context (`indexer.encode.context.text_of`) most of the time, and now and then without
it or as the one sentence alone, so that each can be searched.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModel, AutoTokenizer

from indexer.encode.context import text_of
from indexer.encode.encoder import locate_encoder

SEED = 20
BATCH = 48
BLOCK = 12
"""Pairs of one report or one topic that stand together in a batch."""
SCALE = 20.0
LEARNING_RATE = 5e-5
WARM_UP = 0.1
QUERY_TOKENS = 64
PASSAGE_TOKENS = 160
FROZEN_LAYERS = 3
WITHOUT_CONTEXT = 0.12
SENTENCE_ALONE = 0.12

BY_REPORT = frozenset({"marked", "cited", "matched", "summary", "urged", "heading"})
"""Kinds whose rivals are the other paragraphs of the same report; the rest also compete with the same
topic's.
"""

Pair = dict[str, Any]


def batches(pairs: list[Pair], seed: int, size: int = BATCH, block: int = BLOCK) -> Iterator[list[Pair]]:
    """Deal every pair once, in batches of `size` made of blocks of one report or one topic; the last few may
    be lost.
    """
    chance = random.Random(seed)  # noqa: S311 - a seeded draw, not a secret
    pairs = pairs.copy()
    chance.shuffle(pairs)
    drawers: defaultdict[tuple[str, Any], list[Pair]] = defaultdict(list)
    blocks: list[list[Pair]] = []
    for pair in pairs:
        same_report = pair["kind"] in BY_REPORT or chance.random() < 0.4
        key = ("report", pair["group"]) if same_report else ("topic", pair["cluster"])
        drawers[key].append(pair)
        if len(drawers[key]) == block:
            blocks.append(drawers.pop(key))
    rest = [pair for drawer in drawers.values() for pair in drawer]
    blocks += [rest[start : start + block] for start in range(0, len(rest), block)]
    chance.shuffle(blocks)
    flat = [pair for block_ in blocks for pair in block_]
    for start in range(0, len(flat) - size + 1, size):
        yield flat[start : start + size]


def as_trained(pair: Pair, passage: Pair, chance: random.Random) -> str:
    """Give the text as this step sees it: with its context, without it, or the pair's sentence alone."""
    draw = chance.random()
    text = passage["text"]
    if pair.get("sentence") and draw < SENTENCE_ALONE:
        text = pair["sentence"]
        draw = chance.random()
    return text if draw > 1 - WITHOUT_CONTEXT else text_of(passage["context"], "", text)


class Trainee:
    """The model being trained, and how it turns texts into vectors."""

    def __init__(self, folder: Path, device: str) -> None:
        self.device = device
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self.model: Any = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).to(
            device
        )
        self.model.train()
        for module in (self.model.embeddings, *self.model.encoder.layer[:FROZEN_LAYERS]):
            module.requires_grad_(False)

    def vectors(self, texts: list[str], tokens: int, parts: int = 1) -> Tensor:
        """Encode as unit vectors the texts, in order; encoded in `parts` by length, to spare padding."""
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        size = -(-len(texts) // parts)
        found = []
        for start in range(0, len(order), size):
            some = [texts[row] for row in order[start : start + size]]
            inputs = self.tokenizer(
                some, padding=True, truncation=True, max_length=tokens, return_tensors="pt"
            )
            inputs = inputs.to(self.device)
            hidden = self.model(**inputs).last_hidden_state
            mask = inputs["attention_mask"].unsqueeze(-1).to(hidden.dtype)
            found.append(torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1))
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(found)[back.to(self.device)]

    def save(self, folder: Path) -> None:
        """Write weights and tokenizer into `folder`, as safetensors."""
        self.model.save_pretrained(folder, safe_serialization=True)
        self.tokenizer.save_pretrained(folder)


def loss_of(trainee: Trainee, batch: list[Pair], texts: list[str]) -> Tensor:
    """Multiple negatives ranking over one batch; the same passage under another query is no negative, nor is
    another passage that answers the same query.
    """
    queries = trainee.vectors([pair["query"] for pair in batch], QUERY_TOKENS)
    passages = trainee.vectors(texts, PASSAGE_TOKENS, parts=4)
    scores = queries @ passages.T * SCALE
    same = torch.tensor(
        [[a["passage"] == b["passage"] or a["query"] == b["query"] for b in batch] for a in batch],
        device=scores.device,
    )
    same.fill_diagonal_(False)
    target = torch.arange(len(batch), device=scores.device)
    return torch.nn.functional.cross_entropy(scores.masked_fill(same, float("-inf")), target)


def train(
    pairs: list[Pair],
    passages: dict[str, Pair],
    trainee: Trainee,
    out: Path,
    *,
    steps: int,
    minutes: float,
    seed: int,
) -> None:
    """Train for `steps` batches or `minutes`, whichever ends first, writing the model to `out` now and then.

    The learning rate rises over the first tenth and falls to nothing at the end, whichever end is nearer.
    """
    chance = random.Random(seed)  # noqa: S311 - a seeded draw, not a secret
    weights = [weight for weight in trainee.model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=LEARNING_RATE, weight_decay=0.01)
    began, step, mean, saved = time.monotonic(), 0, 0.0, 0.0
    out.mkdir(parents=True, exist_ok=True)
    with (out / "log.jsonl").open("w", encoding="utf-8") as log:
        for epoch in range(1000):
            for batch in batches(pairs, seed + epoch):
                seconds = time.monotonic() - began
                done = max(step / steps, seconds / (minutes * 60))
                if done >= 1:
                    trainee.save(out)
                    return
                for group in optimiser.param_groups:
                    group["lr"] = LEARNING_RATE * min((done + 0.005) / WARM_UP, (1 - done) / (1 - WARM_UP))
                texts = [as_trained(pair, passages[pair["passage"]], chance) for pair in batch]
                loss = loss_of(trainee, batch, texts)
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(weights, 1.0)
                optimiser.step()
                optimiser.zero_grad()
                step += 1
                mean = loss.item() if step == 1 else 0.95 * mean + 0.05 * loss.item()
                if step % 5 == 0:
                    log.write(
                        json.dumps({"step": step, "loss": round(mean, 4), "seconds": round(seconds)}) + "\n"
                    )
                    log.flush()
                if done - saved >= 0.1:
                    trainee.save(out)
                    saved = done


def read_lines(path: Path) -> list[Pair]:
    """Read the objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def main() -> int:
    """Train as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.train")
    parser.add_argument("pairs", type=Path, help="folder that training.pairs wrote")
    parser.add_argument("--out", type=Path, default=Path("var/model"))
    parser.add_argument("--base", default="all-MiniLM-L6-v2", help="the encoder to start from")
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--minutes", type=float, default=110.0, help="stop after this long all the same")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    passages = {passage["id"]: passage for passage in read_lines(given.pairs / "passages.jsonl")}
    trainee = Trainee(locate_encoder(given.base).folder, device)
    train(
        read_lines(given.pairs / "train.jsonl"),
        passages,
        trainee,
        given.out,
        steps=given.steps,
        minutes=given.minutes,
        seed=given.seed,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
