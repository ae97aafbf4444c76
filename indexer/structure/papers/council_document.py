"""Structures a council's own document: a progress table, an improvement plan, a report to a committee.

It goes through the blocks in order and hands each to what understands it; whatever nothing understands
becomes a passage of plain text, so that every word can be found. Knows nothing of files or of inspection
reports.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from indexer.document import Document, PassageKind, Progress, Recommendation
from indexer.ids import document_id
from indexer.reading.source import SourceFile
from indexer.structure.papers.answered_areas import answers
from indexer.structure.papers.blocks import Block, blocks, united
from indexer.structure.papers.contents import without_contents
from indexer.structure.papers.draft import LONGEST, Draft, Place
from indexer.structure.papers.facts import kind_of, read_head
from indexer.structure.papers.paragraph_numbers import NumberedBlock, numbered_paragraphs
from indexer.structure.papers.pdf_rows import with_rows
from indexer.structure.papers.recommended import ListKind, addressed_by, list_kind, recommendation_heading
from indexer.structure.papers.retold_judgements import abbreviations, judgements_in, overall_in
from indexer.structure.papers.table_reading import Table, read_tables, settle
from indexer.structure.papers.tables import Standing, add_table

_THEME = re.compile(
    r"\b(?:theme|priority|work ?stream|objective|strand|pillar)\s+(?:\d{1,2}|[A-Z])\b[\s:.–-]*.*$",
    re.IGNORECASE,
)
_SUMMARY = re.compile(r"^(?:[\d.]+\s*)?(?:executive\s+|overall\s+)?summary\b", re.IGNORECASE)
_LEAD_ALONE = re.compile(r"^\((?P<name>[A-Z][^()]{2,80})\)$")
_LEAD_AT_END = re.compile(r"\s*\((?P<name>[A-Z][A-Z'’.& ,/-]{3,80})\)\s*$")
_SUB_ITEM = re.compile(r"^\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})[.)]\s")
_ITEM_LABEL = re.compile(r"^(\((?:[a-z]|[ivx]{1,4}|\d{1,2})\)|(?:[a-z]|[ivx]{1,4}|\d{1,2})[.)])\s+")
RECOMMENDATION_LEVEL = 8
"""Headings that are a recommendation stand below every other."""


def structure_council_document(source: SourceFile) -> Document:
    """Give the document with its passages in the order of its text; what doesn't fit is in its warnings."""
    source = with_rows(without_contents(source))
    parts = blocks(source)
    identity = document_id(source.name, source.sha256)
    head = read_head(parts, source.title)
    draft = Draft.of(identity)
    for warning in source.warnings:
        draft.warn(warning)
    _Reader(draft, parts).read()
    _retell(draft, parts)
    if head.date is None:
        draft.warn("No date was found in the first lines of this document.")
    elif not head.own_date:
        draft.warn(
            "The only date in the first lines stands in a title: it may be that of the document's subject."
        )
    if head.council is None:
        draft.warn("No council was found in the text.")
    title = head.title or source.title or source.name.rsplit(".", 1)[0]
    kind = kind_of(parts, head.title, len(draft.actions), len(draft.progress))
    extra = {name: value for name, value in (("date", head.date), ("author", head.author)) if value}
    return Document(
        id=identity, file=source.name, title=title, council=head.council, kind=kind,
        published=head.date if head.date and len(head.date) == 10 else None,
        judgements=tuple(draft.judgements), pages=source.page_count, passages=tuple(draft.passages),
        recommendations=tuple(draft.recommendations), actions=tuple(draft.actions),
        indicators=tuple(draft.indicators), progress=tuple(draft.progress), warnings=tuple(draft.warnings),
        overall=draft.overall, extra=extra,
    )  # fmt: skip


def _place(*found: Block) -> Place:
    pages = [page for block in found for page in (block.page, block.end_page) if page is not None]
    if not pages:
        return Place()
    return Place(min(pages), max(pages), united(box for block in found for box in block.boxes))


class _Reader:
    """Goes through a document's blocks once, with what holds at each point."""

    def __init__(self, draft: Draft, parts: Sequence[Block]) -> None:
        self._draft = draft
        self._parts = parts
        self._numbers, warnings = numbered_paragraphs(parts)
        for warning in warnings:
            draft.warn(warning)
        self._tables = self._read_tables()
        self._standing = Standing()
        self._theme_level = 0
        self._announced: ListKind | None = None

    def _read_tables(self) -> dict[int, list[Table]]:
        """Every table by its place, read before any is understood: one may go on after a page's furniture."""
        found: dict[int, list[Table]] = {}
        last: tuple[int, Table] | None = None
        for place, block in enumerate(self._parts):
            if block.kind != "table":
                continue
            near = (
                last is not None
                and place - last[0] <= 2
                and not any(
                    part.kind == "heading" or len(part.text) > 80 for part in self._parts[last[0] + 1 : place]
                )
            )
            tables = read_tables(block.rows, last[1] if last and near else None)
            found[place] = tables
            last = (place, tables[-1]) if tables else (place, last[1]) if last else None
        for tables in found.values():
            for table in tables:
                settle(table)
        return found

    def read(self) -> None:
        """Put every block into the draft."""
        at = 0
        while at < len(self._parts):
            block = self._parts[at]
            if block.kind == "table":
                for table in self._tables[at]:
                    add_table(self._draft, table, self._standing)
                at += 1
            elif (made := recommendation_heading(block.text)) is not None:
                at = self._recommendation(at, *made)
            elif block.kind == "heading":
                self._heading(block)
                at += 1
            elif at in self._numbers and not self._is_listed(at):
                at = self._paragraph(at, self._numbers[at])
            else:
                at = self._text(at)
        self._draft.finish()

    def _is_listed(self, at: int) -> bool:
        """Whether a number that the file gives is a recommendation's; then its whole list's are."""
        if not self._parts[at].label or list_kind("", self._draft.section) is None:
            return False
        while at < len(self._parts) and self._parts[at].label:
            self._numbers.pop(at, None)
            at += 1
        return True

    def _heading(self, block: Block) -> None:
        self._draft.open(block.level, block.text, _place(block))
        theme = _THEME.search(block.text)
        if theme:
            self._standing = Standing(None, " ".join(theme.group().split()).rstrip(" :"))
            self._theme_level = block.level
        elif block.level <= self._theme_level or not self._standing.theme:
            self._standing = Standing()
        else:
            self._standing = Standing(None, self._standing.theme)

    def _recommendation(self, at: int, label: str, text: str) -> int:
        """Read a recommendation that heads its own section ("Recommendation 4: …"), with who leads it."""
        block = self._parts[at]
        used = [block]
        following = self._parts[at + 1 : at + 2]
        if not text and following and following[0].kind == "paragraph" and at + 1 not in self._numbers:
            text = following[0].text
            used.append(following[0])
        following = self._parts[at + len(used) : at + len(used) + 1]
        if following and following[0].kind == "paragraph" and _LEAD_ALONE.match(following[0].text):
            text = f"{text} {following[0].text}"
            used.append(following[0])
        lead = _LEAD_AT_END.search(text) or _LEAD_ALONE.search(text.rsplit(" (", 1)[-1])
        words = text[: lead.start()].rstrip() if lead and lead.re is _LEAD_AT_END else text
        self._draft.open(RECOMMENDATION_LEVEL, f"Recommendation {label}", _place(block))
        passage = self._draft.add("recommendation", "r", label, text or block.text, _place(*used))
        self._draft.recommendations.append(
            Recommendation(label, words, block.page, self._outer_heading(), "local authority", passage)
        )
        self._standing = replace(self._standing, recommendation=label)
        return at + len(used)

    def _outer_heading(self) -> str:
        outer = self._draft.section[:-1]
        return f"{outer[-1]}: recommendations in detail" if outer else "Recommendations in detail"

    def _paragraph(self, at: int, numbered: NumberedBlock) -> int:
        """Read a numbered paragraph with all that belongs to it: its list, and what no heading sets apart."""
        end = at + 1
        while end < len(self._parts) and end not in self._numbers and self._belongs(end):
            end += 1
        members = self._parts[at:end]
        stem = members[0].text[numbered.start :]
        kind = list_kind(stem, self._draft.section)
        if end == at + 1 and kind and self._table_follows(end):
            kind = None
        text = "\n".join([stem, *(member.text for member in members[1:])])
        self._draft.add("paragraph", "p", numbered.label, text, _place(*members))
        self._listed(kind, stem, members[1:])
        return end

    def _belongs(self, at: int) -> bool:
        block = self._parts[at]
        return block.kind in ("item", "paragraph", "note") and recommendation_heading(block.text) is None

    def _table_follows(self, at: int) -> bool:
        return at < len(self._parts) and self._parts[at].kind == "table"

    def _text(self, at: int) -> int:
        """Unnumbered text: a paragraph with its list, or list items together, as one passage."""
        end = at + 1
        length = len(self._parts[at].text)
        takes_items = self._parts[at].kind == "item" or self._parts[at].text.rstrip().endswith(":")
        while end < len(self._parts) and takes_items and end not in self._numbers:
            block = self._parts[end]
            length += len(block.text)
            if block.kind != "item" or (length > LONGEST and not _SUB_ITEM.match(block.text)):
                break
            if recommendation_heading(block.text) is not None:
                break
            end += 1
        members = self._parts[at:end]
        kind: PassageKind = (
            "summary" if any(_SUMMARY.search(title) for title in self._draft.section) else "text"
        )
        prefix = "s" if kind == "summary" else "t"
        stem = members[0].text if members[0].kind == "paragraph" else ""
        listed = list_kind(stem, self._draft.section)
        items = members[1:] if stem else members
        body = addressed_by(stem)
        if listed is None and body and items and self._announced:
            listed = replace(self._announced, addressed_to=body)
        elif listed and not items:
            self._announced = listed  # "The report made three recommendations:", and then whom each is for
        elif not body and not items:
            self._announced = None
        if not listed or not items or stem:
            whole = [*members, *self._notes_at(end)]
            end = at + len(whole)
            self._draft.add(kind, prefix, None, "\n".join(part.text for part in whole), _place(*whole))
        self._listed(listed, stem, items)
        return end

    def _notes_at(self, at: int) -> Sequence[Block]:
        """Give the notes that follow a text, which belong to it."""
        end = at
        while end < len(self._parts) and self._parts[end].kind == "note":
            end += 1
        return self._parts[at:end]

    def _listed(self, kind: ListKind | None, stem: str, items: Sequence[Block]) -> None:
        """Add the recommendations of a list, each as a passage beside the paragraph that holds it."""
        if kind is None:
            return
        section = self._draft.section
        heading = section[-1] if section and kind.by_heading else kind.heading
        items = [item for item in items if item.kind != "note"]
        chosen = [item for item in items if item.kind == "item"] or (items if not stem else [])
        if not chosen and kind.alone and stem:
            passage = self._draft.passages[-1].id
            self._draft.recommendations.append(
                Recommendation(None, stem, self._draft.passages[-1].page, heading, kind.addressed_to, passage)
            )
        for item in chosen:
            match = _ITEM_LABEL.match(item.text)
            label = match.group(1).rstrip(".)") if match else None
            if label and label.startswith("("):
                label = f"{label})"
            words = item.text[match.end() :] if match else item.text
            prefix = "r" if kind.addressed_to else "c"
            passage = self._draft.add("recommendation", prefix, label, words, _place(item))
            self._draft.recommendations.append(
                Recommendation(label, words, item.page, heading, kind.addressed_to, passage)
            )


def _retell(draft: Draft, parts: Sequence[Block]) -> None:
    """Judgements told in sentences where no table tells them, and the answers to areas for improvement."""
    running = [block for block in parts if block.kind != "table"]
    names = abbreviations("\n".join(block.text for block in running))
    if not draft.judgements:
        seen: set[str] = set()
        for block in running:
            for judgement in judgements_in(block.text, names, block.page):
                if judgement.area.lower() not in seen:
                    seen.add(judgement.area.lower())
                    draft.judgements.append(judgement)
    if draft.overall is None:
        draft.overall = next(
            (grade for grade in (overall_in(block.text) for block in running) if grade), None
        )
    if not draft.progress:
        areas = [r for r in draft.recommendations if r.addressed_to == "local authority"]
        numbered = [p for p in draft.passages if p.kind == "paragraph"]
        for area, paragraph in answers(areas, numbered):
            number = areas[area].label or str(area + 1)
            passage = numbered[paragraph]
            draft.progress.append(Progress(number, passage.text, None, None, passage.id))
