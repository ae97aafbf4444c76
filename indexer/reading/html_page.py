"""Which parts of an HTML page are its document: what a reader sees, without the site that is put round it.

A page of a council's site holds menus, cookie banners, text for other devices and drafts that nobody is shown.
Here each is recognised by what HTML itself says of it, by names that such sites share, and by what it holds.
Knows elements; knows nothing of lines, or of what a document means.
"""

from __future__ import annotations

import codecs
import re

from lxml import etree

DROPPED = frozenset(
    {"script", "style", "noscript", "template", "head", "nav", "footer", "svg", "math", "iframe", "object",
     "embed", "select", "button", "textarea", "del", "s", "strike"}
)  # fmt: skip
"""Elements that hold no words of the document; struck words no longer stand in it."""
BLOCKS = frozenset(
    {"p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "section", "article", "main",
     "header", "address", "dt", "dd", "figcaption", "caption", "fieldset", "form", "ul", "ol", "dl", "body",
     "html", "details", "summary", "td", "th", "tr", "table", "tbody", "thead", "tfoot", "aside", "figure",
     "center", "hgroup", "dialog", "menu", "dir", "legend", "search", "nav", "footer", "template", "video", "audio"}
)  # fmt: skip
"""Elements that stand on lines of their own, so that no word is glued to the next."""
LATIN = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "l1", "us-ascii", "ascii", "cp1252"})
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_ROLES = frozenset(
    {"navigation", "dialog", "alertdialog", "search", "contentinfo", "menu", "menubar", "toolbar"}
)
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d]*[1-9])|mso-hide\s*:\s*all"
    r"|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_STRUCK = re.compile(r"text-decoration[\w-]*\s*:[^;]{0,60}line-through", re.IGNORECASE)
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]{0,2000})\}")
_AT_RULE = re.compile(r"@(?:media|supports|container)[^{}]{0,300}\{(?:[^{}]{0,2000}\{[^{}]{0,2000}\})*\s*\}")
_SELECTOR = re.compile(r"(?:[a-z][\w-]*)?[.#][\w-]+", re.IGNORECASE)
MAX_STYLE = 200_000
_FOR_SCREEN_READERS = frozenset(
    {"visually-hidden", "visuallyhidden", "visually-hidden-focusable", "sr-only", "sr-only-focusable",
     "screen-reader-text", "screen-reader-only", "screenreader", "govuk-visually-hidden", "nhsuk-u-visually-hidden",
     "element-invisible", "hide-text", "offscreen", "accessibility-hidden"}
)  # fmt: skip
_FURNITURE = re.compile(
    r"(?:^|[-_])(?:cookies?|cookiebar|cookiebanner|ccc|consent|gdpr|onetrust|breadcrumbs?|pagination|pager|skip(?:-?links?)?"
    r"|navbar|navigation|sitenav|mainnav|site-?(?:header|footer|search)|social|share|sharing|feedback|back-to-top|toolbar)(?:$|[-_])"
    r"|^mg(?:actionlist|help|footer|linkspanel|nav\w*|rss\w*)$|^(?:menu|nav|skip\w*|cookie\w*|breadcrumb\w*)$",
    re.IGNORECASE,
)
_HIDDEN_NAMES = frozenset({"hidden", "d-none", "is-hidden", "js-hidden", "hide", "displaynone"})
_SKIP = re.compile(
    r"^\s*(?:skip|jump)\s+(?:to\b|over\b|past\b|links?\b|navigation\b|content\b)", re.IGNORECASE
)
_MAIN_NAMES = frozenset(
    {"main", "main-content", "maincontent", "content", "page-content", "pagecontent", "mgcontent", "modgov"}
)
MAIN_SHARE = 0.5
"""What a page marks as its main part is read alone where it holds this share of the words, or the title."""


def page_text(data: bytes) -> str | None:
    """The page's text in the encoding that browsers would read it with; None where its own mark says UTF-16 or 32.

    ISO-8859-1 and ASCII, where a page declares them, mean Windows-1252; bytes that are UTF-8 are read so whatever
    is declared.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        pass
    found = _DECLARED.search(data[:4096])
    name = found.group(1).decode("ascii", "replace").lower() if found else "latin-1"
    if name in ("utf-8", "utf8") or name in LATIN:
        name = "cp1252"
    try:
        return data.decode(name, errors="replace")
    except (LookupError, ValueError):
        return data.decode("cp1252", errors="replace")


def mark_unseen(root: etree._Element) -> None:
    """Give what isn't of the document a tag of `DROPPED`, so that walking the page passes over it."""
    selectors = _hiding_selectors(root)
    for element in list(root.iter()):
        if (
            isinstance(element.tag, str)
            and element.tag not in ("html", "body")
            and _is_unseen(element, selectors)
        ):
            _drop(element)
    _keep_only_main(root)
    for menu in _menus(root):
        _drop(menu)


def _drop(element: etree._Element) -> None:
    # A tail belongs to the parent's words, and stays; a block's place goes on separating them.
    element.tag = "template" if element.tag in BLOCKS else "del"


def _names(element: etree._Element) -> list[str]:
    return [*(element.get("class") or "")[:1000].split(), *(element.get("id") or "")[:200].split()]


def _is_unseen(element: etree._Element, selectors: frozenset[str]) -> bool:
    tag = element.tag
    style = (element.get("style") or "")[:2000]
    if element.get("hidden") is not None or (style and (_UNSEEN.search(style) or _STRUCK.search(style))):
        return True
    if (element.get("role") or "").strip().lower() in _ROLES or (
        tag == "dialog" and element.get("open") is None
    ):
        return True
    if tag == "input" or (tag == "a" and _SKIP.match((element.text_content() or "")[:200])):
        return True
    names = _names(element)
    if not names:
        return False
    if selectors and any(
        selector in selectors
        for name in names
        for selector in (f".{name}", f"#{name}", f"{tag}.{name}", f"{tag}#{name}")
    ):
        return True
    lowered = [name.lower() for name in names]
    if any(name in _FOR_SCREEN_READERS for name in lowered):
        return not _is_alone_in_cell(element)
    if any(name in _HIDDEN_NAMES for name in lowered):
        return True
    return any(_FURNITURE.search(name) for name in lowered) and not _holds_document(element)


def _is_alone_in_cell(element: etree._Element) -> bool:
    """Whether a table's cell has no other words: a colour says to others what these say to a screen reader."""
    cell = next(element.iterancestors("td", "th"), None)
    if cell is None:
        return False
    return _length(cell) == _length(element)


def _holds_document(element: etree._Element) -> bool:
    return (
        element.tag in ("main", "article", "table", "h1")
        or next(element.iterdescendants("main", "article", "h1"), None) is not None
    )


def _hiding_selectors(root: etree._Element) -> frozenset[str]:
    """The simple selectors (".draft", "#old", "p.note") that the page's own style sheets hide or strike on a screen."""
    found: set[str] = set()
    for sheet in root.iter("style"):
        if (sheet.get("media") or "all").strip().lower() not in ("all", "screen", ""):
            continue
        text = re.sub(r"/\*[^*]{0,2000}\*/|<!--|-->", " ", (sheet.text or "")[:MAX_STYLE])
        for selector, rules in _RULE.findall(_AT_RULE.sub(" ", text)):
            if _UNSEEN.search(rules) or _STRUCK.search(rules):
                found.update(
                    part.strip() for part in selector.split(",") if _SELECTOR.fullmatch(part.strip())
                )
    return frozenset(found)


def _length(element: etree._Element) -> int:
    """How many characters of words an element holds, without what is dropped."""
    total = skip = 0
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        dropped = inner.tag in DROPPED
        if event == "start":
            skip += dropped
            if not skip and inner.text:
                total += len("".join(inner.text.split()))
        else:
            skip -= dropped
            if not skip and inner.tail and inner is not element:
                total += len("".join(inner.tail.split()))
    return total


def _keep_only_main(root: etree._Element) -> None:
    body = root.find(".//body")
    if body is None:
        return
    mains = [e for e in body.iter() if e.tag == "main" or (e.get("role") or "") == "main"]
    mains = [e for e in mains if e.tag in ("main", "div", "section", "article", "td")]
    if not mains:
        named = [
            e
            for e in body.iter("div", "section", "article", "td")
            if any(name.lower() in _MAIN_NAMES for name in _names(e))
        ]
        mains = named[:1]
    if not mains or any(other is not mains[0] and mains[0] not in other.iterancestors() for other in mains):
        return
    main = mains[0]
    own, whole = _length(main), _length(body)
    titled = next(main.iterdescendants("h1"), None) is not None
    if not own or own < (0.1 if titled else MAIN_SHARE) * whole:
        return
    inner = main
    for outer in main.iterancestors():
        for other in outer:
            if other is not inner and isinstance(other.tag, str) and other.tag != "head":
                _drop(other)
        if outer is not body:
            inner.tail = None
            outer.text = None
        if outer is body:
            break
        inner = outer


def _menus(root: etree._Element) -> list[etree._Element]:
    """Lists of nothing but short links above the page's first heading."""
    menus = []
    for element in root.iter("h1", "h2", "ul"):
        if element.tag != "ul":
            break
        items = [item for item in element if item.tag == "li"]
        if len(items) > 1 and all(_is_link(item) for item in items):
            menus.append(element)
    return menus


def _is_link(item: etree._Element) -> bool:
    links = list(item.iterdescendants("a"))
    words = _length(item)
    return bool(links) and words <= 200 and sum(_length(link) for link in links) >= words
