"""How a page is made from a template: one environment, escaping always, and the words that all pages share.

Templates of whole pages are in `pages/`, their parts in `components/`. This module must not know what is on any
of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader
from starlette.responses import HTMLResponse

from web.pages import display

SERVICE = "Findings"
_OF_GRADES = {
    "outstanding": "blue",
    "good": "green",
    "adequate": "yellow",
    "requires improvement": "orange",
    "requires improvement to be good": "orange",
    "inadequate": "red",
}
_OF_STATUSES = {"green": "green", "amber": "yellow", "red": "red", "blue": "blue"}


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates and what stands on every page."""

    environment: Environment

    def page(
        self,
        name: str,
        /,
        status: int = 200,
        *,
        error: str | None = None,
        mend: str = "#q",
        **values: Any,  # noqa: ANN401 (a template takes any value)
    ) -> HTMLResponse:
        """Make the page of a template as a response; `values` are the template's names.

        An `error` stands above the page with a link to where it is mended, and beside the control there.
        """
        errors = [{"text": error, "href": mend}] if error else []
        template = self.environment.get_template(f"pages/{name}")
        return HTMLResponse(template.render(error=error, errors=errors, **values), status_code=status)


def load_templates(stylesheet: str, script: str, icon: str) -> Templates:
    """Load the templates, with the addresses of the style sheet, the script and the icon."""
    environment = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(Path(__file__).resolve().parent),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "service": SERVICE,
        "stylesheet": stylesheet,
        "script": script,
        "icon": icon,
        "count": display.count,
    }
    environment.filters |= {
        "date": display.date,
        "slug": display.slug,
        "passage_name": display.passage_name,
        "document_name": display.document_name,
        "grade_class": grade_class,
        "status_class": status_class,
        "day": display.day,
    }
    return Templates(environment)


def grade_class(grade: str) -> str:
    """Give the class of a grade's tag; grades that aren't among the usual ones are grey."""
    return f"govuk-tag--{_OF_GRADES.get(grade.lower(), 'grey')}"


def status_class(status: str) -> str:
    """Give the class of a status's tag: of its colour, where the status is one (green, G, amber, red…)."""
    first = next(iter(status.lower().split()), "").strip(".,:;()")
    return (
        f"govuk-tag--{next((tag for name, tag in _OF_STATUSES.items() if first in (name, name[0])), 'grey')}"
    )
