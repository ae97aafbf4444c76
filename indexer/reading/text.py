"""Reads plain text and Markdown into lines and table rows.

Text exports come in every encoding and with the marks of two languages mixed, so one reader serves plain
text and Markdown. A blank line is kept as an empty `Line`: it is the only trace of a page break or of a
paragraph's end. This module gives no meaning to what it reads, and does not open files.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.inline_marks import is_all_bold, plain
from indexer.reading.source import Line, Page, SourceFile

_HEADING = re.compile(r"(#{1,6})\s+(?=\S)")
_ITEM = re.compile(r"^\s*[-*+•●▪◦■–]\s+(?=\S)")
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$")
_PIPE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_TAB_RULE = re.compile(r"^[-=_\s\t|:+]*$")
_FRONT_MATTER = re.compile(
    r"\s*---[ \t]*\r?\n(?:[\w -]{1,60}:[^\n]*\n|[ \t]+[^\n]*\n|-[ \t][^\n]*\n|[ \t]*\n){1,200}?(?:---|\.\.\.)[ \t]*(?:\r?\n|$)"
)
_FENCE = re.compile(r"^\s{0,3}(?:```|~~~)[^`]*$")
_SETEXT = re.compile(r"^(?:={3,}|-{3,})\s*$")
_TITLE = re.compile(r"^(?![#>|\-*+\s])[^|\n]{1,150}$")
MAX_CELLS = 60
INDENT = 0.01
"""How far in, of a page's width, a list item stands for each blank before its mark."""
MAX_RULE = 1000


def decode(data: bytes) -> tuple[str, str | None]:
    """Give the text of `data` and a warning where bytes had to be guessed at.

    UTF-8 first, then UTF-16 by its mark or by where its zero bytes stand, then Windows-1252. Raises
    UnreadableDocument where it is no text at all.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            text = data.decode(encoding, errors="replace")
            _refuse_junk(text)
            return text, "Some characters could not be read." if "\ufffd" in text else None
    sample = data[:4000]
    if sample.count(0) > len(sample) // 4:
        encoding = "utf-16-be" if sample[0::2].count(0) > sample[1::2].count(0) else "utf-16-le"
        text = data.decode(encoding, errors="replace")
        _refuse_junk(text)
        return text, None
    try:
        text, warning = data.decode("utf-8"), None
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        bad = text.count("\ufffd")
        warning = f"{bad} characters could not be read." if bad else None
    _refuse_junk(text)
    return text, warning


def _refuse_junk(text: str) -> None:
    sample = text[:20000]
    odd = sum(1 for c in sample if (c < " " and c not in "\t\n\r\f\v") or c == "\ufffd")
    if odd > max(2, len(sample) // 50):
        raise UnreadableDocument(
            "is not text and not a document of a known kind: save it as PDF, DOCX or plain text"
        )


def read_text(name: str, sha256: str, data: bytes, *, limits: Limits, markdown: bool = False) -> SourceFile:
    """Plain text or Markdown as lines without pages, a blank line as an empty `Line`.

    Tab-separated rows and Markdown tables have `cells`; `#` headings "h1".."h6"; bullets "li". Raises
    UnreadableDocument for what is no text or is too long.
    """
    text, warning = decode(data)
    limits.check_chars(len(text))
    title = None
    if markdown:
        title, text = _without_front_matter(text)
        text = _as_printed(text)
    lines = tuple(_text_lines(text))
    if not any(line.text for line in lines):
        raise UnreadableDocument("has no words in it: check that the right file was saved")
    kind = "markdown" if markdown else "text"
    return SourceFile(name, sha256, kind, (Page(0, lines),), title, (warning,) if warning else ())


def _without_front_matter(text: str) -> tuple[str | None, str]:
    """The title that the fields before a Markdown page name, and the page without them."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return None, text
    title = re.search(r"^title:[ \t]*(.+)$", match.group(), re.MULTILINE)
    return (title.group(1).strip().strip("\"'") or None) if title else None, text[match.end() :]


def _as_printed(text: str) -> str:
    """Underlined headings as marked ones, fences gone, and lists that all say "1." numbered as they are shown."""
    lines = re.split(r"\r\n|[\n\r]", text)
    number = 0
    for at, line in enumerate(lines):
        if _FENCE.match(line):
            lines[at] = ""
        elif (
            _SETEXT.match(line)
            and at
            and _TITLE.match(lines[at - 1])
            and (at < 2 or not lines[at - 2].strip())
        ):
            lines[at - 1] = f"{'#' if '=' in line else '##'} {lines[at - 1].strip()}"
            lines[at] = ""
        if line.startswith("1. "):
            number += 1
            lines[at] = f"{number}. {line[3:]}"
        elif line.strip() and not line.startswith((" ", "\t")):
            number = 0
    return "\n".join(lines)


def _text_lines(text: str) -> Iterator[Line]:
    raw_lines = re.split(r"\r\n|[\n\r\f\v\x85\u2028\u2029]", text)
    piped = _pipe_rows(raw_lines)
    for number, raw in enumerate(raw_lines):
        if number in piped:
            if not _is_pipe_rule(raw):
                yield _row(_split_pipes(raw))
            continue
        if "\t" in raw and raw.strip():
            if not _TAB_RULE.match(raw):
                yield _row(raw.split("\t"))
            continue
        yield _text_line(raw)


def _text_line(raw: str) -> Line:
    if not raw.strip() or _RULE.match(raw):
        return Line("")
    heading = _HEADING.match(raw)
    if heading:
        title = plain(raw[heading.end() :].rstrip().rstrip("#")).replace("\n", " ")
        return Line(title, bold="**" in raw, style=f"h{len(heading.group(1))}")
    item = _ITEM.match(raw)
    body = raw[item.end() :] if item else raw
    indent = (len(raw) - len(raw.lstrip())) * INDENT if item else 0.0
    return Line(plain(body), bold=is_all_bold(body), style="li" if item else "", left=min(indent, 0.5))


def _row(cells: Sequence[str]) -> Line:
    bold = all(is_all_bold(cell) for cell in cells if cell.strip())
    clean = tuple(plain(cell) for cell in cells[:MAX_CELLS])
    if len(cells) > MAX_CELLS:
        clean = (*clean[:-1], " ".join([clean[-1], *(plain(cell) for cell in cells[MAX_CELLS:])]).strip())
    return Line(" ".join(cell for cell in clean if cell), bold=bold, cells=clean)


def _pipe_rows(raw_lines: Sequence[str]) -> frozenset[int]:
    """Give the numbers of the lines that are rows of Markdown tables: those round a rule of dashes."""
    rows: set[int] = set()
    for number, raw in enumerate(raw_lines):
        if "|" not in raw or number in rows or number == 0 or not _is_pipe_rule(raw):
            continue
        if "|" not in raw_lines[number - 1]:
            continue
        rows.update((number - 1, number))
        following = number + 1
        while following < len(raw_lines) and "|" in raw_lines[following]:
            rows.add(following)
            following += 1
    return frozenset(rows)


def _is_pipe_rule(raw: str) -> bool:
    return len(raw) < MAX_RULE and _PIPE_RULE.match(raw) is not None


def _split_pipes(raw: str) -> list[str]:
    body = raw.strip()
    body = body[1:] if body.startswith("|") else body
    body = body[:-1] if body.endswith("|") and not body.endswith("\\|") else body
    return [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", body)]
