"""A visit brief as a Word document of four sides: the page's lines, with links to where each is printed.

What stands in it comes from documents: what XML can't hold is left out. This module must not know of HTTP; links begin
with an address that it is given.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from indexer.document import Document
from search_api.briefs.brief import Brief, CriticisedAgain, NeighbourGrades, VisitSince, title_of
from search_api.briefs.wording import NO_OVERALL, cut, page_of, place, year_and_page, year_and_place
from search_api.citing.citation import Citation, spoken_date
from search_api.comparing.recommendation import day
from search_api.packs.clock import check_clock
from search_api.packs.pack_files import clean

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

_LONGEST = 220


def to_docx_file(brief: Brief, base: str) -> bytes:
    """Write a brief as a Word document; `base` is the service's address, put before each link."""
    # Few ask for it as a Word file: until one does, the service does without the library.
    check_clock()
    import docx  # noqa: PLC0415

    document = docx.Document()
    _page(document, f"Visit brief: {brief.organisation}")
    writer = _BriefWriter(document, brief, base)
    writer.grades()
    writer.criticised()
    writer.recommended_again()
    writer.visits()
    if brief.council:
        writer.promises()
        writer.neighbours()
    writer.line(
        "What stands in quotation marks is printed in the document named, word for word; three dots show where it is "
        f"cut. Index {brief.index[:12]}, built {brief.built[:10]}."
    )
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _page(document: WordDocument, title: str) -> None:
    from docx.shared import Cm, Pt  # noqa: PLC0415 (loaded with the document)

    document.core_properties.title = clean(title)
    document.core_properties.author = document.core_properties.comments = ""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.6)
    for name, size in (
        ("Normal", 9),
        ("Title", 18),
        ("Heading 1", 12),
        ("Heading 2", 10),
        ("List Bullet", 9),
    ):
        style = document.styles[name]
        style.font.name, style.font.size = "Arial", Pt(size)
        style.paragraph_format.space_after = Pt(2)
        style.paragraph_format.space_before = Pt(6 if "Heading" in name else 0)
    document.add_heading(clean(title), 0)


class _BriefWriter:
    """Writes the parts of a brief, one after another, into a Word document."""

    def __init__(self, document: WordDocument, brief: Brief, base: str) -> None:
        self._document, self._brief, self._base = document, brief, base

    def line(self, text: str, style: str | None = None) -> Paragraph:
        """Add a paragraph."""
        return self._document.add_paragraph(clean(text), style=style)

    def heading(self, text: str, level: int = 1) -> None:
        """Add a heading."""
        self._document.add_heading(clean(text), level)

    def grades(self) -> None:
        """The table of grades, the newest inspection first."""
        self.heading("Grades at each inspection")
        held = self._brief.inspections
        table = self._table(["Area", *(f"{spoken_date(day(one))} {one.framework or ''}" for one in held)])
        for line in self._brief.grades:
            cells = table.add_row().cells
            cells[0].text = clean(line.area)
            for cell, row in zip(cells[1:], line.grades, strict=True):
                if row is None:
                    cell.text = "Not judged"
                else:
                    self._cited_cell(cell, row.grade, row.citations[0], page_of(row.citations[0]))
        for one in self._brief.without_overall:
            self.line(f"The inspection of {spoken_date(day(one))} gave no overall grade: {NO_OVERALL}")

    def criticised(self) -> None:
        """Subjects that two or more inspections criticise."""
        brief = self._brief
        self.heading("Criticised at two or more inspections")
        if not brief.subjects:
            self.line("No subject was found that two inspections criticise.")
            return
        self.line(
            "Which statement criticises what is worked out by a model and can be wrong: the quotation decides."
        )
        for subject in brief.subjects:
            self.heading(f"{subject.name} ({self._standing(subject)})", 2)
            for row in subject.said:
                self._quoted(f"{day(row.document)[:4]}: ", row.citations[0])
        if brief.further:
            paragraph = self.line("Also: ")
            for number, subject in enumerate(brief.further):
                paragraph.add_run(clean(f"{', ' if number else ''}{subject.name} ("))
                for place_of, row in enumerate(subject.said):
                    if place_of:
                        paragraph.add_run("; ")
                    self._link(paragraph, year_and_place(row.citations[0]), row.citations[0].url)
                paragraph.add_run(")")

    def recommended_again(self) -> None:
        """Recommendations that repeat an earlier one."""
        self.heading("Recommended again")
        if not self._brief.repeated:
            self.line("No recommendation was found that repeats one of an earlier inspection.")
        for one in self._brief.repeated:
            self._quoted("", one.row.citations[0])
            for citation in one.repeats[:2]:
                self._quoted("Before: ", citation)

    def visits(self) -> None:
        """What visits said after the last inspection."""
        self.heading("What visits said since")
        if not self._brief.visits:
            self.line(f"No letter of a visit after {spoken_date(day(self._brief.inspections[0]))} is here.")
        for visit in self._brief.visits:
            self._visit(visit)

    def promises(self) -> None:
        """What the council reported on recommendations, and what the next inspection found."""
        self.heading("What the council reported, and what inspectors then found")
        if not self._brief.promises:
            self.line("No paper of the council that is here gives a recommendation a status.")
            return
        self.line("A status is the council’s own rating, never an inspector’s.")
        table = self._table(["Recommended", "Reported", "Found next"])
        for row in self._brief.promises:
            cells = table.add_row().cells
            first = row.citations[0]
            self._cited_cell(
                cells[0], f"“{cut(first.quote, 130)}”", first, place(self._brief.organisation, first)
            )
            cells[1].text = clean(f"{row.status}, {spoken_date(row.status_date)}")
            if row.after:
                then = row.after.citations[0]
                text = f"{row.found.capitalize()}: “{cut(then.quote, 160)}”"
                self._cited_cell(cells[2], text, then, place(self._brief.organisation, then))
            else:
                cells[2].text = (
                    f"Nothing was said of it on {spoken_date(row.next_inspected_to)}."
                    if row.next_inspected_to
                    else "No later inspection is here."
                )

    def neighbours(self) -> None:
        """The grades of statistical neighbours."""
        brief = self._brief
        self.heading("Beside its statistical neighbours")
        if not brief.neighbours:
            self.line("No inspection of a statistical neighbour is here.")
            return
        self.line(
            "Grades that hold now, as far as documents here say."
            + (
                f" No inspection is here of {', '.join(brief.neighbours_missing)}."
                if brief.neighbours_missing
                else ""
            )
        )
        table = self._table(["Council", "Last inspected", *map(title_of, brief.areas)])
        for one in (*([brief.own] if brief.own else []), *brief.neighbours):
            self._neighbour(table.add_row().cells, one)

    def _neighbour(self, cells: Sequence[_Cell], one: NeighbourGrades) -> None:
        cells[0].text, cells[1].text = clean(one.council), spoken_date(day(one.document))
        for cell, area in zip(cells[2:], self._brief.areas, strict=True):
            if row := one.grades.get(area):
                self._cited_cell(cell, row.grade, row.citations[0], year_and_page(row.citations[0]))

    def _standing(self, subject: CriticisedAgain) -> str:
        said = "criticised at the last inspection" if subject.at_the_last else "not at the last inspection"
        inspected = len(self._brief.neighbours)
        return f"{said}; at {subject.neighbours} of {inspected} neighbours’ last" if inspected else said

    def _visit(self, visit: VisitSince) -> None:
        self.heading(_named(visit.document), 2)
        for said, rows in (
            ("To improve: ", visit.advice[:4]),
            ("Weakness: ", visit.weaknesses),
            ("Strength: ", visit.strengths),
        ):
            for row in rows:
                self._quoted(said, row.citations[0])

    def _quoted(self, before: str, citation: Citation) -> None:
        paragraph = self.line(f"{before}“{cut(citation.quote, _LONGEST)}” (", "List Bullet")
        self._link(paragraph, place(self._brief.organisation, citation), citation.url)
        paragraph.add_run(")")

    def _table(self, heads: Sequence[str]) -> Any:  # noqa: ANN401 (python-docx types its tables in part)
        table = self._document.add_table(rows=1, cols=len(heads), style="Table Grid")
        for cell, text in zip(table.rows[0].cells, heads, strict=True):
            cell.paragraphs[0].add_run(clean(text.strip())).bold = True
        return table

    def _cited_cell(self, cell: _Cell, text: str, citation: Citation, where: str) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.add_run(clean(f"{text} "))
        self._link(paragraph, where, citation.url)

    def _link(self, paragraph: Paragraph, text: str, url: str) -> None:
        """Add a link to a paragraph: python-docx has no call for one."""
        from docx.opc.constants import RELATIONSHIP_TYPE  # noqa: PLC0415 (loaded with the document)
        from docx.oxml import OxmlElement  # noqa: PLC0415
        from docx.oxml.ns import qn  # noqa: PLC0415
        from docx.shared import RGBColor  # noqa: PLC0415

        run = paragraph.add_run(clean(text))
        run.font.underline, run.font.color.rgb = True, RGBColor(0x1A, 0x65, 0xA6)
        link = OxmlElement("w:hyperlink")
        link.set(
            qn("r:id"),
            paragraph.part.relate_to(self._base + url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True),
        )
        run._r.addprevious(link)
        link.append(run._r)


def _named(document: Document) -> str:
    return f"{spoken_date(day(document))}: {document.framework}"
