from __future__ import annotations

from lxml import etree

from eval.chart import Axis, Panel, draw

SVG = "{http://www.w3.org/2000/svg}"
ACROSS, UP = Axis(0.2, "threshold"), Axis(0.2)


def test_each_line_is_drawn_named_and_dashed_apart() -> None:
    lines = {"one": [(0, 0), (1, 1)], "two": [(0, 1), (1, 0)]}
    drawn = etree.fromstring(draw("A & B", [Panel("A & B", lines, ACROSS, UP)]).encode())
    polylines = drawn.findall(f"{SVG}polyline")
    assert len(polylines) == 2
    assert polylines[0].get("stroke-dasharray") != polylines[1].get("stroke-dasharray")
    said = [text.text for text in drawn.findall(f"{SVG}text")]
    assert {"A & B", "one", "two", "threshold"} <= set(said)


def test_higher_is_drawn_higher_and_the_mark_stands_at_its_place() -> None:
    panel = Panel("t", {"up": [(0, 0.2), (1, 0.8)]}, ACROSS, UP, mark=0.5)
    drawn = etree.fromstring(draw("t", [panel]).encode())
    first, last = drawn.find(f"{SVG}polyline").get("points").split()  # type: ignore[union-attr]
    assert float(first.split(",")[1]) > float(last.split(",")[1])
    upright = [line for line in drawn.findall(f"{SVG}line") if line.get("x1") == line.get("x2")]
    assert len(upright) == 1
    assert float(first.split(",")[0]) < float(upright[0].get("x1", "0")) < float(last.split(",")[0])
