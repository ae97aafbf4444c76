"""Plain cosine ranking by one or more encoders on the two benchmarks: what an encoder alone is worth.

    python -m training.evaluate var/pairs --bench ../shared/bench --model before=FOLDER --model after=FOLDER

Evidence: a recommendation against the findings of its own report, nDCG@10. Questions: a question against
every finding, and against those of the council that it names (MRR@10 and R@10). `dev` are made pairs of the
reports kept out of training. The whole search, with its other parts, is measured by `python -m eval run`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np

from indexer.encode.context import text_of
from indexer.encode.encoder import Encoder, load_encoder
from indexer.encode.onnx_encoder import OnnxEncoder, is_onnx_encoder
from indexer.text.councils import find_in
from training.train import Pair, read_lines

DEV_QUERIES = 600
DEV_KINDS = ("asked", "urged", "recommendations")

Scores = dict[str, list[float]]


def ndcg(ranks: list[int], relevant: int, depth: int = 10) -> float:
    """Normalised DCG at `depth`, binary gains, of relevant items found at these ranks (from 1)."""
    gain = sum(1 / np.log2(rank + 1) for rank in ranks if rank <= depth)
    best = sum(1 / np.log2(rank + 1) for rank in range(1, min(relevant, depth) + 1))
    return float(gain / best) if best else 0.0


class Bench:
    """Passages, with vectors by one encoder, and the cases asked of them."""

    def __init__(self, passages: list[Pair], encoder: Encoder) -> None:
        self.passages = passages
        self.encoder = encoder
        self.vectors = encoder.encode_passages([text_of(p["context"], "", p["text"]) for p in passages])
        self.by_label: dict[tuple[str, str], int] = {}
        for row, passage in enumerate(passages):
            self.by_label.setdefault((passage["file"], passage["label"]), row)

    def ranks(self, query: str, wanted: list[int], rows: np.ndarray[Any, Any] | None = None) -> list[int]:
        """Give the ranks (from 1) of the wanted rows among `rows` (all where None); ties count against."""
        scores = self.vectors @ self.encoder.encode_query(query)
        pool = scores if rows is None else scores[rows]
        return [int((pool >= scores[row]).sum()) for row in wanted]

    def rows_where(self, field: str, value: Any) -> np.ndarray[Any, Any]:  # noqa: ANN401 (any JSON value)
        """Find the rows of the passages with this value in this field."""
        return np.array([row for row, p in enumerate(self.passages) if p[field] == value], dtype=np.int64)

    def evidence(self, cases: list[Pair]) -> Scores:
        """nDCG@10 of every case; a cited paragraph that wasn't read counts as not found."""
        found = []
        for case in cases:
            keys = [(case["file"], label) for label in case["relevant"]]
            wanted = [self.by_label[key] for key in keys if key in self.by_label]
            ranks = self.ranks(case["query"], wanted, self.rows_where("file", case["file"]))
            found.append(ndcg(ranks, len(keys)))
        return {"evidence nDCG@10": found}

    def questions(self, cases: list[Pair]) -> Scores:
        """MRR@10 and R@10 of every question, over all passages and over the named council's."""
        scores: Scores = {}
        for case in cases:
            row = self.by_label.get((case["file"], case["paragraph"]))
            for filtered in (False, True):
                rank = 10**6
                if row is not None:
                    councils = {mention.name for mention in find_in(case["question"])} if filtered else set()
                    rows = None
                    if councils:
                        rows = np.array(
                            [r for r, p in enumerate(self.passages) if p["council"] in councils],
                            dtype=np.int64,
                        )
                    if rows is None or row in rows:
                        rank = self.ranks(case["question"], [row], rows)[0]
                name = "questions, council's only," if filtered else "questions"
                part = "named" if case["names_council"] else "unnamed"
                for label in (name, f"{name} {part}"):
                    scores.setdefault(f"{label} MRR@10", []).append(1 / rank if rank <= 10 else 0.0)
                    scores.setdefault(f"{label} R@10", []).append(float(rank <= 10))
        return scores

    def dev(self, pairs: list[Pair], seed: int = 1) -> Scores:
        """MRR@10 of made pairs: asked ones over all passages, the others over their own report's."""
        row_of = {passage["id"]: row for row, passage in enumerate(self.passages)}
        scores: Scores = {}
        for kind in DEV_KINDS:
            names = ("cited", "marked", "matched", "summary") if kind == "recommendations" else (kind,)
            some = [pair for pair in pairs if pair["kind"] in names and pair["passage"] in row_of]
            random.Random(seed).shuffle(some)  # noqa: S311 - a seeded draw, not a secret
            for pair in some[:DEV_QUERIES]:
                row = row_of[pair["passage"]]
                rows = None if kind == "asked" else self.rows_where("file", self.passages[row]["file"])
                rank = self.ranks(pair["query"], [row], rows)[0]
                scores.setdefault(f"dev {kind} MRR@10", []).append(1 / rank if rank <= 10 else 0.0)
        return scores


def sampled(passages: list[Pair], evidence: list[Pair], questions: list[Pair], size: int) -> list[Pair]:
    """Keep all of the evidence's reports, all that answer a question, and others by chance, `size` in all."""
    files = {case["file"] for case in evidence}
    answers = {(case["file"], case["paragraph"]) for case in questions}
    needed = [p for p in passages if p["file"] in files or (p["file"], p["label"]) in answers]
    others = [p for p in passages if p["file"] not in files and (p["file"], p["label"]) not in answers]
    random.Random(0).shuffle(others)  # noqa: S311 - a seeded draw, not a secret
    return needed + others[: max(0, size - len(needed))]


def encoder_of(name: str, threads: int) -> Encoder:
    """Load an ONNX encoder's folder, or anything else that `load_encoder` takes."""
    folder = Path(name)
    return OnnxEncoder(folder, threads=threads) if is_onnx_encoder(folder) else load_encoder(name)


def main() -> int:
    """Print each model's means, and the paired differences of every model from the first; returns 0."""
    parser = argparse.ArgumentParser(prog="training.evaluate")
    parser.add_argument("pairs", type=Path, help="folder that training.pairs wrote")
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument(
        "--model", action="append", required=True, help="NAME=FOLDER; give the one before first"
    )
    parser.add_argument("--sample", type=int, default=0, help="this many passages only, for a quick look")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, help="writes the means as JSON")
    given = parser.parse_args()
    evidence = read_lines(given.bench / "evidence.jsonl")
    questions = read_lines(given.bench / "questions.jsonl")
    passages = read_lines(given.pairs / "passages.jsonl")
    if given.sample:
        passages = sampled(passages, evidence, questions, given.sample)
    dev = read_lines(given.pairs / "dev.jsonl")
    results: dict[str, Scores] = {}
    for spec in given.model:
        name, _, folder = spec.partition("=")
        bench = Bench(passages, encoder_of(folder, given.threads))
        results[name] = bench.evidence(evidence) | bench.questions(questions) | bench.dev(dev)
    first = next(iter(results))
    report: dict[str, Any] = {"passages": len(passages), "models": {}}
    for name, scores in results.items():
        report["models"][name] = {
            measure: {"mean": round(float(np.mean(values)), 4), "cases": len(values)}
            | ({} if name == first else {"p": round(paired_p(values, results[first][measure]), 4)})
            for measure, values in scores.items()
        }
    for measure in results[first]:
        row = "  ".join(f"{name} {report['models'][name][measure]['mean']:.4f}" for name in results)
        print(f"{measure:45} {row}")
    if given.out:
        given.out.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    return 0


def paired_p(after: list[float], before: list[float], rounds: int = 10_000, seed: int = 0) -> float:
    """Two-sided p of a paired randomisation test on the mean difference (Smucker et al. 2007)."""
    difference = np.array(after) - np.array(before)
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(rounds, len(difference)))
    chance = np.abs((signs * difference).mean(axis=1))
    return float(((chance >= abs(difference.mean()) - 1e-12).sum() + 1) / (rounds + 1))


if __name__ == "__main__":
    sys.exit(main())
