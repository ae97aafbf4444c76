"""Reports as PDF, laid out line by line so that the page of every paragraph is known rather than guessed.

Prints what makes real reports hard to read back: page numbers and a running footer between the halves of a
paragraph, footnotes at the foot of the page, lines broken at a hyphen, judgement cells that wrap. The same
source gives the same bytes. Does not know what a paragraph says.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from corpus.making.source import (
    Bullet,
    ContentsList,
    NewPage,
    NumberedParagraph,
    Plain,
    SourceBlock,
    SourceHeading,
    TablePlace,
    WrittenSource,
    WrittenSourceError,
)

NOTICE = "Sample document about an invented council, written for this project"
GROUPS = ("children in need of help and protection", "children looked after", "care leavers")
REGULAR, BOLD, DINGBATS = "Helvetica", "Helvetica-Bold", "ZapfDingbats"
WIDTH, HEIGHT = A4
LEFT, RIGHT, TOP, FOOT = 62.0, WIDTH - 62.0, HEIGHT - 58.0, 66.0
INDENT = 30.0
SIZE, LEADING = 12.0, 15.8
ROW = 15.0
_MARK = re.compile(r"\[\^(\d+)\]")


@dataclass(frozen=True, slots=True)
class Span:
    """Where a numbered paragraph came to stand: first and last page, and each line with its page."""

    first_page: int
    last_page: int
    lines: tuple[tuple[int, str], ...]

    @property
    def crosses_page(self) -> bool:
        """Whether a page break divides the paragraph."""
        return self.first_page != self.last_page

    @property
    def break_words(self) -> str | None:
        """Four words either side of the first page break within the paragraph."""
        before = " ".join(line for page, line in self.lines if page == self.first_page).split()
        after = " ".join(line for page, line in self.lines if page != self.first_page).split()
        return " ".join([*before[-4:], *after[:4]]) if after else None


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished PDF, with the page of every numbered paragraph and heading."""

    data: bytes
    pages: int
    spans: dict[int, Span]
    headings: tuple[tuple[str, int], ...]


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """Break into lines no wider than ``width`` points, at spaces, after hyphens, and wherever '//' stands."""
    lines: list[str] = []
    for piece in text.split("//"):
        current = ""
        for word in piece.split():
            for at, part in enumerate(_breakable(word)):
                joiner = " " if current and at == 0 else ""
                if current and _width(current + joiner + part, font, size) > width:
                    lines.append(current)
                    current = part
                else:
                    current += joiner + part
        if current:
            lines.append(current)
    return lines


def _breakable(word: str) -> list[str]:
    return [p for p in re.split(r"(?<=[a-z]{2}-)(?=[a-z]{2})", word) if p]


def _width(text: str, font: str, size: float) -> float:
    return float(stringWidth(_MARK.sub("1", text), font, size))


@dataclass
class _Layout:
    source: WrittenSource
    contents: Sequence[tuple[str, int]]
    stream: io.BytesIO = field(default_factory=io.BytesIO)
    page: int = 1
    y: float = TOP
    floor: float = FOOT
    marks: list[str] = field(default_factory=list)
    headings: list[tuple[str, int]] = field(default_factory=list)
    spans: dict[int, Span] = field(default_factory=dict)
    canvas: Any = None

    def run(self) -> Printed:
        # Not compressed: builds of zlib differ in the bytes they make of the same text.
        self.canvas = Canvas(self.stream, pagesize=A4, invariant=1, pageCompression=0)
        self.canvas.setTitle(self._title())
        self.canvas.setAuthor("Findings sample corpus")
        self.canvas.setSubject(NOTICE)
        self._open_page()
        if self.source.meta["framework"] == "SIF":
            self._sif_front()
        else:
            self._ilacs_front()
        for block in self.source.blocks:
            self._block(block)
        self._close_page()
        self.canvas.save()
        return Printed(self.stream.getvalue(), self.page, self.spans, tuple(self.headings))

    # Pages

    def _open_page(self) -> None:
        self.y, self.floor, self.marks = TOP, FOOT, []
        if self.source.meta["furniture"] == "first":
            self._furniture()

    def _close_page(self) -> None:
        if self.marks:
            self.canvas.line(LEFT, self.floor - 7, LEFT + 100, self.floor - 7)
            y = self.floor - 18
            for mark in self.marks:
                for at, line in enumerate(self._note_lines(mark)):
                    self._text(LEFT, y, (f"[^{mark}] " if at == 0 else "") + line, REGULAR, 8)
                    y -= 10
        if self.source.meta["furniture"] == "last":
            self._furniture()
        self.canvas.showPage()

    def _next_page(self) -> None:
        self._close_page()
        self.page += 1
        self._open_page()

    def _furniture(self) -> None:
        self.canvas.setLineWidth(0.7)
        self.canvas.line(LEFT, 52, RIGHT, 52)
        if self.source.meta["framework"] == "SIF":
            self._text(LEFT, 40, NOTICE, REGULAR, 8)
            self._text(RIGHT - 14, 38, str(self.page), REGULAR, 10)
            return
        if self.page > 1:
            self._text(LEFT, 41, self._title(), BOLD, 8)
            self._text(LEFT, 31, str(self.source.meta["footer_dates"]), BOLD, 8)
            self._text(RIGHT - 14, 38, str(self.page), REGULAR, 11)
        self._text(LEFT, 21, NOTICE, REGULAR, 7)

    def _title(self) -> str:
        council = self.source.council
        if self.source.meta["framework"] == "SIF":
            return f"{council}: inspection of services for children (sample)"
        return f"Inspection of {council} local authority children’s services"

    # Lines

    def _text(self, x: float, y: float, text: str, font: str, size: float) -> None:
        for at, piece in enumerate(_MARK.split(text)):
            if at % 2:
                self.canvas.setFont(font, size * 0.65)
                self.canvas.drawString(x, y + size * 0.35, piece)
                x += float(stringWidth(piece, font, size * 0.65))
            elif piece:
                self.canvas.setFont(font, size)
                self.canvas.drawString(x, y, piece)
                x += float(stringWidth(piece, font, size))

    def _note_lines(self, mark: str) -> list[str]:
        return wrap(self.source.notes[mark], REGULAR, 8, RIGHT - LEFT - 8)

    def _line(self, x: float, text: str, font: str, size: float, leading: float) -> None:
        new = [m for m in _MARK.findall(text) if m not in self.marks]
        need = sum(10 * len(self._note_lines(m)) for m in new) + (20 if new and not self.marks else 0)
        if self.y - leading < self.floor + need:
            self._next_page()
            need = sum(10 * len(self._note_lines(m)) for m in new) + (20 if new else 0)
        self.marks += new
        self.floor += need
        self.y -= leading
        self._text(x, self.y, text, font, size)

    def _paragraph(
        self, text: str, x: float, font: str = REGULAR, size: float = SIZE, gap: float = 8
    ) -> list[tuple[int, str]]:
        lines = []
        for line in wrap(text, font, size, RIGHT - x):
            self._line(x, line, font, size, size * LEADING / SIZE)
            lines.append((self.page, _MARK.sub("", line)))
        self.y -= gap
        return lines

    def _marked(self, symbol: str, x: float, text: str, gap: float = 4) -> list[tuple[int, str]]:
        """Print a paragraph behind a bullet, which is drawn wherever the first line comes to stand."""
        lines = []
        for at, line in enumerate(wrap(text, REGULAR, SIZE, RIGHT - x)):
            if at == 0 and self.y - LEADING < self.floor + 26:
                self._next_page()
            if at == 0:
                self._text(x - 16, self.y - LEADING + 1, symbol, DINGBATS, 6)
            self._line(x, line, REGULAR, SIZE, LEADING)
            lines.append((self.page, _MARK.sub("", line)))
        self.y -= gap
        return lines

    # Blocks

    def _block(self, block: SourceBlock) -> None:
        match block:
            case NewPage():
                self._next_page()
            case ContentsList():
                self._contents_list()
            case SourceHeading():
                self._heading(block)
            case Plain(text):
                self._paragraph(text, LEFT)
            case Bullet(level, text):
                self._marked("l" if level == 1 else "m", LEFT + INDENT * level, text)
            case NumberedParagraph():
                self._numbered(block)
            case TablePlace(name):
                raise WrittenSourceError(f"{self.source.name}: a report prints no table {name!r} in its body")

    def _numbered(self, block: NumberedParagraph) -> None:
        if self.y - 14 < self.floor + 14:
            self._next_page()
        x = LEFT + INDENT
        self._text(LEFT, self.y - LEADING, f"{block.number}.", REGULAR, SIZE)
        lines = self._paragraph(block.text, x, gap=4 if block.bullets else 8)
        for bullet in block.bullets:
            lines += self._marked("n", x + 18 * bullet.level, bullet.text)
        self.spans[block.number] = Span(lines[0][0], lines[-1][0], tuple(lines))

    def _heading(self, block: SourceHeading) -> None:
        if self.y < self.floor + (90 if block.grade is None else 150):
            self._next_page()
        self.headings.append((block.text, self.page))
        if block.grade is not None:
            self._graded(block.text, block.grade)
            return
        font, size = {1: (BOLD, 15.0), 2: (BOLD, 12.0)}.get(block.level, (BOLD, SIZE))
        self.y -= 6
        self._paragraph(block.text, LEFT, font, size, gap=5)

    def _graded(self, text: str, grade: str) -> None:
        lines = wrap(text, BOLD, 12, 290)
        height = 16 * len(lines) + 12
        self.y -= 12
        self.canvas.rect(LEFT, self.y - height, RIGHT - LEFT, height)
        self.canvas.line(LEFT + 310, self.y, LEFT + 310, self.y - height)
        for at, line in enumerate(lines):
            self._text(LEFT + 8, self.y - 17 - 16 * at, line, BOLD, 12)
        self._text(LEFT + 318, self.y - height / 2 - 4, grade, BOLD, 12)
        self.y -= height + 10

    def _contents_list(self) -> None:
        for text, page in self.contents:
            lines = wrap(text, REGULAR, SIZE, 400)
            for at, line in enumerate(lines):
                self._line(LEFT, line, REGULAR, SIZE, LEADING)
                if at == len(lines) - 1:
                    self._text(RIGHT - 20, self.y, str(page), REGULAR, SIZE)
            self.y -= 5

    # Front pages

    def _sif_front(self) -> None:
        meta = self.source.meta
        self._paragraph(NOTICE + ".", LEFT, BOLD, 9, gap=20)
        self._paragraph(self.source.council, LEFT, REGULAR, 20, gap=6)
        self._paragraph(
            f"Inspection of services for {GROUPS[0]}, {GROUPS[1]} and {GROUPS[2]}", LEFT, BOLD, 13
        )
        self._paragraph("and", LEFT)
        self._paragraph(
            "Review of the effectiveness of the Local Safeguarding Children Board[^1]", LEFT, BOLD, 13
        )
        self._paragraph(f"Inspection date: {meta['dates_printed']}", LEFT, gap=4)
        self._paragraph(f"Report published: {long_date(meta['published'])}", LEFT, gap=24)
        numbered = [j for j in meta["judgements"] if "number" in j]
        rows = [
            (f"{j['number']}  {j['area']}", j["grade"], 0 if j["number"].endswith(".") else 14)
            for j in numbered
        ]
        self._table_row([meta["overall_statement"]], [RIGHT - LEFT], BOLD)
        for area, grade, inset in rows:
            self._table_row([area, grade], [270, RIGHT - LEFT - 270], REGULAR if inset else BOLD, inset)
        self._next_page()

    def _ilacs_front(self) -> None:
        meta = self.source.meta
        self._paragraph(NOTICE + ".", LEFT, BOLD, 9, gap=20)
        self._paragraph(self._title(), LEFT, REGULAR, 20, gap=10)
        self._paragraph(f"Inspection dates: {meta['dates_printed']}", LEFT)
        self._paragraph(f"Lead inspector: {meta['lead_inspector']}, {meta['lead_title']}", LEFT, gap=14)
        widths = [225.0, RIGHT - LEFT - 225]
        self._table_row(["Judgement", "Grade"], widths, BOLD)
        for judgement in meta["judgements"]:
            self._table_row(
                [judgement["area"], judgement.get("printed", judgement["grade"])], widths, REGULAR
            )
        self.y -= 16

    def _table_row(self, cells: list[str], widths: Sequence[float], font: str, inset: float = 0) -> None:
        wrapped = [
            wrap(c, font if at == 0 else REGULAR, SIZE, w - 14 - inset)
            for at, (c, w) in enumerate(zip(cells, widths, strict=True))
        ]
        height = ROW * max(len(lines) for lines in wrapped) + 9
        x = LEFT
        for at, (lines, width) in enumerate(zip(wrapped, widths, strict=True)):
            self.canvas.rect(x, self.y - height, width, height)
            for row, line in enumerate(lines):
                self._text(
                    x + 6 + (inset if at == 0 else 0),
                    self.y - ROW - 1 - ROW * row,
                    line,
                    font if at == 0 else REGULAR,
                    SIZE,
                )
            x += width
        self.y -= height


def long_date(day: date) -> str:
    """Say a date as a report prints it: 4 March 2016."""
    return f"{day.day} {day:%B %Y}"


def print_report(source: WrittenSource) -> Printed:
    """Lay a report out twice: the first run finds the pages that the list of contents prints."""
    listed = set(source.meta.get("contents", ()))
    first = _Layout(source, [(text, 0) for text in source.meta.get("contents", ())]).run()
    return _Layout(source, [h for h in first.headings if h[0] in listed]).run()
