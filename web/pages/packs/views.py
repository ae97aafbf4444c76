"""The evidence pack's addresses: the page, what changes it, and the files made of it.

Each reads its parameters, calls `search_api.packs.pack`, and hands plain values to a template.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from indexer.errors import UnreadableDocument
from indexer.giving_up import go_on
from search_api.http.base_address import base_of
from search_api.packs import pack_files
from search_api.packs.pack import CHANGES, LONGEST_NOTE, MOST_PASSAGES, Basket, Item, Pack, read_pack
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.documents.originals import Pictures
from web.pages.packs.basket import COOKIE, LONGEST_LINK, from_cookie, from_parameters, keep, own_address
from web.pages.site import Parameters, Site, parameters, to_save

_MOST_BYTES = 400_000
_MOST_FIELDS = 1_000
_PAGE_BYTES, _BYTES_OF_AN_ITEM = 80_000, 1_300
_LEAST_SHOWN, _MOST_SHOWN = 120, 3_000


def add_pack(site: Site, pictures: Pictures) -> None:
    """Add the pack's page, its forms and its files."""
    router = site.router
    page = functools.partial(_page, site)

    @router.get("/pack")
    def show_pack(request: Request) -> Response:
        held = from_parameters(parameters(request))
        if not held.entries and not held.title:
            kept = from_cookie(request.cookies.get(COOKIE))
            if kept.entries:
                return RedirectResponse(kept.url(), status_code=303)
        return page(held, own_address(request.query_params.get("back", "")))

    @router.post("/pack/add")
    async def add_to_pack(request: Request) -> Response:
        kept = from_cookie(request.cookies.get(COOKIE))
        fields = await _form(request)
        if isinstance(fields, _Unreadable):
            return await run_in_threadpool(page, kept, "", fields.reason, fields.status)
        held = kept.with_entries(fields.get("p", ()))
        back = own_address("".join(fields.get("back", ())[-1:]))
        if not fields.get("p"):
            error = "Tick the passages that you want in the pack"
            return await run_in_threadpool(page, held, back, error)
        return _kept(held, back)

    @router.post("/pack/change")
    async def change_pack(request: Request) -> Response:
        fields = await _form(request)
        do = "" if isinstance(fields, _Unreadable) else "".join(fields.get("do", ())[-1:])
        if not isinstance(fields, _Unreadable) and do != "empty" and not fields.get("p"):
            # Every form of ours holds the passages: one without any says nothing, and empties nothing.
            fields = _Unreadable(400, "There is nothing to change")
        if isinstance(fields, _Unreadable):
            kept = from_cookie(request.cookies.get(COOKIE))
            return await run_in_threadpool(page, kept, "", fields.reason, fields.status)
        back = own_address("".join(fields.get("back", ())[-1:]))
        held = _changed(from_parameters(fields), do)
        if len(held.url()) > LONGEST_LINK:
            error = "The notes are too long for a link together; shorten some of them"
            return await run_in_threadpool(page, held, back, error)
        return _kept(held, back)

    @router.get("/pack.{kind}")
    def send_pack(kind: str, request: Request) -> Response:
        snapshot = site.engine.snapshot()
        held = from_parameters(parameters(request))
        with_pictures = request.query_params.get("pictures") == "1"
        return _file(snapshot, held, kind, base_of(request), pictures if with_pictures else None)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """Why a form isn't read; what a reader keeps stays as it is."""

    status: int
    reason: str


async def _form(request: Request) -> Parameters | _Unreadable:
    """Read a form that one of our own pages sent, or say why not."""
    origin = urlsplit(request.headers.get("origin", "")).netloc
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
    if elsewhere or (origin and origin != request.headers.get("host")):
        return _Unreadable(403, "A pack can be changed from a page of this service alone")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            return _Unreadable(413, "That is too much for a pack; shorten the notes")
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return _Unreadable(413, "That is too much for a pack; send fewer passages")


def _changed(held: Basket, do: str) -> Basket:
    """Do what a form's button says: "up:3", "remove:1", "empty"; anything else only keeps what was typed."""
    if do == "empty":
        return Basket()
    name, _, number = do.partition(":")
    place = int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 4 else -1
    for change in CHANGES:
        if change == name and 0 <= place < len(held.entries):
            return held.changed(change, held.entries[place].passage_id)
    return held


def _kept(held: Basket, back: str) -> Response:
    response = RedirectResponse(held.url(**({"back": back} if back else {})), status_code=303)
    keep(response, held)
    return response


def _page(site: Site, held: Basket, back: str, error: str | None = None, status: int = 400) -> Response:
    pack = read_pack(site.engine.snapshot(), held)
    heading = pack.title or "Evidence pack"
    response = site.templates.page(
        "packs/pack.html",
        status if error else 200,
        area="pack",
        heading=heading,
        pack=pack,
        longest=_longest(pack),
        names={item.passage.id: display.passage_name(item.passage) for item in pack.passages},
        back=back,
        error=error,
        mend="#pack-heading",
        link=held.url(),
        printed=any(item.passage.page for item in pack.passages),
        formats=pack_files.FORMATS,
        licence=pack_files.licence_line(pack) if pack.passages else "",
        longest_note=LONGEST_NOTE,
        full=len(held.entries) >= MOST_PASSAGES,
        most=MOST_PASSAGES,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _longest(pack: Pack) -> int:
    """Say how much of each passage can be shown for the page to stay under 100 kB; files hold them whole."""
    number = max(1, len(pack.passages))
    # A note stands in its field, and in the link, where a letter may take six characters.
    notes = sum(7 * len(item.note.encode()) for item in pack.passages)
    left = _PAGE_BYTES - number * _BYTES_OF_AN_ITEM - notes
    return max(_LEAST_SHOWN, min(_MOST_SHOWN, left // number))


def _file(snapshot: Snapshot, held: Basket, kind: str, base: str, pictures: Pictures | None) -> Response:
    form = pack_files.FORMATS.get(kind)
    if form is None:
        return Response(f"There is no such file of a pack; ask for {', '.join(pack_files.FORMATS)}.", 404)
    pack = read_pack(snapshot, held)
    drawn = functools.partial(_picture, snapshot, pictures) if pictures else None
    body = form.write(pack, base, drawn)
    name = display.slug(pack.title)[:60] or "evidence-pack"
    headers = to_save(f"{name}.{kind}") | {"Cache-Control": "private, no-store"}
    return Response(body, media_type=form.media, headers=headers)


def _picture(snapshot: Snapshot, pictures: Pictures, item: Item, page: int) -> bytes | None:
    go_on()
    path = snapshot.index.source_path(item.document.id)
    if path is None or not 1 <= page <= item.document.pages:
        return None
    try:
        return pictures.picture(item.document.id, path, page)
    except UnreadableDocument:
        return None
