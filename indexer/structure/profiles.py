"""What an inspectorate's reports look like, as data: one TOML file for each kind of report.

A profile says how a kind is recognised, what its labelled fields, grades and headings are called, and what its advice
looks like. The readers in `reports` know how lines stand on pages; all that is an inspectorate's own they take from here,
so that a new kind of report is a new file: one of `inspectorates/`, or of the folder that FINDINGS_PROFILES names.

A pattern is a regular expression in which a blank stands for any white space and an apostrophe for any kind of it;
capitals don't matter. This module must not know any inspectorate by name.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from indexer.errors import UsageError

FOLDER_SETTING = "FINDINGS_PROFILES"
"""Names a folder with profiles of the user's own; one with the id of a shipped profile takes its place."""

_SHIPPED = Path(__file__).with_name("inspectorates")
_ADVICE = frozenset({"advice", "urgent_advice", "requirement"})


_CLASS = re.compile(r"(\[(?:\\.|[^\]\\])*\])")
_APOSTROPHE = "[’'‘´·]"
"""As printed, and as fonts without a name for it give it."""


def _pattern(text: str) -> str:
    pieces = [
        piece if place % 2 else re.sub(r"(?<!\\) ", r"\\s+", re.sub(r"['’]", _APOSTROPHE, piece))
        for place, piece in enumerate(_CLASS.split(text))
    ]
    spaced = "".join(pieces)
    try:
        re.compile(spaced)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return spaced


Pattern = Annotated[str, AfterValidator(_pattern)]
Patterns = tuple[Pattern, ...]
Layout = Literal["table", "statement", "next line", "colon", "matrix", "score", "stars"]
Items = Literal["each", "together", "headings"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recognise(_Part):
    """How a kind is known: by its `title`, by words of the first `page`, or by words that must `all` be there."""

    title: Patterns = ()
    page: Patterns = ()
    all: Patterns = ()


class Fields(_Part):
    """The labels that values stand behind, each as it begins a line. What is under `other` is left out of the text."""

    inspected: Patterns = ()
    published: Patterns = ()
    inspector: Patterns = ()
    organisation: Patterns = ()
    identifier: Patterns = ()
    council: Patterns = ()
    other: Patterns = ()
    title_ends: Patterns = ()


class Sentences(_Part):
    """Values told in sentences: `dates` and `name` are the named groups."""

    inspected: Patterns = ()
    inspector: Patterns = ()


class Place(_Part):
    """Where a name is printed: the line `after` or `before` one, or the group `name` of what it must `match`.

    `line` gives the n-th line that isn't passed over by `skip`.
    """

    after: Pattern | None = None
    before: Pattern | None = None
    match: Pattern | None = None
    line: int | None = None
    skip: Patterns = ()


class Organisation(_Part):
    """Who was inspected. Without `places` it is the council of the title."""

    type: str | None = None
    places: tuple[Place, ...] = ()
    identifier: Pattern | None = None
    is_council: bool = False


class Grade(_Part):
    """One step of a scale: the name that is kept, other spellings, its score if one is printed, whether it is good."""

    name: str
    spellings: Patterns = ()
    score: int | None = None
    good: bool = False


class Grades(_Part):
    """The scale, best first, and how judged areas are printed with their grades.

    `unsaid` are the words before an area that its name goes without.
    """

    scale: tuple[Grade, ...] = ()
    none: Patterns = ()
    layouts: tuple[Layout, ...] = ()
    areas: Patterns = ()
    overall: Patterns = ()
    previous: Patterns = ()
    unsaid: Patterns = ()


class Headings(_Part):
    """What headings are called, by how far out they stand (`part` … `section`) and by their role."""

    part: Patterns = ()
    chapter: Patterns = ()
    inner: Patterns = ()
    over: Patterns = ()
    section: Patterns = ()
    summary: Patterns = ()
    finding: Patterns = ()
    strength: Patterns = ()
    advice: Patterns = ()
    urgent_advice: Patterns = ()
    requirement: Patterns = ()
    enforcement: Patterns = ()
    next_steps: Patterns = ()
    details: Patterns = ()
    team: Patterns = ()
    history: Patterns = ()
    imprint: Patterns = ()


class Columns(_Part):
    """What the columns of a table of advice are headed by."""

    text: Patterns = ()
    addressed: Patterns = ()
    due: Patterns = ()
    regulation: Patterns = ()


class Advice(_Part):
    """How advice is set: `each` item is one, items go `together` with their opening line, or sub-`headings` are it."""

    items: Items = "together"
    headings_under: Patterns = ()
    label: Pattern | None = None
    opens: Patterns = ()
    passed_over: Patterns = ()
    none_found: Patterns = ()
    addressed_to: str | None = None
    addressee: Patterns = ()
    due: Patterns = ()
    endings: Patterns = ()
    columns: Columns = Columns()


class Imprint(_Part):
    """How the publisher's imprint `begins`, and the lines of a `letterhead`; neither is text."""

    begins: Patterns = ()
    letterhead: Patterns = ()


class Asked(_Part):
    """What people call this kind of report when they ask for it."""

    words: tuple[str, ...] = ()


class Profile(_Part):
    """One kind of report. `framework` is None for a profile that others extend and no report has by itself."""

    id: str
    extends: str | None = None
    inspectorate: str = ""
    framework: str | None = None
    order: int = 50
    recognise: Recognise = Recognise()
    organisation: Organisation = Organisation()
    fields: Fields = Fields()
    sentences: Sentences = Sentences()
    grades: Grades = Grades()
    headings: Headings = Headings()
    advice: Advice = Advice()
    imprint: Imprint = Imprint()
    asked: Asked = Asked()

    @cached_property
    def scale(self) -> Scale:
        """The scale of grades, ready to be looked for in a text."""
        return Scale(self.grades)

    def is_area(self, text: str) -> bool:
        """Whether a text begins as a judged area of this kind does."""
        return (text[:1].isupper() or text[:1].isdigit()) and bool(any_of(self.grades.areas).match(text))

    def role_of(self, heading: str) -> str | None:
        """The role of a heading by its words: "advice", "summary", "details"…; None where it is only a heading."""
        for role in (
            "urgent_advice", "requirement", "advice", "summary", "strength", "enforcement", "next_steps", "details",
            "team", "history", "finding",
        ):  # fmt: skip
            if whole(getattr(self.headings, role)).match(heading):
                return role
        return None

    def section_role(self, section: Sequence[str]) -> str | None:
        """The role of the innermost heading that has one."""
        return next((role for heading in reversed(section) if (role := self.role_of(heading))), None)

    def advises(self, section: Sequence[str]) -> bool:
        """Whether what stands under these headings tells somebody what to do."""
        return self.section_role(section) in _ADVICE

    def is_advice(self, heading: str) -> bool:
        """Whether a heading itself opens advice."""
        return self.role_of(heading) in _ADVICE


class Scale:
    """Grades as texts name them: `named` finds the first, `whole` takes a text that is nothing but one."""

    def __init__(self, grades: Grades) -> None:
        self._grades = grades
        pairs = [
            (f"(?:{p})", g.name)
            for g in grades.scale
            for p in (*g.spellings, _pattern(re.escape(g.name).replace("\\ ", " ")))
        ]
        # Long spellings first: "very good" is no "good". Letters that only look like ASCII ones must not match.
        pairs.sort(key=lambda pair: -len(pair[0]))
        self._pairs = [(re.compile(rf"(?a:{pattern})", re.IGNORECASE), name) for pattern, name in pairs]
        found = "|".join(pattern for pattern, _ in pairs) or "(?!)"
        none = "|".join(f"(?:{p})" for p in grades.none) or "(?!)"
        self.grade = re.compile(rf"\b(?a:{found})\b", re.IGNORECASE)
        self._whole = re.compile(
            rf"(?:(?:grade\s*)?\d\s*[-–—:(]\s*)?(?a:{found}|{none})[.)]?(?:\s*[(]?grade\s*\d[)]?)?",
            re.IGNORECASE,
        )
        self.trailing = re.compile(
            rf"^(?P<area>.*?\S)\s+(?P<grade>\b(?a:{found})\b|(?:{none}))$", re.IGNORECASE
        )

    def whole(self, text: str) -> str | None:
        """The grade that `text` is, and nothing else; as printed where it says that none is given."""
        text = text.strip(" *•")
        if not text or not self._whole.fullmatch(text):
            return None
        return self.named(text) or text.rstrip(".")

    def named(self, text: str) -> str | None:
        """The grade that `text` names first, by the name of the scale; None where it names none."""
        match = self.grade.search(text)
        if match is None:
            return None
        return next((name for pattern, name in self._pairs if pattern.fullmatch(match.group())), None)

    def scored(self, score: int) -> str | None:
        """The grade of a printed score."""
        return next((grade.name for grade in self._grades.scale if grade.score == score), None)


@cache
def any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for several; nothing matches where there are none."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)", re.IGNORECASE)


@cache
def whole(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for headings that are one of several, with or without a mark at their end."""
    inner = "|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)"
    return re.compile(rf"(?:{inner})\s*[?:.]*$", re.IGNORECASE)


@cache
def profiles() -> tuple[Profile, ...]:
    """Every profile, shipped and of the user's own, the first to be tried first.

    Raises UsageError, with file and line, where one is no profile.
    """
    files = {path.stem: path for path in (*sorted(_SHIPPED.glob("*.toml")), *own_profiles())}
    return load_profiles(files.values())


def own_profiles() -> tuple[Path, ...]:
    """The files of the user's own profiles, by name; none where the setting names no folder."""
    folder = os.environ.get(FOLDER_SETTING, "")
    if folder and not Path(folder).is_dir():
        raise UsageError(f"{FOLDER_SETTING} names {folder}, which is no folder")
    return tuple(sorted(Path(folder).glob("*.toml"))) if folder else ()


def demanded(front: str) -> Profile | None:
    """The profile all of whose demanded words stand in the first pages' text; None where there is none."""
    known = (profile for profile in profiles() if profile.framework and profile.recognise.all)
    return next((p for p in known if all(any_of((word,)).search(front) for word in p.recognise.all)), None)


def load_profiles(files: Iterable[Path]) -> tuple[Profile, ...]:
    """The profiles of these files, those that extend another filled up with what it says."""
    tables: dict[str, tuple[Path, dict[str, Any]]] = {}
    for path in files:
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{path} can't be read as a profile: {error}") from error
        tables[str(table.get("id", path.stem))] = (path, table)
    made = [_validated(path, _filled(name, tables, ())) for name, (path, _) in tables.items()]
    return tuple(sorted(made, key=lambda profile: (profile.order, profile.id)))


def base_profile() -> Profile:
    """The profile that speaks for papers and letters of no known kind: the grades that councils are given."""
    return next(profile for profile in profiles() if profile.id == "ofsted-local-authority")


def _filled(
    name: str, tables: Mapping[str, tuple[Path, dict[str, Any]]], under: tuple[str, ...]
) -> dict[str, Any]:
    path, table = tables[name]
    parent = table.get("extends")
    if parent is None:
        return table
    if parent not in tables or parent in (*under, name):
        raise UsageError(
            f"{path}:{_line_of(path, ('extends',))}: it extends {parent!r}, which is no other profile"
        )
    own = {key: value for key, value in table.items() if key != "extends"}
    above = {
        k: v
        for k, v in _filled(parent, tables, (*under, name)).items()
        if k not in {"recognise", "framework", "order", "asked"}
    }
    return _merged(above, own) | {"extends": parent}


def _merged(above: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(above)
    for key, value in own.items():
        old = merged.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            merged[key] = _merged(old, value)
        elif isinstance(value, list) and isinstance(old, list) and value[:1] == ["…"]:
            merged[key] = [*value[1:], *old]  # "…" first: besides what is there already
        else:
            merged[key] = value
    return merged


def _validated(path: Path, table: Mapping[str, Any]) -> Profile:
    try:
        return Profile.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(str(part) for part in first["loc"])
        raise UsageError(f"{path}:{_line_of(path, place)}: {'.'.join(place)}: {first['msg']}") from error


def _line_of(path: Path, place: tuple[str, ...]) -> int:
    """The line at which a value of a TOML file stands, as near as its keys tell."""
    table, line = "", 1
    names = [part for part in place if not part.isdigit()]
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        header = re.match(r"\s*\[+\s*([\w.]+)\s*\]+", text)
        if header:
            table = header[1]
            if names and table.split(".") == names[: len(table.split("."))]:
                line = number
        key = re.match(r"\s*([\w-]+)\s*=", text)
        if (
            key
            and [*(table.split(".") if table else []), key[1]]
            == names[: len(table.split(".")) + 1 if table else 1]
        ):
            line = number
    return line
