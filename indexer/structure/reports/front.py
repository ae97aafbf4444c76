"""What an inspection report says of itself: council, title, framework, dates, inspector, grades.

Everything is read from the words and places that such reports share over the years; nothing is keyed on one
publisher's template alone, and no file, council or person is named here. Knows nothing of paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexer.document import Judgement
from indexer.reading.layout import Flow, FlowLine, join
from indexer.reading.source import Page
from indexer.structure.profile_files import base_profile, demanded, profiles, unknown_profile
from indexer.structure.profiles import Profile, any_of
from indexer.structure.reports.grades import GradeRow, GradeTable, grade_table
from indexer.structure.reports.judgements import judged_areas, said_grade
from indexer.structure.reports.letters import (
    dates_in_sentences,
    inspector_in_sentences,
    is_bare_date,
    read_letter,
)
from indexer.structure.reports.organisations import Inspected, inspected
from indexer.structure.reports.statements import BOARD, GradeStatement, board_statement, overall_statement
from indexer.text.dates import date_range, dates_in, first_date

_HONOURS = re.compile(
    r",?\s*\(?\b(?:H(?:is|er)\s+Majesty[’']?s[’']?\s+Inspectors?|HMIs?|(?:Ofsted|Social\s+Care|Estyn|CQC|Lead|Senior|Team)\s+Inspectors?|Social\s+Care\s+Regulatory"
    r"\s+Inspector|Senior\s+HMI|Regulatory\s+Inspection\s+Manager|OBE|MBE|CBE)\b\)?\s*,?",
    re.IGNORECASE,
)
_TABLE_HEAD = re.compile(r"^(?:key\s+)?judge?ments?(?:\s+grade)?$|^judgement\s+grade$", re.IGNORECASE)
_RECORD = re.compile(r"^record\s+of\s+main\s+findings\b(?!.*\d$)", re.IGNORECASE)
_OVER_TITLE = 2
"""Lines of small type that may stand over the title: the publisher's name, the kind of report."""
_LICENCE = re.compile(r"open\s+government\s+licence(?:\s+v?(\d(?:\.\d)?))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Front:
    """What a report says of itself; `places` are the lines of the flow that are used up in saying it.

    `profile` says how the rest is read; `known` is false where no profile fits, and nothing is then guessed.
    """

    profile: Profile
    known: bool
    inspected: Inspected
    title: str
    published: str | None
    inspected_from: str | None
    inspected_to: str | None
    lead_inspector: str | None
    rows: tuple[GradeRow, ...]
    board: GradeStatement | None
    overall: GradeStatement | None
    licence: str | None
    places: frozenset[int]
    around: frozenset[int] = frozenset()
    """Lines of the table of judgements that say more than a grade; they open no paragraphs."""

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """Every judged area once: the table's rows, then the safeguarding board's."""
        named = self.profile.scale.named
        found = [Judgement(row.area, named(row.grade) or row.grade, row.page or None) for row in self.rows]
        if self.board and not any(re.search(BOARD, j.area, re.IGNORECASE) for j in found):
            found.append(Judgement(self.board.area, self.board.grade, self.board.page))
        return tuple(found)

    @property
    def overall_row(self) -> GradeRow | None:
        """The row of the table that is about the whole."""
        is_overall = any_of(self.profile.grades.overall)
        return next((row for row in self.rows if is_overall.match(row.area)), None)

    @property
    def overall_grade(self) -> str | None:
        """The overall grade: the table's own row, else the statement above it."""
        if self.overall_row:
            return self.profile.scale.named(self.overall_row.grade)
        return self.overall.grade if self.overall else None


def read_front(flow: Flow, file_title: str | None = None, pages: Sequence[Page] = ()) -> Front:
    """Read what the report says of itself. Whatever isn't printed is None or empty."""
    lines = flow.lines
    letter = read_letter(flow)
    title_places = list(letter.title_places) if letter else _title_places(lines, flow)
    found = recognise(join((lines[i].text for i in title_places), flow.vocabulary), flow)
    profile = found or unknown_profile()
    labels, first_pages = profile.fields, flow.front()
    places = {*title_places, *(letter.places if letter else ())}
    dates, date_places = _labelled(lines, first_pages, labels.inspected, profile)
    published, published_places = _labelled(lines, first_pages, labels.published, profile)
    places.update(date_places, published_places)
    inspector, inspector_places = _inspector(lines, profile)
    places.update(i for i in inspector_places if i in first_pages and lines[i].page <= 1)
    other = any_of(labels.other)
    places.update(i for i in first_pages if lines[i].page <= 1 and other.match(lines[i].text))
    table = _judgements(flow, profile, pages) if found else GradeTable((), frozenset())
    places.update(table.places)
    by_statement = found is not None and "statement" in profile.grades.layouts
    inspected_from, inspected_to = date_range(dates) if dates else dates_in_sentences(flow, profile)
    subject = inspected(flow, profile, [lines[i] for i in title_places], file_title)
    places.update(subject.places)
    bare = next(
        (
            d
            for i in sorted({0, *title_places[:1]})
            if i < len(lines) and len(d := dates_in(lines[i].text)) == 1 and is_bare_date(lines[i])
        ),
        [],
    )
    return Front(
        profile=profile,
        known=found is not None,
        inspected=subject if found else replace(subject, council=None, name=None, identifier=None),
        title=subject.title,
        published=_published(published, letter.published if letter else None, bare) if found else None,
        inspected_from=inspected_from if found else None,
        inspected_to=inspected_to if found else None,
        lead_inspector=inspector or (inspector_in_sentences(flow, profile) if found else None),
        rows=table.rows,
        board=board_statement(flow, profile.scale) if by_statement else None,
        overall=overall_statement(flow, profile.scale) if by_statement else None,
        licence=_licence(lines),
        places=frozenset(places),
        around=table.around,
    )


def _published(printed: str | None, letter: str | None, bare: list[str]) -> str | None:
    return (first_date(printed) if printed else None) or letter or next(iter(bare), None)


def recognise(title: str, flow: Flow) -> Profile | None:
    """The profile that a report fits: by its title, then by its first page, then by the first lines; else None."""
    first_page = [placed.text for placed in flow.lines if placed.page <= 1]
    known = [profile for profile in profiles() if profile.framework]
    by_title = (p for p in known if any_of(p.recognise.title).search(title))
    by_page = (p for p in known if any_of(p.recognise.page).search(" ".join(first_page)))
    by_lines = (p for p in known if any_of(p.recognise.title).search(" ".join(first_page[:12])))
    return (
        next(by_title, None)
        or demanded(" ".join(flow.lines[i].text for i in flow.front()))
        or next(by_page, None)
        or next(by_lines, None)
    )


def _title_places(lines: Sequence[FlowLine], flow: Flow) -> list[int]:
    """The lines above the first labelled field or table of the first page: large, bold, or both."""
    labels = base_profile().fields
    ends = any_of((*labels.title_ends, *labels.inspected))
    places: list[int] = []
    for i, placed in enumerate(lines):
        if placed.page != (lines[0].page if lines else 1) or len(places) >= 12:
            break
        if ends.match(placed.text) or _TABLE_HEAD.match(placed.text):
            break
        large = placed.line.size > 1.1 * flow.body_size or not flow.paged
        if not (large or placed.line.bold or placed.text.lower() == "and") or len(placed.text) > 200:
            if not places and i < _OVER_TITLE and flow.paged:
                continue
            break
        places.append(i)
    return places


def _labelled(
    lines: Sequence[FlowLine], where: Sequence[int], labels: tuple[str, ...], profile: Profile
) -> tuple[str | None, list[int]]:
    """The dates printed after a label, carried over to the next line where they are broken; whole ones before a month."""
    month: tuple[str | None, list[int]] = (None, [])
    label = any_of(labels)
    ends = any_of((*profile.fields.title_ends, *labels))
    for i in where:
        match = label.match(lines[i].text)
        if not match:
            continue
        value, places = lines[i].text[match.end() :].lstrip(" :"), [i]
        listed = not value
        for j in range(i + 1, min(i + 3, len(lines))):
            if listed and value and is_bare_date(lines[j]) and is_bare_date(lines[j - 1]):
                value, places = f"{value}, {lines[j].text}", [*places, j]  # a date on each line
                continue
            broken = bool(re.search(r"(?:\b(?:to|and|on)|[–—,-]|\b[A-Z][a-z]+)\s*$", value)) or not value
            if not broken or ends.match(lines[j].text) or not re.search(r"\d", lines[j].text):
                break
            value, places = f"{value} {lines[j].text}".strip(), [*places, j]
        if dates_in(value):
            return value, places
        if re.search(r"\d", value) and not month[0]:
            month = value, places
    return month


def _inspector(lines: Sequence[FlowLine], profile: Profile) -> tuple[str | None, list[int]]:
    label = any_of(profile.fields.inspector)
    for i, placed in enumerate(lines):
        match = label.match(placed.text)
        if not match or len(placed.text) > 140:
            continue
        rest = placed.text[match.end() :]
        if rest and not re.match(r"\s*:?\s+\S|\s*:$", rest):
            continue
        value, places = rest.lstrip(" :"), [i]
        for j in range(i + 1, min(i + 3, len(lines))):
            following = lines[j].text
            if not value or value.rstrip().endswith(("and", ",", "&")):
                value, places = f"{value} {following}", [*places, j]
            elif _HONOURS.fullmatch(following):
                places.append(j)
            else:
                break
        name = names_of(value)
        if name:
            return name, places
    return None, []


def names_of(value: str) -> str | None:
    """The names of people in a value, without titles and posts, joined by "and"; None where there is none."""
    bare = _HONOURS.sub(",", value)
    bare = re.sub(r"\s*,\s*(?:and\s+)?", ", ", bare).strip(" ,.;")
    bare = re.sub(r"\s+", " ", bare)
    names = [name.strip() for name in re.split(r",|\band\b|&", bare) if name.strip()]
    names = [re.sub(r"^(?:Mrs?|Ms|Dr)\.?\s+", "", name) for name in names]
    names = [
        n
        for n in names
        if re.fullmatch(r"[^\W\d_][\w.’'-]*(?:\s+[^\W\d_][\w.’'-]*){0,4}", n) and n[0].isupper()
    ]
    return " and ".join(names[:3]) if names else None


def _judgements(flow: Flow, profile: Profile, pages: Sequence[Page]) -> GradeTable:
    """The judged areas with their grades, as this kind of report prints them."""
    layouts = profile.grades.layouts
    table = _judgement_table(flow, profile) if "front table" in layouts else GradeTable((), frozenset())
    if not table.rows and layouts:
        table = judged_areas(flow, profile, pages)
    if len(table.rows) < 2 and "table" in layouts and flow.paged:
        table = max(table, _judgement_table(flow, profile), key=lambda found: len(found.rows))
    overall = any_of(profile.grades.overall)
    said = None if any(overall.match(row.area) for row in table.rows) else said_grade(flow, profile)
    return replace(table, rows=(said, *table.rows)) if said else table


def _judgement_table(flow: Flow, profile: Profile) -> GradeTable:
    """The report's main table of judgements: on the front page, or a "record of main findings"."""
    lines = flow.lines
    best = GradeTable((), frozenset())
    front = flow.front()
    for i, placed in enumerate(lines):
        starts = (
            (i in front and _TABLE_HEAD.match(placed.text))
            or _RECORD.match(placed.text)
            or (i in front and re.match(r"^1\.?\s+\S", placed.text) and not placed.bullet)
        )
        if not starts:
            continue
        first = i if re.match(r"^1\.?\s", placed.text) else i + 1
        table = grade_table(lines, first, flow.vocabulary, profile)
        if len(table.rows) > len(best.rows):
            kept = table.places | {i}
            best = replace(table, places=frozenset(kept))
        if len(best.rows) >= 2 and i in front:
            break
    return best if len(best.rows) >= 2 else GradeTable((), frozenset())


def _licence(lines: Sequence[FlowLine]) -> str | None:
    for placed in reversed(lines[-60:]):
        match = _LICENCE.search(placed.text)
        if match:
            return "Open Government Licence" + (f" v{match[1]}" if match[1] else "")
    return None
