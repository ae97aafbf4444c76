"""A few marks of Markdown as HTML, for our own documents that are pages too: headings, paragraphs, lists, links.

Everything is escaped first; only links that stay in this service or are https become links. This module must
not know which document it is given, and is not for documents of others.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_HEADING = re.compile(r"(#{1,4}) (.+)")
_ITEM = re.compile(r"[-*] (.+)")
_LINK = re.compile(r"\[([^\]]+)\]\(((?:https://|/)[^)\s\"<>]*)\)")
_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_SIZES = {2: "m", 3: "s", 4: "s"}


def to_html(text: str) -> tuple[str, Markup]:
    """Turn a document into its title (the first heading of the first level) and the HTML of what follows it."""
    title = ""
    parts: list[Markup] = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        heading = _HEADING.fullmatch(lines[0]) if lines else None
        if heading and len(heading[1]) == 1 and not title:
            title = heading[2]
        elif heading:
            level = min(4, max(2, len(heading[1])))
            parts.append(
                Markup('<h{0} class="govuk-heading-{1}">{2}</h{0}>').format(
                    level, _SIZES[level], _inline(heading[2])
                )
            )
            if lines[1:]:
                parts.append(_body(lines[1:]))
        elif lines:
            parts.append(_body(lines))
    return title, Markup("\n").join(parts)


def _body(lines: list[str]) -> Markup:
    if not _ITEM.fullmatch(lines[0]):
        return Markup('<p class="govuk-body">{}</p>').format(_inline(" ".join(lines)))
    items: list[str] = []
    for line in lines:
        item = _ITEM.fullmatch(line)
        if item:
            items.append(item[1])
        else:
            items[-1] += f" {line}"
    listed = Markup("").join(Markup("<li>{}</li>").format(_inline(item)) for item in items)
    return Markup('<ul class="govuk-list govuk-list--bullet">{}</ul>').format(listed)


def _inline(text: str) -> Markup:
    html = str(escape(text))
    html = _LINK.sub(r'<a class="govuk-link" href="\2">\1</a>', html)
    html = _STRONG.sub(r"<strong>\1</strong>", html)
    return Markup(_CODE.sub(r"<code>\1</code>", html))  # noqa: S704 (escaped above; the marks are ours)
