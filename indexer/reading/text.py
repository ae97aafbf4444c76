"""Reads plain text, Markdown and HTML into lines and table rows.

Text exports come in every encoding and with the marks of two languages mixed, so one reader serves plain
text and Markdown. A blank line is kept as an empty `Line`: it is the only trace of a page break or of a
paragraph's end. This module gives no meaning to what it reads, and does not open files.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence

from lxml import etree
from lxml import html as lxml_html

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.inline_marks import is_all_bold, plain, tidy
from indexer.reading.source import Line, Page, SourceFile

_HTML_START = re.compile(
    rb"^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_HEADING = re.compile(r"(#{1,6})\s+(?=\S)")
_ITEM = re.compile(r"^\s*[-*+•●▪◦■–]\s+(?=\S)")
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$")
_PIPE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_TAB_RULE = re.compile(r"^[-=_\s\t|:+]*$")
_BLOCKS = frozenset(
    {"p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "section", "article", "main",
     "header", "address", "dt", "dd", "figcaption", "caption", "fieldset", "form", "ul", "ol", "dl", "body",
     "html", "details", "summary", "td", "th", "tr", "table", "tbody", "thead", "tfoot"}
)  # fmt: skip
_LISTS = frozenset({"ul", "ol"})
_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "head", "nav", "footer", "svg", "math", "iframe", "object",
     "embed", "select", "button", "textarea"}
)  # fmt: skip
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


def looks_like_html(data: bytes) -> bool:
    """Whether the bytes begin as an HTML page does."""
    return _HTML_START.match(data[:4096].lstrip(b"\xef\xbb\xbf")) is not None


def read_text(name: str, sha256: str, data: bytes, *, limits: Limits, markdown: bool = False) -> SourceFile:
    """Plain text or Markdown as lines without pages, a blank line as an empty `Line`.

    Tab-separated rows and Markdown tables have `cells`; `#` headings "h1".."h6"; bullets "li". Raises
    UnreadableDocument for what is no text or is too long.
    """
    text, warning = decode(data)
    limits.check_chars(len(text))
    lines = tuple(_text_lines(text))
    if not any(line.text for line in lines):
        raise UnreadableDocument("has no words in it: check that the right file was saved")
    kind = "markdown" if markdown else "text"
    return SourceFile(name, sha256, kind, (Page(0, lines),), None, (warning,) if warning else ())


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


def read_html(name: str, sha256: str, data: bytes, *, limits: Limits) -> SourceFile:
    """Give an HTML page as lines without pages: headings, list items, table rows; no scripts or menus.

    Raises UnreadableDocument for a page without words or over the limits.
    """
    limits.check_chars(len(data) // 4)
    parser = lxml_html.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, encoding=_declared(data)
    )
    try:
        root = lxml_html.document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise UnreadableDocument(
            "is an HTML page that can't be parsed: save it again, as a web page or PDF"
        ) from error
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        raise UnreadableDocument(
            "is an HTML page with marks nested too deeply to read: save it as PDF or text"
        )
    heading = root.find(".//title")
    title = tidy(heading.text_content()).replace("\n", " ") if heading is not None else ""
    lines = tuple(_html_lines(root))
    length = sum(len(line.text) for line in lines)
    if length == 0:
        raise UnreadableDocument("is an HTML page without words: save the document that it links to")
    limits.check_chars(length)
    return SourceFile(name, sha256, "html", (Page(0, lines),), title or None)


def _declared(data: bytes) -> str | None:
    """Give the encoding to parse an HTML page with: its own, else what the bytes fit."""
    if re.search(rb"charset\s*=", data[:4096], re.IGNORECASE) or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _html_lines(root: etree._Element) -> Iterator[Line]:
    """Give the page's blocks in order, without recursion, so that no nesting exhausts the stack."""
    words: list[str] = []
    style = ""
    bold = 0
    skip = 0
    depth = 0
    events = etree.iterwalk(root, events=("start", "end"))
    for event, element in events:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag in _DROPPED:
                skip += 1
            if skip:
                continue
            if tag == "table" and not any(True for _ in element.iterdescendants("table")):
                yield from _flush(words, style, bold)
                yield from _html_rows(element)
                yield Line("")
                skip += 1
                continue
            if tag in _BLOCKS or tag in ("br", "hr"):
                yield from _flush(words, style, bold, depth)
                depth += tag in _LISTS
                style = (
                    tag
                    if re.fullmatch(r"h[1-6]|li", tag)
                    else ("" if tag not in ("p", "br", "div") else style)
                )
                bold = 0
            if element.text:
                words.append(element.text)
        else:
            closes_table = tag == "table" and skip and not any(True for _ in element.iterdescendants("table"))
            if tag in _DROPPED or closes_table:
                skip -= 1
            if not skip:
                if tag in _BLOCKS:
                    yield from _flush(words, style, bold, depth)
                    depth -= tag in _LISTS
                    style = "" if tag != "p" else style
                if element.tail:
                    words.append(element.tail)
    yield from _flush(words, style, bold)


def _flush(words: list[str], style: str, bold: int, depth: int = 0) -> Iterator[Line]:
    text = tidy("".join(words).replace("\n", " "))
    words.clear()
    if text:
        left = min(2 * INDENT * max(depth - 1, 0), 0.5) if style == "li" else 0.0
        yield Line(text, style=style, bold=bool(bold), left=left)


def _html_rows(table: etree._Element) -> Iterator[Line]:
    """Give a table's rows; a cell that spans several fills the first and leaves the rest empty."""
    waiting: dict[int, int] = {}
    caption = table.find("caption")
    if caption is not None:
        text = tidy(caption.text_content()).replace("\n", " ")
        if text:
            yield Line(text, bold=True)
    for row in table.iter("tr"):
        cells: list[str] = []
        heads = 0
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            while waiting.get(len(cells), 0) > 0:
                waiting[len(cells)] -= 1
                cells.append("")
            heads += cell.tag == "th"
            wide = _span(cell.get("colspan"))
            tall = _span(cell.get("rowspan"))
            for column in range(len(cells), len(cells) + wide):
                if tall > 1:
                    waiting[column] = tall - 1
            cells.extend([_cell_text(cell), *([""] * (wide - 1))])
            if len(cells) > MAX_CELLS:
                break
        while waiting.get(len(cells), 0) > 0:
            waiting[len(cells)] -= 1
            cells.append("")
        text = " ".join(cell for cell in cells if cell)
        if text:
            yield Line(text, cells=tuple(cells), bold=heads == len([c for c in cells if c]))


def _span(value: str | None) -> int:
    return min(max(int(value), 1), MAX_CELLS) if value and value.strip().isdecimal() and len(value) < 4 else 1


def _cell_text(cell: etree._Element) -> str:
    parts: list[str] = []
    skip = 0
    for event, element in etree.iterwalk(cell, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            skip += tag in _DROPPED
            if tag in _BLOCKS or tag == "br":
                parts.append("\n")
            if element.text and not skip:
                parts.append(re.sub(r"\s+", " ", element.text))
        else:
            skip -= tag in _DROPPED
            if tag in _BLOCKS:
                parts.append("\n")
            if element.tail and element is not cell and not skip:
                parts.append(re.sub(r"\s+", " ", element.tail))
    return plain("".join(parts).replace("<", "&lt;"))
