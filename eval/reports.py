"""How commands put their figures down: plain tables, Markdown from a template beside the command, JSON.

Knows nothing of what is measured.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a plain text table: words to the left, numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    columns = list(zip(headings, *cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    numeric = [all(_is_number(cell) for cell in column[1:]) for column in columns]

    def line(row: Sequence[str]) -> str:
        parts = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        return "  ".join(parts).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([line(headings), rule, *(line(row) for row in cells)])


def markdown(template: Path, **figures: Any) -> str:  # noqa: ANN401 (the figures that the template names)
    """Fill in a Markdown template; a name that it asks for and that isn't given is an error."""
    # Nothing is escaped: it is Markdown for people who ran the command.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(template.parent), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    return environment.get_template(template.name).render(figures)


def write_json(path: Path, data: object) -> None:
    """Write data as JSON: a dataclass as its fields, unless it has a `to_json` of its own."""
    text = json.dumps(data, ensure_ascii=False, indent=1, default=plain)
    path.write_text(text + "\n", encoding="utf-8")


def plain(value: Any) -> Any:  # noqa: ANN401 (whatever JSON can't write by itself)
    """Give what JSON can write instead of a value of ours; TypeError for one that is none."""
    if hasattr(value, "to_json"):
        return value.to_json()
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


def write_both(path: Path, text: str, data: object) -> None:
    """Write a report for people as `path` and the same for programs beside it, with .json at its end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    write_json(path.with_suffix(".json"), data)


def machine() -> str:
    """Describe the machine in words: processors in use, their kind, Python."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = next(iter(names), platform.processor() or platform.machine())
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({model}), {platform.system()}, Python {platform.python_version()}"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).replace("+", "", 1).isdigit() or text == "-"
