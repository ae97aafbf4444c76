"""Reports of every kind that has a profile, each as text, as HTML and as PDF: read the same in every form.

The documents of `kinds/` are invented; they are set as the published ones are. Each opens with what must be read of it.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import ListFlowable, ListItem, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table
from reportlab.platypus.flowables import Flowable

from indexer.document import Document
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.structure.profile_files import FOLDER_SETTING, profiles
from indexer.structure.structured import structure

KINDS = Path(__file__).resolve().parents[1] / "kinds"
OWN = KINDS / "own"
"""A profile that was written from docs/profiles.md and CONTRIBUTING.md alone, and a report of its kind."""
FORMS = ("txt", "html", "pdf")
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=11, leading=14, spaceAfter=7)
SIZES = {1: 20, 2: 16, 3: 13, 4: 11.5, 5: 11}

Block = tuple[str, list[str]]
"""A block's mark ("#", "-", "|", "---" or none) and its lines."""


def cases() -> Iterator[tuple[str, str]]:
    for path in sorted(KINDS.glob("*.md")):
        for form in split(path)[0].get("forms", FORMS):
            yield path.stem, form


def split(path: Path) -> tuple[dict[str, Any], str]:
    _, truth, text = re.split(r"^\+\+\+$", path.read_text(encoding="utf-8"), maxsplit=2, flags=re.MULTILINE)
    return tomllib.loads(truth), text


def blocks(text: str) -> list[Block]:
    found: list[Block] = []
    fresh = True
    for line in text.splitlines():
        match = re.match(r"(#+|--?|---|\||\d+\.)(?: (.*))?$|\|", line)
        mark = match[1] if match and match[1] else ""
        if not line.strip():
            fresh = True
        elif mark in {"|", "-", "--"} or re.match(r"\d+\.$", mark):
            kind = "1." if mark[0].isdigit() else mark
            if not fresh and found and found[-1][0] == kind:
                found[-1][1].append(line if kind == "1." else line[len(mark) :].strip())
            else:
                found.append((kind, [line if kind == "1." else line[len(mark) :].strip()]))
            fresh = False
        elif mark:
            found.append((mark, [line[len(mark) :].strip()]))
            fresh = True
        elif fresh or not found:
            found.append(("", [line]))
            fresh = False
        else:
            found[-1][1].append(line)
    return found


def write_txt(path: Path, found: list[Block]) -> None:
    parts = []
    for mark, lines in found:
        if mark == "|":
            parts.append("\n".join("\t".join(cells(line)).rstrip() for line in lines))
        elif mark in {"-", "--"}:
            bullet = "  - " if mark == "--" else "* "
            parts.append("\n".join(bullet + line for line in lines))
        elif mark == "---":
            continue
        else:
            parts.append("\n".join(lines))
    text = "\n\n".join(parts) + "\n"
    path.write_text(re.sub(r"\n(\n  - .*)(?:\n(?=\n\* ))?", r"\1", text), encoding="utf-8")


def write_html(path: Path, found: list[Block]) -> None:
    parts = []
    for mark, lines in found:
        said = [html.escape(line, quote=False) for line in lines]
        if mark.startswith("#"):
            parts.append(f"<h{len(mark)}>{said[0]}</h{len(mark)}>")
        elif mark == "|":
            rows = ("".join(f"<td>{cell}</td>" for cell in cells(line)) for line in said)
            parts.append("<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>")
        elif mark in {"-", "--"}:
            listed = "<ul>" + "".join(f"<li>{line}</li>" for line in said) + "</ul>"
            if mark == "--":  # within the item above it
                listed = parts.pop().removesuffix("</li></ul>") + listed + "</li></ul>"
            parts.append(listed)
        elif mark == "1.":
            parts.extend(f"<p>{line}</p>" for line in said)
        elif mark != "---":
            parts.append(f"<p>{'<br>'.join(said)}</p>")
    title = next((lines[0] for mark, lines in found if mark == "#"), path.stem)
    path.write_text(
        f"<!doctype html><html><head><title>{html.escape(title)}</title></head><body><main>{''.join(parts)}</main></body></html>",
        encoding="utf-8",
    )


def write_pdf(path: Path, found: list[Block]) -> None:
    story: list[Flowable] = []
    for mark, lines in found:
        said = [html.escape(line, quote=False) for line in lines]
        if mark == "---":
            story.append(PageBreak())
        elif mark.startswith("#"):
            size = SIZES[len(mark)]
            bold = ParagraphStyle(
                mark,
                fontName="Helvetica-Bold",
                fontSize=size,
                leading=1.2 * size,
                spaceBefore=8,
                spaceAfter=6,
            )
            story.append(Paragraph(said[0], bold))
        elif mark == "|":
            rows = [[Paragraph(cell, BODY) for cell in cells(line)] for line in said]
            wide = max(len(row) for row in rows)
            rows = [[*row, *("" for _ in range(wide - len(row)))] for row in rows]  # type: ignore[list-item]
            story.append(
                Table(
                    rows,
                    style=[
                        ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
                        ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ],
                )
            )
            story.append(Spacer(1, 8))
        elif mark in {"-", "--"}:
            indent = 30 if mark == "--" else 16
            items = [ListItem(Paragraph(line, BODY), value="•") for line in said]
            story.append(
                ListFlowable(items, bulletType="bullet", start="•", leftIndent=indent, bulletDedent=12)
            )
        elif mark == "1.":
            hanging = ParagraphStyle("n", parent=BODY, leftIndent=22, firstLineIndent=-22)
            story.extend(Paragraph(line.replace(". ", ".&nbsp;&nbsp; ", 1), hanging) for line in said)
        else:
            story.append(Paragraph("<br/>".join(said), BODY))
    SimpleDocTemplate(str(path), title=" ").build(story)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


WRITERS: dict[str, Callable[[Path, list[Block]], None]] = {
    "txt": write_txt,
    "html": write_html,
    "pdf": write_pdf,
}


def read(stem: str, form: str, folder: Path, kinds: Path = KINDS) -> tuple[dict[str, Any], Document]:
    truth, text = split(kinds / f"{stem}.md")
    path = folder / f"{stem}.{form}"
    WRITERS[form](path, blocks(text))
    return truth, structure(read_file(path, limits=Limits()))


@pytest.mark.parametrize(("stem", "form"), list(cases()))
def test_a_report_of_each_kind_is_read_by_its_profile_in_every_form(
    stem: str, form: str, tmp_path: Path
) -> None:
    truth, found = read(stem, form, tmp_path)
    assert differences(truth, found) == []


@pytest.fixture
def _own_profiles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(FOLDER_SETTING, str(OWN))
    profiles.cache_clear()
    yield
    profiles.cache_clear()


@pytest.mark.usefixtures("_own_profiles")
@pytest.mark.parametrize("form", FORMS)
def test_an_inspectorate_that_no_code_knows_is_read_by_a_profile_alone(form: str, tmp_path: Path) -> None:
    truth, found = read("fire-audit", form, tmp_path, OWN)
    assert differences(truth, found) == []


@pytest.mark.parametrize(
    ("stem", "form"), [case for case in cases() if case[0].startswith(("ilacs", "school"))]
)
def test_no_numbered_finding_is_among_the_recommendations(stem: str, form: str, tmp_path: Path) -> None:
    _, found = read(stem, form, tmp_path)
    advice = {recommendation.passage_id for recommendation in found.recommendations}
    assert not [p for p in found.passages if p.id in advice and (p.label or "").isdigit()]


def differences(truth: dict[str, Any], found: Document) -> list[str]:
    """What a reading says other than the truth, one line each."""
    flat: dict[str, Any] = {
        "framework": found.framework,
        "organisation": found.organisation,
        "organisation_type": found.organisation_type,
        "organisation_id": found.organisation_id,
        "council": found.council,
        "published": found.published,
        "inspector": found.lead_inspector,
        "kind": found.kind,
    }
    default = {"framework", "council", "published"}
    said = [
        f"{name}: {got!r}, not {truth.get(name)!r}"
        for name, got in flat.items()
        if (name in truth or name in default) and (got or "") != truth.get(name, "")
    ]
    inspected = [found.inspected_from or "", found.inspected_to or ""]
    if inspected != truth.get("inspected", ["", ""]):
        said.append(f"inspected: {inspected}")
    grades = {plain(j.area).lower(): j.grade for j in found.judgements}
    wanted = {plain(area).lower(): grade for area, grade in truth.get("grades", {}).items()}
    for area, grade in wanted.items():
        got = next((g for a, g in grades.items() if a.startswith(area)), None)
        if got != grade:
            said.append(f"grade of {area}: {got!r}, not {grade!r}")
    said += [
        f"invented grade: {area}: {grade}"
        for area, grade in grades.items()
        if grade in {"Outstanding", "Good", "Requires improvement", "Inadequate"}
        and not any(area.startswith(known) for known in wanted)
    ]
    advice = [
        [r.label or "", plain(r.text), r.addressed_to or "", r.due or ""] for r in found.recommendations
    ]
    told = [[label, plain(text), body, due] for label, text, body, due in truth.get("recommendations", [])]
    said += [f"missing: {item}" for item in told if item not in advice]
    said += [f"invented: {item}" for item in advice if item not in told]
    if "regulations" in truth and [r.regulation or "" for r in found.recommendations] != truth["regulations"]:
        said.append(f"regulations: {[r.regulation for r in found.recommendations]}")
    labels = [p.label for p in found.passages if p.kind == "paragraph" and p.label]
    if "labels" in truth and labels != truth["labels"]:
        said.append(f"labels: {labels}")
    if "said" in truth and not any(truth["said"] in warning for warning in found.warnings):
        said.append(f"no warning says {truth['said']!r}: {found.warnings}")
    return said


def plain(text: str) -> str:
    return re.sub(r"[\s•]+", " ", text.replace("’", "'").replace("‘", "'")).strip(" .?")
