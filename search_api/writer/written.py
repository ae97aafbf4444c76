"""What a writer made of an answer, as far as the answer's own sentences support it.

The answer in documents' words always stands by itself; this is put beside it. A sentence is shown whole with the
citations that support it, or dropped whole and counted: a bad citation is never cut off a sentence that stays. A
citation may stand before or after the full stop, alone or in a list ("[1, 3]", "[1][3]"); what isn't plain prose (tags,
links, code, headings) makes its sentence unusable.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.errors import UsageError
from indexer.json_value import JsonValue
from indexer.text.sentences import sentences_of
from search_api.answers.answer import Answer
from search_api.citing.citation import Citation
from search_api.writer.checks import check, statements_of
from search_api.writer.endpoint import MOST_SOURCES, WriterFailed, WriterSettings, settings_from, write

_MARK = r"\[\s*\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\s*\]"
_MARKS = re.compile(_MARK)
_AFTER_STOP = re.compile(rf"([.!?][\"'”’)]*)((?:\s*{_MARK})+)")
_BEFORE_STOP = re.compile(rf"\s*((?:{_MARK}\s*)+)(?=[.!?,;:]|\s|$)")
_NOT_PROSE = re.compile(r"[<>{}|\\`#*_~^=]|https?:|www\.|\]\(|\bjavascript\b|&(?:#|[a-z]+;)", re.I)
_BULLET = re.compile(r"^\s*(?:[-•–]|\d{1,2}[.)])\s+")
MOST_SENTENCES = 12
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class WriterSentence:
    """A sentence without its marks; `cites` are the numbers that they hold, in order, each once.

    `plain` is false where it holds what prose doesn't: a tag, a link, code, characters that can't be seen.
    """

    text: str
    cites: tuple[int, ...]
    plain: bool


def writer_sentences(text: str) -> list[WriterSentence]:
    """Take a writer's text apart, in order; what comes after the first twelve sentences is left unread."""
    # Marks after a full stop belong to the sentence that it ends.
    moved = _AFTER_STOP.sub(lambda m: f" {m[2].strip()}{m[1]}", text[:20_000])
    found = []
    for sentence in sentences_of(moved):
        said = _BULLET.sub("", sentence.text)
        cites = [int(n) for mark in _MARKS.findall(said) for n in re.findall(r"\d+", mark)]
        bare = " ".join(_BEFORE_STOP.sub("", said).split())
        if not any(c.isalpha() for c in bare):
            continue
        found.append(WriterSentence(bare, tuple(dict.fromkeys(cites)), _is_plain(bare)))
        if len(found) == MOST_SENTENCES:
            break
    return found


def _is_plain(text: str) -> bool:
    if len(text) > _LONGEST or _NOT_PROSE.search(text) or "[" in text or "]" in text:
        return False
    return all(unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cn", "Cs") for c in text)


@dataclass(frozen=True, slots=True)
class WrittenSentence(JsonValue):
    """A sentence of the writer's and the citations of which each by itself supports it."""

    text: str
    citations: tuple[Citation, ...]

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError("a written sentence without a citation is never shown")


@dataclass(frozen=True, slots=True)
class Written(JsonValue):
    """`dropped` sentences were unsupported, for these `reasons`; `problem` says why the writer gave nothing."""

    sentences: tuple[WrittenSentence, ...]
    dropped: int
    reasons: dict[str, int]
    model: str
    problem: str | None = None


def write_up(answer: Answer, settings: WriterSettings | None) -> Written | None:
    """Have an answer written up and keep what is supported; None where no writer is set or nothing was found.

    Never raises for what the writer does: `problem` says it, and the answer stands without.
    """
    if settings is None or answer.status != "answered":
        return None
    sources = [statement.citations[0] for statement in answer.statements[:MOST_SOURCES]]
    try:
        text = write(settings, answer.question, [source.quote for source in sources])
    except WriterFailed as failed:
        return Written((), 0, {}, settings.model, str(failed))
    return supported(text, sources, settings.model)


def supported(text: str, sources: Sequence[Citation], model: str) -> Written:
    """Keep the sentences of a writer's text that their sources support; sources are cited from 1."""
    kept: list[WrittenSentence] = []
    reasons: Counter[str] = Counter()
    for sentence in writer_sentences(text):
        citations, reason = _supporting(sentence, sources)
        if reason is None and any(sentence.text == held.text for held in kept):
            reason = "it says the same twice"
        if reason is not None:
            reasons[reason] += 1
        else:
            kept.append(WrittenSentence(sentence.text, citations))
    return Written(tuple(kept), sum(reasons.values()), dict(reasons), model)


def _supporting(
    sentence: WriterSentence, sources: Sequence[Citation]
) -> tuple[tuple[Citation, ...], str | None]:
    if not sentence.plain:
        return (), "it isn't plain text"
    if not sentence.cites:
        return (), "it cites nothing"
    if not all(1 <= number <= len(sources) for number in sentence.cites):
        return (), "it cites a source that it wasn't given"
    passed: list[Citation] = []
    reason: str | None = None
    for number in sentence.cites:
        source = sources[number - 1]
        statements = statements_of(source.passage.text, source.start, source.end)
        refused = check(sentence.text, statements, names_of(source))
        if refused is None:
            passed.append(source)
        reason = reason or refused
    return (tuple(passed), None) if passed else ((), reason)


def names_of(source: Citation) -> tuple[str, ...]:
    """List what a sentence may name besides its source's words: whose document it is, and who wrote a report."""
    document = source.document
    wrote = ("inspectors",) if document.kind == "inspection report" else ()
    return ((document.council,) if document.council else ()) + wrote


def written_for(answer: Answer) -> Written | None:
    """Have an answer of an engine written up by the writer that the settings name, if they name one."""
    try:
        settings = settings_from()
    except UsageError as error:
        return Written((), 0, {}, "", str(error))
    if settings is None:
        return None
    return write_up(answer, settings)
