"""Grades that are given in words: "Children's services in X are good", "The safeguarding board requires improvement".

Reports of 2013 to 2018 print the overall grade and the safeguarding board's so, in a heading or a sentence.
Knows such sentences only; tables are read in `grades`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.reading.layout import Flow, FlowLine, join
from indexer.structure.profiles import Scale

BOARD = r"(?:local\s+safeguarding\s+children(?:[’']s)?(?:\s+board)?|lscb)(?:\s+\(lscb\))?"
BOARD_AREA = "Local Safeguarding Children Board"

_BOARD_BOX = re.compile(rf"^(?P<board>(?:the\s+)?{BOARD})\s*[:–-]?\s*(?P<grade>\S.*)$", re.IGNORECASE)
_BOARD_GRADE = re.compile(
    rf"\b{BOARD}\s+(?:is|are|was|requires?|has\s+been\s+judged|is\s+judged)\b"
    rf"(?:\s+(?:judged\s+)?(?:to\s+be\s+)?)?(?P<rest>.{{0,60}})",
    re.IGNORECASE,
)
_BOARD = re.compile(BOARD, re.IGNORECASE)
_OVERALL = re.compile(
    r"\bchildren[’']s\s+(?:social\s+care\s+)?services\b[^.:;]{0,90}?\b(?P<rest>(?:are|is|require|requires|remain)\b[^.]{0,60})",
    re.IGNORECASE,
)
_OVERALL_JUDGEMENT = re.compile(
    r"\boverall\s+(?:judgement|effectiveness)\s+(?:is|of)\b(?P<rest>.{0,160})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class GradeStatement:
    """A grade given in a sentence or heading, with the lines that say it."""

    area: str
    grade: str
    printed: str
    page: int
    lines: tuple[FlowLine, ...]


def board_statement(flow: Flow, scale: Scale) -> GradeStatement | None:
    """The safeguarding board's grade where a heading, a short sentence or a box beside a heading gives it."""
    lines = flow.lines
    for i, placed in enumerate(lines):
        if not _BOARD.search(placed.text):
            continue
        boxed = _BOARD_BOX.match(placed.text)
        if boxed and (placed.line.bold or placed.line.cells):
            grade = scale.whole(boxed["grade"])
            if grade:
                printed = f"{boxed['board']}: {boxed['grade']}"
                return GradeStatement(BOARD_AREA, grade, printed, placed.page, (placed,))
        group = [placed]
        for following in lines[i + 1 : i + 3]:
            if (
                following.page == placed.page
                and len(group[-1].text) > 20
                and not re.search(r"[.:]$", group[-1].text)
            ):
                group.append(following)
        text = join((p.text for p in group), flow.vocabulary)
        match = _BOARD_GRADE.search(text)
        if not match or not _opens(text, match.start()):
            continue
        verb_on = text[match.start() :]
        grade = _stated(verb_on, scale)
        emphasised = placed.line.bold or placed.line.size > 1.1 * flow.body_size or placed.gap
        if grade and emphasised:
            printed = text[: match.start()] + _sentence(verb_on, scale)
            used = group if len(printed) > len(placed.text) else group[:1]
            return GradeStatement(BOARD_AREA, grade, printed, placed.page, tuple(used))
    return None


def _opens(text: str, at: int) -> bool:
    """Whether the statement stands at the start of its line, articles and the like apart."""
    return bool(
        re.fullmatch(
            r"(?:the\s+)?(?:(?:overall\s+)?(?:effectiveness|judgement)\s+(?:of|for|about|on)\s+)?(?:the\s+)?(?:[A-Z][\w’'-]{1,40}\s+){0,5}",
            text[:at],
            re.IGNORECASE,
        )
    )


def _stated(text: str, scale: Scale) -> str | None:
    """The grade that a statement gives, if it comes right after its verb."""
    match = re.search(
        r"\b(?:is|are|was|remains?|judged|requires?|require)\b(?:\s+(?:that|it|they|judged|to\s+be|is|are)\b)*",
        text,
    )
    if not match:
        return None
    start = match.start() if match.group().lower().startswith("require") else match.end()
    grade = scale.grade.search(text, match.start() if "require" in match.group().lower() else start)
    if not grade or grade.start() > start + 14:
        return None
    return scale.named(grade.group())


def _sentence(text: str, scale: Scale) -> str:
    grade = scale.grade.search(text)
    return text[: grade.end()].strip() if grade else text


def overall_statement(flow: Flow, scale: Scale) -> GradeStatement | None:
    """The overall grade where the first page states it in a heading or sentence."""
    lines = flow.lines
    for i in flow.front():
        placed = lines[i]
        if not re.search(r"children[’']s|overall", placed.text, re.IGNORECASE):
            continue
        group = [p for p in lines[i : i + 3] if p.page == placed.page]
        text = join((p.text for p in group), flow.vocabulary)
        match = _OVERALL_JUDGEMENT.search(text) or _OVERALL.search(text)
        emphasised = placed.line.bold or placed.line.size > 1.1 * flow.body_size or not flow.paged
        opens = bool(re.match(r"the\s+overall\s+judgement\s+is\b", placed.text, re.IGNORECASE))
        if not match or match.start() > 30 or not (emphasised or opens):
            continue
        rest = match["rest"] if match.re is _OVERALL else "is " + match["rest"]
        inner = _OVERALL.search(match["rest"]) if match.re is _OVERALL_JUDGEMENT else None
        grade = _stated(inner["rest"] if inner else rest, scale)
        if grade:
            used = _covering(group, _sentence(text, scale))
            return GradeStatement("Overall effectiveness", grade, _sentence(text, scale), placed.page, used)
    return None


def _covering(group: Sequence[FlowLine], printed: str) -> tuple[FlowLine, ...]:
    used, length = [], 0
    for placed in group:
        if length >= len(printed):
            break
        used.append(placed)
        length += len(placed.text) + 1
    return tuple(used)
