"""Reads an HTML page, or one that a browser saved as a web archive (MHTML), into lines and table rows.

Walks the page once, without recursion, so that no nesting exhausts the stack. Which parts are the document is
`html_page`'s business; this module gives no meaning to what it reads, and does not open files.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree
from lxml import html as lxml_html

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.html_lists import LISTS, PageList, label_of, list_of
from indexer.reading.html_page import BLOCKS, DROPPED, mark_unseen, page_text
from indexer.reading.inline_marks import plain, tidy
from indexer.reading.source import Line, Page, SourceFile
from indexer.reading.text import INDENT

_HTML_START = re.compile(
    rb"^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_MHTML_START = re.compile(
    rb"^(?:[\w-]{1,60}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){0,30}?content-type:\s*multipart/related", re.I
)
_APART = frozenset({"span", "a", "label", "time", "b", "strong", "em", "i"})
"""Elements that pages set side by side by their style alone; their words are not one word."""
_WORD_SPAN = re.compile(r"\b(?:SpellE|GramE|Mso\w*)\b")
_ORDINAL = re.compile(r"\s*(?:st|nd|rd|th)\s*", re.IGNORECASE)
_NOTE_MARK = re.compile(
    r"[\[(]?\s*(?:\d{1,3}(?:\s*[,–-]\s*\d{1,3})*|[a-z]|[ivx]{1,5}|[*†‡§]{1,3})\s*[\])]?", re.IGNORECASE
)
_UNIT = re.compile(r"(?:^|[\s\d])(?:[kcm]?m|ft|in|km|miles?)$")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_PICTURE = re.compile(
    r"logo|icon|crest|photo|picture|image|banner|arrow|bullet|chart|graph|spacer|external|opens? in|\.(?:png|jpe?g|gif|svg)\b",
    re.IGNORECASE,
)
_NUMBER_CELL = re.compile(r"(?:\d{1,3}(?:\.\d{1,3}){0,3}|\(?[a-z]{1,2}\)?)[.)]?", re.IGNORECASE)
LONGEST_STATUS = 40
"""Characters of an image's alternative text that may say a status: more describes a picture."""
MAX_CELLS = 60
MAX_ITEMS = 9999


def looks_like_html(data: bytes) -> bool:
    """Whether the bytes begin as an HTML page does."""
    return _HTML_START.match(data[:4096].lstrip(b"\xef\xbb\xbf")) is not None


def looks_like_saved_page(data: bytes) -> bool:
    """Whether the bytes begin as a web archive does: the headers of a message of related parts."""
    return _MHTML_START.match(data[:8192]) is not None


def read_saved_page(name: str, sha256: str, data: bytes, *, limits: Limits) -> SourceFile:
    """Give the page in a web archive (MHTML) as `read_html` does. Raises UnreadableDocument where it holds none."""
    try:
        parts = list(email.message_from_bytes(data, policy=email.policy.compat32).walk())
    except (RecursionError, ValueError, LookupError) as error:
        raise UnreadableDocument(
            "is a damaged web archive (MHTML): save the page again, or as PDF"
        ) from error
    for part in parts:
        if part.get_content_type() not in ("text/html", "application/xhtml+xml"):
            continue
        page = part.get_payload(decode=True)
        if isinstance(page, bytes) and page.strip():
            charset = (part.get_content_charset() or "").encode("ascii", "ignore")
            if charset and b"charset" not in page[:4096].lower():
                page = b"<!-- charset=" + charset + b" -->" + page
            return read_html(name, sha256, page, limits=limits)
    raise UnreadableDocument("is a web archive (MHTML) without a page in it: save the page again, or as PDF")


def read_html(name: str, sha256: str, data: bytes, *, limits: Limits) -> SourceFile:
    """Give an HTML page as lines without pages: headings, list items with their numbers, table rows.

    What nobody sees (hidden elements, scripts) and what is the site's (menus, banners) is left out, as are struck
    words and the marks of notes. Raises UnreadableDocument for a page without words or over the limits.
    """
    limits.check_chars(len(data) // 4)
    text = page_text(data)
    encoding = None if text is None else "utf-8"
    # libxml2 ends a text at a zero character.
    data = data if text is None else text.replace("\x00", "").encode("utf-8", "replace")
    parser = lxml_html.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, encoding=encoding
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
    mark_unseen(root)
    lines = tuple(_HtmlWalk().lines(root))
    length = sum(len(line.text) for line in lines)
    if length == 0:
        raise UnreadableDocument("is an HTML page without words: save the document that it links to")
    limits.check_chars(length)
    return SourceFile(name, sha256, "html", (Page(0, lines),), title or None)


_NUMBER = "\x1f"
_GLUED_NUMBER = re.compile(r"^(\d{1,2}\.(?:\d{1,2}\.?){0,4})(?=[A-Z])")
"""A heading's number as word processors save it: "1.1Purpose"."""


@dataclass(slots=True)
class _HtmlWalk:
    """One pass over a page: the words since the last line, and what they stand in."""

    words: list[str] = field(default_factory=list)
    style: str = ""
    label: str = ""
    cited: bool = False
    lists: list[PageList] = field(default_factory=list)
    last: str = ""

    def lines(self, root: etree._Element) -> Iterator[Line]:
        """Give the page's blocks in order."""
        skip = 0
        data_tables: set[etree._Element] = set()
        for event, element in etree.iterwalk(root, events=("start", "end")):
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                if tag in DROPPED:
                    skip += 1
                    if skip == 1 and tag in BLOCKS:
                        yield from self._flush()
                if skip:
                    continue
                if tag == "table" and is_data_table(element):
                    yield from self._flush()
                    yield from _table_lines(element)
                    yield Line("")
                    data_tables.add(element)
                    skip += 1
                    continue
                yield from self._open(tag, element)
            else:
                closes_table = element in data_tables
                skip -= tag in DROPPED or closes_table
                if not skip:
                    yield from self._close(tag, element)
        yield from self._flush()

    def _open(self, tag: str, element: etree._Element) -> Iterator[Line]:
        if tag in BLOCKS or tag in ("br", "hr"):
            yield from self._flush()
            if re.fullmatch(r"h[1-6]|li", tag):
                self.style = tag
            elif tag not in ("p", "br", "div"):
                self.style = ""
            if tag in LISTS:
                self.lists.append(list_of(element, self.last, nested=bool(self.lists)))
            elif tag == "li" and self.lists:
                self.label, self.cited = label_of(self.lists[-1], element)
        elif tag == "img":
            self.words.append(_status(element, beside=bool("".join(self.words[-3:]).strip())))
        self.words.append(_opening(element))

    def _close(self, tag: str, element: etree._Element) -> Iterator[Line]:
        if tag in BLOCKS:
            yield from self._flush()
            self.style = "" if tag != "p" else self.style
            if tag in LISTS and self.lists:
                self.lists.pop()
            elif tag == "li":
                self.label = ""
        self.words.append(_between(element))

    def _flush(self) -> Iterator[Line]:
        text = tidy("".join(self.words).replace("\n", " "))
        self.words.clear()
        if not text:
            return
        if re.fullmatch(r"h[1-6]", self.style):
            text = _GLUED_NUMBER.sub(r"\1 ", text)
        self.last = text
        if self.label:
            text = f"{self.label}. {text}"
        left = min(2 * INDENT * max(len(self.lists) - 1, 0), 0.5) if self.style == "li" else 0.0
        yield Line(text, left=left, style=self.style, label=self.label if self.cited else "")
        self.label, self.cited = "", False


def _opening(element: etree._Element) -> str:
    """The words that an element begins with; a raised note mark is none of the sentence's."""
    text = element.text or ""
    if element.tag == "sup":
        whole = "".join(element.itertext())
        if _ORDINAL.fullmatch(whole):
            return text
        if _NOTE_MARK.fullmatch(whole.strip()):
            before = _words_before(element)
            mark = whole.strip().translate(_RAISED) if _UNIT.search(before) else ""
            for inner in element.iterdescendants():
                inner.text = inner.tail = None
            return mark
    return text


def _words_before(element: etree._Element) -> str:
    previous = element.getprevious()
    if previous is not None:
        return str(previous.tail or "")[-20:]
    parent = element.getparent()
    return str(parent.text or "")[-20:] if parent is not None else ""


def _between(element: etree._Element) -> str:
    """The words after an element, and a space where it and the next one stand side by side."""
    if element.tail:
        return str(element.tail)
    following = element.getnext()
    if following is None or element.tag not in _APART or following.tag not in _APART:
        return ""
    if any(
        e.get("style") or e.get("lang") or _WORD_SPAN.search(e.get("class") or "")
        for e in (element, following)
    ):
        return ""  # as Word writes a word that it has changed or checked
    first, second = _ends(element)[1], _ends(following)[0]
    return " " if len(first) > 1 and len(second) > 1 else ""


def _ends(element: etree._Element) -> tuple[str, str]:
    """The first and the last word of a short element, empty where it begins or ends with something else."""
    text = "".join(element.itertext())[:2000]
    first, last = re.match(r"\w+", text), re.search(r"\w{1,100}$", text)
    return first.group() if first else "", last.group() if last else ""


def _status(image: etree._Element, *, beside: bool) -> str:
    """What an image says in words, where it stands for them: in a table's cell, or beside a label."""
    text = tidy(image.get("alt") or image.get("title") or "").replace("\n", " ")
    if not text or len(text) > LONGEST_STATUS or _PICTURE.search(text):
        return ""
    in_cell = next(image.iterancestors("td", "th"), None) is not None
    return f" {text} " if in_cell or beside else ""


def is_data_table(table: etree._Element) -> bool:
    """Whether a table shows rows of data; a layout table only puts the parts of a page beside each other."""
    if (table.get("role") or "") in ("presentation", "none"):
        return False
    rows = own_rows(table)
    widths = [sum(cell.tag in ("td", "th") for cell in row) for row in rows]
    if max(widths, default=0) <= 1 and next(table.iterdescendants("table"), None) is not None:
        return False
    if any(cell.tag == "th" for row in rows for cell in row):
        return next(table.iterdescendants("h1"), None) is None
    if next(table.iterdescendants("h1", "h2", "main"), None) is not None:
        return False
    if next(table.iterdescendants("table"), None) is None:
        return True
    return len(rows) >= 3 and min(widths[:50]) >= 3


def own_rows(table: etree._Element) -> list[etree._Element]:
    """The rows of a table, without those of tables in its cells."""
    rows: list[etree._Element] = []
    for child in table:
        if child.tag == "tr":
            rows.append(child)
        elif child.tag in ("thead", "tbody", "tfoot"):
            rows.extend(row for row in child if row.tag == "tr")
    return rows


def _table_lines(table: etree._Element) -> Iterator[Line]:
    rows = list(_rows(table))
    if _numbers_paragraphs(rows):
        for row in rows:
            label, text = row.cells[0].rstrip(".)"), row.cells[1]
            for at, part in enumerate(text.split("\n")):
                yield Line(f"{label}. {part}" if label and not at else part)
            yield Line("")
        return
    yield from rows


def _numbers_paragraphs(rows: list[Line]) -> bool:
    """Whether a table of two columns only hangs numbers before paragraphs, as agendas and minutes do."""
    rows = [row for row in rows if row.cells]
    if len(rows) < 2 or any(len(row.cells) != 2 or row.bold for row in rows):
        return False
    labels = [row.cells[0] for row in rows]
    if not labels[0] or not all(not label or _NUMBER_CELL.fullmatch(label) for label in labels):
        return False
    return sum(len(row.cells[1]) for row in rows) >= 60 * len(rows)


def _rows(table: etree._Element) -> Iterator[Line]:
    """Give a table's rows; a cell that spans several fills the first and leaves the rest empty.

    A span ends with its group of rows; one of 0 rows reaches to that end.
    """
    waiting: dict[int, int] = {}
    group: etree._Element | None = None
    caption = table.find("caption")
    if caption is not None and caption.tag not in DROPPED:
        text = tidy(caption.text_content()).replace("\n", " ")
        if text:
            yield Line(text, bold=True)
    for row in own_rows(table):
        if row.getparent() is not group:
            group, waiting = row.getparent(), {}
        cells: list[str] = []
        heads = 0
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            while waiting.get(len(cells), 0) > 0:
                waiting[len(cells)] -= 1
                cells.append("")
            heads += cell.tag == "th"
            wide = max(_span(cell.get("colspan")), 1)
            tall = _span(cell.get("rowspan"))
            for column in range(len(cells), len(cells) + wide):
                if tall != 1:
                    waiting[column] = tall - 1 if tall else MAX_ITEMS
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
    return min(int(value), MAX_CELLS) if value and value.strip().isdecimal() and len(value) < 4 else 1


def _cell_text(cell: etree._Element) -> str:
    parts: list[str] = []
    lists: list[PageList] = []
    skip = 0
    for event, element in etree.iterwalk(cell, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        inner = tag in ("td", "th") and element is not cell
        if event == "start":
            skip += tag in DROPPED
            if (tag in BLOCKS and not inner) or tag == "br":
                parts.append("\n")
            elif inner:
                parts.append(" ")
            if tag in LISTS:
                lists.append(list_of(element, "", nested=False))
            elif tag == "li" and lists and (label := label_of(lists[-1], element)[0]):
                parts.append(f"{_NUMBER}{label}. ")
            if not skip:
                parts.append(_status(element, beside=True) if tag == "img" else "")
                parts.append(re.sub(r"\s+", " ", _opening(element)))
        else:
            skip -= tag in DROPPED
            if tag in LISTS and lists:
                lists.pop()
            if tag in BLOCKS and not inner:
                parts.append("\n")
            if element is not cell and not skip:
                parts.append(re.sub(r"\s+", " ", _between(element)))
    # A number stands before its item's words, though a paragraph begins between them.
    whole = re.sub(rf"{_NUMBER}(\S+ )\s*", r"\1", "".join(parts))
    text = plain(whole.replace("<", "&lt;"))
    return text or _said_by_attribute(cell)


def _said_by_attribute(cell: etree._Element) -> str:
    """What a cell without words says to those who can't see its colour."""
    for element in cell.iter():
        said = element.get("aria-label") or element.get("title") or "" if isinstance(element.tag, str) else ""
        if element.tag == "svg" and not said:
            said = element.findtext("title") or ""
        if said and len(said) <= LONGEST_STATUS and not _PICTURE.search(said):
            return tidy(said).replace("\n", " ")
    return ""
