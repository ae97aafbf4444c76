"""The English authorities with children's services: what they are called, and where a text names one.

Documents print an authority in a dozen ways ("City of York", "Tameside metropolitan borough") and people type
it in a dozen more ("Bucks", "B&D", "Darlngton"). Both come here, so that a document and a question about it
agree. The names live in councils.toml and nowhere else. This module knows nothing of documents or of ranking.
"""

from __future__ import annotations

import functools
import re
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rapidfuzz.distance import OSA

from indexer.text.council_register import RegisterEntry, load_register
from indexer.text.council_spellings import Target, Targets, closest

How = Literal["name", "alias", "misspelling"]
CouncilType = Literal["county", "unitary", "metropolitan", "London borough"]
COUNCIL_TYPES: tuple[CouncilType, ...] = ("county", "unitary", "metropolitan", "London borough")

_FILE = Path(__file__).with_name("councils.toml")
_TOKEN = re.compile(r"&|[A-Za-z0-9]+(?:['’ʼ`][A-Za-z]+)*['’]?")
_POSSESSIVE = re.compile(r"['’ʼ`]s?$", re.I)
_APOSTROPHES = re.compile(r"['’ʼ`]")
_YEAR = re.compile(r"(?:19|20)\d\d$")
_MIN_FUZZY = {"name": 5, "alias": 8}
"""Shorter ones are never guessed from a misspelling: too many words lie one slip away ("Staffs", "staff")."""


@dataclass(frozen=True, slots=True)
class Council:
    """One authority. One abolished in the year `until` has `successors`, and mostly no place in the register."""

    name: str
    region: str
    type: CouncilType
    aliases: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    until: int | None = None
    register: RegisterEntry | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A name for several authorities at once: a region, a shared trust, or `by_type` all of one type."""

    name: str
    aliases: tuple[str, ...]
    members: tuple[str, ...]
    by_type: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a text names an authority (or an area): `text[start:end]`, and how it was recognised."""

    start: int
    end: int
    name: str
    how: How


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int
    printed: str


@dataclass(frozen=True, slots=True)
class _Names:
    councils: tuple[Council, ...]
    former: tuple[Council, ...]
    areas: tuple[Area, ...]
    forms: _Forms
    area_forms: _Forms
    all_forms: _Forms
    blocked: _Forms
    ordinary: frozenset[str]
    ordinary_next: frozenset[str]
    naming_next: frozenset[str]
    common: frozenset[str]


_Form = tuple[str, ...]
_Named = Mapping[_Form, tuple[str, How]]


@dataclass(frozen=True, slots=True, eq=False)
class _Forms:
    """Forms of names by their words; `longest` is, by a first word, how many words its longest form has."""

    named: _Named
    longest: Mapping[str, int]

    def starting(self, tokens: Sequence[_Token], at: int) -> Iterator[_Form]:
        """The forms that may stand at a token, the longest first."""
        for length in range(min(self.longest.get(tokens[at].word, 0), len(tokens) - at), 0, -1):
            form = tuple(token.word for token in tokens[at : at + length])
            if form in self.named:
                yield form


@dataclass(frozen=True, slots=True)
class _Known:
    forms: _Forms
    taken: _Forms
    targets: Targets


def all_councils() -> tuple[Council, ...]:
    """List the 153 authorities that exist, by region and then by name."""
    return _names().councils


def former_councils() -> tuple[Council, ...]:
    """List the authorities that no longer exist but whose inspections do."""
    return _names().former


def areas() -> tuple[Area, ...]:
    """List the names of several authorities at once, the nine regions first."""
    return _names().areas


def council(name: str) -> Council | None:
    """Find the authority of this exact canonical name, existing or former."""
    return _by_name().get(name)


def region_of(name: str) -> str | None:
    """Find the English region of the authority of this canonical name; None for no authority."""
    found = council(name)
    return found.region if found else None


def urn_of(name: str) -> str | None:
    """Find Ofsted's number (URN) for the authority of this canonical name."""
    found = council(name)
    return found.register.urn if found and found.register else None


def neighbours_of(name: str) -> tuple[str, ...]:
    """List the statistical neighbours of the authority of this canonical name, nearest first."""
    found = council(name)
    return found.register.neighbours if found and found.register else ()


def canonical(printed: str) -> str | None:
    """Name the authority as a person says it, from any form that a document prints.

    Takes the longest name in the text, the first of equals, so that a title line ("Inspection of … local
    authority children's services") may be given whole. None where no authority is named.
    """
    mentions = _exact(_tokens(printed), _names().forms, guarded=False)
    if not mentions:
        return None
    return max(mentions, key=lambda m: (m.end - m.start, -m.start)).name


def find_in(
    text: str,
    also: Iterable[str] = (),
    is_word: Callable[[str], bool] | None = None,
) -> list[Mention]:
    """List every authority that a person's text names, in order, without overlaps; the longest name wins.

    `also` gives further names to know (those of an index's own documents). `is_word` says whether a
    lower-case word is an ordinary one, which is then never taken for a misspelt name.
    """
    known = _known(tuple(also))
    tokens = _tokens(text)
    found = _exact(tokens, known.forms, guarded=True)
    # What a guard turned down as a name is no misspelling of it either.
    taken = [(m.start, m.end) for m in _exact(tokens, known.taken, guarded=False)]
    found += _misspelt(tokens, known.targets, taken, is_word)
    return sorted(found, key=lambda m: m.start)


def find_areas(text: str) -> list[Mention]:
    """List every region or other group of authorities named where no single one is meant."""
    groups = {area.name for area in _names().areas}
    return [m for m in _exact(_tokens(text), _names().all_forms, guarded=True) if m.name in groups]


def members(*named: str) -> tuple[str, ...]:
    """List the authorities in any of the areas of these canonical names, in order; unknown names are empty.

    A type narrows the places named with it: the unitary councils of the North West.
    """
    areas = [area for area in _names().areas if area.name in named]
    of_types, places = (
        dict.fromkeys(m for area in areas if area.by_type is by_type for m in area.members)
        for by_type in (True, False)
    )
    if of_types and places:
        return tuple(name for name in places if name in of_types)
    return (*places, *of_types)


def nearest(typed: str, names: Sequence[str]) -> str | None:
    """Guess the name that a person most likely meant by a mistyped one; None where nothing is near."""
    key = "".join(_key(typed))
    scored = [(OSA.distance(key, "".join(_key(name))), name) for name in names]
    best = min(scored, default=None)
    return best[1] if best and best[0] <= max(2, len(key) // 3) else None


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        printed = match.group()
        bare = _POSSESSIVE.sub("", printed)
        word = "and" if printed == "&" else _APOSTROPHES.sub("", bare.lower())
        # A possessive ending is not part of the name, so that a tag shows "Darlington", not "Darlington's".
        tokens.append(_Token(word, match.start(), match.start() + len(bare), printed))
    return [token for token in tokens if token.word]


def _key(name: str) -> tuple[str, ...]:
    return tuple(token.word for token in _tokens(name))


def _exact(tokens: Sequence[_Token], forms: _Forms, *, guarded: bool) -> list[Mention]:
    blocked = _names().blocked
    found: list[Mention] = []
    at = 0
    while at < len(tokens):
        refused = next(blocked.starting(tokens, at), ()) if guarded else ()
        # A phrase that is no name hides the names within it, but none that is longer than it.
        form = next(
            (
                form
                for form in forms.starting(tokens, at)
                if len(form) > len(refused) and not (guarded and len(form) == 1 and _is_ordinary(tokens, at))
            ),
            (),
        )
        if form:
            name, how = forms.named[form]
            found.append(Mention(tokens[at].start, tokens[at + len(form) - 1].end, name, how))
        at += max(1, len(form), len(refused))
    return found


def _is_ordinary(tokens: Sequence[_Token], at: int) -> bool:
    """Whether a one-word name stands here as the ordinary word that it also is."""
    names = _names()
    token = tokens[at]
    if token.word not in names.ordinary:
        return False
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if token.printed[0].isupper():
        return at == 0 and following in names.ordinary_next and len(tokens) > 1
    if following in names.naming_next or _YEAR.match(following) or token.printed != token.word:
        return False
    # Typed in lower case throughout: at the start ("reading care leavers") or at the end after "in".
    if at == 0:
        return len(tokens) > 1 and following in names.ordinary_next
    return not (following == "" and tokens[at - 1].word in {"in", "for", "from", "at"})


def _misspelt(
    tokens: Sequence[_Token],
    targets: Targets,
    taken: Sequence[tuple[int, int]],
    is_word: Callable[[str], bool] | None,
) -> list[Mention]:
    common = _names().common
    found: list[Mention] = []
    # A hostile text names thousands: which words are taken is marked, not looked for in a list of them.
    covered = bytearray(len(tokens))
    starts = [token.start for token in tokens]
    for start, end in taken:
        for at in range(bisect_left(starts, start), bisect_left(starts, end)):
            covered[at] = 1
    for length in (5, 4, 3, 2, 1):
        for at in range(len(tokens) - length + 1):
            window = tokens[at : at + length]
            near = targets.get((window[0].word[0], length))
            if not near or any(covered[at : at + length]):
                continue
            words = [token.word for token in window]
            if length == 1 and (words[0] in common or any(c.isdigit() for c in words[0])):
                continue
            name = closest(words, near, common, is_word)
            # Asked last: whether a word is an ordinary one may cost a look into an index.
            if name is None or (length == 1 and is_word and is_word(words[0])):
                continue
            found.append(Mention(window[0].start, window[-1].end, name, "misspelling"))
            covered[at : at + length] = b"\1" * length
    return found


@functools.lru_cache(maxsize=16)
def _known(also: tuple[str, ...]) -> _Known:
    """Put the names of an index's own councils beside the others, once."""
    names = _names()
    forms = dict(names.forms.named)
    for name in also:
        if _key(name):
            forms.setdefault(_key(name), (name, "name"))
    targets: dict[tuple[str, int], list[Target]] = {}
    for form, (name, how) in forms.items():
        joined = "".join(form)
        if len(joined) >= _MIN_FUZZY.get(how, 0):
            # Typed as its words, or run together as one.
            for length in {len(form), 1}:
                targets.setdefault((joined[0], length), []).append(Target(form, joined, name))
    taken = {**forms, **names.area_forms.named, **names.blocked.named}
    return _Known(_looked_up(forms), _looked_up(taken), targets)


@functools.cache
def _names() -> _Names:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    councils: list[Council] = []
    register = load_register()
    regions: list[Area] = []
    for region in data["region"]:
        here = [
            Council(
                entry["name"], region["name"], kind, tuple(entry.get("aliases", ())),
                register=register.get(entry["name"]),
            )
            for kind in COUNCIL_TYPES
            for entry in region.get(kind, ())
        ]  # fmt: skip
        here.sort(key=lambda c: c.name)
        councils += here
        names = tuple(c.name for c in here)
        regions.append(Area(region["name"], tuple(region.get("aliases", ())), names))
    former = [
        Council(
            entry["name"], entry["region"], entry["type"], tuple(entry.get("aliases", ())),
            tuple(entry["successors"]), entry["until"], register.get(entry["name"]),
        )
        for entry in data["former"]
    ]  # fmt: skip
    groups = regions + [_area(entry, regions, councils) for entry in data["area"]]
    reading: dict[str, Any] = data["reading"]
    forms, area_forms = _forms([*councils, *former]), _forms(groups)
    blocked: _Named = {_key(phrase): ("", "name") for phrase in reading["not_councils"]}
    return _Names(
        councils=tuple(councils),
        former=tuple(former),
        areas=tuple(groups),
        forms=_looked_up(forms),
        area_forms=_looked_up(area_forms),
        all_forms=_looked_up({**area_forms, **forms}),
        blocked=_looked_up(blocked),
        ordinary=frozenset(reading["ordinary_names"]),
        ordinary_next=frozenset(reading["ordinary_next"]),
        naming_next=frozenset(reading["naming_next"]),
        common=frozenset(reading.get("near_names", ())),
    )


def _area(entry: Mapping[str, Any], regions: Sequence[Area], councils: Sequence[Council]) -> Area:
    if "type" in entry:
        inside = tuple(c.name for c in councils if c.type == entry["type"])
        return Area(entry["name"], tuple(entry["aliases"]), inside, by_type=True)
    inside = tuple(entry.get("members", ()))
    for region in regions:
        if region.name in entry.get("regions", ()):
            inside += region.members
    return Area(entry["name"], tuple(entry.get("aliases", ())), inside)


def _looked_up(named: _Named) -> _Forms:
    longest: dict[str, int] = {}
    for form in named:
        longest[form[0]] = max(len(form), longest.get(form[0], 0))
    return _Forms(named, longest)


def _forms(entries: Sequence[Council] | Sequence[Area]) -> dict[_Form, tuple[str, How]]:
    forms: dict[_Form, tuple[str, How]] = {}
    for entry in entries:
        forms[_key(entry.name)] = (entry.name, "name")
    for entry in entries:
        for alias in entry.aliases:
            forms.setdefault(_key(alias), (entry.name, "alias"))
    return forms


@functools.cache
def _by_name() -> dict[str, Council]:
    return {entry.name: entry for entry in (*_names().councils, *_names().former)}
