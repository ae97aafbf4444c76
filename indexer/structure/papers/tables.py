"""What a council's table tells: recommendations with progress, actions, indicators, judgements, or only text.

Each record becomes what it says and a passage that says it whole, its other cells behind the words of their
headers. A table that isn't understood is kept as text, and said so. Knows nothing of how rows were cut and
mended, or of the document round the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from indexer.document import Action, Indicator, Judgement, Progress, Recommendation
from indexer.structure.papers.blocks import united
from indexer.structure.papers.cell_content import (
    is_number,
    is_ref,
    is_status,
    person,
    split_lead,
    status,
    status_in,
)
from indexer.structure.papers.draft import LONGEST, Draft, Place
from indexer.structure.papers.retold_judgements import graded_column
from indexer.structure.papers.table_columns import Role, is_number_list
from indexer.structure.papers.table_reading import Record, Table, split_ref
from indexer.structure.reports.grades import known_grade

TableKind = Literal["judgements", "indicators", "actions", "recommendations", "plain", "unknown"]
_MADE_OF = re.compile(
    r"^(?:ofsted\s+)?(?:recommendation|area for improvement|priority "
    r"action)\s*(?:no\.?\s*)?(\d{1,3}[a-z]?)\s*[:.)–-]\s*",
    re.IGNORECASE,
)
_NAMES_NUMBER = re.compile(r"\b(?:recommendations?|rec\.?|r)\s*(\d{1,3})\b", re.IGNORECASE)
_TITLE_WORDS = 24
_NOT_REFS: tuple[Role, ...] = tuple(role for role in get_args(Role) if role not in ("ref", "number"))


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds where the table stands: the recommendation and the theme of the headings over it."""

    recommendation: str | None = None
    theme: str | None = None


def kind_of_table(table: Table) -> TableKind:
    """Tell what the table is a list of, from its columns."""
    roles = set(table.roles)
    if "risk" in roles or "page" in roles or ("name" in roles and "action" not in roles):
        return "plain"
    listing = roles & {"action", "indicator", "recommendation"}
    if not listing and all(is_status(record.row[0]) or not record.row[0] for record in table.records):
        return "plain"  # the key to a plan's colours
    if roles & {"grade"} or graded_column([record.row for record in table.records]) is not None:
        return "judgements"
    measured = roles & {"target", "value", "baseline"}
    if "indicator" in roles and "action" not in roles and (measured or "code" in roles):
        return "indicators"
    if "code" in roles and measured:
        return "indicators"
    if "action" in roles:
        return "actions"
    if "recommendation" in roles:
        return "recommendations"
    if "theme" in roles:
        if roles & {"progress"}:
            return "recommendations"
        if roles & {"lead", "finish", "status"}:
            return "actions"
        return "plain"
    if "area" in roles and "progress" in roles:
        return "recommendations"
    if (
        len(table.records) < 3
        or len([role for role in table.roles if role != "extra"]) < 3
        or "post" in roles
    ):
        return "plain"
    return "unknown"


def add_table(draft: Draft, table: Table, standing: Standing) -> None:
    """Add everything that the table tells to the draft, in the order of its rows."""
    kind = kind_of_table(table) if table.records else "plain"
    for warning in table.warnings:
        draft.warn(warning)
    if kind == "judgements":
        _add_judgements(draft, table)
    elif kind == "indicators":
        _add_indicators(draft, table, standing)
    elif kind == "actions":
        _add_actions(draft, table, standing)
    elif kind == "recommendations":
        _add_recommendations(draft, table)
    else:
        _add_text(draft, table)
        if kind == "unknown":
            columns = ", ".join(f"“{label}”" for label in table.header if label) or "without a header"
            under = f" under “{draft.section[-1]}”" if draft.section else ""
            draft.warn(
                f"A table{under} was kept as text, because its columns were not understood: {columns}."
            )


def _place(record: Record) -> Place:
    return Place(record.page, record.end_page, record.boxes)


def _details(record: Record, table: Table, told: Sequence[Role], main: str, label: str | None = None) -> str:
    """Give the record as a passage: its own words first, then each other cell behind its header's words.

    Cells of `told` roles are in `main` already; a reference is left out only if the passage's label says it.
    """
    said = set(re.findall(r"\w+", f"{label or ''} {main}"))
    lines = [main]
    for role, text in record.values.items():
        if role in told or not text or role in record.carried:
            continue
        if role in ("ref", "number", "code") and set(re.findall(r"\w+", text)) <= said:
            continue
        header = table.labels.get(role)
        lines.append(f"{header}: {text}" if header else text)
    return "\n".join(line for line in lines if line)


def _add_head(draft: Draft, record: Record, table: Table) -> None:
    ref = record.get("ref") or record.get("code")
    label = ref if is_ref(ref) else None
    text = " ".join(value for role, value in record.values.items() if value and not (role == "ref" and label))
    draft.add(
        "action" if label else "text",
        "m" if label else "t",
        _bare(label),
        text,
        _place(record),
        _above(table),
    )


def _above(table: Table) -> tuple[str, ...]:
    return (table.above,) if table.above else ()


def _bare(label: str | None) -> str | None:
    return label.rstrip(".):") if label else None


def _number(record: Record, role: Role = "ref") -> str | None:
    text = record.get(role)
    match = re.search(r"(?<!\d)\d{1,3}(?:\.\d{1,3})*[a-z]?(?!\d)", text)
    return match.group() if match and (is_ref(text) or is_number(text) or len(text.split()) <= 3) else None


def _add_judgements(draft: Draft, table: Table) -> None:
    column = graded_column([record.row for record in table.records])
    for record in table.records:
        cells = list(record.row)
        at = (
            column
            if column is not None and column < len(cells)
            else next((place for place, cell in enumerate(cells) if place and known_grade(cell)), None)
        )
        area = record.get("area") or next((cell for cell in cells if cell and not is_number(cell)), "")
        grade = known_grade(cells[at]) if at is not None else None
        text = "\n".join(cell for cell in cells if cell)
        if not grade or not area or (known_grade(area) and area == cells[at or 0]):
            draft.add("text", "t", None, text, _place(record))
            continue
        area = re.sub(r"^\d(?:\.\d)*\.?\s+", "", " ".join(area.split())).strip(" :")
        draft.judgements.append(Judgement(area, grade, record.page))
        draft.add("judgement", "j", None, text, _place(record))
        if re.match(r"overall\b", area, re.IGNORECASE):
            draft.overall = grade


def _add_indicators(draft: Draft, table: Table, standing: Standing) -> None:
    for record in table.records:
        text, code = record.get("indicator"), record.get("code") or record.get("ref")
        if record.heads or not (text or code):
            _add_head(draft, record, table)
            continue
        if not text:
            text, code = code, ""
        whole = _details(record, table, ("indicator",), text, _bare(code))
        passage = draft.add("indicator", "i", _bare(code) or None, whole, _place(record), _above(table))
        indicator = Indicator(
            code=code or None,
            text=text,
            recommendation=_served(record) or standing.recommendation,
            lead=person(record.get("lead")),
            target=record.get("target") or None,
            value=record.get("value") or record.get("status") or None,
            passage_id=passage,
        )
        draft.indicators.append(indicator)


def _served(record: Record) -> str | None:
    """Give the recommendation that a row says it serves, in a column of its own."""
    if record.get("number"):
        return _number(record, "number") or record.get("number")
    match = _MADE_OF.match(record.get("recommendation")) or re.match(
        r"^(\d{1,3})[.):]?(?:\s+[A-Z]|$)", record.get("recommendation")
    )
    return match.group(1) if match else None


def _add_actions(draft: Draft, table: Table, standing: Standing) -> None:
    primary: Role = "action" if "action" in table.roles else "theme"
    known: dict[str, str | None] = {}
    for record in table.records:
        _add_combined_recommendation(draft, table, record, known)
        text = record.get(primary)
        if record.heads or not text:
            if "recommendation" not in table.roles or _says_more(record, known):
                _add_head(draft, record, table)
            continue
        ref = record.get("ref") or None
        if not ref:
            ref, text = split_ref(text)
        serves = _served(record) or known.get(record.get("recommendation")) or standing.recommendation
        under = (*_above(table), *((record.group,) if record.group else ()))
        # A recommendation is a passage of its own, unless its cell holds a bare number.
        elsewhere = record.get("recommendation") in known or not record.get("recommendation").isdigit()
        whole = _details(
            record, table, (primary, "recommendation") if elsewhere else (primary,), text, _bare(ref)
        )
        passage = draft.add("action", "a", _bare(ref), whole, _place(record), under)
        theme = record.get("theme") if primary == "action" else ""
        lead, said = split_lead(record.get("progress"))
        action = Action(
            ref=ref,
            text=text,
            recommendation=serves,
            lead=person(record.get("lead")),
            start=record.get("start") or None,
            finish=record.get("finish") or record.get("date") or None,
            status=status(record.get("status")),
            theme=" ".join(theme.split()) or standing.theme,
            passage_id=passage,
            milestone=record.group,
        )
        draft.actions.append(action)
        if said:
            draft.progress.append(
                Progress(serves, said, action.status or status_in(said), lead or action.lead, passage)
            )


def _says_more(record: Record, known: Mapping[str, str | None]) -> bool:
    """Whether a row without an action says anything but the recommendation that is given already."""
    recommendation = record.get("recommendation")
    given = set(record.carried)
    if recommendation in known:
        given.add("recommendation")
    if known.get(recommendation):
        given.add("number")
    return any(text for role, text in record.values.items() if role not in given)


def _add_combined_recommendation(
    draft: Draft, table: Table, record: Record, known: dict[str, str | None]
) -> None:
    """Give the recommendation in a plan's own column, once for all the actions beside it."""
    text = record.get("recommendation")
    if not text or "recommendation" in record.carried or text in known or is_number_list(text):
        return
    label, words = _labelled(record, text)
    known[text] = label
    passage = draft.add("recommendation", "r", label, words, _place(record))
    heading = table.labels.get("recommendation", "Recommendations")
    draft.recommendations.append(
        Recommendation(label, words, record.page, heading, "local authority", passage)
    )


def _labelled(record: Record, text: str) -> tuple[str | None, str]:
    match = _MADE_OF.match(text) or re.match(r"^(\d{1,3}[a-z]?)[.):]?\s+(?=[A-Z])", text)
    if match:
        return match.group(1), text[match.end() :]
    return _number(record, "number"), text


def _add_recommendations(draft: Draft, table: Table) -> None:
    primary = table.primary
    for record in table.records:
        text = record.get(primary)
        if record.heads or not (text or record.get("progress")):
            _add_head(draft, record, table)
            continue
        label, words = _labelled(record, text)
        label = label or _number(record) or _number(record, "number")
        if words:
            whole = _details(record, table, _NOT_REFS, words, label)
            passage = draft.add("recommendation", "r", label, whole, _place(record))
            heading = draft.section[-1] if draft.section else table.labels.get(primary, "Recommendations")
            draft.recommendations.append(
                Recommendation(label, words, record.page, heading, "local authority", passage)
            )
        rest = {role for role, value in record.values.items() if value} - {"ref", "number", primary}
        if rest:
            _add_progress(draft, table, record, label, words)


def _add_progress(draft: Draft, table: Table, record: Record, label: str | None, words: str) -> None:
    told = record.get("progress")
    lead, said = split_lead(told)
    if not lead and record.get("lead"):
        lead = person(record.get("lead"))
    stated = status(record.get("status")) or status_in(said)
    main = _details(record, table, (table.primary, "progress"), told, label)
    passage = draft.add(
        "progress", "g", label, main, _place(record), (shortened(label, words),) if words else ()
    )
    if said or stated:
        draft.progress.append(Progress(label, said, stated, lead, passage))


def shortened(label: str | None, text: str) -> str:
    """Give a recommendation as the heading over what is said of it: its number and its first words."""
    words = " ".join(text.split()).split(" ")
    start = " ".join(words[:_TITLE_WORDS]).rstrip(" ,;") + ("…" if len(words) > _TITLE_WORDS else "")
    return f"Recommendation {label}: {start}" if label else start


def _add_text(draft: Draft, table: Table) -> None:
    """Give the rows as text, gathered into passages of a readable length, the header's words first."""
    lines = [" | ".join(" ".join(label.split()) for label in table.header if label)]
    first = table.records[0] if table.records else None
    start = _place(first) if first else Place()
    boxes = [*start.boxes]
    for record in table.records:
        line = " | ".join(cell for cell in record.row if cell.strip())
        if sum(len(text) for text in lines) + len(line) > LONGEST and any(lines):
            _add_lines(draft, lines, Place(start.page, record.page, tuple(boxes)))
            lines, start, boxes = [], _place(record), []
        lines.append(line)
        boxes.extend(record.boxes)
    if any(lines):
        end = table.records[-1].end_page if table.records else start.end_page
        _add_lines(draft, lines, Place(start.page, end, tuple(boxes)))


def _add_lines(draft: Draft, lines: Sequence[str], place: Place) -> None:
    draft.add(
        "text",
        "t",
        None,
        "\n".join(line for line in lines if line),
        Place(place.page, place.end_page, united(place.boxes)),
    )
