"""The numbers of an HTML page's lists, as browsers count them. Knows lxml; knows nothing of lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

LISTS = ("ol", "ul", "menu", "dir")


@dataclass(slots=True)
class PageList:
    """A list being read: how its items are numbered, and the next number; `form` is "" for bullets."""

    form: str = ""
    number: int = 1
    step: int = 1
    meant: bool = False
    """Whether the page says more of the numbers than that there are some: they are what people cite."""


_FORMS = {"1": "1", "a": "a", "A": "A", "i": "i", "I": "I"}
_STYLES = {"decimal": "1", "lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A",
           "lower-roman": "i", "upper-roman": "I", "none": ""}  # fmt: skip
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


def list_of(element: etree._Element, before: str, *, nested: bool) -> PageList:
    """The list that an element opens; `before` are the words over it, `nested` whether it stands in another."""
    if element.tag != "ol":
        return PageList()
    form = _FORMS.get((element.get("type") or "1").strip(), "1")
    styled = re.search(r"list-style(?:-type)?\s*:\s*([a-z-]+)", element.get("style") or "", re.IGNORECASE)
    form = _STYLES.get(styled.group(1).lower(), form) if styled else form
    items = [item for item in element if item.tag == "li"]
    backwards = element.get("reversed") is not None
    start = _whole_number(element.get("start"), len(items) if backwards else 1)
    counted = (start != 1 and not backwards) or any(item.get("value") for item in items)
    meant = not nested and (counted or (not before.endswith(":") and (backwards or form not in ("1", ""))))
    return PageList(form, start, -1 if backwards else 1, meant)


def label_of(numbered: PageList, item: etree._Element) -> tuple[str, bool]:
    """An item's number as it is shown ("" for none), and whether it is what people cite; counts the item."""
    if not numbered.form:
        return "", False
    number = _whole_number(item.get("value"), numbered.number)
    numbered.number = number + numbered.step
    return _numeral(number, numbered.form), numbered.meant


def _whole_number(value: str | None, otherwise: int) -> int:
    return int(value) if value and re.fullmatch(r"\s*-?\d{1,4}\s*", value) else otherwise


def _numeral(value: int, form: str) -> str:
    if value < 1 or form == "1":
        return str(value)
    if form in "aA":
        letters = ""
        while value:
            value, rest = divmod(value - 1, 26)
            letters = chr(ord("a") + rest) + letters
    else:
        letters = ""
        for size, sign in _ROMAN:
            letters += sign * (value // size)
            value %= size
    return letters.upper() if form.isupper() else letters
