"""The address of a page about a subject: which subject, seen from where, under which filters, and what is the page's own.

Every page about a subject reads and writes its address here, so that one leads to another without losing any of it. This
module must not know what is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.register.subjects import load_subjects, load_themes, subject_numbers
from search_api.fields import Filters, filters_from
from search_api.register.subject_asked import THEME, SubjectAsked
from web.pages.search.address import address, refuse_misspelt
from web.pages.site import Parameters, page_number, several

LONGEST_SUBJECT = 300


@dataclass(frozen=True, slots=True)
class SubjectAddress:
    """What an address asks; `own` are the page's own parameters, those that are set."""

    subject: str
    near: str
    filters: Filters
    own: Mapping[str, str]
    page: int = 1

    def url(self, path: str, /, **changes: object) -> str:
        """Give the address of a page with the same subject and filters, and with these parameters changed."""
        values = {"subject": self.subject, "near": self.near, **self.filters.to_json()}
        return address(path, values | changes)

    def same(self, path: str, /, **changes: object) -> str:
        """Give the address of the same page with these parameters changed; its page begins at 1 again."""
        return self.url(path, **{**self.own, **changes})

    def table_url(self, table: str, **changes: object) -> str:
        """Give the address of one of the register's tables as CSV, for the same subject and filters."""
        values = {"q": self.subject, **self.filters.to_json(), **self.own, **changes, "format": "csv"}
        return address(f"/api/{table}", values)

    def given(self, *names: str) -> dict[str, str]:
        """Give what a table of the register is asked: the subject, and those of the page's own parameters."""
        return {"q": self.subject} | {name: self.own[name] for name in names if name in self.own}


def read_subject_address(given: Parameters, own: Sequence[str] = ()) -> SubjectAddress:
    """Read the parameters of an address, those in `own` beside the usual ones; what is empty asks nothing."""
    refuse_misspelt(given)

    def last(name: str) -> str:
        return " ".join("".join(several(given, name)[-1:]).split())

    return SubjectAddress(
        subject=_themes().get(last("subject").casefold(), last("subject")[:LONGEST_SUBJECT]),
        near=last("near"),
        filters=filters_from(given),
        own={name: value for name in own if (value := last(name))},
        page=page_number(last("page")),
    )


def _themes() -> Mapping[str, str]:
    """Give what stands for a theme in an address, by its name."""
    return {name.casefold(): f"{THEME}{theme}" for theme, name in load_themes().items()}


@dataclass(frozen=True, slots=True)
class SubjectChoice:
    """A subject or a theme that can be chosen: its value in an address, and its name."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class ThemeChoice:
    """A theme with the subjects under it."""

    value: str
    name: str
    subjects: tuple[SubjectChoice, ...]


def choices() -> list[ThemeChoice]:
    """List every theme with its subjects, in their order."""
    return [
        ThemeChoice(
            f"{THEME}{theme}",
            name,
            tuple(SubjectChoice(one.id, one.name) for one in load_subjects() if one.theme == theme),
        )
        for theme, name in load_themes().items()
    ]


def spoken(asked: SubjectAsked) -> str:
    """Give what to call a subject within a sentence: a name that isn't an abbreviation begins small."""
    name = asked.name if len(asked.subjects) == 1 or asked.words.startswith(THEME) else f"“{asked.words}”"
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def typed(wanted: SubjectAddress, asked: SubjectAsked | None) -> str:
    """Give what stands in the field for a subject: its name where an address has its id, else the words themselves."""
    by_id = asked and (asked.words.startswith(THEME) or asked.words in subject_numbers())
    return asked.name if asked and by_id else wanted.subject


def subject_values(wanted: SubjectAddress, asked: SubjectAsked | None, current: str) -> dict[str, Any]:
    """Give what every page about a subject shows: the choices, what the words were taken for, and the other pages."""
    meant = asked.subjects if asked and len(asked.subjects) > 1 else ()
    named = [load_subjects()[subject_numbers()[one]] for one in meant]
    return {
        "wanted": wanted,
        "asked": asked,
        "spoken": spoken(asked) if asked else "",
        "typed": typed(wanted, asked),
        "choices": choices(),
        "narrower": [(one.name, wanted.same(current, subject=one.id)) for one in named],
        "ways": [
            (words, wanted.url(path), path == current)
            for path, words in (
                ("/turned-round", "Who turned it round"),
                ("/trend", "Trend"),
                ("/findings", "Every finding"),
                ("/promises", "Promised and found"),
                ("/in-common", "What a group has in common"),
            )
        ],
    }
