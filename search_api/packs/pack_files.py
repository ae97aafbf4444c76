"""An evidence pack as files to keep: each form is a row of `FORMATS`.

Every quote stands with its citation, the note of the person who collected it, the licence that its document prints,
and what index it came from. This module must not know of HTTP; pictures of pages come by a function.
"""

from __future__ import annotations

import datetime
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from search_api.citing.citation import spoken_date
from search_api.citing.formats import Cited, as_list
from search_api.packs.clock import check_clock
from search_api.packs.exports import record, to_csv
from search_api.packs.pack import Item, Pack

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

Picture = Callable[[Item, int], bytes | None]
"""The picture (PNG) of a page of an item's document, counted from 1; None where there is none."""

MOST_PICTURES = 40
"""Pictures in one file: each takes a moment to draw and some 60 kB."""

_PAGES_OF_A_PASSAGE = 2
_COLUMNS = (
    "number", "note", "quote", "citation", "council", "published", "kind", "framework", "grade", "section", "label",
    "page", "end_page", "title", "file", "licence", "url", "passage_id",
)  # fmt: skip
# What XML 1.0 can't hold; a document may print it all the same.
_NOT_XML = re.compile("[^\\t\\n\\r -\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True, slots=True)
class PackFormat:
    """A form in which a pack is taken away: its media type, what a page calls it, and what writes it.

    It is written of a pack, the service's address (put before each link), and the pictures of pages where `pictures` are
    wanted of it. To add one, add a row to `FORMATS`.
    """

    media: str
    label: str
    write: Callable[[Pack, str, Picture | None], bytes]
    pictures: bool = False


def to_csv_file(pack: Pack, base: str) -> bytes:
    """Write a pack as CSV, one passage a row; `base` is the service's address, put before each link."""
    records = (
        record(
            _COLUMNS, item.passage, item.document, number=item.number, note=item.note, quote=item.passage.text,
            grade=item.grade, url=base + item.passage.url,
        )
        for item in pack.passages
    )  # fmt: skip
    return to_csv(_COLUMNS, (list(one.values()) for one in records))


def to_ris_file(pack: Pack, base: str) -> bytes:
    """Write a pack as RIS, for programs that keep references."""
    cited = [Cited(item.passage, item.document, item.passage.text, base) for item in pack.passages]
    return as_list(cited, "ris").encode() if cited else b""


def to_json_file(pack: Pack) -> bytes:
    """Write a pack as JSON."""
    return json.dumps(pack.to_json(), ensure_ascii=False, indent=2).encode()


def to_docx_file(pack: Pack, base: str, today: datetime.date, picture: Picture | None = None) -> bytes:
    """Write a pack as a Word document; with `picture`, the pages that the passages are printed on too."""
    # Few packs are ever asked for as a Word file: until one is, the service does without the library.
    check_clock()
    import docx  # noqa: PLC0415
    from docx.shared import Cm, Pt  # noqa: PLC0415

    document = docx.Document()
    document.core_properties.title = clean(pack.title) or "Evidence pack"
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.styles["Normal"].font.name = "Arial"
    document.styles["Normal"].font.size = Pt(11)
    document.add_heading(clean(pack.title) or "Evidence pack", 0)
    passages = f"{len(pack.passages)} passage{'' if len(pack.passages) == 1 else 's'}"
    document.add_paragraph(f"{passages}, collected on {spoken_date(today.isoformat())}.")
    drawn = 0
    for item in pack.passages:
        _add_item(document, item, base)
        if picture is None or not item.passage.page:
            continue
        last = item.passage.end_page or item.passage.page
        for page in range(item.passage.page, min(last, item.passage.page + _PAGES_OF_A_PASSAGE - 1) + 1):
            drawing = picture(item, page) if drawn < MOST_PICTURES else None
            if drawing is not None:
                drawn += 1
                document.add_picture(io.BytesIO(drawing), width=Cm(15))
                _small(document, f"Page {page} of {item.document.file}")
    document.add_heading("About these quotations", 1)
    document.add_paragraph(
        "Each passage is quoted word for word from the document named under it. Open it there before you rely "
        "on it: what stands round it may matter."
    )
    document.add_paragraph(licence_line(pack))
    _small(document, f"Index {pack.index.digest}, built {pack.index.built.replace('T', ' ')}.")
    if pack.missing:
        _small(document, f"No longer in the index: {', '.join(pack.missing)}.")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


FORMATS: Mapping[str, PackFormat] = {
    "docx": PackFormat(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "Word document",
        lambda pack, base, picture: to_docx_file(pack, base, datetime.date.today(), picture),
        pictures=True,
    ),
    "csv": PackFormat(
        "text/csv; charset=utf-8", "CSV for spreadsheets", lambda pack, base, _: to_csv_file(pack, base)
    ),
    "ris": PackFormat(
        "application/x-research-info-systems; charset=utf-8",
        "RIS for reference managers",
        lambda pack, base, _: to_ris_file(pack, base),
    ),
    "json": PackFormat("application/json", "JSON for programs", lambda pack, *_: to_json_file(pack)),
}
"""The forms by the ending of the file's name, in the order in which the page offers them."""


def licence_line(pack: Pack) -> str:
    """Say under which licences the quoted documents were published, as they print it."""
    printed = [licence for licence in pack.licences if licence]
    said = (
        f"Licence printed in the documents quoted: {'; '.join(clean(one) for one in printed)}."
        if printed
        else ""
    )
    if "" in pack.licences:
        said += (
            " Some of them print no licence: ask their publisher before you pass on more than a quotation."
        )
    return said.strip() or "Nothing is quoted."


def _add_item(document: WordDocument, item: Item, base: str) -> None:
    name = item.document.council or item.document.title or item.document.file
    document.add_heading(clean(f"{item.number}. {name}"), 2)
    if item.note:
        note = document.add_paragraph()
        note.add_run("Note: ").bold = True
        note.add_run(clean(item.note))
    for line in item.passage.text.split("\n"):
        if line.strip():
            document.add_paragraph(clean(line), style="Quote")
    said = document.add_paragraph()
    said.add_run(clean(item.citation))
    if item.grade:
        said.add_run(clean(f". Grade at the time: {item.grade}"))
    _small(document, f"{item.document.file} · {base}{item.passage.url}")


def _small(document: WordDocument, text: str) -> None:
    from docx.shared import Pt, RGBColor  # noqa: PLC0415 (loaded with the document)

    run = document.add_paragraph().add_run(clean(text))
    run.font.size = Pt(9)
    run.font.color.rgb = RGBColor(0x48, 0x48, 0x49)


def clean(text: str) -> str:
    """Leave out what XML can't hold; a document may print it all the same."""
    return _NOT_XML.sub("", text)
