"""A source: what is published where, as data.

A source is a TOML file: steps from a listing to documents, the hosts that it may be asked of, the licence as printed.
Every step reads pages (HTML, XML or CSV), picks items from each and takes named values from them; a value fills the
`{name}` of the next step's address. What the last step's items give are documents. A mistake in a file is said with its
line. This module must not know how anything is downloaded.
"""

from __future__ import annotations

import csv
import re
import string
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from lxml import etree
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from indexer.errors import UsageError
from indexer.toml_lines import line_of

SHIPPED = Path(__file__).with_name("sources")

DOCUMENT_FIELDS = frozenset(
    {"address", "document_id", "title", "date", "kind", "organisation", "organisation_id"}
)
"""What the last step may give of a document; `address` it must."""


def _xpath(text: str) -> str:
    try:
        etree.XPath(text)
    except etree.XPathSyntaxError as error:
        raise ValueError(f"{text!r} is no XPath: {error}") from error
    return text


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    return text


XPath = Annotated[str, AfterValidator(_xpath)]
Regex = Annotated[str, AfterValidator(_regex)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Take(_Strict):
    """How a value is taken of an item: an XPath relative to it (a column's name in CSV), then a pattern's first group.

    `date` makes an ISO 8601 date of it. An item without a value that has a pattern isn't taken.
    """

    at: str = "string()"
    pattern: Regex | None = None
    date: bool = False


class Paging(_Strict):
    """A listing of several pages: `field` counts from `start` in steps of `step`, up to `most` pages.

    A step smaller than what a page holds lets pages overlap, so that a list that shifts meanwhile loses nothing.
    """

    field: str
    start: int = 0
    step: int = Field(gt=0)
    most: int = Field(default=200, gt=0, le=10_000)


class Step(_Strict):
    """One level of the way from the listing to the documents."""

    address: str
    format: Literal["html", "xml", "csv"] = "html"
    items: XPath = "//a"
    take: dict[str, Take]
    only: dict[str, tuple[Regex, ...]] = {}
    """An item is taken where each named value matches one of its patterns, in any case."""
    page: dict[str, Take] = {}
    """Values of the page itself, such as the organisation that it is about."""
    paging: Paging | None = None


class DocumentType(_Strict):
    """A kind of document by its title; `needs` is the kind that should be there of the same organisation."""

    name: str
    title: Regex
    needs: str | None = None


class Source(_Strict):
    """What is published where; see docs/fetching.md for every field."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    title: str
    publisher: str
    licence: str | None = None
    hosts: tuple[str, ...]
    """Nothing is asked of any other host."""
    name: str = "{organisation}-{title}-{date}-{document_id}"
    """A file's name, without its ending."""
    formats: tuple[Literal["pdf", "docx", "html", "text"], ...] = ("pdf",)
    pause: float = Field(default=1.0, ge=0)
    """Seconds between two requests of a host."""
    daily: int = Field(default=3000, gt=0)
    """The most requests in a day."""
    largest: int = Field(default=50_000_000, gt=0)
    """Bytes that a document may have."""
    recheck: int = Field(default=30, ge=0)
    """Days after which a document whose listing hasn't changed is asked for again, by its ETag or date."""
    values: dict[str, str] = {}
    """Values for the first step's address."""
    kinds: tuple[DocumentType, ...] = ()
    every: str | None = None
    """The kind that each organisation should have."""
    since: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    """The day before which nothing is taken, by the date of an item."""
    only: dict[str, tuple[Regex, ...]] = {}
    """As a step's `only`, for whichever step takes the value: what a source that extends another chooses of it."""
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits_together(self) -> Source:
        known = set(self.values)
        for number, step in enumerate(self.steps, 1):
            known |= {step.paging.field} if step.paging else set()
            for field in _fields_of(step.address):
                if field not in known:
                    raise ValueError(f"step {number}: nothing gives {{{field}}} of its address")
            known |= set(step.take) | set(step.page)
            for name in step.only:
                if name not in known:
                    raise ValueError(f"step {number}: `only` names {name}, which no step takes")
            for name, take in (*step.take.items(), *step.page.items()):
                if step.format != "csv":
                    try:
                        _xpath(take.at)
                    except ValueError as error:
                        raise ValueError(f"step {number}: {name}: {error}") from error
        if "address" not in self.steps[-1].take:
            raise ValueError("the last step takes no address")
        for field in _fields_of(self.name):
            if field not in known | DOCUMENT_FIELDS:
                raise ValueError(f"nothing gives {{{field}}} of the name")
        return self


def shipped_sources() -> dict[str, Path]:
    """The files of the sources that come with the program, by id."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def load_source(named: str) -> Source:
    """A source by its id, its TOML file, or a CSV file of addresses.

    Raises UsageError, with file and line, where it is none.
    """
    shipped = shipped_sources()
    path = shipped.get(named, Path(named))
    if not path.is_file():
        raise UsageError(
            f"there is no source {named!r}: name a file, or one of those that come along ({', '.join(shipped)})"
        )
    if path.suffix.lower() == ".csv":
        return _source_of_list(path)
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} can't be read as a source: {error}") from error
    if "extends" in table:
        table = _extended(path, text, table)
    for step in table.get("steps", ()):
        if (
            isinstance(step, dict)
            and step.get("format") == "csv"
            and "://" not in str(step.get("address", ""))
        ):
            step["address"] = str(path.parent / str(step.get("address", "")))
    try:
        return Source.model_validate(table)
    except ValidationError as error:
        raise UsageError(_first_mistake(path, text, error)) from error


def _extended(path: Path, text: str, table: dict[str, Any]) -> dict[str, Any]:
    """What a file says, over what the source that it extends says."""
    base = shipped_sources().get(str(table.pop("extends")))
    if base is None:
        known = ", ".join(shipped_sources())
        raise UsageError(
            f"{path}:{line_of(text, ('extends',))}: it extends no source that comes along ({known})"
        )
    under = tomllib.loads(base.read_text(encoding="utf-8"))
    values = {**under.get("values", {}), **table.get("values", {})}
    return {**under, **table, "values": values}


def _source_of_list(path: Path) -> Source:
    """The source that a list of addresses is: a CSV file with a column `address`, and any other of a document's fields."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            columns = [name.strip() for name in rows.fieldnames or ()]
            hosts = {_host(row.get("address") or "") for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} can't be read as a list of addresses: {error}") from error
    if "address" not in columns:
        raise UsageError(
            f"{path}:1: a list of addresses needs a column `address`; it has {', '.join(columns)}"
        )
    unknown = [name for name in columns if name not in DOCUMENT_FIELDS]
    if unknown:
        raise UsageError(
            f"{path}:1: {unknown[0]!r} is no column of a list; there are {', '.join(sorted(DOCUMENT_FIELDS))}"
        )
    take = {name: Take(at=name, date=name == "date") for name in columns}
    return Source(
        id=re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "list",
        title=f"The list {path.name}",
        publisher="various",
        hosts=tuple(sorted(hosts - {""})),
        name="{organisation}-{title}-{date}-{document_id}",
        formats=("pdf", "docx", "html", "text"),
        steps=(Step(address=str(path), format="csv", take=take),),
    )


def _host(address: str) -> str:
    found = re.match(r"https?://([^/?#@\s]+)(?:[/?#]|$)", address.strip())
    return found[1].lower() if found else ""


def _fields_of(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name]


def _first_mistake(path: Path, text: str, error: ValidationError) -> str:
    first: Any = error.errors()[0]
    place = tuple(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    step = re.match(r"step (\d+): ", said)
    if not place and step:
        place = ("steps", str(int(step[1]) - 1))
    return f"{path}:{line_of(text, place)}: {'.'.join(place) + ': ' if place else ''}{said}"
