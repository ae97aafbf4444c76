"""How well the checks of a writer's sentences tell what a source says from what it doesn't.

Pairs of a sentence and its source, each made in a known way: supported (the sentence itself, introduced, in quotation marks,
shortened or reworded so that a careful reader agrees) and distorted (who said it dropped, a condition, a contrast, an earlier
time, a "not"; roles or numbers swapped; two sentences mixed). They are made of sentences written for it (writer_pairs.toml)
and, with an index, of its documents' own. Run as `-m eval writer [--index DIR]`; calls what the writer calls.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.answers.proportions import Proportion
from indexer.store.location import DatabaseLocation, index_location
from indexer.text.sentences import sentences_of
from search_api.engine import Engine
from search_api.snapshot import Snapshot
from search_api.writer.checks import check, statements_of

WRITTEN = Path(__file__).with_name("writer_pairs.toml")
COUNCIL = "Kelderbridge"
_OPPOSITES = {
    "effective": "ineffective", "strong": "weak", "good": "poor", "timely": "late", "clear": "unclear",
    "appropriate": "inappropriate", "increased": "decreased", "improved": "declined", "high": "low", "well": "badly",
    "most": "few", "many": "few", "always": "rarely", "regularly": "rarely", "poor": "good", "weak": "strong",
    "inconsistent": "consistent", "insufficient": "sufficient", "too": "never", "more": "fewer",
}  # fmt: skip
_NUMBER = re.compile(r"\b\d+(?:\.\d+)?\b")
_LEFT_OUT: tuple[tuple[str, str], ...] = (
    ("a 'not' left out", r"\b(?:not|never|no|without|far from|little|failed to|rarely)\s+"),
    ("a 'should' left out", r"\b(?:should|must|will|may|could|needs? to|would)\s+"),
    ("a 'some' left out", r"\b(?:some|most|many|few|several|only|a (?:small number|minority|majority) of|on the whole,?)\s+"),
    ("who said it left out", r"^.{3,80}?\b(?:said|told|believed?|thought|reported|alleged|says?|denied|view is|disputed|evidence)\b.{0,30}?\bthat\s+"),
    ("'whether' left out", r"^.{3,60}?\bwhether\s+"),
    ("the time left out", r"^(?:(?:At|In|By|Since|Before|During) [^,]{3,40}|Previously|Until [^,]{3,50}|Recently|Now),\s+"),
    ("a condition left out", r"^(?:If|When|Where|Unless|Until|Once)\b[^,]{5,120},\s+"),
    ("a condition left out", r",?\s+(?:if|when|where|unless|until|once|provided)\b[^,;.]{5,120}"),
    ("half of a contrast left out", r"[,;]\s+(?:but|although|though|while|whereas|however|yet|and yet)\b.{5,200}?(?=[.;]|$)"),
    ("half of a contrast left out", r"^(?:Although|While|Despite|Though)\b[^,]{5,150},\s+"),
    ("a purpose made a fact", r"^.{5,120}?\b(?:in order to|so that|to ensure that|with the aim of)\s+"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourcedPair:
    """A sentence, the source that it cites, whether that supports it, and how the pair was made."""

    sentence: str
    source: str
    names: tuple[str, ...]
    supported: bool
    made: str

    def is_shown(self) -> bool:
        """Say whether the sentence would be shown beside its source."""
        return check(self.sentence, statements_of(self.source), self.names) is None


@dataclass(frozen=True, slots=True)
class _Quote:
    """A quote of a document and one of its sentences."""

    document: str
    names: tuple[str, ...]
    quote: str
    sentence: str


def written_pairs() -> list[SourcedPair]:
    """Make the pairs of the sentences that were written for it."""
    found: list[SourcedPair] = []
    quotes: list[_Quote] = []
    for number, source in enumerate(tomllib.loads(WRITTEN.read_text(encoding="utf-8"))["source"]):
        text: str = source["text"]
        report = source.get("kind", "inspection report") == "inspection report"
        names = (COUNCIL, *(("inspectors",) if report else ()))
        found += [
            SourcedPair(said, text, names, True, "shortened or reworded by hand")
            for said in source.get("true", ())
        ]
        by_hand: dict[str, list[str]] = source["false"]
        for kind, sentences in by_hand.items():
            found += [SourcedPair(said, text, names, False, f"by hand: {kind}") for said in sentences]
        # An item of a list is no sentence of its own.
        first = text if "\n" in text else sentences_of(text)[0].text
        quotes.append(_Quote(str(number), names, text, first))
    return found + made_pairs(quotes, 1)


def quotes_of(snapshot: Snapshot, most: int, seed: int) -> list[_Quote]:
    """Take sentences of 8 to 45 words out of an index, at most six of a document, in a random order."""
    chance = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    found = []
    for document in snapshot.index.documents():
        whole = snapshot.index.document(document.id)
        passages = [p for p in whole.passages if p.kind in ("paragraph", "summary", "text")] if whole else []
        chance.shuffle(passages)
        names = ((document.council,) if document.council else ()) + (
            ("inspectors",) if document.kind == "inspection report" else ()
        )
        for passage in passages[:6]:
            usable = set(statements_of(passage.text))
            sentences = [
                s for s in sentences_of(passage.text) if 8 <= len(s.text.split()) <= 45 and s.text in usable
            ]
            if not sentences:
                continue
            chosen = chance.choice(sentences)
            near = [s for s in sentences if s.end <= chosen.start + 420 and s.start >= chosen.start - 200]
            quote = passage.text[min(s.start for s in near) : max(s.end for s in near)]
            found.append(_Quote(document.id, names, quote, chosen.text))
    chance.shuffle(found)
    return found[:most]


def made_pairs(quotes: Sequence[_Quote], seed: int) -> list[SourcedPair]:
    """Make pairs, supported and not, out of quotes; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    pairs: list[SourcedPair] = []
    for quote, other in zip(quotes, [*quotes[1:], *quotes[:1]], strict=True):
        for said, made in _supported(quote):
            pairs.append(SourcedPair(said, quote.quote, quote.names, True, made))
        known = " ".join(quote.sentence.split()).lower()
        for sentence, made in _distorted(quote, other, chance):
            if sentence and " ".join(sentence.split()).lower() != known:
                pairs.append(SourcedPair(sentence, quote.quote, quote.names, False, made))
    return pairs


def _supported(quote: _Quote) -> Iterator[tuple[str, str]]:
    sentence = quote.sentence
    inside = _lowered(sentence)
    yield sentence, "the sentence itself"
    yield f"In addition, {inside}", "introduced by a link"
    if "inspectors" in quote.names:
        yield f"Inspectors found that {inside}", "introduced by who wrote it"
    for council in quote.names[:1]:
        if council != "inspectors":
            yield f"In {council}, {inside}", "introduced by its council"
    if not set(sentence) & set('“”"\n'):
        yield f"The report says: “{sentence.rstrip('.')}”.", "in quotation marks"
    parts = re.split(r",\s+(?:and|which)\s+", sentence, maxsplit=1)
    if len(parts) == 2 and len(parts[0].split()) >= 6:
        yield f"{parts[0]}.", "shortened at an 'and'"


def _distorted(quote: _Quote, other: _Quote, chance: random.Random) -> Iterator[tuple[str | None, str]]:
    sentence, words, others = quote.sentence, quote.sentence.split(), other.sentence.split()
    for made, pattern in _LEFT_OUT:
        yield _once(pattern, sentence, ""), made
    yield _once(r"\b(is|are|was|were|has|have)\s+(?!not\b)", sentence, r"\1 not "), "a 'not' added"
    if not any(part in other.quote for part in (sentence, quote.quote)):
        yield other.sentence, "a sentence of another source"
    yield _numbers_changed(sentence, chance), "a number changed"
    yield _numbers_swapped(sentence), "numbers swapped"
    yield _reversed(sentence), "a judgement reversed"
    yield f"In Somewhere Else, {_lowered(sentence)}", "another council's name"
    yield " ".join((*words[: len(words) // 2], *others[len(others) // 2 :])), "two sources mixed"
    yield _swapped(sentence), "two names of a sentence swapped"
    if "inspectors" not in quote.names:
        yield f"Inspectors found that {_lowered(sentence)}", "put into inspectors' mouths"


def _lowered(sentence: str) -> str:
    return f"{sentence[:1].lower()}{sentence[1:]}"


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


def _swapped(sentence: str) -> str | None:
    """Swap the first two words for people or bodies that stand in a sentence."""
    people = r"\b(social workers|managers|leaders|children|parents|carers|inspectors|police|schools|staff|partners|young people)\b"
    found = list(re.finditer(people, sentence, re.IGNORECASE))
    second = next((m for m in found[1:] if m.group().lower() != found[0].group().lower()), None)
    if second is None:
        return None
    (a, b), (c, d) = found[0].span(), second.span()
    swapped = sentence[:a] + sentence[c:d] + sentence[b:c] + sentence[a:b].lower() + sentence[d:]
    return swapped[:1].upper() + swapped[1:]


def _once(pattern: str, sentence: str, instead: str) -> str | None:
    changed, times = re.subn(pattern, instead, sentence, count=1, flags=re.IGNORECASE)
    return (changed[:1].upper() + changed[1:]) if times and len(changed.split()) >= 3 else None


def _reversed(sentence: str) -> str | None:
    for word, opposite in _OPPOSITES.items():
        changed, times = re.subn(rf"\b{word}\b", opposite, sentence, count=1)
        if times:
            return changed
    return None


def shares(pairs: Sequence[SourcedPair], *, supported: bool) -> Proportion:
    """Count those of the supported, or of the distorted, that would be shown."""
    shown = [pair.is_shown() for pair in pairs if pair.supported == supported]
    return Proportion(sum(shown), len(shown))


def report_lines(pairs: Sequence[SourcedPair]) -> list[str]:
    """Put the figures into lines: of each way of making pairs, how many would be shown."""
    rows: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    for pair in pairs:
        rows[not pair.supported, pair.made].append(pair.is_shown())
    lines = []
    for bad in (False, True):
        lines.append("distorted, shown:" if bad else "supported, shown:")
        for (kind, made), shown in sorted(rows.items()):
            if kind == bad:
                lines.append(f"  {made:35} {sum(shown):5} of {len(shown):5}  {sum(shown) / len(shown):.4f}")
        lines.append(f"  {'all':35} {shares(pairs, supported=not bad)}")
    return lines


def run(
    index: Path | DatabaseLocation | None, most: int, seed: int, say: Callable[[str], None] = print
) -> None:
    """Say what the checks let through of the written sentences' pairs, and of an index's."""
    say("== sentences written for this")
    for line in report_lines(written_pairs()):
        say(line)
    if index is None:
        return
    with Engine(index) as engine:
        quotes = quotes_of(engine.snapshot(), most, seed)
    say(f"== {len(quotes)} sentences of the index")
    for line in report_lines(made_pairs(quotes, seed)):
        say(line)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument(
        "--index", type=index_location, metavar="DIR", help="an index whose sentences are used too"
    )
    parser.add_argument("--most", type=int, default=600, metavar="N", help="sentences taken of it (600)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the sample (1)")


def main(options: argparse.Namespace) -> int:
    """Print what the checks let through."""
    run(options.index, options.most, options.seed)
    return 0
