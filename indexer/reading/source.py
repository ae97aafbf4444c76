"""What a reader hands to the structurers: a file's lines with where they stand, before any meaning is given.

Readers (`read_pdf`, `read_docx`, `read_text`) make a `SourceFile`; `structure` turns it into a `Document`.
Nothing here knows what a recommendation is, and nothing after here knows what a PDF is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line. Edges are fractions of the page (origin top left), all 0 where there is no page.

    `size` is the font's height in points (0 where unknown). `cells` holds the cells of a table row (a tab-separated row of a text
    export, a row of a DOCX or HTML table); empty for running text. `style` is the heading level that the file
    itself declares ("h1".."h6", "li", "note" for a footnote or endnote, or "" where it declares none). `label` is the
    number that the text begins with where the file says that its list is numbered just so (an HTML list that starts at
    14): people cite it.
    """

    text: str
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    size: float = 0.0
    bold: bool = False
    cells: tuple[str, ...] = ()
    style: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class RuledCell:
    """A cell of a ruled table: its edges (fractions of the page, as a Line's) and the lines inside, downwards."""

    left: float
    top: float
    right: float
    bottom: float
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table that rules or shading show, as far as it stands on one page; edges are fractions of the page.

    Every row has a cell for every column: one that is merged stands in each row and column that it covers, as the
    same object. `open_top` and `open_bottom` say that no rule closes the first or the last row.
    """

    left: float
    top: float
    right: float
    bottom: float
    rows: tuple[tuple[RuledCell, ...], ...]
    open_top: bool = False
    open_bottom: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page's lines in reading order; `number` counts from 1 and is 0 for files that have no pages.

    `width` and `height` are in points. `ocr` is true where the lines were read from a picture. `tables` are read
    beside the lines: what stands in a cell stands among the lines too. `label` is the number printed on the page as
    the file gives it, where any page's isn't its count. Edges are those of the page turned clockwise by `turned`
    quarters, so that its text lies level.
    """

    number: int
    lines: tuple[Line, ...]
    width: float = 0.0
    height: float = 0.0
    ocr: bool = False
    tables: tuple[RuledTable, ...] = ()
    label: str = ""
    turned: int = 0


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as read. `kind` is "pdf", "docx", "html", "markdown" or "text"; `title` comes from its metadata.

    `warnings` say what of it could not be read (a page without text, a damaged cross-reference table).
    """

    name: str
    sha256: str
    kind: str
    pages: tuple[Page, ...]
    title: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def page_count(self) -> int:
        """The number of pages, 0 for a file that has none."""
        return len([page for page in self.pages if page.number])
