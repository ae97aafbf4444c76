"""Rows of a plan's table, drawn without rules and cut by a page's end."""

from __future__ import annotations

import io

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from indexer.limits import Limits
from indexer.reading.pdf import read_pdf
from indexer.structure.structured import structure

COLUMNS = (40, 80, 440, 620, 740)


def row(canvas: Canvas, y: float, *cells: str, bold: bool = False) -> None:
    canvas.setFont("Helvetica-Bold" if bold else "Helvetica", 10)
    for x, cell in zip(COLUMNS, cells, strict=False):
        canvas.drawString(x, y, cell)


def test_a_row_that_a_pages_end_cut_is_one_action() -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=landscape(A4))
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(40, 545, "Thornmere Council improvement plan")
    row(canvas, 485, "Ref", "Action", "Lead", "Due", "RAG", bold=True)
    row(
        canvas,
        465,
        "1",
        "Offer a return interview to each missing child within",
        "Head of Service",
        "30/06/2021",
        "Amber",
    )
    row(canvas, 452, "", "72 hours of the return.")
    row(
        canvas,
        90,
        "2",
        "Audit twenty pathway plans every month and report to",
        "Principal Social Worker",
        "31/07/2021",
        "Red",
    )
    row(canvas, 77, "", "the improvement board,")
    canvas.showPage()
    row(canvas, 535, "Ref", "Action", "Lead", "Due", "RAG", bold=True)
    row(canvas, 515, "", "with the names of the teams that are late.")
    row(canvas, 485, "3", "Fill the vacant posts of personal advisers.", "Director", "31/08/2021", "Green")
    canvas.showPage()
    canvas.save()
    made = structure(read_pdf("plan.pdf", "0" * 64, file.getvalue(), limits=Limits()))
    assert [(action.ref, action.status) for action in made.actions] == [
        ("1", "Amber"),
        ("2", "Red"),
        ("3", "Green"),
    ]
    assert made.actions[1].text.endswith(
        "report to the improvement board, with the names of the teams that are late."
    )
