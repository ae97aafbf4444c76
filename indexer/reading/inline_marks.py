"""Takes the marks of HTML and Markdown out of a piece of text, and keeps its words.

Text exports of council documents carry both at once: paragraphs in `<p>` inside a table's cell, `<ul>` lists
that are never closed, headings in `#` and bold in `**`. The marks are removed here so that no later stage
sees one. This module knows nothing of lines, tables or documents.
"""

from __future__ import annotations

import html
import re

_BREAKS = re.compile(
    r"\s*(?:</?(?:p|div|ul|ol|tr|table|tbody|thead|h[1-6]|section|article|blockquote)(?:\s[^<>]*)?/?>"
    r"|</?br(?:\s[^<>]*)?/?>|<li(?:\s[^<>]*)?>|</li>)\s*",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"(?<=\d)\s*<sup(?:\s[^<>]*)?>\s*(st|nd|rd|th)\s*</sup>", re.IGNORECASE)
_NOTE_MARK = re.compile(r"<sup(?:\s[^<>]*)?>\s*[\[(]?[\d,*†‡§ ]{1,8}[\])]?\s*</sup>", re.IGNORECASE)
_SQUARED = re.compile(r"(?<=m)<sup(?:\s[^<>]*)?>\s*([23])\s*</sup>", re.IGNORECASE)
_STRUCK = re.compile(
    r"<(del|s|strike)(?:\s[^<>]*)?>[^<>]{0,2000}</\1\s*>|~~(?=\S)[^~\n]{1,2000}~~", re.IGNORECASE
)
_TAGS = re.compile(
    r"</?(?:b|i|u|s|em|strong|span|sup|sub|small|font|a|td|th|code|mark|strike|del|ins|center|label)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--[^>]{0,400}-->")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.{1,2000}?)(?<=\S)\1")
_ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,2000}?)(?<=[^\s*])\*(?![\w*])")
_UNDERLINE = re.compile(r"(?<!\w)_(?=[^\s_])([^_\n]{1,500}?)(?<=[^\s_])_(?!\w)")
_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\]\([^)\n]{0,1000}\)")
_URL = r"(?:[^()\s]|\([^()\s]{0,300}\)){1,1000}"
_LINK = re.compile(rf"\[([^\]\n]{{1,500}})\]\({_URL}(?:\s+\"[^\"\n]{{0,300}}\")?\)")
_NOTE = re.compile(r"^\[\^[^\]\s]{1,40}\]:\s*|\[\^[^\]\s]{1,40}\]")
_CODE = re.compile(r"(?<!`)`([^`\n]{1,500})`(?!`)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>])")
_BULLET = re.compile(r"\s*[•●▪◦■□\u2023\u2043\uf0b7\uf0a7]\s*")
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NEWLINES = re.compile(r"\n{2,}")
_SPACES = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\r]+")

LONG = 20_000
"""In a longer piece (characters), marks are deleted without looking for their pairs: no person wrote it."""


def tidy(text: str) -> str:
    """Give the text with every run of white space one space, invisible and control characters gone.

    Newlines stay; spaces beside them go.
    """
    text = _SPACES.sub(" ", _CONTROL.sub(" ", _INVISIBLE.sub("", text)))
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def without_tags(text: str) -> str:
    """Give the words between the HTML tags of `text`, a newline where a paragraph or list item began.

    Only the names of real tags count, so "fewer than <5 children" keeps its sign. Character references are
    read ("&amp;" becomes "&").
    """
    if "<" in text:
        text = _COMMENT.sub(" ", text)
        text = _ORDINAL.sub(r"\1", text)
        text = _SQUARED.sub(lambda match: "²³"[int(match.group(1)) - 2], text)
        text = _NOTE_MARK.sub("", _STRUCK.sub("", text))
        text = _BREAKS.sub("\n", text)
        text = _TAGS.sub("", text)
    if "&" in text:
        text = html.unescape(text)
    return text


def without_markdown(text: str) -> str:
    """Give the words of `text` without the marks for bold, italics, links, notes and escaped characters.

    Struck words are gone: they no longer stand in the document.
    """
    if len(text) > LONG:
        return text.replace("**", "").replace("__", "")
    if "[^" in text:
        text = _NOTE.sub("", text)
    if "~~" in text:
        text = _STRUCK.sub("", text)
    if "`" in text:
        text = _CODE.sub(r"\1", text)
    if "](" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    if "**" in text or "__" in text:
        text = _BOLD.sub(r"\2", text)
    if "*" in text:
        text = _ITALIC.sub(r"\1", text)
    if "_" in text:
        text = _UNDERLINE.sub(r"\1", text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    return text


def plain(text: str) -> str:
    """Give the words of one line or cell: no tags, no Markdown, no bullet signs, white space made even.

    Paragraphs and list items within it are separated by one newline.
    """
    text = without_markdown(without_tags(_NEWLINES.sub("\n", tidy(text))))
    text = _BULLET.sub("\n", text)
    return _NEWLINES.sub("\n", tidy(text)).strip()


def is_all_bold(text: str) -> bool:
    """Whether the whole line is set in bold, in either kind of mark."""
    text = text.strip()
    match = _BOLD.fullmatch(text)
    return (match is not None and "**" not in match.group(2)) or bool(
        re.fullmatch(r"<(b|strong)>[^<]*</\1>", text, re.IGNORECASE)
    )
