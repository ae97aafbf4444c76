"""The pages' style sheet, script and icon, served by ourselves so that a page loads nothing from outside.

GOV.UK Frontend comes from npm by the lock file (`node_modules`), never copied into the repository. What this
service may not or does not use is taken out as it is loaded: the GDS Transport font, which belongs to gov.uk
alone, the crown and crest, and components that no page has. Our own few styles follow it in the same file, so
that a first view asks for one style sheet. This module must not know what a page shows.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent
NODE_MODULES = _HERE.parent / "node_modules"
_GOVUK = Path("govuk-frontend/dist/govuk/govuk-frontend.min.css")

UNUSED = (
    "accordion", "character-count", "cookie-banner", "date-input", "exit-this-page", "file-upload", "footer__crown",
    "footer__copyright-logo", "header", "logo", "notification-banner", "panel", "password-input", "phase-banner",
    "radios", "summary-card", "tabs", "task-list",
)  # fmt: skip
"""Blocks of GOV.UK Frontend that no page of ours has; a test holds this against the templates."""

_UNUSED = re.compile(rf"\.govuk-(?:{'|'.join(UNUSED)})(?![a-z0-9]|-[a-z])")
_BRACE = re.compile(r"[{}]")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent: its path under the service's root, its bytes, and the same gzipped."""

    path: str
    media_type: str
    body: bytes
    gzipped: bytes

    @property
    def etag(self) -> str:
        """Give the strong validator of these bytes."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


def govuk_is_installed() -> bool:
    """Tell whether npm has installed GOV.UK Frontend here; without it pages are plain but whole."""
    return (NODE_MODULES / _GOVUK).is_file()


def load_stylesheet() -> Asset:
    """Make the style sheet: GOV.UK Frontend less what isn't ours to use, then our own styles.

    Its path holds a digest of its content, so that browsers may keep it for good.
    """
    ours = (_HERE / "static" / "findings.css").read_text(encoding="utf-8")
    theirs = (NODE_MODULES / _GOVUK).read_text(encoding="utf-8") if govuk_is_installed() else ""
    body = (without_unused(theirs) + ours).encode()
    digest = hashlib.sha256(body).hexdigest()[:12]
    return Asset(
        f"/assets/findings-{digest}.css", "text/css; charset=utf-8", body, gzip.compress(body, 9, mtime=0)
    )


def load_icon() -> Asset:
    """Read the icon that browsers show beside the title."""
    body = (_HERE / "static" / "icon.svg").read_bytes()
    return Asset("/assets/icon.svg", "image/svg+xml", body, gzip.compress(body, 9, mtime=0))


def load_script() -> Asset:
    """Read the one script, under a path that holds a digest of its content: what the search box has beside."""
    body = (_HERE / "static" / "findings.js").read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:12]
    return Asset(
        f"/assets/findings-{digest}.js",
        "text/javascript; charset=utf-8",
        body,
        gzip.compress(body, 9, mtime=0),
    )


def without_unused(css: str) -> str:
    """Leave out fonts, comments, the crest and the blocks in UNUSED; the order of what stays is kept."""
    css = _COMMENT.sub("", css).replace('@charset "UTF-8";', "")
    css = css.replace("GDS Transport,arial", "Arial,Helvetica")
    return "".join(_kept(css))


def _kept(css: str) -> Iterator[str]:
    for head, block in _rules(css):
        if head.startswith("@font-face"):
            continue
        if head.startswith(("@media", "@supports")):
            inner = "".join(_kept(block))
            if inner:
                yield f"{head}{{{inner}}}"
        elif head.startswith("@"):
            yield f"{head}{{{block}}}"
        else:
            selectors = [s for s in _selectors(head) if not _UNUSED.search(s)]
            if selectors and "url(" not in block:
                yield f"{','.join(selectors)}{{{block}}}"


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Split a style sheet into pairs of what stands before a block and what stands in it."""
    depth = start = opened = 0
    for brace in _BRACE.finditer(css):
        place = brace.start()
        if brace[0] == "{":
            if depth == 0:
                opened = place
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : place]
                start = place + 1


def _selectors(head: str) -> Iterator[str]:
    """Split a list of selectors at its own commas, not at those inside `:not(…)`."""
    depth = start = 0
    for place, character in enumerate(head):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            yield head[start:place]
            start = place + 1
    yield head[start:]
