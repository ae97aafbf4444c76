"""A generated report, printed as PDF and read back: the same numbers, the same words, on the same pages.

What makes real reports hard is generated too: page breaks anywhere, a running footer between two halves of
a paragraph, footnotes, and lines that begin with a figure and a full stop without being a paragraph.
"""

import io
import os
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from eval.reading.same_in_print import words_of
from indexer.document import Document, Passage
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.structure.structured import structure

# The same cases on every run, so that a change is what breaks it; FINDINGS_EXAMPLES=2000 looks for new ones.
EXAMPLES = int(os.environ.get("FINDINGS_EXAMPLES", "60"))
STEADY = "FINDINGS_EXAMPLES" not in os.environ

WIDTH, HEIGHT = A4
LEFT, INDENT, SIZE, LEADING = 62.0, 30.0, 12.0, 15.8
TOP, FOOT = HEIGHT - 58.0, 70.0
FOOTER = "Inspection report on Marlow Vale children’s services"

VOCABULARY = """
children social workers visit carers plans risk family support leaders team school health early help reviews
timely strong weak most some few many practice quality impact progress home return interviews care leavers
neglect well-being multi-agency partners managers oversight supervision records are is have not always clear
understand know improve consistently promptly (IRO) child’s “wishes” £40 45% 2014–15 section 47
"""
WORDS = re.findall(r"\S+", VOCABULARY)
HEADINGS = (
    "The experiences and progress of children who need help and protection: good",
    "The experiences and progress of children in care: requires improvement to be good",
    "The experiences and progress of care leavers: outstanding",
    "The impact of leaders on social work practice with children and families: inadequate",
)


@dataclass(frozen=True)
class Paragraph:
    """What is printed under one number; `note` is the text of a footnote that its first sentence carries."""

    sentences: tuple[str, ...]
    note: str | None = None

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


@dataclass(frozen=True)
class Report:
    """Sections of paragraphs under headings, and how many lines a page holds, page by page."""

    sections: tuple[tuple[str, tuple[Paragraph, ...]], ...]
    page_lines: tuple[int, ...]

    @property
    def paragraphs(self) -> list[tuple[str, Paragraph]]:
        return [(heading, paragraph) for heading, held in self.sections for paragraph in held]


def reports() -> st.SearchStrategy[Report]:
    """Shapes are drawn, words follow from a seed: repeated paragraphs would look like running headers."""
    shape = st.lists(st.lists(st.integers(1, 7), min_size=3, max_size=7), min_size=1, max_size=4)
    lines = st.lists(st.integers(12, 44), min_size=30, max_size=30).map(tuple)
    return st.builds(written, shape, lines, st.integers(0, 2**32))


def written(shape: list[list[int]], page_lines: tuple[int, ...], seed: int) -> Report:
    """A report of as many sections, paragraphs and sentences as the shape says."""
    chance = random.Random(seed)  # noqa: S311 - invented prose, not secrets
    sections = tuple(
        (heading, tuple(paragraph(chance, length) for length in lengths))
        for heading, lengths in zip(HEADINGS, shape, strict=False)
    )
    return Report(sections, page_lines)


def paragraph(chance: random.Random, length: int) -> Paragraph:
    note = chance.choice((None, None, None, "As defined by the regulations.", "Annual data."))
    return Paragraph(tuple(sentence(chance) for _ in range(length)), note)


def sentence(chance: random.Random) -> str:
    words = chance.choices(WORDS, k=chance.randint(4, 22))
    # A figure before the full stop may come to stand at the head of the next line: "17. Most carers…".
    plain = [word for word in WORDS if word.isalpha()]
    last = str(chance.randint(2, 60)) if chance.random() < 0.5 else chance.choice(plain)
    return f"{words[0][:1].upper()}{' '.join(words)[1:]} {last}."


@dataclass
class Printer:
    """Prints line by line, and remembers on which pages each paragraph came to stand."""

    canvas: Canvas
    page_lines: tuple[int, ...]
    page: int = 1
    printed: int = 0
    notes: list[str] = field(default_factory=list)
    noted: int = 0
    pages: dict[int, list[int]] = field(default_factory=dict)

    def line(self, x: float, text: str, font: str = "Helvetica", size: float = SIZE) -> float:
        """Print one line, on the next page where this one is full; gives back its height on the page."""
        if self.printed >= self.page_lines[self.page % len(self.page_lines)]:
            self.end_page()
        y = TOP - self.printed * LEADING
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, text)
        self.printed += 1
        return y

    def keep_together(self, lines: int) -> None:
        """Begin a new page where this one has no room for so many lines."""
        if self.printed + lines > self.page_lines[self.page % len(self.page_lines)]:
            self.end_page()

    def gap(self) -> None:
        self.printed += 1 if self.printed else 0

    def end_page(self) -> None:
        self.canvas.setFont("Helvetica", 8)
        for place, note in enumerate(self.notes):
            self.canvas.drawString(LEFT, FOOT - 12 - 10 * place, note)
        self.canvas.setFont("Helvetica", 9)
        self.canvas.drawString(LEFT, 30, FOOTER)
        self.canvas.drawRightString(WIDTH - LEFT, 30, str(self.page))
        self.canvas.showPage()
        self.page, self.printed, self.notes = self.page + 1, 0, []


def wrapped(text: str, width: float) -> list[str]:
    lines: list[str] = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if stringWidth(longer, "Helvetica", SIZE) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def print_report(report: Report) -> tuple[bytes, dict[int, list[int]]]:
    """The report as PDF, and the pages of each of its paragraphs by number."""
    file = io.BytesIO()
    printer = Printer(Canvas(file, pagesize=A4, invariant=True), report.page_lines)
    printer.line(LEFT, "Marlow Vale Borough Council", "Helvetica-Bold", 18)
    printer.line(LEFT, "Inspection of local authority children’s services", "Helvetica-Bold", 14)
    printer.gap()
    printer.line(LEFT, "Inspection dates: 3 May 2021 to 14 May 2021")
    printer.line(LEFT, "Lead inspector: Ada Quill, His Majesty’s Inspector")
    number = 0
    for heading, held in report.sections:
        printer.gap()
        lines = wrapped(heading, WIDTH - 2 * LEFT - 60)
        # A heading is never printed apart from the paragraph's first line.
        printer.keep_together(len(lines) + 2)
        for line in lines:
            printer.line(LEFT, line, "Helvetica-Bold", 14)
        for paragraph in held:
            number += 1
            printer.gap()
            print_paragraph(printer, number, paragraph)
    printer.end_page()
    printer.canvas.save()
    return file.getvalue(), printer.pages


def print_paragraph(printer: Printer, number: int, paragraph: Paragraph) -> None:
    first_sentence_ends = len(wrapped(paragraph.sentences[0], WIDTH - 2 * LEFT - INDENT)) - 1
    for place, line in enumerate(wrapped(paragraph.text, WIDTH - 2 * LEFT - INDENT)):
        y = printer.line(LEFT + INDENT, line)
        printer.pages.setdefault(number, []).append(printer.page)
        if place == 0:
            printer.canvas.drawString(LEFT, y, f"{number}.")
        if place == first_sentence_ends and paragraph.note and line.endswith("."):
            printer.noted += 1
            printer.canvas.setFont("Helvetica", 7)
            printer.canvas.drawString(
                LEFT + INDENT + stringWidth(line, "Helvetica", SIZE), y + 5, str(printer.noted)
            )
            printer.notes.append(f"{printer.noted} {paragraph.note}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


def read_back(folder: Path, data: bytes) -> Document:
    path = folder / "report.pdf"
    path.write_bytes(data)
    return structure(read_file(path, limits=Limits()))


def numbered(document: Document) -> list[Passage]:
    return [passage for passage in document.passages if passage.kind == "paragraph" and passage.label]


def without_marks(text: str, notes: int) -> list[str]:
    """The words, less the footnotes' marks that stand against a full stop."""
    for mark in range(1, notes + 1):
        text = text.replace(f".{mark} ", ". ").removesuffix(f".{mark}") + (
            "." if text.endswith(f".{mark}") else ""
        )
    return words_of(text)


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None, derandomize=STEADY, suppress_health_check=list(HealthCheck))
@given(report=reports())
def test_a_report_is_read_back_with_its_numbers_its_words_and_its_pages(folder: Path, report: Report) -> None:
    data, pages = print_report(report)
    passages = numbered(read_back(folder, data))

    assert [passage.label for passage in passages] == [str(n) for n in range(1, len(report.paragraphs) + 1)]
    notes = sum(paragraph.note is not None for _, paragraph in report.paragraphs)
    for (heading, paragraph), passage in zip(report.paragraphs, passages, strict=True):
        assert without_marks(passage.text, notes) == words_of(paragraph.text)
        assert any(words_of(heading) == words_of(printed) for printed in passage.section)
        on = pages[int(passage.label or 0)]
        assert (passage.page, passage.end_page or passage.page) == (on[0], on[-1])


@pytest.mark.slow
@settings(max_examples=20, deadline=None, derandomize=STEADY, suppress_health_check=list(HealthCheck))
@given(report=reports())
def test_reading_the_same_bytes_again_gives_the_same_document(folder: Path, report: Report) -> None:
    data, _ = print_report(report)
    assert read_back(folder, data) == read_back(folder, data)
