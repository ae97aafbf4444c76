"""A run of a source: list what is published, download what isn't here, mark what has gone.

Two passes, so that memory doesn't grow with the number of documents: the listing goes into the table, then what is due
comes out of it. A file is complete under a temporary name before the table knows it, and the table knows it before it has
its own: a run that is killed anywhere is finished by the next, and nothing is downloaded twice. This module must not
know what the documents say.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from indexer.fetch.client import NOT_MODIFIED, AskingError, DayIsFullError, SiteClient
from indexer.fetch.listing import NotAListingError, Values, items_of
from indexer.fetch.source import Paging, Source, Step
from indexer.fetch.table import FetchedTable, Held, Listed

_PART = ".part"
_ENDINGS = {"pdf": ".pdf", "docx": ".docx", "html": ".html", "text": ".txt"}


@dataclass(slots=True)
class FetchReport:
    """What a run did; `lines` says it."""

    source: str
    listed: int = 0
    organisations: int = 0
    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """A document's title or a page's address, and why it gave nothing."""
    delisted: int = 0
    missing: list[str] = field(default_factory=list)
    """What was expected and isn't listed."""
    requests: int = 0
    stopped: str = ""
    would: list[str] = field(default_factory=list)
    """What a dry run would have downloaded."""

    def lines(self) -> list[str]:
        """What happened, one line each."""
        lines = [f"{self.source}: {self.listed:,} documents listed of {self.organisations:,} organisations"]
        if self.would:
            lines[0] += f"; {len(self.would):,} would be downloaded:"
            return [*lines, *(f"  {one}" for one in self.would)]
        lines[0] += (
            f"; {len(self.added):,} new, {len(self.replaced):,} replaced, {self.unchanged:,} unchanged, "
            f"{len(self.failed):,} failed, {self.delisted:,} no longer listed; {self.requests:,} requests"
        )
        lines += [f"  new: {one}" for one in self.added]
        lines += [f"  replaced: {one}" for one in self.replaced]
        lines += [f"  not fetched: {what}: {why}" for what, why in self.failed]
        lines += [f"  missing: {one}" for one in self.missing]
        return [*lines, *([f"  stopped: {self.stopped}"] if self.stopped else [])]


@dataclass(slots=True)
class Fetcher:
    """One run of one source into a corpus folder."""

    source: Source
    folder: Path
    table: FetchedTable
    client: SiteClient
    today: date
    note: Callable[[str], None] = lambda line: None
    _report: FetchReport = field(init=False)
    _incomplete: set[str] = field(default_factory=set)
    _whole: bool = True

    def run(self, *, dry: bool = False, most: int | None = None) -> FetchReport:
        """List and download, at most `most` documents; a dry run lists only."""
        self._report = report = FetchReport(self.source.title)
        number = self.table.begin_run(self.source.id)
        try:
            self._list(number)
            due = self.table.due(self.source.id, number, str(self.today - timedelta(self.source.recheck)))
            if dry:
                report.would = [f"{_called(one)}  {one.address}" for one in due]
            else:
                self._download(due, most)
                report.delisted = self.table.mark_delisted(
                    self.source.id, number, str(self.today), whole=self._whole
                )
        except DayIsFullError as error:
            report.stopped = str(error)
        report.missing = list(missing_of(self.source, self.table))
        report.requests = self.client.requests
        return report

    def _list(self, run: int) -> None:
        seen: set[str] = set()
        for values in self._items(0, dict(self.source.values), run):
            kind = self._kind_of(values)
            one = Listed(
                values.get("document_id") or _id_of(values["address"]),
                values["address"],
                values.get("title", ""),
                values.get("organisation", ""),
                values.get("organisation_id", ""),
                kind,
                values.get("date", ""),
            )
            if not one.address or one.document_id in seen:
                continue
            seen.add(one.document_id)
            self._report.listed += 1
            self.table.list_document(
                self.source.id, one, publisher=self.source.publisher, licence=self.source.licence, run=run
            )

    def _items(self, level: int, values: Values, run: int) -> Iterator[Values]:
        """The documents under some values, step by step; each organisation is noted where its id is first known."""
        step = self.source.steps[level]
        last = level == len(self.source.steps) - 1
        taken: set[tuple[tuple[str, str], ...]] = set()
        for found in self._pages(step, values):
            merged = values | {name: value for name, value in found.items() if value}
            key = tuple(sorted(merged.items()))
            if key in taken:
                continue
            taken.add(key)
            if self.source.since and "" < found.get("date", "") < self.source.since:
                continue
            organisation = merged.get("organisation_id", "")
            if organisation and organisation != values.get("organisation_id"):
                self._report.organisations += 1
                self.table.list_organisation(
                    self.source.id, organisation, merged.get("organisation", ""), run
                )
            if last:
                yield merged
                continue
            failures = len(self._report.failed)
            for document in self._items(level + 1, merged, run):
                if organisation and document.get("organisation") != merged.get("organisation"):
                    self.table.list_organisation(
                        self.source.id, organisation, document.get("organisation", ""), run
                    )
                yield document
            if organisation and len(self._report.failed) == failures:
                self.table.complete_organisation(self.source.id, organisation)

    def _pages(self, step: Step, values: Values) -> Iterator[Values]:
        """The items of a step's pages. A page that can't be had is reported, and what it lists isn't taken for gone."""
        before: set[tuple[tuple[str, str], ...]] = set()
        for number in _numbers(step.paging):
            at = values | ({step.paging.field: str(number)} if step.paging else {})
            address = step.address.format_map(at)
            try:
                body = self._body(address)
                items = list(items_of(self.source, step, body, address))
            except (AskingError, NotAListingError, OSError) as error:
                self._whole = False
                self._report.failed.append((address, str(error)))
                return
            keys = {tuple(sorted(item.items())) for item in items}
            if step.paging and not keys - before:
                return
            if step.paging and before and step.paging.step < len(keys) and not keys & before:
                # The list has shifted by more than the pages overlap: what slipped through comes with the next run.
                self._whole = False
            before |= keys
            yield from items

    def _body(self, address: str) -> bytes:
        if "://" not in address:
            return Path(address).read_bytes()
        self.note(address)
        return self.client.listing(address)

    def _kind_of(self, values: Values) -> str:
        title = values.get("title", "")
        fitting = (kind.name for kind in self.source.kinds if re.search(kind.title, title, re.IGNORECASE))
        return values.get("kind") or next(fitting, "")

    def _download(self, due: Iterator[Held], most: int | None) -> None:
        for tried, one in enumerate(due):
            if tried == most:
                self._report.stopped = f"{most} documents were tried; run again for the rest"
                return
            try:
                self._fetch(one)
            except AskingError as error:
                self.table.failed(self.source.id, one.document_id, str(error))
                self._report.failed.append((_called(one), str(error)))

    def _fetch(self, one: Held) -> None:
        part = self.folder / f".{_slug(one.document_id)}{_PART}"
        self.note(one.address)
        try:
            answered = self.client.document(
                one.address, part, most=self.source.largest, etag=one.etag, modified=one.modified
            )
            same = answered.status == NOT_MODIFIED or answered.sha256 == one.sha256
            if not same:
                self._check_format(part)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        today = str(self.today)
        if same:
            part.unlink(missing_ok=True)
            self.table.checked(self.source.id, one.document_id, today)
            self._report.unchanged += 1
            return
        file = self.table.file_of(answered.sha256) or self._free_name(one, part)
        # From here on the table speaks of the file: where this run ends now, the next puts it in its place.
        self.table.arrived(self.source.id, one, file, answered, today)
        if (self.folder / file).exists():
            part.unlink()
        else:
            part.replace(self.folder / file)
        (self._report.replaced if one.sha256 else self._report.added).append(_called(one))

    def _check_format(self, part: Path) -> None:
        with part.open("rb") as file:
            found = _format_of(file.read(2048))
        if found not in self.source.formats:
            wanted = " or ".join(name.upper() for name in self.source.formats)
            came = {"html": "a web page", "": "something else"}.get(found, f"a {found.upper()} file")
            raise AskingError(f"{came} came in place of {wanted}; it is tried again with the next run")

    def _free_name(self, one: Held, part: Path) -> str:
        with part.open("rb") as file:
            ending = _ENDINGS[_format_of(file.read(2048))]
        values = {name: str(getattr(one, name)) for name in Listed.__dataclass_fields__} | {
            "date": one.listed
        }
        name = _slug(self.source.name.format_map(values)) or _slug(one.document_id)
        candidate, number = f"{name}{ending}", 1
        while self.table.is_taken(candidate) or (self.folder / candidate).exists():
            number += 1
            candidate = f"{name}-{number}{ending}"
        return candidate


def finish_killed(folder: Path, table: FetchedTable) -> None:
    """Put in its place what a killed run had downloaded, remove what it hadn't finished, and forget files that have gone."""
    for source, one in table.all_held():
        if one.file is None or (folder / one.file).exists():
            continue
        part = folder / f".{_slug(one.document_id)}{_PART}"
        if part.is_file() and sum_of(part) == one.sha256:
            part.replace(folder / one.file)
        else:
            table.forget_file(source, one.document_id)
    for part in folder.glob(f".*{_PART}"):
        part.unlink(missing_ok=True)


def sum_of(path: Path) -> str:
    """The SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def missing_of(source: Source, table: FetchedTable) -> Iterator[str]:
    """What one would expect to be listed and isn't: an organisation without any report, a visit without its inspection."""
    kinds: dict[str, set[str]] = {}
    for one in table.held(source.id):
        kinds.setdefault(one.organisation_id, set()).add(one.kind)
    for of, organisation_id, name in table.organisations():
        if of != source.id:
            continue
        there = kinds.get(organisation_id, set())
        if not there:
            yield f"{name or organisation_id}: nothing is listed"
        elif source.every and source.every not in there:
            yield f"{name or organisation_id}: no {source.every} is listed"
        for kind in source.kinds:
            if kind.name in there and kind.needs and kind.needs not in there and kind.needs != source.every:
                yield f"{name or organisation_id}: {kind.name}, but no {kind.needs}"


def _numbers(paging: Paging | None) -> Iterator[int]:
    if paging is None:
        yield 0
        return
    yield from range(paging.start, paging.start + paging.step * paging.most, paging.step)


def _format_of(head: bytes) -> str:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"%pdf-" in head[:1024].lower():
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    if re.match(rb"<(!doctype html|html|head|body|\?xml|!--|script|meta|div|p\b|h1)", start):
        return "html"
    return "" if b"\x00" in head else "text"


def _called(one: Listed) -> str:
    return ", ".join(part for part in (one.organisation, one.title, one.listed) if part) or one.address


def _id_of(address: str) -> str:
    return re.sub(r"^https?://[^/]+/?", "", address) or address


def _slug(text: str) -> str:
    plain = (
        unicodedata.normalize("NFKD", text.replace("’", "").replace("'", ""))
        .encode("ascii", "ignore")
        .decode()
    )
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:120].rstrip("-")
