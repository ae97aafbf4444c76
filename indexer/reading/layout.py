"""The same pages, free of what the printer put round the text: running heads, page numbers, footnotes.

What is left is one flow of lines in reading order, each knowing its page and whether a paragraph gap stands
above it. Knows places, sizes and repetition; knows nothing of headings, numbers or inspections.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from indexer.document import Box
from indexer.reading.pdf_lines import SUPERSCRIPTS
from indexer.reading.source import Line, Page, SourceFile

MARGIN = 0.13
"""Running heads and page numbers stand within this share of the page's height from its edge."""

MAX_RUNS = 200
"""A page whose lines jump back up more often than this is no page of text: its order is left alone."""

MARKS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
BULLETS = "•●▪■◼◾▫□◦‣⁃∙·➢➤►▶✓✔§Øo\uf0b7\uf06e\uf0a7\uf0d8\uf0fc\uf076\uf02d\uf0be\uf0e8−–-—*"
"""List marks, private-use ones as symbol fonts leave them included."""

_LIST_MARKS = frozenset(BULLETS)
_BULLET = re.compile(rf"^([{re.escape(BULLETS)}]|[\ue000-\uf8ff])\s+(?=\S)")
_BARE_BULLET = re.compile(rf"^([{re.escape(BULLETS.replace('o', ''))}]|[\ue000-\uf8ff])(?=[^\W\d])")
_PAGE_NUMBER = re.compile(
    r"^(page\s*)?[-–—|\s]*(\d{1,4}|[ivxl]{1,6})[-–—|\s]*((of|/)\s*\d{1,4})?$", re.IGNORECASE
)
_MARKED = re.compile(rf"\s*[{MARKS}]+(?=\W|$)|(?<=\W)[{MARKS}]+\s*|[{MARKS}]+")
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_LETTER = re.compile(r"[^\W_]")
_ANY_MARK = re.compile(rf"[{MARKS}]")
_MARK_AT_START = re.compile(rf"^[{MARKS}]+|^[*†‡]\s?(?=\w)")
_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A line of the text proper.

    `text` has no footnote marks. `gap` is true where more space than between two lines of a paragraph stands
    above it on the page (always at the top of a page). `opens_page` is true for a page's first line of text.
    """

    line: Line
    page: int
    text: str
    gap: bool
    opens_page: bool

    @property
    def bullet(self) -> str:
        """The list mark that the line begins with, or an empty string."""
        first = self.text[:1]
        if first not in _LIST_MARKS and not "\ue000" <= first <= "\uf8ff":
            return ""  # most lines, and each is asked several times
        match = _BULLET.match(self.text) or _BARE_BULLET.match(self.text)
        return match.group(1) if match else ""

    @property
    def words(self) -> str:
        """The text without its list mark."""
        return self.text[len(self.bullet) :].lstrip() if self.bullet else self.text


@dataclass(frozen=True, slots=True)
class Flow:
    """A document's lines in reading order, and the sizes that are normal in it (points)."""

    lines: tuple[FlowLine, ...]
    notes: tuple[FlowLine, ...]
    """The lines of footnotes, in order, with their marks."""
    body_size: float
    column_right: float
    vocabulary: frozenset[str]

    @property
    def footnotes(self) -> tuple[str, ...]:
        """The lines of footnotes as text."""
        return tuple(note.text for note in self.notes)

    @property
    def paged(self) -> bool:
        """Whether lines have places and sizes; a text export has neither, only blank lines between paragraphs."""
        return bool(self.lines) and self.lines[0].page > 0

    @property
    def plain(self) -> bool:
        """Whether nothing is marked as bold, as on pages read from pictures."""
        return not any(placed.line.bold for placed in self.lines)

    def front(self) -> range:
        """The places of the lines in which a report says what it is: the first two pages, or the first lines."""
        if not self.paged:
            return range(min(60, len(self.lines)))
        return range(sum(1 for placed in self.lines if placed.page <= 2))


def lay_out(source: SourceFile) -> Flow:
    """Order a file's lines into one flow without running heads, page numbers, footnotes and footnote marks."""
    body_size = _usual_size(source.pages)
    running = _running_lines(source.pages)
    flow: list[FlowLine] = []
    footnotes: list[FlowLine] = []
    continued = False
    pitch = _usual_pitch(source.pages, body_size)
    for page in source.pages:
        kept = [line for line in page.lines if not _is_running(line, page, running)]
        kept = _without_page_number(kept)
        body, notes = _split_footnotes(kept, body_size, continued=continued)
        body = _in_place(body)
        continued = bool(notes) and not re.search(r"[.!?]\W*$", notes[-1].text)
        above = "".join(line.text for line in body)
        footnotes.extend(
            FlowLine(line, page.number, line.text, _starts_footnote(line, above), False) for line in notes
        )
        previous: Line | None = None
        blank = True
        for line in body:
            text = without_marks(line.text)
            blank = blank or not line.text.strip()
            if not _LETTER.search(text) and not _BULLET.match(text + " x"):
                continue  # a ruled line
            gap = _is_gap(previous, line, page, pitch) if previous and page.number else blank
            gap = gap or (source.kind == "html" and not line.cells)
            flow.append(FlowLine(line, page.number, text, gap, bool(page.number) and previous is None))
            previous, blank = line, False
    return Flow(
        lines=tuple(flow),
        notes=tuple(footnotes),
        body_size=body_size,
        column_right=_usual_right(flow),
        vocabulary=_vocabulary(flow),
    )


def without_marks(text: str) -> str:
    """The text without raised footnote marks."""
    return (_MARKED.sub("", text) if _ANY_MARK.search(text) else text).strip()


def join(texts: Iterable[str], vocabulary: frozenset[str]) -> str:
    """The lines of one paragraph as running text, a hyphen at a line's end kept where the word has one.

    A broken word keeps its hyphen unless the document prints it elsewhere without one.
    """
    joined = ""
    for text in texts:
        if not joined:
            joined = text
        elif joined[-1] == "-" and joined[-2:-1].isalnum() and _goes_on(text):
            joined = _join_hyphen(joined, text, vocabulary)
        elif (joined[-1] == "–" and joined[-2:-1].isdigit() and text[:1].isdigit()) or (
            joined[-1] in "/–—" and joined[-2:-1].isalnum() and text[:1].isalnum()
        ):
            joined += text
        else:
            joined += " " + text
    return " ".join(joined.split())


def ends_sentence(text: str) -> bool:
    """Whether the text ends as a sentence, or a stem before a list, does."""
    return bool(_SENTENCE_END.search(text[-8:]))


def boxes(lines: Sequence[FlowLine]) -> tuple[Box, ...]:
    """One box for each page that the lines stand on; none for a file without pages."""
    by_page: dict[int, list[Line]] = defaultdict(list)
    for placed in lines:
        if placed.page and placed.line.bottom > placed.line.top:
            by_page[placed.page].append(placed.line)
    return tuple(
        Box(
            page,
            min(line.left for line in group),
            min(line.top for line in group),
            max(line.right for line in group),
            max(line.bottom for line in group),
        )
        for page, group in sorted(by_page.items())
    )


def _goes_on(text: str) -> bool:
    """Whether `text` may be the second half of a word: not the "and" of "short- and long-term"."""
    return text[:1].isalnum() and not re.match(r"(?:and|or|to)\b(?!-)", text)


def _join_hyphen(before: str, after: str, vocabulary: frozenset[str]) -> str:
    head = re.search(r"[\w’'-]+$", before[-40:-1])
    tail = re.match(r"[\w’'-]+", after)
    if head and tail:
        first, second = head.group().lower(), tail.group().lower()
        if f"{first}-{second}" not in vocabulary and first + second in vocabulary:
            return before[:-1] + after
    return before + after


def _vocabulary(flow: Sequence[FlowLine]) -> frozenset[str]:
    return frozenset(_WORD.findall("\n".join(placed.text for placed in flow).lower()))


def _usual_size(pages: Sequence[Page]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _usual_pitch(pages: Sequence[Page], body_size: float) -> float:
    """The distance in points from one line of a paragraph to the next."""
    pitches: Counter[float] = Counter()
    for page in pages:
        for first, second in zip(page.lines, page.lines[1:], strict=False):
            if abs(first.size - body_size) < 0.6 and abs(second.size - body_size) < 0.6:
                step = round((second.top - first.top) * page.height * 4) / 4
                if 0.8 * body_size < step < 2.2 * body_size:
                    pitches[step] += 1
    return pitches.most_common(1)[0][0] if pitches else 1.25 * body_size


def _usual_right(flow: Sequence[FlowLine]) -> float:
    rights = sorted(placed.line.right for placed in flow)
    return rights[int(0.95 * (len(rights) - 1))] if rights else 1.0


def _is_gap(previous: Line, line: Line, page: Page, pitch: float) -> bool:
    step = (line.top - previous.top) * page.height
    size = max(previous.size, line.size)
    usual = pitch if abs(size - line.size) < 0.6 and pitch >= size else 1.25 * size
    return step < 0 or step > 1.22 * max(usual, 1.1 * size)


@lru_cache(1024)
def _skeleton(text: str) -> str:
    return re.sub(r"\W+", " ", re.sub(r"\d+", "#", without_marks(text)).lower()).strip()


def _running_lines(pages: Sequence[Page]) -> frozenset[str]:
    """Skeletons (figures as #) of lines that recur in the margins of several pages."""
    seen: Counter[str] = Counter()
    numbered = [page for page in pages if page.number and page.lines]
    for page in numbered:
        found = set()
        for line in page.lines:
            if (line.bottom < MARGIN or line.top > 1 - MARGIN) and len(words := _skeleton(line.text)) > 2:
                found.add(words)
        seen.update(found)
    needed = 2 if len(numbered) <= 4 else max(3, round(0.25 * len(numbered)))
    return frozenset(text for text, count in seen.items() if count >= needed)


def _is_running(line: Line, page: Page, running: frozenset[str]) -> bool:
    if not page.number:
        return False
    in_margin = line.bottom < MARGIN or line.top > 1 - MARGIN
    if in_margin and _skeleton(line.text) in running:
        return True
    at_edge = line.bottom < 0.1 or line.top > 0.86
    return at_edge and bool(_PAGE_NUMBER.match(line.text.strip()))


def _without_page_number(lines: list[Line]) -> list[Line]:
    """Drop a page number that stands alone on a line, first or last on its page."""
    for at in (0, -1):
        if lines and lines[at].top and _PAGE_NUMBER.match(lines[at].text) and len(lines[at].text) <= 4:
            edge = lines[at].bottom < 0.16 or lines[at].top > 0.84
            if edge:
                lines = lines[1:] if at == 0 else lines[:-1]
    return lines


def _split_footnotes(
    lines: list[Line], body_size: float, *, continued: bool
) -> tuple[list[Line], list[Line]]:
    """Split a page's lines into text and footnotes: the small lines at its foot from the first mark on.

    `continued`: the last footnote of the page before was cut by the page's end.
    """
    order = sorted(range(len(lines)), key=lambda i: lines[i].top)
    foot: list[int] = []
    for i in reversed(order):
        if not lines[i].size or lines[i].size > 0.92 * body_size:
            break
        foot.append(i)
    foot.reverse()
    if not continued:
        above = "".join(line.text for i, line in enumerate(lines) if i not in set(foot))
        while foot and not _starts_footnote(lines[foot[0]], above):
            foot.pop(0)
    if not foot:
        return lines, []
    dropped = set(foot)
    return [line for i, line in enumerate(lines) if i not in dropped], [lines[i] for i in foot]


def _in_place(lines: list[Line]) -> list[Line]:
    """Put what the file prints late, a heading in a box or the top of a page, where it stands on the page.

    Runs of lines that go down the page are moved whole, and only past runs that stand wholly below them: the
    cells of a table keep the order of the file.
    """
    runs: list[list[Line]] = []
    for line in lines:
        if runs and line.top >= runs[-1][-1].top - 0.004:
            runs[-1].append(line)
        else:
            runs.append([line])
    if len(runs) > MAX_RUNS:
        return lines
    ordered: list[list[Line]] = []
    for run in runs:
        foot = max(line.bottom for line in run)
        at = len(ordered)
        while at and ordered[at - 1][0].top > foot - 0.002:
            at -= 1
        ordered.insert(at, run)
    return [line for run in ordered for line in run]


def _starts_footnote(line: Line, above: str) -> bool:
    """Whether a small line begins with a raised mark, or with a number that a raised one in the text above calls."""
    if _MARK_AT_START.match(line.text):
        return True
    number = re.match(r"^(\d{1,2})\s+\S", line.text)
    return number is not None and number[1].translate(SUPERSCRIPTS) in above
