"""Blocks as passages: what each is for (a finding, a summary, advice), and the recommendations that advice makes.

Advice is set in as many ways as there are inspectorates: the profile says whether each item is one, whether the sub-headings
are, and who is addressed. A number that isn't printed is never made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from indexer.document import Passage, PassageKind, Recommendation
from indexer.ids import PassageKeys
from indexer.reading.layout import MARKS, Flow, FlowLine, boxes, ends_sentence, join, without_marks
from indexer.structure.profiles import Profile, any_of, whole
from indexer.structure.reports.block import ReportBlock
from indexer.structure.reports.front import Front
from indexer.structure.reports.statements import BOARD

Placed = tuple[tuple[int, float], Passage]
"""A passage with the page and height at which it begins."""

_KEYS = {"recommendation": "r0", "summary": "s", "judgement": "j"}
_TELLS = re.compile(r"\b(?:should|must|needs? to|ought to)\b", re.IGNORECASE)
_SHORTEST_ADVICE = 25
_FOOTNOTE = re.compile(rf"(?P<mark>[{MARKS}]+|[*†‡]|\d{{1,2}}(?=\s))\s*")
_PLAIN_DIGITS = str.maketrans(MARKS, "0123456789")


class PassageMaker:
    """Turns blocks into passages and recommendations, handing out their ids."""

    def __init__(self, document: str, flow: Flow, blocks: Sequence[ReportBlock], profile: Profile) -> None:
        self._document = document
        self._flow = flow
        self._profile = profile
        self._blocks = [piece for block in blocks for piece in self._pieces(block)]
        self._keys = PassageKeys(document)
        advising = [b for b in self._blocks if profile.advises(b.section)]
        self._listed = {b.run for b in advising if b.bullet or b.label}
        self._bullets_from = {
            b.run: i for i, b in reversed([*enumerate(self._blocks)]) if b in advising and b.bullet
        }
        self._addressed: dict[int, str] = {}
        self._due: str | None = None
        self._sentences_of_advice: set[int] = set()
        self.recommendations: list[Recommendation] = []
        self.numbered_after_bullets: list[str] = []

    def from_blocks(self) -> list[Placed]:
        """Every block as a passage, with its place for sorting."""
        found: list[Placed] = []
        team: tuple[str, ...] | None = None
        for i, block in enumerate(self._blocks):
            kind = self._kind(i, block)
            text = block.text(self._flow.vocabulary)
            passage = self._passage(kind, block.label, block.section, text, block.lines)
            if kind == "text" and block.section == team:
                found[-1] = (found[-1][0], _with_more(found[-1][1], passage))
                continue
            team = (
                block.section
                if kind == "text" and self._profile.section_role(block.section) == "team"
                else None
            )
            found.append((_place(block.lines), passage))
            if kind == "recommendation":
                self.recommendations.append(self._recommendation(block, passage))
            elif not block.beneath and not self._profile.advises(block.section):
                self.recommendations.extend(self._said(block, passage))
        return found

    def of_footnotes(self) -> list[Placed]:
        """Each footnote as a passage, under the headings of the text that bears its mark."""
        notes: list[list[FlowLine]] = []
        for line in self._flow.notes:
            if line.gap or not notes:
                notes.append([])
            notes[-1].append(line)
        found = []
        for note in notes:
            match = _FOOTNOTE.match(note[0].text)
            mark = match["mark"].translate(_PLAIN_DIGITS) if match else ""
            text = join((line.text for line in note), self._flow.vocabulary)
            section = (
                *self._section_of_mark(match["mark"] if match else "", note[0].page),
                f"Footnote {mark}".strip(),
            )
            words = text[match.end() :].strip() if match else text
            key = self._keys.counted("f")
            found.append((_place(note), self._made(key, "text", None, section, text=words, lines=note)))
        return found

    def _section_of_mark(self, mark: str, page: int) -> tuple[str, ...]:
        """The headings over the line of a page that bears a footnote's mark."""
        marked = next(
            (
                i
                for i, p in enumerate(self._flow.lines)
                if mark and p.page == page and _bears(p.line.text, mark)
            ),
            None,
        )
        if marked is None:
            return ()
        line = self._flow.lines[marked].line
        around = next((b for b in self._blocks if any(p.line is line for p in b.lines)), None)
        if around is None:  # it stands on a heading, or on the title
            words = without_marks(line.text)
            below = next((b for b in self._blocks if b.at > marked), None)
            around = below if below and any(words in heading for heading in below.section) else None
        return around.section if around else ()

    def of_judgements(self, front: Front) -> list[Placed]:
        """The judgements as passages of their own, in the words printed."""
        printed = [(row.lines, f"{row.area}: {row.grade}") for row in front.rows]
        if front.overall:
            printed.insert(0, (front.overall.lines, front.overall.printed))
        if front.board:
            printed.append((front.board.lines, front.board.printed))
        return [
            (_place(lines), self._passage("judgement", None, (), text, lines))
            for lines, text in printed
            if lines
        ]

    def _pieces(self, block: ReportBlock) -> Iterator[ReportBlock]:
        """A block, or its opening words and each of its items by itself where each is advice."""
        each = self._profile.advice.items == "each" and block.label is None and not block.bullet
        if not (each and block.items and self._profile.advises(block.section)):
            yield block
            return
        starts = [*block.items, len(block.parts)]
        if block.items[0]:
            yield replace(block, parts=block.parts[: block.items[0]], items=())
        for start, end in pairwise(starts):
            yield replace(block, parts=block.parts[start:end], bullet=True, items=())

    def _recommendation(self, block: ReportBlock, passage: Passage) -> Recommendation:
        text = passage.text
        for ending in self._profile.advice.endings:
            text = re.sub(ending, "", text, flags=re.IGNORECASE).strip()
        row = block.advice
        beside = self._due_in(row.beside) if row else None
        due, self._due = beside or self._due_in(text) or self._due, None
        heading = next((h for h in reversed(block.section) if self._profile.is_advice(h)), block.section[-1])
        return Recommendation(
            label=block.label,
            text=text,
            page=passage.page,
            heading=heading,
            addressed_to=(row.addressed_to if row else None) or self._addressee(block),
            passage_id=passage.id,
            due=(row.due if row else None) or due,
            regulation=row.regulation if row else None,
        )

    def _said(self, block: ReportBlock, passage: Passage) -> Iterator[Recommendation]:
        """Advice that a finding gives in a sentence of its own ("We recommend …")."""
        if self._profile.section_role(block.section) in {"history", "details"}:
            return
        for pattern in self._profile.advice.said:
            for match in re.finditer(pattern, passage.text, re.IGNORECASE):
                text = " ".join(match.group().split())
                yield Recommendation(
                    label=None,
                    text=text,
                    page=passage.page,
                    heading=block.section[-1] if block.section else "",
                    addressed_to=self._addressee(block),
                    passage_id=passage.id,
                    due=self._due_in(text),
                )

    def _passage(
        self,
        kind: PassageKind,
        label: str | None,
        section: tuple[str, ...],
        text: str,
        lines: Sequence[FlowLine],
    ) -> Passage:
        if label is not None:
            key = self._keys.numbered("r" if kind == "recommendation" else "p", label)
        else:
            key = self._keys.counted(_KEYS.get(kind, "t"))
        return self._made(key, kind, label, section, text=text, lines=lines)

    def _made(
        self,
        key: str,
        kind: PassageKind,
        label: str | None,
        section: tuple[str, ...],
        *,
        text: str,
        lines: Sequence[FlowLine],
    ) -> Passage:
        pages = [line.page for line in lines if line.page]
        return Passage(
            id=key,
            document_id=self._document,
            kind=kind,
            label=label,
            section=section,
            page=min(pages, default=None),
            end_page=max(pages, default=None),
            text=text,
            boxes=boxes(lines),
        )

    def _kind(self, i: int, block: ReportBlock) -> PassageKind:
        if block.advice is not None:
            return "recommendation"
        if self._profile.advises(block.section) or block.heading:
            return self._kind_among_advice(i, block)
        if block.label is not None:
            return "paragraph"
        if not block.section or any(self._profile.role_of(heading) == "summary" for heading in block.section):
            return "summary"
        return "text"

    def _kind_among_advice(self, i: int, block: ReportBlock) -> PassageKind:
        text = block.text(self._flow.vocabulary)
        plain: PassageKind = "text" if block.label is None else "paragraph"
        if block.heading:
            return "recommendation"
        if block.beneath or self._goes_with_advice(block, text):
            return plain
        if self._explains(i, block, text):
            return plain
        if block.label is not None:
            if self._bullets_from.get(block.run, i) < i and not self._profile.advice.label:
                # Numbered paragraphs after a list of bullets are the findings of a chapter whose heading wasn't seen.
                self.numbered_after_bullets.append(block.label)
                return "paragraph"
            following = self._blocks[i + 1] if i + 1 < len(self._blocks) else None
            return "paragraph" if following and _heads(block, text, following) else "recommendation"
        if block.bullet:
            return "recommendation"
        if block.run in self._listed or text.endswith(":") or len(text) < _SHORTEST_ADVICE:
            return plain
        return "recommendation"

    def _explains(self, i: int, block: ReportBlock, text: str) -> bool:
        """Whether whole sentences stand under advice that is given as headings, in a file that doesn't mark headings.

        They are the advice itself where nothing stands between them and "Areas for improvement" and they say what should be.
        """
        under = whole(self._profile.advice.headings_under)
        plain = block.label is None and not block.bullet and not block.items
        if not (plain and under.match(block.section[-1]) and ends_sentence(text)):
            return False
        opens = i == 0 or self._blocks[i - 1].run != block.run or i - 1 in self._sentences_of_advice
        if opens and _TELLS.search(text):
            self._sentences_of_advice.add(i)
            return False
        return True

    def _goes_with_advice(self, block: ReportBlock, text: str) -> bool:
        """Whether words among advice are none: they say whom it is for, when it is due, or that there is none."""
        advice = self._profile.advice
        body = _named(advice.addressee, text, "body")
        if body:
            self._addressed[block.run] = body
            self._due = self._due_in(text)
            return True
        if any_of(advice.passed_over).match(text):
            self._due = self._due_in(text) or self._due
            return True
        opens = any_of(advice.opens).match(text) and not (block.bullet and block.items)
        return bool(any_of(advice.none_found).match(text) or opens)

    def _due_in(self, text: str) -> str | None:
        return _named(self._profile.advice.due, text, "due")

    def _addressee(self, block: ReportBlock) -> str | None:
        if any(re.search(rf"\b{BOARD}", heading, re.IGNORECASE) for heading in block.section):
            return "LSCB"
        by_heading = (
            _named(self._profile.advice.addressee, heading, "body") for heading in reversed(block.section)
        )
        return (
            next(filter(None, by_heading), None)
            or self._addressed.get(block.run)
            or self._profile.advice.addressed_to
            or None
        )


def _with_more(passage: Passage, more: Passage) -> Passage:
    """A passage with the next one's words under its own: the names of an inspection team are one."""
    return replace(
        passage,
        text=f"{passage.text}\n{more.text}",
        end_page=more.end_page,
        boxes=tuple(dict.fromkeys((*passage.boxes, *more.boxes))),
    )


def _bears(text: str, mark: str) -> bool:
    """Whether a line bears a footnote's mark, and not a longer one."""
    return (
        bool(re.search(rf"(?<![{MARKS}]){re.escape(mark)}(?![{MARKS}])", text))
        if mark[0] in MARKS
        else mark in text
    )


def _named(patterns: Sequence[str], text: str, group: str) -> str | None:
    found = (re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
    return next((match[group].strip() for match in found if match), None)


def _heads(block: ReportBlock, text: str, following: ReportBlock) -> bool:
    """Whether a numbered block only opens the list of unnumbered items that follows it."""
    if not following.bullet or following.section[: len(block.section)] != block.section:
        return False
    return text.endswith(":") or bool(re.search(r"\bfollowing\b[^.]{0,40}\.?$", text))


def _place(lines: Sequence[FlowLine]) -> tuple[int, float]:
    return (lines[0].page, lines[0].line.top) if lines else (0, 0.0)
