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
from indexer.structure.reports.grades import Row, Table, grade_table, known_grade
from indexer.structure.reports.letters import TITLE, read_letter, told_dates, told_inspector
from indexer.structure.reports.statements import BOARD, Statement, board_statement, overall_statement
from indexer.text.councils import canonical
from indexer.text.dates import date_range, first_date

_DATES = re.compile(
    r"^(?:(?:re-?)?inspection|visit|review|inspected|fieldwork)?\s*(?:dates?|inspected(?:\s+on)?)"
    r"(?:\s+of\s+(?:the\s+)?(?:inspection|visit|review|monitoring\s+visit|focused\s+visit))?"
    r"\s*(?::|(?=\d))\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"^(?:report\s+published|published(?:\s+on)?|publication\s+date|date\s+(?:of\s+)?publi(?:shed|cation))"
    r"\s*:?\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_INSPECTOR = re.compile(
    r"^(?:lead|reporting|responsible|lead\s+ofsted)\s+inspectors?\s*:?\s+(?P<value>\S.*)$|"
    r"^(?:lead|reporting)\s+inspectors?\s*:?$",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"^(?:report\s+published|published|publication\s+date|lead\s+inspector|reporting\s+inspector"
    r"|(?:re-?)?inspection\s+dates?|age\s+group|judgements?\b|unique\s+reference|type\s+of|region\b"
    r"|children[’']s\s+services\s+in|the\s+overall\s+judgement|overall\s+effectiveness|date\b|local\s+authority\s*:"
    r"|deputy|team\s+inspectors|urn\b)",
    re.IGNORECASE,
)
_HONOURS = re.compile(
    r",?\s*\(?\b(?:H(?:is|er)\s+Majesty[’']?s[’']?\s+Inspectors?|HMIs?|Ofsted\s+Inspector|Social\s+Care\s+Regulatory"
    r"\s+Inspector|Senior\s+HMI|Regulatory\s+Inspection\s+Manager|OBE|MBE|CBE)\b\)?\s*,?",
    re.IGNORECASE,
)
_TABLE_HEAD = re.compile(r"^(?:key\s+)?judge?ments?(?:\s+grade)?$|^judgement\s+grade$", re.IGNORECASE)
_RECORD = re.compile(r"^record\s+of\s+main\s+findings\b(?!.*\d$)", re.IGNORECASE)
_NAMED = (
    re.compile(
        r"\b(?:inspection|visit|review)\s+(?:of|to|in)\s+(?:the\s+)?(?P<name>.+?)\s+"
        r"(?:local\s+authority|children[’']s\s+(?:social\s+care\s+)?services|local\s+area\b|services\s+for"
        r"|youth\s+(?:justice|offending)|area\s+partnership)",
        re.IGNORECASE,
    ),
    re.compile(r"\bservices?\s+in\s+(?:the\s+)?(?P<name>[A-Z][\w ,&’'-]+)$"),
    re.compile(r"\bin\s+(?:the\s+)?(?P<name>[A-Z][\w ,&’'-]+)$"),
    re.compile(r"\b(?:inspection|visit)\s+(?:of|to)\s+(?:the\s+)?(?P<name>[A-Z][\w ,&’'-]+)$"),
)
_UNNAMED = re.compile(
    r"(?:services|looked\s+after|safeguarding|local|children|the\s|\w*\s*arrangements)\b", re.IGNORECASE
)
_COUNCIL_WORD = re.compile(r"\b(?:council|borough|county|city|authority|board)\b", re.IGNORECASE)
_PROVIDER = re.compile(
    r"^(?:registered\s+provider|provider|local\s+authority|placing\s+authority)\s*:\s*(?P<name>.*\bcouncil\b.*)$",
    re.IGNORECASE,
)
_OTHER_FIELD = re.compile(
    r"^(?:age\s+group|unique\s+reference\s+number|urn|type\s+of\s+inspection|region|inspection\s+number)\s*:",
    re.IGNORECASE,
)
_LICENCE = re.compile(r"open\s+government\s+licence(?:\s+v?(\d(?:\.\d)?))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Front:
    """What a report says of itself; `places` are the lines of the flow that are used up in saying it."""

    council: str | None
    title: str
    published: str | None
    inspected_from: str | None
    inspected_to: str | None
    lead_inspector: str | None
    rows: tuple[Row, ...]
    board: Statement | None
    overall: Statement | None
    licence: str | None
    places: frozenset[int]
    title_text: str

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """Every judged area once: the table's rows, then the safeguarding board's."""
        found = [Judgement(row.area, known_grade(row.grade) or row.grade, row.page) for row in self.rows]
        if self.board and not any(re.search(BOARD, j.area, re.IGNORECASE) for j in found):
            found.append(Judgement(self.board.area, self.board.grade, self.board.page))
        return tuple(found)

    @property
    def overall_grade(self) -> str | None:
        """The overall grade: the table's own row, else the statement above it."""
        for row in self.rows:
            if re.match(r"overall\s+effectiveness", row.area, re.IGNORECASE):
                return known_grade(row.grade)
        return self.overall.grade if self.overall else None


def read_front(flow: Flow, file_title: str | None = None) -> Front:
    """Read what the report says of itself. Whatever isn't printed is None or empty."""
    lines = flow.lines
    first_pages = flow.front()
    places: set[int] = set()
    letter = read_letter(flow)
    title_places = list(letter.title_places) if letter else _title_places(lines, flow)
    places.update(title_places, letter.places if letter else ())
    dates, date_places = _labelled(lines, first_pages, _DATES)
    published, published_places = _labelled(lines, first_pages, _PUBLISHED)
    places.update(date_places, published_places)
    inspector, inspector_places = _inspector(lines)
    places.update(i for i in inspector_places if lines[i].page == 1)
    places.update(i for i in first_pages if lines[i].page == 1 and _OTHER_FIELD.match(lines[i].text))
    table = _judgement_table(flow)
    places.update(table.places)
    inspected_from, inspected_to = date_range(dates) if dates else told_dates(flow)
    council, title = _council_and_title(lines, title_places, flow, file_title)
    return Front(
        council=council,
        title=title,
        published=first_date(published) if published else letter.published if letter else None,
        inspected_from=inspected_from,
        inspected_to=inspected_to,
        lead_inspector=inspector or told_inspector(flow),
        rows=table.rows,
        board=board_statement(flow),
        overall=overall_statement(flow),
        licence=_licence(lines),
        places=frozenset(places),
        title_text=join((lines[i].text for i in title_places), flow.vocabulary),
    )


def _title_places(lines: Sequence[FlowLine], flow: Flow) -> list[int]:
    """The lines above the first labelled field or table of the first page: large, bold, or both."""
    places: list[int] = []
    for i, placed in enumerate(lines):
        if placed.page != (lines[0].page if lines else 1) or len(places) >= 12:
            break
        if _LABELLED.match(placed.text) or _DATES.match(placed.text) or _TABLE_HEAD.match(placed.text):
            break
        large = placed.line.size > 1.1 * flow.body_size or not flow.paged
        if not (large or placed.line.bold or placed.text.lower() == "and") or len(placed.text) > 200:
            break
        places.append(i)
    return places


def _labelled(
    lines: Sequence[FlowLine], where: Sequence[int], label: re.Pattern[str]
) -> tuple[str | None, list[int]]:
    """The value printed after a label, carried over to the next line where it is broken."""
    for i in where:
        match = label.match(lines[i].text)
        if not match:
            continue
        value, places = match["value"], [i]
        for j in range(i + 1, min(i + 3, len(lines))):
            broken = bool(re.search(r"(?:\b(?:to|and|on)|[–—,-]|\b[A-Z][a-z]+)\s*$", value)) or not value
            if not broken or _LABELLED.match(lines[j].text) or not re.search(r"\d", lines[j].text):
                break
            value, places = f"{value} {lines[j].text}".strip(), [*places, j]
        if re.search(r"\d", value):
            return value, places
    return None, []


def _inspector(lines: Sequence[FlowLine]) -> tuple[str | None, list[int]]:
    for i, placed in enumerate(lines):
        match = _INSPECTOR.match(placed.text)
        if not match or len(placed.text) > 140:
            continue
        value, places = match["value"] or "", [i]
        for j in range(i + 1, min(i + 3, len(lines))):
            following = lines[j].text
            if not value or value.rstrip().endswith(("and", ",", "&")):
                value, places = f"{value} {following}", [*places, j]
            elif _HONOURS.fullmatch(following):
                places.append(j)
            else:
                break
        name = _names(value)
        if name:
            return name, places
    return None, []


def _names(value: str) -> str | None:
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


def _judgement_table(flow: Flow) -> Table:
    """The report's main table of judgements: on the front page, or a "record of main findings"."""
    lines = flow.lines
    best = Table((), frozenset())
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
        table = grade_table(lines, first, flow.vocabulary)
        if len(table.rows) > len(best.rows):
            kept = table.places | {i}
            best = replace(table, places=frozenset(kept))
        if len(best.rows) >= 2 and i in front:
            break
    return best if len(best.rows) >= 2 else Table((), frozenset())


def _licence(lines: Sequence[FlowLine]) -> str | None:
    for placed in reversed(lines[-60:]):
        match = _LICENCE.search(placed.text)
        if match:
            return "Open Government Licence" + (f" v{match[1]}" if match[1] else "")
    return None


def _council_and_title(
    lines: Sequence[FlowLine], places: Sequence[int], flow: Flow, file_title: str | None
) -> tuple[str | None, str]:
    """The council as a person says it, and the title: what is printed large at the head of the first page."""
    groups: list[list[FlowLine]] = []
    for i in places:
        placed = lines[i]
        alike = bool(groups) and abs(groups[-1][-1].line.size - placed.line.size) < 0.6
        if alike and (flow.paged or not placed.gap):
            groups[-1].append(placed)
        else:
            groups.append([placed])
    texts = [join((p.text for p in group), flow.vocabulary) for group in groups]
    titles = [text for text in texts if TITLE.search(text)]
    names = [text for text in texts if not TITLE.search(text)]
    name = next((n for n in names if len(n) > 3 and _reads_as_council(n)), None)
    if name and titles:
        first = min(texts.index(titles[0]), len(texts) - 1)
        title = " ".join(t for t in texts[first:] if t != name and (t in titles or t.lower() == "and"))
        return council_name(name), title
    provider = next((m for i in flow.front() if (m := _PROVIDER.match(lines[i].text))), None)
    if provider and titles:
        return council_name(provider["name"]), titles[0]
    if titles:
        named = _named_in_title(titles[0])
        split = None if named else _title_then_name(groups)
        if split:
            return council_name(split[1]), split[0]
        return council_name(named) if named else canonical(titles[0]), titles[0]
    return (council_name(names[0]) if names else None), (names[0] if names else file_title or "")


def _reads_as_council(text: str) -> bool:
    """Whether a line printed large is a council's name, and not a second title under the first."""
    return len(text.split()) <= 4 or bool(_COUNCIL_WORD.search(text)) or canonical(text) is not None


def _title_then_name(groups: Sequence[Sequence[FlowLine]]) -> tuple[str, str] | None:
    """Title and council where both are printed in one size: the council's name has a line of its own."""
    group = max(groups, key=len)
    for i, placed in enumerate(group):
        if re.search(r"\b(council|borough|county|city)\b", placed.text, re.IGNORECASE) and not TITLE.search(
            placed.text
        ):
            rest = " ".join(p.text for j, p in enumerate(group) if j != i)
            if TITLE.search(rest) and not re.search(r"\bof$", group[i - 1].text if i else ""):
                return rest, placed.text
    return None


def _named_in_title(title: str) -> str | None:
    """The authority's name inside a title; None where the title names none."""
    for pattern in _NAMED:
        match = pattern.search(title)
        if match and not _UNNAMED.match(match["name"]):
            return match["name"]
    return None


def council_name(printed: str) -> str | None:
    """The council as a person says it: the known name, else the printed one without its titles."""
    printed = re.sub(r"\s+", " ", printed).strip(" ,.:;")
    known = canonical(printed)
    if known:
        return known
    name = re.sub(
        r"\b(?:metropolitan|county|city|district|borough|unitary|council|authority|children[’']s\s+services|"
        r"safeguarding\s+children\s+board|partnership)\b",
        "",
        re.sub(
            r"^(?:the\s+)?(?:(?:royal|london|metropolitan)\s+borough\s+of|borough\s+of|city\s+of|county\s+of|"
            r"council\s+of(?:\s+the)?)\s+",
            "",
            printed,
            flags=re.IGNORECASE,
        ),
        flags=re.IGNORECASE,
    )
    name = re.sub(r"\s+", " ", name).strip(" ,.:;-–")
    return name or printed or None
