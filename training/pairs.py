"""Aligned pairs out of the reports themselves: a query and the paragraph that it should find, without labels.

    python -m training.pairs ../shared/reports --out var/pairs --bench ../shared/bench

Kinds of pairs:

- marked: a recommendation and the finding marked "(Recommendation)" that is most like it;
- cited: a recommendation and the paragraphs that it cites;
- matched: a recommendation or a bullet of what needs to improve, and the finding most like it by a clear
  margin;
- summary: a sentence of a summary and the finding that it sums up, likewise;
- next: an opening sentence and the paragraph most like it in the same council's other report;
- heading: a heading that few paragraphs share, and one of them;
- asked: a question or a few keywords made from a sentence (`queries.py`), and its paragraph;
- urged: a demand made from a sentence that tells of a weakness, and its paragraph.

Reports with a case in evidence.jsonl give no training pair; a paragraph that answers a question in
questions.jsonl is no pair's positive; and a share of the reports, drawn by their names, is kept out for
development. Pairs hold the documents' words, so they are written to a folder that git ignores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from indexer.document import Document, Passage
from indexer.encode.context import context_of, document_date
from indexer.encode.encoder import Encoder
from indexer.text.councils import all_councils
from training.queries import content_words, demand_from, query_from, sentences, tells_weakness

SEED = 20
DEV_SHARE = 0.12
MARGIN = 0.03
"""How far the best finding must lie above the second (of scores from 0 to 1) to be the one summed up."""

_CITES = re.compile(r"\s*\((?:see )?para(?:graph)?s?\b[^)]*\)", re.I)
_MARK = re.compile(r"\s*\(?\bRecommendations?\b:?(?:\s+\d+)?\)?\s*$|\s*\(Recommendations?[^)]*\)", re.I)
_TOKEN = re.compile(r"[a-z0-9]+")
_IMPROVE = re.compile(r"needs? to (?:improve|be better)|areas? for improvement", re.I)

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pair:
    """A query, the id of the passage that it should find, where it came from, and the kinds of its batch
    mates.

    `group` is the document's id; `cluster` the topic of the passage: a batch drawn from one of either is
    hard. `sentence` is the one that the query was made from, '' where it wasn't made from one.
    """

    query: str
    passage: str
    kind: str
    group: str
    cluster: int
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A passage that may be found: its context and its own words, without marks that give it away."""

    id: str
    document: str
    file: str
    label: str | None
    context: str
    text: str
    section: tuple[str, ...]
    year: str
    council: str | None


def findings(documents: Iterable[Document]) -> list[Kept]:
    """List the passages that pairs may point at: paragraphs of some length, in the documents' order."""
    kept = []
    for document in documents:
        for passage in document.passages:
            if passage.kind == "paragraph" and len(passage.text) > 120:
                kept.append(_kept(document, passage))
    return kept


def _kept(document: Document, passage: Passage) -> Kept:
    return Kept(
        passage.id, document.id, document.file, passage.label, context_of(document, passage),
        _MARK.sub("", passage.text),
        passage.section, (document_date(document) or "")[:4], document.council,
    )  # fmt: skip


def make_pairs(
    documents: Sequence[Document], encoder: Encoder, barred: frozenset[str], seed: int
) -> Iterator[Pair]:
    """All pairs of these documents, in their order; `barred` are passages that no pair may point at."""
    chance = random.Random(seed)  # noqa: S311 - a seeded draw, not a secret
    kept = findings(documents)
    vectors = encoder.encode_passages([item.text for item in kept])
    clusters = topic_of_each(vectors, max(8, len(kept) // 60), seed)
    topic = {item.id: int(cluster) for item, cluster in zip(kept, clusters, strict=True)}
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, item in enumerate(kept):
        rows[item.document].append(row)

    def pair(query: str, item: Kept, kind: str, sentence: str = "") -> Iterator[Pair]:
        if item.id not in barred and len(content_words(query)) >= 2:
            yield Pair(query, item.id, kind, item.document, topic[item.id], sentence)

    for document in documents:
        own = [kept[row] for row in rows[document.id]]
        if len(own) < 8:
            continue
        found = list(matches(document, own, vectors[rows[document.id]], encoder))
        for query, item, kind in found:
            yield from pair(query, item, kind)
        for query, item in headings(own, chance):
            yield from pair(query, item, "heading")
    for query, item in next_reports(kept, vectors, rows, documents):
        yield from pair(query, item, "next")
    for query, item, line, kind in asked(documents, kept, chance):
        yield from pair(query, item, kind, line)


def matches(
    document: Document, own: list[Kept], vectors: Vectors, encoder: Encoder
) -> Iterator[tuple[str, Kept, str]]:
    """Recommendations and summary sentences with the findings of the same report that they go with."""
    by_label = {item.label: item for item in own if item.label}
    original = {passage.id: passage.text for passage in document.passages}
    marked = [row for row, item in enumerate(own) if _MARK.search(original[item.id])]
    queries: list[tuple[str, str, tuple[str, ...]]] = []
    for recommendation in document.recommendations:
        queries.append((_CITES.sub("", recommendation.text), "recommendation", recommendation.cites))
    own = {recommendation.passage_id for recommendation in document.recommendations}
    for passage in document.passages:
        if passage.id in own:
            continue
        if passage.kind == "summary" or (passage.kind == "text" and _improve(passage)):
            kind = "recommendation" if _improve(passage) else "summary"
            queries.extend(
                (line, kind, ()) for line in sentences(passage.text) if len(content_words(line)) >= 6
            )
    if not queries:
        return
    scores = hybrid([query for query, _, _ in queries], own, vectors, encoder)
    for (query, kind, cites), row in zip(queries, scores, strict=True):
        order = np.argsort(-row)
        # Printed numbers are sometimes shifted: a citation that is nothing like its paragraph isn't trusted.
        trusted = [
            by_label[c] for c in cites if c in by_label and row[own.index(by_label[c])] > np.median(row)
        ]
        if trusted:
            for item in trusted:
                yield query, item, "cited"
        elif kind == "recommendation" and len(marked) >= 3:
            best = max(marked, key=lambda i: row[i])
            if best in order[:5]:
                yield query, own[best], "marked"
        elif row[order[0]] - row[order[1]] > MARGIN:
            yield query, own[int(order[0])], "summary" if kind == "summary" else "matched"


def _improve(passage: Passage) -> bool:
    return bool(passage.section) and bool(_IMPROVE.search(passage.section[-1]))


def hybrid(queries: list[str], own: list[Kept], vectors: Vectors, encoder: Encoder) -> Vectors:
    """Score every finding for every query, (queries, findings): the mean of BM25 and cosine, each 0 to 1."""
    lexical = lexical_scores([item.text for item in own], queries)
    dense = encoder.encode_passages(queries) @ vectors.T
    scores: Vectors = ((_spread(lexical) + _spread(dense)) / 2).astype(np.float32)
    return scores


def lexical_scores(texts: list[str], queries: list[str]) -> Vectors:
    """BM25 of every text for every query, (queries, texts)."""
    index = bm25s.BM25()
    index.index([_tokens(text) for text in texts], show_progress=False)
    vocabulary = index.vocab_dict
    scores = np.zeros((len(queries), len(texts)), dtype=np.float32)
    for row, query in enumerate(queries):
        words = [word for word in _tokens(query) if word in vocabulary]
        if words:
            scores[row] = index.get_scores(words)
    return scores


def _tokens(text: str) -> list[str]:
    return [token[:6] for word in content_words(text) for token in _TOKEN.findall(word.lower())]


def _spread(scores: Vectors) -> Vectors:
    low, high = scores.min(axis=1, keepdims=True), scores.max(axis=1, keepdims=True)
    spread: Vectors = (scores - low) / np.maximum(high - low, 1e-9)
    return spread


def headings(own: list[Kept], chance: random.Random) -> Iterator[tuple[str, Kept]]:
    """Yield a heading that stands over at most six of a report's findings, and one of them."""
    under: defaultdict[str, list[Kept]] = defaultdict(list)
    for item in own:
        if item.section:
            under[item.section[-1]].append(item)
    for heading, items in under.items():
        if len(items) <= 4 and 2 <= len(content_words(heading)) <= 14:
            yield heading, chance.choice(items)


def next_reports(
    kept: list[Kept], vectors: Vectors, rows: dict[str, list[int]], documents: Sequence[Document]
) -> Iterator[tuple[str, Kept]]:
    """Yield the opening sentence of a finding, and the finding most like it in the same council's other
    report.
    """
    of_council: defaultdict[str, list[Document]] = defaultdict(list)
    for document in documents:
        if document.council:
            of_council[document.council].append(document)
    for reports in of_council.values():
        reports.sort(key=lambda report: document_date(report) or "")
        for before, after in pairwise(reports):
            here, there = rows[before.id], rows[after.id]
            if len(here) < 8 or len(there) < 8:
                continue
            close = vectors[here] @ vectors[there].T
            for row, column in enumerate(close.argmax(axis=1)):
                # Both ways the nearest, and neither a copy nor a guess.
                if close[:, column].argmax() == row and 0.62 < close[row, column] < 0.93:
                    yield sentences(kept[here[row]].text)[0], kept[there[column]]


def asked(
    documents: Sequence[Document], kept: list[Kept], chance: random.Random
) -> Iterator[tuple[str, Kept, str, str]]:
    """Query, finding, sentence and kind: a question or keywords from a telling sentence of every finding, and
    a demand from one that tells of a weakness.
    """
    spoken = spoken_names(documents)
    frequency = Counter(token for item in kept for token in set(_tokens(item.text)))
    for item in kept:
        lines = [line for line in sentences(item.text) if 7 <= len(line.split()) <= 45]
        if not lines:
            continue
        # Rare words make a sentence telling; the sum over the ten rarest spares long ones no favour.
        telling = [
            sum(sorted((np.log(len(kept) / frequency[t]) for t in set(_tokens(line))), reverse=True)[:10])
            for line in lines
        ]
        line = chance.choices(lines, weights=[t**2 for t in telling])[0]
        name = chance.choice(spoken.get(item.council or "", [""])) or None
        query = query_from(line, name, item.year, chance)
        if query:
            yield query, item, line, "asked"
        weak = [line for line in lines if tells_weakness(line)]
        if weak:
            line = chance.choice(weak)
            demand = demand_from(line, chance)
            if demand:
                yield demand, item, line, "urged"


def spoken_names(documents: Iterable[Document]) -> dict[str, list[str]]:
    """Say what people call each council of these documents: its name, more often than an alias."""
    aliases = {council.name: council.aliases for council in all_councils()}
    names: dict[str, list[str]] = {}
    for document in documents:
        if document.council:
            others = list(aliases.get(document.council, ()))
            names[document.council] = [document.council] * (2 * len(others) or 1) + others
    return names


def topic_of_each(vectors: Vectors, topics: int, seed: int, rounds: int = 12) -> NDArray[np.int64]:
    """Find the topic (0 and up) of every vector: k-means by inner product, after TAS-balanced (Hofstätter et
    al. 2021).
    """
    drawn = np.random.default_rng(seed)
    centres = vectors[drawn.choice(len(vectors), size=min(topics, len(vectors)), replace=False)]
    nearest = np.zeros(len(vectors), dtype=np.int64)
    for _ in range(rounds):
        nearest = (vectors @ centres.T).argmax(axis=1)
        for topic in range(len(centres)):
            members = vectors[nearest == topic]
            if len(members):
                centre = members.mean(axis=0)
                centres[topic] = centre / np.linalg.norm(centre)
    return nearest


def held_out(documents: Sequence[Document], bench: Path | None, share: float = DEV_SHARE) -> frozenset[str]:
    """Ids of the documents kept for development: those with a case in evidence.jsonl, and a share by their
    names.
    """
    files = {case["file"] for case in _cases(bench, "evidence.jsonl")}
    drawn = {
        document.file
        for document in documents
        if int(hashlib.sha256(document.file.encode()).hexdigest(), 16) % 1000 < share * 1000
    }
    return frozenset(document.id for document in documents if document.file in files | drawn)


def barred_by(documents: Sequence[Document], bench: Path | None) -> frozenset[str]:
    """Ids of the passages that answer a benchmark question: no pair may point at them."""
    asked_of = {(case["file"], case["paragraph"]) for case in _cases(bench, "questions.jsonl")}
    return frozenset(
        passage.id
        for document in documents
        for passage in document.passages
        if passage.label and (document.file, passage.label) in asked_of
    )


def _cases(bench: Path | None, name: str) -> list[dict[str, str]]:
    if bench is None:
        return []
    return [json.loads(line) for line in (bench / name).read_text("utf-8").splitlines() if line.strip()]


def write(
    folder: Path, documents: Sequence[Document], encoder: Encoder, bench: Path | None, seed: int
) -> Counter[str]:
    """Write train.jsonl, dev.jsonl and passages.jsonl into `folder`; returns how many pairs of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    kept_out, barred = held_out(documents, bench), barred_by(documents, bench)
    counts: Counter[str] = Counter()
    for name, some in (
        ("train", [d for d in documents if d.id not in kept_out]),
        ("dev", [d for d in documents if d.id in kept_out]),
    ):
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for pair in make_pairs(some, encoder, barred, seed):
                counts[f"{name} {pair.kind}"] += 1
                file.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
    with (folder / "passages.jsonl").open("w", encoding="utf-8") as file:
        for item in findings(documents):
            line: dict[str, object] = {"id": item.id, "label": item.label, "file": item.file}
            line |= {
                "context": item.context,
                "text": item.text,
                "dev": item.document in kept_out,
                "council": item.council,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return counts


def _read(source: Path) -> list[Document]:
    from indexer.limits import Limits  # noqa: PLC0415
    from indexer.reading.file import read_file  # noqa: PLC0415 (the readers load PDF libraries)
    from indexer.structure.structured import structure  # noqa: PLC0415

    documents = []
    for path in sorted(source.glob("*.pdf")):
        try:
            documents.append(structure(read_file(path, limits=Limits())))
        except Exception as error:  # one unreadable report must not cost the others
            print(f"{path.name}: {error}", file=sys.stderr)
    return documents


def main() -> int:
    """Read the reports and writes the pairs; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.pairs", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("source", type=Path, help="folder of PDF reports")
    parser.add_argument("--out", type=Path, default=Path("var/pairs"))
    parser.add_argument("--bench", type=Path, default=None, help="folder of the benchmarks to hold out")
    parser.add_argument("--encoder", default=None, help="the encoder that finds the closest paragraphs")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    from indexer.encode.encoder import load_encoder  # noqa: PLC0415 (after the arguments are checked)

    counts = write(given.out, _read(given.source), load_encoder(given.encoder), given.bench, given.seed)
    for kind, count in sorted(counts.items()):
        print(f"{count:6}  {kind}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
