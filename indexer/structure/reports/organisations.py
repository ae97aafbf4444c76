"""Who was inspected: a council, or an organisation of another kind and the council whose area it lies in.

A council's name is what is printed large on the front; any other organisation's is where its profile says. Neither is
ever taken from an address, a footer or a partner's name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from indexer.reading.layout import Flow, FlowLine, join
from indexer.structure.profiles import NamePlace, Profile, any_of
from indexer.structure.reports.letters import TITLE, is_bare_date
from indexer.text.councils import canonical, urn_of

_NAMED = (
    re.compile(
        r"\b(?:inspection|visit|review)\s+(?:of|to|in)\s+(?:the\s+)?(?P<name>.+?)\s+"
        r"(?:local\s+authority|children[’']s\s+(?:social\s+care\s+)?services|local\s+area\b|services\s+for"
        r"|youth\s+(?:justice|offending)|area\s+partnership)",
        re.IGNORECASE,
    ),
    re.compile(r"\bservices?\s+in\s+(?:the\s+)?(?P<name>[A-Z][\w ,&’'-]+)$"),
    re.compile(r"\bin\s+(?:the\s+)?(?P<name>[A-Z][\w ,&’'-]+)$"),
    re.compile(r"\b(?:inspection|visit)\s+(?:of|to)\s+(?:the\s+)?(?P<name>[A-Z][\w ,&’'-]+)$"),
)
_UNNAMED = re.compile(
    r"(?:services|looked\s+after|safeguarding|local|children|the\s|\w*\s*arrangements)\b", re.IGNORECASE
)
_COUNCIL_WORD = re.compile(r"\b(?:council|borough|county|city|authority|board)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inspected:
    """Who a report is about; `places` are the lines of the flow that only say so."""

    name: str | None
    type: str | None
    identifier: str | None
    council: str | None
    title: str
    places: frozenset[int] = frozenset()


def inspected(flow: Flow, profile: Profile, head: Sequence[FlowLine], file_title: str | None) -> Inspected:
    """Who was inspected, by the lines of the title (`head`) or by where the profile says that a name is printed.

    A council that was inspected itself goes by Ofsted's number for it, printed or not.
    """
    found = _inspected(flow, profile, head, file_title)
    if found.type == "council" and found.identifier is None and found.council:
        return replace(found, identifier=urn_of(found.council))
    return found


def _inspected(flow: Flow, profile: Profile, head: Sequence[FlowLine], file_title: str | None) -> Inspected:
    kind = profile.organisation
    if not kind.places:
        named = [placed for placed in head if not is_bare_date(placed)]
        council, title = _council_and_title(named, flow, profile, file_title)
        return Inspected(council, kind.type, None, council, title)
    parts = _title_parts(head, flow)
    title = next((part for part in parts if TITLE.search(part)), parts[0]) if parts and not flow.paged else ""
    whole = join((placed.text for placed in head if not placed.line.cells), flow.vocabulary)
    title = title or join((placed.text for placed in head), flow.vocabulary)
    titled = next(
        (
            name
            for rule in kind.places
            for part in dict.fromkeys((*parts, *(" ".join(pair) for pair in pairwise(parts)), title, whole))
            if rule.match and (name := _named(rule.match, part))
        ),
        None,
    )
    printed = next(filter(None, (_printed(flow, rule) for rule in kind.places)), (None, None))
    place, name = (None, titled) if titled else printed
    council = _value(flow, profile.fields.council)
    if kind.is_council and name:
        council = council_name(name)
        name = council
    texts = [placed.text for placed in flow.lines]
    broken = [f"{label} {value}" for label, value in pairwise(texts) if len(label) < 60]
    name = name or _value(flow, profile.fields.organisation)
    identifier = _value(flow, profile.fields.identifier) if not kind.identifier else None
    identifier = identifier or next(
        (
            m.group(m.lastindex or 0)
            for text in (*texts, *broken)
            if kind.identifier and (m := re.search(kind.identifier, text, re.IGNORECASE))
        ),
        None,
    )
    if not TITLE.search(title) and not any(placed.line.style == "h1" for placed in head):
        title = " – ".join(filter(None, (name, profile.framework)))
    used = frozenset() if place is None else frozenset({place})
    return Inspected(
        name,
        kind.type,
        identifier,
        council_name(council) if council else None,
        title or file_title or "",
        used,
    )


def _title_parts(head: Sequence[FlowLine], flow: Flow) -> list[str]:
    """What is printed as the title: its paragraphs; all of it, where type sets it apart."""
    if flow.paged:
        return [join((placed.text for placed in head), flow.vocabulary)]
    parts: list[list[str]] = []
    for placed in head:
        if placed.gap or placed.line.cells or not parts:
            parts.append([])
        parts[-1].append(placed.text)
    return [join(part, flow.vocabulary) for part in parts]


def _printed(flow: Flow, rule: NamePlace) -> tuple[int, str] | None:
    """Where a rule finds a name, and the name."""
    lines, front = flow.lines, flow.front()
    skip = any_of(rule.skip)
    if rule.line is not None:
        kept = [i for i in front if not skip.match(lines[i].text)]
        return (kept[rule.line], lines[kept[rule.line]].text.strip()) if len(kept) > rule.line else None
    for i in front:
        text = lines[i].text.strip()
        if rule.match and (name := _named(rule.match, text)):
            return i, name
        following = next((j for j in front if j > i and not skip.match(lines[j].text)), None)
        if rule.after and re.fullmatch(rule.after, text, re.IGNORECASE) and following is not None:
            return following, lines[following].text.strip()
        if (
            rule.before
            and following == i + 1
            and re.fullmatch(rule.before, lines[following].text.strip(), re.IGNORECASE)
        ):
            return i, text
    return None


def _named(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text, re.IGNORECASE)
    name = (match["name"] if "name" in match.groupdict() else match.group()) if match else ""
    return None if name == name.lower() and not name.isdigit() else name.strip(" .,:;")  # words, no name


def _value(flow: Flow, labels: tuple[str, ...]) -> str | None:
    label = any_of(labels)
    for placed in flow.lines:
        match = label.match(placed.text)
        if match and len(placed.text) < 120 and (value := placed.text[match.end() :].strip(" :")):
            return value
    return None


def _council_and_title(
    head: Sequence[FlowLine], flow: Flow, profile: Profile, file_title: str | None
) -> tuple[str | None, str]:
    """The council as a person says it, and the title: what is printed large at the head of the first page."""
    groups: list[list[FlowLine]] = []
    for placed in head:
        alike = bool(groups) and abs(groups[-1][-1].line.size - placed.line.size) < 0.6
        if alike and (flow.paged or not placed.gap):
            groups[-1].append(placed)
        else:
            groups.append([placed])
    texts = [join((p.text for p in group), flow.vocabulary) for group in groups]
    titles = [text for text in texts if TITLE.search(text)]
    names = [text for text in texts if not TITLE.search(text)]
    name = next((n for n in names if len(n) > 3 and _reads_as_council(n)), None)
    if name and titles:
        first = min(texts.index(titles[0]), len(texts) - 1)
        title = " ".join(t for t in texts[first:] if t != name and (t in titles or t.lower() == "and"))
        return council_name(name), title
    label = any_of(profile.fields.council)
    provider = next((flow.lines[i].text for i in flow.front() if label.match(flow.lines[i].text)), None)
    if provider and titles:
        return council_name(re.sub(r"^[^:]*:\s*", "", provider)), titles[0]
    if titles:
        named = _named_in_title(titles[0])
        split = None if named else _title_then_name(groups)
        if split:
            return council_name(split[1]), split[0]
        return council_name(named) if named else canonical(titles[0]), titles[0]
    return (council_name(names[0]) if names else None), (names[0] if names else file_title or "")


def _reads_as_council(text: str) -> bool:
    """Whether a line printed large is a council's name, and not a second title under the first."""
    return len(text.split()) <= 4 or bool(_COUNCIL_WORD.search(text)) or canonical(text) is not None


def _title_then_name(groups: Sequence[Sequence[FlowLine]]) -> tuple[str, str] | None:
    """Title and council where both are printed in one size: the council's name has a line of its own."""
    group = max(groups, key=len)
    for i, placed in enumerate(group):
        if re.search(r"\b(council|borough|county|city)\b", placed.text, re.IGNORECASE) and not TITLE.search(
            placed.text
        ):
            rest = " ".join(p.text for j, p in enumerate(group) if j != i)
            if TITLE.search(rest) and not re.search(r"\bof$", group[i - 1].text if i else ""):
                return rest, placed.text
    return None


def _named_in_title(title: str) -> str | None:
    """The authority's name inside a title; None where the title names none."""
    for pattern in _NAMED:
        match = pattern.search(title)
        if match and not _UNNAMED.match(match["name"]):
            return match["name"]
    return None


def council_name(printed: str) -> str | None:
    """The council as a person says it: the known name, else the printed one without its titles."""
    printed = re.sub(r"\s+", " ", printed).strip(" ,.:;")
    known = canonical(printed)
    if known:
        return known
    name = re.sub(
        r"\b(?:metropolitan|county|city|district|borough|unitary|council|authority|children[’']s\s+services|"
        r"safeguarding\s+children\s+board|partnership)\b",
        "",
        re.sub(
            r"^(?:the\s+)?(?:(?:royal|london|metropolitan)\s+borough\s+of|borough\s+of|city\s+of|county\s+of|"
            r"council\s+of(?:\s+the)?)\s+",
            "",
            printed,
            flags=re.IGNORECASE,
        ),
        flags=re.IGNORECASE,
    )
    name = re.sub(r"\s+", " ", name).strip(" ,.:;-–")
    return name or printed or None
