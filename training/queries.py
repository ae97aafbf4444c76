"""Queries made out of findings: what somebody might type who wants this paragraph and hasn't read it.

A sentence of a report is cut, put into lay words, shortened and perhaps given its council and year, by
chance. The rules know the field's language (`lay.toml`) and nothing of any benchmark question.
"""

from __future__ import annotations

import functools
import random
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

_LAY = Path(__file__).with_name("lay.toml")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z‘“'\"(])")
_WORD = re.compile(r"[A-Za-z0-9%£][\w%£,.'’/&-]*")
_STOP = frozenset(
    (
        "a", "an", "the", "and", "or", "of", "to", "in", "on", "at", "for", "by", "with", "from", "as",
        "is", "are", "was", "were", "be", "been", "being", "has", "have", "had", "it", "its", "this",
        "that", "these", "those", "they", "them", "their", "there", "which", "who", "whom", "whose", "when",
        "where", "while", "will", "would", "should", "could", "can", "may", "not", "also", "however",
        "although", "such", "than", "then", "so", "into", "within", "through", "across", "between", "about",
        "over", "under", "more", "most", "some", "all", "any", "each", "both", "other", "very", "well",
        "do", "does", "did", "done", "too", "only", "where",
    )
)  # fmt: skip
_FIGURE = re.compile(
    r"(?P<lead>\b(?:approximately|around|about|over|nearly|almost|up to|more than|at least)\s+)?"
    r"(?P<figure>£\s?[\d,.]+(?:\s?(?:million|billion|m|k))?|"
    r"\d[\d,]*(?:\.\d+)?\s?%|\d[\d,]*(?:\.\d+)?(?:\s?per cent)?)"
)
_REASON = re.compile(
    r"\b(?:because|due to|as a result of|owing to|following|in response to|caused by|despite)\b", re.I
)
_OPENING = re.compile(
    r"^(?:however|in addition|additionally|"
    r"furthermore|consequently|as a result|inspectors (?:found|saw) that|"
    r"although|while|when|since the last inspection|for example|overall|in most cases|"
    r"this means that|this)\b,?\s*",
    re.I,
)
_AUTHORITY = re.compile(r"\b(?:the )?(?:local authority|council)(?:['’]s)?\b", re.I)
_WEAK = re.compile(
    r"\b(?:not yet|not always|not sufficiently|not consistently|not|too few|too many|too long|"
    r"lack of|lacks?|limited|"
    r"insufficient(?:ly)?|inconsistent(?:ly)?|variable|poor(?:ly)?|weak(?:nesse?s?)?|delay(?:s|ed)?|drift|"
    r"absence of|"
    r"missed|failed to|fails to|unclear|inadequate(?:ly)?)\b",
    re.I,
)
_TURNED = {
    "insufficient": ("sufficient", "enough"),
    "insufficiently": ("sufficiently",),
    "inconsistent": ("consistent", "consistently good"),
    "inconsistently": ("consistently",),
    "variable": ("consistently good", "better", "of high quality"),
    "poor": ("good", "better", "improved"),
    "poorly": ("well",),
    "too few": ("more", "all", "enough"),
    "too many": ("fewer", "all"),
    "too long": ("less time",),
    "not always": ("always", "routinely"),
    "not consistently": ("consistently", "routinely"),
    "limited": ("sufficient", "more"),
    "lack of": ("the quality of", "clear", "sufficient"),
    "lack": ("have",),
    "lacks": ("has",),
    "unclear": ("clear", "specific"),
    "inadequate": ("good", "robust"),
    "delayed": ("timely", "prompt"),
    "delay": ("timeliness", "delay"),
    "delays": ("timeliness", "delays"),
    "drift": ("drift", "progress"),
}
_DEMANDS = (
    "Ensure that", "Ensure", "Ensure that all", "Improve", "Strengthen", "Take action to ensure that",
    "Make sure that",
    "Improve the quality of", "Review", "Take steps to make sure that", "Increase", "Accelerate work so that",
    "The quality and consistency of", "The timeliness of", "The effectiveness of", "Urgently improve",
)  # fmt: skip
_ENDS = (
    "children's needs are met", "children are safe", "risks are understood", "children do not wait too long",
    "plans make a difference", "practice improves", "progress is not delayed", "outcomes improve",
)  # fmt: skip
_CLAUSE = re.compile(r"[;:,–—]\s+|\s+(?:and|but|which|who|where|although|while|so that|with)\s+")
_PAREN = re.compile(r"\s*\([^)]*\)")


def sentences(text: str) -> list[str]:
    """Split off the sentences of a text, in order; list items end at their line's end."""
    found: list[str] = []
    for line in text.split("\n"):
        found.extend(part.strip() for part in _SENTENCE_END.split(line) if part.strip())
    return found


def content_words(text: str) -> list[str]:
    """List its words without stop words and end punctuation, in order and as printed."""
    words = (word.strip(".,'’") for word in _WORD.findall(text))
    return [word for word in words if word and word.lower() not in _STOP]


@functools.cache
def _swaps() -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    table = {
        key.lower(): tuple(value) for key, value in tomllib.loads(_LAY.read_text("utf-8"))["swap"].items()
    }
    # Longest first, so that "looked after children" is never taken for "children".
    keys = "|".join(re.escape(key) for key in sorted(table, key=len, reverse=True))
    return re.compile(rf"\b(?:{keys})(?!\w)", re.I), table


def in_lay_words(text: str, chance: random.Random, share: float = 0.6) -> str:
    """Give the text with about `share` of the field's words swapped for what people type."""
    pattern, table = _swaps()

    def swapped(match: re.Match[str]) -> str:
        return chance.choice(table[match[0].lower()]) if chance.random() < share else match[0]

    return pattern.sub(swapped, text)


def query_from(sentence: str, council: str | None, year: str, chance: random.Random) -> str:
    """Make one query for the paragraph that holds `sentence`; `council` (as people write it) is named by
    chance.

    The year is given by chance too; '' where it isn't known. Returns '' where the sentence is too thin.
    """
    text = _OPENING.sub("", _PAREN.sub("", sentence)).rstrip(".")
    for _ in range(2):
        text = _OPENING.sub("", text)
    form = _form_of(text, chance)
    text = form(text, chance)
    text = _AUTHORITY.sub("council", text) if chance.random() < 0.4 else _AUTHORITY.sub("", text)
    text = in_lay_words(text, chance, share=chance.choice((0.0, 0.5, 0.7, 0.9)))
    words = text.split()
    if chance.random() < 0.5:
        words = [word for word in words if chance.random() > 0.12]
    text = " ".join(words)
    if len(content_words(text)) < 3:
        return ""
    return _with_place(text, council, year, chance)


def tells_weakness(sentence: str) -> bool:
    """Say whether the sentence says that something is missing, late, uneven or poor."""
    return bool(_WEAK.search(sentence))


def demand_from(sentence: str, chance: random.Random) -> str:
    """Say what an inspector would demand of a council that this was said of; '' where the sentence is too
    thin.
    """
    text = _OPENING.sub("", _PAREN.sub("", sentence)).rstrip(".")
    text = _AUTHORITY.sub("the council", text)
    clause = _clause(text, chance) if chance.random() < 0.6 else text
    if not tells_weakness(clause):
        clause = text
    clause = _WEAK.sub(lambda match: chance.choice(_TURNED.get(match[0].lower(), ("",))), clause)
    clause = in_lay_words(clause, chance, share=chance.choice((0.0, 0.0, 0.3)))
    words = [word for word in clause.split() if chance.random() > 0.08]
    if len(content_words(" ".join(words))) < 4:
        return ""
    demand = f"{chance.choice(_DEMANDS)} {' '.join(words)}"
    return f"{demand}, so that {chance.choice(_ENDS)}" if chance.random() < 0.25 else demand


def _form_of(text: str, chance: random.Random) -> Callable[[str, random.Random], str]:
    draw = chance.random()
    if _FIGURE.search(text) and draw < 0.75:
        return _figure_question
    if _REASON.search(text) and draw < 0.7:
        return _reason_question
    return _keywords if draw < 0.45 else _plain_question


def _figure_question(text: str, chance: random.Random) -> str:
    match = chance.choice(list(_FIGURE.finditer(text)))
    figure = match["figure"]
    before, after = text[: match.start()].strip(" ,"), text[match.end() :].strip(" ,")
    if after.startswith("of "):
        after = after[3:] if chance.random() < 0.7 else after
    rest = _clause(after, chance) if len(content_words(after)) >= 3 else after
    around = " ".join((_tail(before, 8), rest)).strip()
    if "%" in figure or "per cent" in figure:
        opening = chance.choice(
            ("what % of", "what percentage of", "what share of", "how many", "proportion of", "%")
        )
    elif figure.startswith("£"):
        opening = chance.choice(("how much", "how much money", "cost of", "£"))
    elif re.fullmatch(r"(?:19|20)\d\d", figure):
        return f"{chance.choice(('when', 'what year', 'when did'))} {_clause(before, chance) or around}"
    elif re.match(r"(?:days?|weeks?|months?|hours?|years?)\b", after):
        opening = chance.choice(("how long", "how many days", "how quickly", "time taken"))
    else:
        opening = chance.choice(("how many", "how many", "number of", "how many"))
        around = (
            rest if len(content_words(rest)) >= 3 and chance.random() < 0.6 else f"{rest} {_tail(before, 8)}"
        )
    return f"{around} {opening}" if opening == "%" else f"{opening} {around}"


def _reason_question(text: str, chance: random.Random) -> str:
    match = _REASON.search(text)
    if match is None:
        return text
    effect, cause = text[: match.start()].strip(" ,"), text[match.end() :].strip(" ,")
    if len(content_words(effect)) < 3:
        effect = cause.split(",", 1)[-1]
    opening = chance.choice(
        ("why", "why did", "what caused", "reason", "what is behind", "why is it that", "what led to")
    )
    return f"{opening} {effect}" + (f" {_tail(cause, 4)}" if chance.random() < 0.25 else "")


def _keywords(text: str, chance: random.Random) -> str:
    words = content_words(text)
    size = chance.randint(3, 8)
    if len(words) > size:
        start = chance.randint(0, len(words) - size)
        words = words[start : start + size]
    if chance.random() < 0.15:
        chance.shuffle(words)
    return " ".join(words)


def _plain_question(text: str, chance: random.Random) -> str:
    clause = _clause(text, chance)
    if chance.random() < 0.5:
        opening = chance.choice(
            (
                "what did inspectors say about", "how well", "is it true that", "are", "do", "does", "did",
                "what about", "how good is", "have", "what happened with", "can", "what is the problem with",
                "who", "how do", "which",
            )
        )  # fmt: skip
        return f"{opening} {clause}"
    return clause


def _clause(text: str, chance: random.Random) -> str:
    parts = [part.strip() for part in _CLAUSE.split(text) if len(content_words(part)) >= 3]
    if not parts:
        return text
    if len(parts) > 1 and chance.random() < 0.4:
        start = chance.randrange(len(parts) - 1)
        return " ".join(parts[start : start + 2])
    # Longer clauses say more of what is asked for; a clause of three words could be anybody's.
    return chance.choices(parts, weights=[len(content_words(part)) - 2 for part in parts])[0]


def _tail(text: str, words: int) -> str:
    return " ".join(text.split()[-words:])


def _with_place(text: str, council: str | None, year: str, chance: random.Random) -> str:
    if council and chance.random() < 0.55:
        place = chance.choice(("in {}", "{}", "{}", "at {}", "{} council", "{}'s"))
        named = place.format(council)
        when = f" {year}" if year and chance.random() < 0.4 else ""
        text = f"{named}{when} {text}" if "'s" in named or chance.random() < 0.45 else f"{text} {named}{when}"
    elif year and chance.random() < 0.1:
        text = f"{text} {year}"
    if chance.random() < 0.4:
        text = text.lower()
    if (
        re.match(r"(?:what|why|how|when|who|which|is|are|do|does|did|can|have)\b", text, re.I)
        and chance.random() < 0.6
    ):
        text += "?"
    return text[:1].upper() + text[1:] if chance.random() < 0.6 else text
