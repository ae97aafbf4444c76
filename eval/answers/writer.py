"""How well the checks of a writer's sentences tell what a source says from what it doesn't.

Pairs are made from an index's own sentences. Supported: the sentence itself, introduced, shortened at a clause,
one of two. Unsupported: another sentence (of the passage, of the document, of anywhere), and the same sentence
with a number changed, numbers swapped, a "not" added or left out, a "should" or a "some" left out, a judgement
reversed, a name put in, two clauses mixed from two sources. Pairs of half the documents choose the bars; the other
half's are the figures. Run as `-m eval writer --index DIR`; calls what the writer's checks call.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.answers.proportions import Proportion
from indexer.store.location import IndexLocation, add_index_option
from indexer.text.sentences import sentences_of
from search_api.engine import Engine
from search_api.snapshot import Snapshot
from search_api.writer.checks import Bars, Encode, check, nearness, overlap

_OPPOSITES = {
    "effective": "ineffective", "strong": "weak", "good": "poor", "timely": "late", "clear": "unclear",
    "appropriate": "inappropriate", "increased": "decreased", "improved": "declined", "high": "low", "well": "badly",
    "most": "few", "many": "few", "always": "rarely", "regularly": "rarely", "poor": "good", "weak": "strong",
    "inconsistent": "consistent", "insufficient": "sufficient", "too": "never", "more": "fewer",
}  # fmt: skip
_NOT = re.compile(r"\b(?:not|never|no|without)\s+", re.I)
_SHOULD = re.compile(r"\b(should|must|will|may|could|needs to)\s+", re.I)
_SOME = re.compile(r"\b(some|most|many|few|several|a small number of|the majority of)\s+", re.I)
_IS = re.compile(r"\b(is|are|was|were|has|have)\s+(?!not\b)", re.I)
_NUMBER = re.compile(r"\b\d+(?:\.\d+)?\b")


@dataclass(frozen=True, slots=True)
class SourcedPair:
    """A sentence, the source that it cites, whether that supports it, and how the pair was made."""

    sentence: str
    source: str
    names: tuple[str, ...]
    supported: bool
    made: str


@dataclass(frozen=True, slots=True)
class _Text:
    document: str
    council: str
    quote: str
    sentence: str


def texts_of(snapshot: Snapshot, most: int, seed: int) -> list[_Text]:
    """Take sentences of 8 to 45 words out of an index, at most six of a document, in a random order."""
    chance = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    found = []
    for document in snapshot.index.documents():
        whole = snapshot.index.document(document.id)
        passages = [p for p in whole.passages if p.kind in ("paragraph", "summary", "text")] if whole else []
        chance.shuffle(passages)
        for passage in passages[:6]:
            sentences = [s for s in sentences_of(passage.text) if 8 <= len(s.text.split()) <= 45]
            if not sentences:
                continue
            chosen = chance.choice(sentences)
            near = [s for s in sentences if s.end <= chosen.start + 420 and s.start >= chosen.start - 200]
            quote = passage.text[min(s.start for s in near) : max(s.end for s in near)]
            found.append(_Text(document.id, document.council or "", quote, chosen.text))
    chance.shuffle(found)
    return found[:most]


def pairs_of(texts: Sequence[_Text], seed: int) -> list[SourcedPair]:
    """Make pairs, supported and not, out of texts; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    pairs: list[SourcedPair] = []
    for text, other in zip(texts, [*texts[1:], *texts[:1]], strict=True):
        names = (text.council,) if text.council else ()
        pairs.append(SourcedPair(text.sentence, text.quote, names, True, "the sentence itself"))
        same = [t for t in texts if t.document == text.document and t.sentence not in text.quote]
        for supported, made, sentence in _rewritten(text, other, same, chance):
            if sentence and sentence != text.sentence:
                pairs.append(SourcedPair(sentence, text.quote, names, supported, made))
    return pairs


def _rewritten(
    text: _Text, other: _Text, same: Sequence[_Text], chance: random.Random
) -> Iterator[tuple[bool, str, str | None]]:
    """Whether it is supported, how it is made, and a sentence, None where this text gives none."""
    sentence, words, others = text.sentence, text.sentence.split(), other.sentence.split()
    inside = f"{sentence[0].lower()}{sentence[1:]}"
    yield True, "introduced", f"Inspectors found that {inside}"
    yield True, "introduced by its council", f"In {text.council}, {inside}" if text.council else None
    yield True, "shortened at a clause", _shortened(sentence)
    elsewhere = other.sentence if other.document != text.document else None
    yield False, "a sentence of another document", elsewhere
    yield False, "another sentence of the document", chance.choice(same).sentence if same else None
    yield False, "a number changed", _numbers_changed(sentence, chance)
    yield False, "numbers swapped", _numbers_swapped(sentence)
    yield False, "a 'not' left out", _once(_NOT, sentence, "")
    yield False, "a 'not' added", _once(_IS, sentence, r"\1 not ")
    yield False, "a 'should' left out", _once(_SHOULD, sentence, "")
    yield False, "a 'some' left out", _once(_SOME, sentence, "")
    yield False, "a judgement reversed", _reversed(sentence)
    if other.council != text.council and other.council:
        yield False, "another council's name", f"In {other.council}, {inside}"
    yield False, "two sources mixed", " ".join((*words[: len(words) // 2], *others[len(others) // 2 :]))


def _shortened(sentence: str) -> str | None:
    parts = re.split(r",\s+(?:and|but|which|while|although)\s+|;\s+", sentence, maxsplit=1)
    return parts[0].rstrip(" ,") + "." if len(parts) == 2 and len(parts[0].split()) >= 6 else None


def _numbers_changed(sentence: str, chance: random.Random) -> str | None:
    match = _NUMBER.search(sentence)
    if match is None:
        return None
    changed = str(int(float(match.group())) + chance.randint(1, 30))
    return sentence[: match.start()] + changed + sentence[match.end() :]


def _numbers_swapped(sentence: str) -> str | None:
    found = list(itertools.islice(_NUMBER.finditer(sentence), 2))
    if len(found) < 2 or found[0].group() == found[1].group():
        return None
    (a, b), (c, d) = found[0].span(), found[1].span()
    return sentence[:a] + sentence[c:d] + sentence[b:c] + sentence[a:b] + sentence[d:]


def _once(pattern: re.Pattern[str], sentence: str, instead: str) -> str | None:
    changed, times = pattern.subn(instead, sentence, count=1)
    return (changed[:1].upper() + changed[1:]) if times else None


def _reversed(sentence: str) -> str | None:
    for word, opposite in _OPPOSITES.items():
        changed, times = re.subn(rf"\b{word}\b", opposite, sentence, count=1)
        if times:
            return changed
    return None


@dataclass(frozen=True, slots=True)
class MeasuredPair:
    """A pair with what is measured of it; `refused` by a check that has no bar."""

    pair: SourcedPair
    refused: bool
    coverage: float
    order: float
    cosine: float

    def passes(self, bars: Bars) -> bool:
        """Say whether it would be shown under these bars."""
        return not self.refused and (
            self.coverage >= bars.coverage and self.order >= bars.order and self.cosine >= bars.cosine
        )


def measure(pairs: Sequence[SourcedPair], encode: Encode) -> Iterator[MeasuredPair]:
    """Measure every pair once, so that bars can be tried without encoding again."""
    nothing = Bars(0.0, 0.0, -1.0)
    for pair in pairs:
        if check(pair.sentence, pair.source, pair.names, None, nothing).reason is not None:
            yield MeasuredPair(pair, True, 0.0, 0.0, 0.0)
            continue
        coverage, order = overlap(pair.sentence, f"{' '.join(pair.names)} . {pair.source}")
        yield MeasuredPair(pair, False, coverage, order, nearness(pair.sentence, pair.source, encode))


def choose_bars(measured: Sequence[MeasuredPair], most_accepted: float = 0.005) -> Bars:
    """Choose the bars that keep most supported pairs while accepting at most that share of unsupported ones."""
    bad = [m for m in measured if not m.pair.supported]
    good = [m for m in measured if m.pair.supported]
    best, chosen = (-1.0, 0.0, 0.0), Bars(1.0, 1.0, 0.95)
    for coverage, order, cosine in itertools.product(
        (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0), (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0),
        (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8),
    ):  # fmt: skip
        bars = Bars(coverage, order, cosine)
        accepted = sum(m.passes(bars) for m in bad) / max(1, len(bad))
        kept = sum(m.passes(bars) for m in good) / max(1, len(good))
        # Of bars that keep as many, the ones that accept fewest, and then the stricter.
        if accepted <= most_accepted and (kept, -accepted, coverage + order + cosine) > best:
            best, chosen = (kept, -accepted, coverage + order + cosine), bars
    return chosen


def report_lines(measured: Sequence[MeasuredPair], bars: Bars) -> list[str]:
    """Put the figures into lines: of each way of making pairs, how many would be shown."""
    rows: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    for m in measured:
        rows[not m.pair.supported, m.pair.made].append(m.passes(bars))
    lines = [f"bars: coverage {bars.coverage:g}, order {bars.order:g}, cosine {bars.cosine:g}"]
    for bad in (False, True):
        lines.append("unsupported, shown:" if bad else "supported, shown:")
        for (kind, made), shown in sorted(rows.items()):
            if kind == bad:
                lines.append(f"  {made:35} {sum(shown):5} of {len(shown):5}  {sum(shown) / len(shown):.4f}")
        whole = [s for (kind, _), shown in rows.items() if kind == bad for s in shown]
        lines.append(f"  {'all':35} {Proportion(sum(whole), len(whole))}")
    return lines


def _remembering(encode: Encode) -> Encode:
    """Encode each text once: a dozen pairs share a source."""
    known: dict[str, NDArray[np.float32]] = {}

    def encoded(texts: list[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, encode(new), strict=True) if new else ())
        return np.stack([known[text] for text in texts])

    return encoded


def run(index: IndexLocation, most: int, seed: int, say: Callable[[str], None] = print) -> Bars:
    """Calibrate on half the documents, report on the others, and give the bars chosen."""
    with Engine(index) as engine:
        texts = texts_of(engine.snapshot(), most, seed)
        encode = _remembering(engine.snapshot().encoder.encode_passages)
        first = {d for place, d in enumerate(sorted({t.document for t in texts})) if place % 2 == 0}
        halves = [
            list(measure(pairs_of([t for t in texts if (t.document in first) == own], seed), encode))
            for own in (True, False)
        ]
    bars = choose_bars(halves[0])
    for name, measured, used in (
        ("chosen on", halves[0], bars), ("held out, bars chosen", halves[1], bars), ("held out, bars in use", halves[1], Bars()),
    ):  # fmt: skip
        say(f"== {name} ({len({m.pair.source for m in measured})} quotes)")
        for line in report_lines(measured, used):
            say(line)
    return bars


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    add_index_option(parser, "the index whose sentences are used")
    parser.add_argument("--most", type=int, default=600, metavar="N", help="sentences taken (600)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the sample (1)")


def main(options: argparse.Namespace) -> int:
    """Choose bars on half the documents and print what they let through of the other half."""
    run(options.index, options.most, options.seed)
    return 0
