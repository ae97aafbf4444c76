"""What an inspectorate's reports look like, as data: one TOML file for each kind of report.

A profile says how a kind is recognised, what its labelled fields, grades and headings are called, and what its advice
looks like. The readers in `reports` know how lines stand on pages; all that is an inspectorate's own they take from here,
so that a new kind of report is a new file: one of `inspectorates/`, or of the folder that FINDINGS_PROFILES names.

A pattern is a regular expression in which a blank stands for any white space and an apostrophe for any kind of it;
capitals don't matter. This module must not know any inspectorate by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, cached_property, lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

_ROLES = (
    "urgent_advice", "requirement", "advice", "summary", "strength", "enforcement", "next_steps", "details", "team",
    "history", "finding",
)  # fmt: skip
"""What a heading may be for, in the order in which its words are compared."""
_ADVICE = frozenset({"advice", "urgent_advice", "requirement"})
MOST_HEADINGS = 1024
"""Headings whose role is remembered."""


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


def _naming(group: str) -> Callable[[str], str]:
    """Checks that a pattern has the named group that its value is read from."""

    def check(pattern: str) -> str:
        if group not in re.compile(pattern).groupindex:
            raise ValueError(f"needs the group (?P<{group}>…), which is the value")
        return pattern

    return check


Pattern = Annotated[str, AfterValidator(_pattern)]
Patterns = tuple[Pattern, ...]
Dates = tuple[Annotated[Pattern, AfterValidator(_naming("dates"))], ...]
Names = tuple[Annotated[Pattern, AfterValidator(_naming("name"))], ...]
Said = tuple[Annotated[Pattern, AfterValidator(_naming("grade"))], ...]
Bodies = tuple[Annotated[Pattern, AfterValidator(_naming("body"))], ...]
Dues = tuple[Annotated[Pattern, AfterValidator(_naming("due"))], ...]
Layout = Literal["front table", "table", "statement", "next line", "colon", "matrix", "score"]
Items = Literal["each", "together"]


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

    inspected: Dates = ()
    inspector: Names = ()


class NamePlace(_Part):
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
    places: tuple[NamePlace, ...] = ()
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

    `unsaid` are the words before an area that its name goes without. A sentence that matches `said` gives the grade (its
    group `grade`) of the `subject` as a whole, and so does an area whose name matches `whole`.
    """

    scale: tuple[Grade, ...] = ()
    none: Patterns = ()
    layouts: tuple[Layout, ...] = ()
    areas: Patterns = ()
    overall: Patterns = ()
    previous: Patterns = ()
    unsaid: Patterns = ()
    said: Said = ()
    whole: Patterns = ()
    subject: str = "Overall effectiveness"


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


class AdviceHeads(_Part):
    """What the columns of a table of advice are headed by."""

    text: Patterns = ()
    addressed: Patterns = ()
    due: Patterns = ()
    regulation: Patterns = ()
    status: Patterns = ()


class Advice(_Part):
    """How advice is set: `each` item is one, or items go `together` with their opening line.

    A sentence that matches `said` is advice wherever it stands; a paragraph that matches `continues` goes on with the item
    above it; a row whose status column is `settled` is advice no more.
    """

    items: Items = "together"
    headings_under: Patterns = ()
    label: Pattern | None = None
    opens: Patterns = ()
    passed_over: Patterns = ()
    continues: Patterns = ()
    said: Patterns = ()
    settled: Patterns = ()
    none_found: Patterns = ()
    addressed_to: str | None = None
    addressee: Bodies = ()
    due: Dues = ()
    endings: Patterns = ()
    columns: AdviceHeads = AdviceHeads()


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
        opens = any_of(self.grades.areas).match(text) or any_of(self.grades.whole).fullmatch(text)
        return (text[:1].isupper() or text[:1].isdigit()) and bool(opens)

    def role_of(self, heading: str) -> str | None:
        """The role of a heading by its words: "advice", "summary", "details"…; None where it is only a heading."""
        return self._roles(heading)

    def section_role(self, section: Sequence[str]) -> str | None:
        """The role of the innermost heading that has one; what stands under a heading of the past is of the past."""
        return self._section_roles(tuple(section))

    @cached_property
    def _roles(self) -> Callable[[str], str | None]:
        # Asked for a report's every line, under the same few headings.
        patterns = [(role, whole(getattr(self.headings, role))) for role in _ROLES]

        @lru_cache(MOST_HEADINGS)
        def role_of(heading: str) -> str | None:
            return next((role for role, pattern in patterns if pattern.match(heading)), None)

        return role_of

    @cached_property
    def _section_roles(self) -> Callable[[tuple[str, ...]], str | None]:
        past = whole(self.headings.history)

        @lru_cache(MOST_HEADINGS)
        def role_of(section: tuple[str, ...]) -> str | None:
            if any(past.match(heading) for heading in section):
                return "history"
            return next((role for heading in reversed(section) if (role := self.role_of(heading))), None)

        return role_of

    def advises(self, section: Sequence[str]) -> bool:
        """Whether what stands under these headings tells somebody what to do."""
        return self.section_role(section) in _ADVICE

    def is_advice(self, heading: str) -> bool:
        """Whether a heading itself opens advice."""
        return self.role_of(heading) in _ADVICE


class Scale:
    """Grades as texts name them: `named` finds the first, `whole` takes a text that is nothing but one."""

    def __init__(self, grades: Grades) -> None:
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
        text = text.strip(" *•●○◯⬤★☆")
        if not text or not self._whole.fullmatch(text):
            return None
        return self.named(text) or text.rstrip(".")

    def named(self, text: str) -> str | None:
        """The grade that `text` names first, by the name of the scale; None where it names none."""
        match = self.grade.search(text)
        if match is None:
            return None
        return next((name for pattern, name in self._pairs if pattern.fullmatch(match.group())), None)


@cache
def any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for several; nothing matches where there are none."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)", re.IGNORECASE)


@cache
def whole(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for headings that are one of several, with or without a mark at their end."""
    inner = "|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)"
    return re.compile(rf"(?:{inner})\s*[?:.]*$", re.IGNORECASE)
