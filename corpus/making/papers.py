"""What councils write after an inspection: progress tables, plans, committee papers; as text, Word and HTML.

Keeps the untidiness that such papers arrive with (headers repeated at page breaks, a row cut in two, numbers
in three forms). Knows nothing of PDF or of what the truth files hold.
"""

import html
import io
import tomllib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as WordDocument

from corpus.making.source import (
    Bullet,
    NumberedParagraph,
    Plain,
    SourceHeading,
    TablePlace,
    WrittenSource,
    WrittenSourceError,
    spoken,
)

NOTICE = "Sample document about an invented council, written for this project"
RAG = {"C": "Complete", "G": "Green", "A": "Amber", "R": "Red"}
_LETTERS = {word: letter for letter, word in RAG.items()}
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One recommendation as a later paper repeats it: its number there, its words, what became of it."""

    number: int
    text: str
    progress: str
    status: str | None
    lead: str | None
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TablePaper:
    """A progress table or a plan, whose source is TOML throughout."""

    name: str
    meta: dict[str, Any]
    rows: tuple[PaperRow, ...]


def read_table_paper(path: Path, reports: Mapping[str, WrittenSource]) -> TablePaper:
    """Read a progress table or plan; ``of`` in each row names a recommendation of the report it answers."""
    meta = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = meta.get("row", meta.get("recommendation", []))
    return TablePaper(path.stem, meta, answered_rows(rows, reports[meta["report"]]))


def answered_rows(rows: Iterable[Mapping[str, Any]], report: WrittenSource) -> tuple[PaperRow, ...]:
    """Return the rows, number and words taken from the report, unless a row words the recommendation anew."""
    by_key = {p.key: p for p in report.numbered()}
    return tuple(
        PaperRow(
            by_key[row["of"]].number,
            row.get("text", without_brackets(spoken(by_key[row["of"]].text))),
            row["progress"],
            row.get("status"),
            row.get("lead"),
            row,
        )
        for row in rows
    )


def without_brackets(text: str) -> str:
    """Drop the "(paragraphs 23, 31)" at a recommendation's end."""
    head, found, _ = text.partition(" (paragraph")
    return head + "." if found else text


# Plain text


def progress_text(paper: TablePaper) -> bytes:
    """Write it tab-separated, with the header again at each page break and one row continued under it."""
    meta = paper.meta
    lines = ["", "", meta["first_line"], "", meta["title"], "", meta["date_printed"], "", NOTICE + ".", ""]
    header = "Recommendation\t\tProgress"
    lines.append(header)
    for row in paper.rows:
        if row.raw.get("header_before"):
            lines += ["", header]
        said = f"{row.status} {row.progress}" if row.status else row.progress
        first, broken, rest = said.partition("//")
        number = f"{row.number} {row.text}\t" if row.raw.get("glued_number") else f"{row.number}\t{row.text}"
        lines.append(f"{number}\t{first.strip()}")
        if broken:
            lines += ["", header, f"\t\t{rest.strip()}"]
    return ("\n".join([*lines, "", NOTICE]) + "\n").encode()


def committee_text(source: WrittenSource) -> bytes:
    """Write Markdown-like text, as converted from a paper: numbers behind dashes, bare, or with a stop."""
    meta = source.meta
    lines = [
        "",
        meta["authority"],
        "",
        f"# {meta['committee']}",
        "",
        "",
        meta["date_printed"],
        "",
        f"## {meta['title']}",
        "",
        "---",
        "",
    ]
    lines += [f"### Report of {meta['author']}", "", f"*{NOTICE}.*", ""]
    forms = {"dash": "- {} ", "bare": "{} ", "stop": "{}. "}
    for block in source.blocks:
        match block:
            case SourceHeading(level, text):
                lines += [f"{'#' * (level + 2)} **{text}**", ""]
            case NumberedParagraph(number, _, text, bullets):
                lines.append(forms[meta["number_forms"][number - 1]].format(number) + spoken(text))
                lines += [f"  - {b.text}" for b in bullets]
                lines.append("")
            case TablePlace():
                lines.append("Judgement\tGrade")
                lines += [f"{j['area']}\t{j['grade']}" for j in meta["judgements"]]
                lines.append("")
            case Plain(text):
                lines += [spoken(text), ""]
            case _:
                raise WrittenSourceError(f"{source.name}: a committee paper cannot print {block}")
    return ("\n".join([*lines, "---", "", NOTICE]) + "\n").encode()


# HTML


def committee_html(source: WrittenSource) -> bytes:
    """Write a page as a council's site serves it, with a banner and a footer around the paper."""
    meta = source.meta
    say = html.escape
    authority = say(meta["authority"])
    out = [
        "<!DOCTYPE html>",
        '<html lang="en-GB">',
        f"<head><meta charset='utf-8'><title>{say(meta['title'])} - {authority}</title></head>",
        "<body>",
        f"<header><p>{authority}</p><nav><a href='#'>Home</a> <a href='#'>Meetings</a></nav></header>",
        "<main>",
        f"<p><strong>{NOTICE}.</strong></p>",
        f"<h1>{say(meta['title'])}</h1>",
        f"<p>{say(meta['committee'])}, {say(meta['date_printed'])}</p>",
        f"<p>Report of {say(meta['author'])}</p>",
    ]
    for block in source.blocks:
        match block:
            case SourceHeading(_, text):
                out.append(f"<h2>{say(text)}</h2>")
            case NumberedParagraph(number, _, text, bullets):
                out.append(f"<p>{number}. {say(spoken(text))}</p>")
                if bullets:
                    out.append("<ul>" + "".join(f"<li>{say(b.text)}</li>" for b in bullets) + "</ul>")
            case TablePlace():
                rows = [
                    f"<tr><td>{say(j['area'])}</td><td>{say(j['grade'])}</td></tr>"
                    for j in meta["judgements"]
                ]
                out += ["<table>", "<tr><th>Judgement</th><th>Grade</th></tr>", *rows, "</table>"]
            case _:
                raise WrittenSourceError(f"{source.name}: a committee page cannot print {block}")
    return ("\n".join([*out, "</main>", f"<footer>{NOTICE}</footer>", "</body>", "</html>"]) + "\n").encode()


# Word


def plan_word(paper: TablePaper) -> bytes:
    """Write a plan: the summary table, then indicators and actions for each live recommendation."""
    meta = paper.meta
    word = _new_word(meta["title"], meta["date"].isoformat())
    word.add_paragraph(meta["subtitle"])
    word.add_paragraph(meta["date_printed"])
    for text in meta["introduction"]:
        word.add_paragraph(text)
    word.add_heading("Summary of progress", 1)
    _table(
        word,
        ["No.", "Recommendation", "Progress", "RAG"],
        [
            [
                str(r.number),
                r.text,
                f"Recommendation Lead: {str(r.lead).upper()}\n{r.progress}",
                _LETTERS[str(r.status)],
            ]
            for r in paper.rows
        ],
    )
    for row in paper.rows:
        if "actions" not in row.raw:
            continue
        word.add_heading(f"Recommendation {row.number}: {row.text}", 2)
        word.add_paragraph(f"Recommendation Lead: {row.lead}")
        _table(word, ["PI Number", "Description", "Lead Officer", "Target", "Value"], row.raw["indicators"])
        word.add_paragraph()
        _table(word, ["Ref", "Action", "Lead", "Start", "Finish", "RAG"], row.raw["actions"])
    return _reproducible(word)


def committee_word(source: WrittenSource, rows: Sequence[PaperRow]) -> bytes:
    """Write a committee paper, its numbers typed, with the position on each recommendation as an appendix."""
    meta = source.meta
    word = _new_word(meta["title"], meta["date"].isoformat())
    word.add_paragraph(f"{meta['committee']}, {meta['authority']}")
    word.add_paragraph(meta["date_printed"])
    word.add_paragraph(f"Report of {meta['author']}")
    for block in source.blocks:
        match block:
            case SourceHeading(_, text):
                word.add_heading(text, 1)
            case NumberedParagraph(number, _, text, bullets):
                word.add_paragraph(f"{number}.\t{spoken(text)}")
                _bullets(word, bullets)
            case Plain(text):
                word.add_paragraph(spoken(text))
            case TablePlace():
                _table(
                    word,
                    ["No.", "Recommendation", "Lead", "Progress", "RAG"],
                    [[str(r.number), r.text, str(r.lead), r.progress, str(r.status)] for r in rows],
                )
            case _:
                raise WrittenSourceError(f"{source.name}: a Word paper cannot print {block}")
    return _reproducible(word)


def _new_word(title: str, day: str) -> WordDocument:
    word = docx.Document()
    moment = datetime.fromisoformat(day)
    properties = word.core_properties
    properties.title, properties.author, properties.comments = title, "Findings sample corpus", NOTICE
    properties.created = properties.modified = properties.last_printed = moment
    properties.last_modified_by, properties.revision = "Findings sample corpus", 1
    word.sections[0].footer.paragraphs[0].text = NOTICE
    word.add_paragraph(NOTICE + ".")
    word.add_heading(title, 0)
    return word


def _bullets(word: WordDocument, bullets: Iterable[Bullet]) -> None:
    for bullet in bullets:
        word.add_paragraph(bullet.text, style="List Bullet")


def _table(word: WordDocument, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = word.add_table(rows=1, cols=len(header), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, header, strict=True):
        cell.text = text
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def _reproducible(word: WordDocument) -> bytes:
    """Save with every zip entry dated alike: python-docx stamps them with the present moment."""
    saved = io.BytesIO()
    word.save(saved)
    again = io.BytesIO()
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(again, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever this runs
            new.writestr(entry, old.read(name))
    return again.getvalue()
