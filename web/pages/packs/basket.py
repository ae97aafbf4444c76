"""The basket that a browser keeps between pages: a cookie that holds no more than the pack's own link.

The link is the pack; the cookie only saves the reader from carrying it. It is read and written by forms
that are sent, never by a link that is followed, so that opening somebody's pack doesn't replace one's own. This
module must not know what a passage is.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from urllib.parse import parse_qs

from starlette.responses import Response

from search_api.packs.pack import Basket, Entry, basket
from web.pages.site import Parameters

COOKIE = "pack"
LONGEST_COOKIE = 3_600
LONGEST_LINK = 15_000
"""Bytes of a link that servers and browsers still pass on."""

_OWN_PAGES = (
    "/search?", "/documents/", "/recommendations/", "/compare?", "/councils/", "/turned-round?", "/findings?", "/promises",
    "/in-common?",
)  # fmt: skip
_KEPT_SECONDS = 90 * 24 * 3600
_MOST_FIELDS = 1_000


def from_parameters(parameters: Parameters) -> Basket:
    """Read the basket of a link or of a form: `p` and `note` in the same order, and `title`."""
    return basket(
        parameters.get("p", ()), parameters.get("note", ()), "".join(parameters.get("title", ())[-1:])
    )


def from_cookie(value: str | None) -> Basket:
    """Read the basket that a browser kept; an empty one for a cookie that isn't ours."""
    if not value or len(value) > 2 * LONGEST_COOKIE:
        return Basket()
    try:
        text = base64.urlsafe_b64decode(value.encode("ascii", "ignore") + b"==").decode()
        return from_parameters(parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return Basket()


def keep(response: Response, held: Basket) -> None:
    """Let the browser keep a basket: with its notes where they fit, else without; none for an empty one."""
    if not held.entries:
        response.delete_cookie(COOKIE, path="/")
        return
    for kept in (held, replace(held, entries=tuple(Entry(entry.passage_id) for entry in held.entries))):
        value = base64.urlsafe_b64encode(kept.url("").removeprefix("?").encode()).decode().rstrip("=")
        if len(value) <= LONGEST_COOKIE:
            break
    else:
        return
    response.set_cookie(COOKIE, value, max_age=_KEPT_SECONDS, path="/", httponly=True, samesite="strict")


def own_address(address: str) -> str:
    """Give back an address of this service's own pages; "" for any other, so that no link leads away."""
    ours = address.startswith(_OWN_PAGES)
    return address if ours and len(address) < LONGEST_LINK and address.isprintable() else ""
