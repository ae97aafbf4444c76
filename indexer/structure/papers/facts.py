"""What a council's own document says of itself at its head: title, date, author, council; and its kind.

These stand in the first lines, in no fixed order and mostly without a label. Knows nothing of the body but
the words that tell a committee report from a plan.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.document import DocumentKind
from indexer.structure.papers.blocks import Block
from indexer.structure.reports.organisations import council_name
from indexer.text.councils import find_in
from indexer.text.dates import first_date, first_month

MOST_NAMES = 600
"""Different capitalised names that are looked up in one document."""
HEAD_BLOCKS = 24
"""A document says what it is within this many blocks, or before its first table."""

_BODY_OF_PEOPLE = re.compile(
    r"\b(?:committee|cabinet|council|board|panel|forum|sub-?group|executive|partnership|"
    r"authority|meeting)(?:\s+(?:meeting|agenda|report))?$",
    re.IGNORECASE,
)
_ABOUT_SOMETHING = re.compile(
    r"\b(?:plan|report|update|response|progress|answer|outcome|inspection|improvement|"
    r"review)\b",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"^(?P<label>report\s+(?:title|to|of|by|from|author)|title(?: of report)?|subject|date(?: "
    r"of (?:meeting|report|decision))?|meeting(?: date)?"
    r"|to|from|author|agenda(?: item)?(?: no)?|item(?: no)?|lead (?:officer|member|director)|"
    r"portfolio(?: holder)?|cabinet member|contact(?: officer)?"
    r"|wards?(?: affected)?|electoral division.*?|key decision|exempt|classification|version|"
    r"status|part)\s*(?P<sign>:|\s[–-]\s|\s(?=of\b))\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_AUTHOR = re.compile(
    r"^(?:joint\s+)?report\s+(?:of|by|from|author\s*:)\s*(?:the\s+)?:?\s*(?P<name>.+)$|"
    r"^(?:report\s+)?authors?\s*[:–-]\s*(?P<name2>.+)$",
    re.IGNORECASE,
)
_NOT_TITLE = re.compile(
    r"^(?:appendix|annex|enclosure|schedule|item|agenda(?: item)?|"
    r"part)\s+[\dA-Z]{1,3}\b[:.]?$|^(?:official|public|confidential|restricted|draft|exempt|"
    r"open|final|contents)\b.{0,20}$"
    r"|^(?:wards?|electoral division)|^(?:version|v)\s*\d|^(?:countywide|all|none|yes|no)$|"
    r"^https?:|^page\b|^\W*$",
    re.IGNORECASE,
)
_SECTION_NAME = re.compile(
    r"^(?:[\d.]+\s*)?(?:purpose|background|introduction|(?:executive )?summary|contents|"
    r"recommendations?|context|foreword|key)\b",
    re.IGNORECASE,
)
_COMMITTEE = (
    re.compile(r"^(?:joint\s+)?report\s+(?:of|by|to|author|from)\b", re.IGNORECASE),
    re.compile(r"^(?:[\d.]+\s*)?purpose of (?:the |this )?report\b", re.IGNORECASE),
    re.compile(r"\b(?:scrutiny|cabinet|committee|executive board|council meeting|corporate parenting "
r"(?:board|panel))\b", re.IGNORECASE),
    re.compile(r"^(?:[\d.]+\s*)?(?:background papers|implications|legal implications|financial "
r"implications|appendix \w+:? implications)\b", re.IGNORECASE),
    re.compile(
        r"\b(?:is|are) (?:asked|recommended|requested|invited) to\b|\bit is recommended that\b", re.IGNORECASE
    ),
    re.compile(
        r"^(?:[\d.]+\s*)?(?:electoral divisions?|wards?) affected|^contact(?: officer)?\b", re.IGNORECASE
    ),
)  # fmt: skip
_PLAN = re.compile(
    r"\b(?:improvement|action|delivery|post[- ]inspection|recovery|"
    r"development)\s+(?:and\s+\w+\s+)?(?:plan|programme)\b",
    re.IGNORECASE,
)
_PROGRESS = re.compile(r"\b(?:progress|highlight|update|monitoring|tracker|response)\b", re.IGNORECASE)
_NAMED_COUNCIL = re.compile(
    r"\b(?!(?:The|Our|This|Full|Youth|In|For|By|All|Each)\s)[A-Z][\w'’-]{1,40}(?:\s+(?:and|of|upon|"
    r"on|the|with|&|[A-Z][\w'’-]{1,40})){0,6}?\s+Council\b"
    r"|\b(?:London|Royal|Metropolitan)?\s*(?:Borough|City|"
    r"County)\s+of\s+[A-Z][\w'’-]{1,40}(?:\s+(?:and|upon)\s+[A-Z][\w'’-]{1,40})*"
)
"""An authority that is in no list of authorities, by the words of its own title."""
_NAMED_SERVICES = re.compile(
    r"\b(?P<name>[A-Z][\w-]{1,40}(?:\s+(?:and|upon|on|of|"
    r"the)(?=\s+[A-Z]))?(?:\s+[A-Z][\w-]{1,40}){0,2}?)(?:['’]s?)?\s+(?=[Cc]hildren['’]s "
    r"(?:[Ss]ocial )?(?:[Ss]ervices|[Cc]are))"
)
_NO_NAMES = re.compile(
    r"^(?:the|our|this|all|for|in|of|and|local|good|better|improving|integrated|specialist|"
    r"its|their|council)\b"
    r"|\b(?:of|and|the|director|head|inspection|outcome|lead|member|corporate|executive|"
    r"statutory|ofsted)$|director|head of|inspection",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(
    r"\b[A-Z][\w'’-]*(?:[ ]+(?:[A-Z][\w'’-]*|and|of|upon|on|the|with|&)(?=[ ,.;:)]|$)){0,7}", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at a document's head. `date` is ISO 8601, to the month where no day is printed.

    `own_date` is true where the date stands by itself, so that it is the document's and not its subject's.
    """

    title: str | None
    date: str | None
    own_date: bool
    author: str | None
    council: str | None


_BY_TITLE = 20
"""How much the name in a file's own title weighs: as much as two in the text's head."""


def read_head(blocks: Sequence[Block], file_title: str | None = None) -> Head:
    """Read the title, date, author and council of a document from its blocks, and the council from the file's title."""
    head = _head_blocks(blocks)
    date, own = _date(head)
    author = next((name for name in (_author(block.text) for block in head) if name), None)
    return Head(_title(head), date, own, author, council_of(blocks, file_title))


def _head_blocks(blocks: Sequence[Block]) -> list[Block]:
    head: list[Block] = []
    for block in blocks[:HEAD_BLOCKS]:
        if block.kind == "table":
            head.extend(_labelled_rows(block))
            if len(block.rows) > 8 or any(len(row.cells) > 3 for row in block.rows):
                break
            continue
        head.append(block)
        if len(block.text) > 400:
            break
    return head


def _labelled_rows(block: Block) -> list[Block]:
    """Give a report's front table ("Title: | Response to…") as lines."""
    lines: list[Block] = []
    for row in block.rows:
        filled = [cell.replace("\n", " ") for cell in row.cells if cell.strip()]
        if len(filled) == 2 and len(filled[0].split()) <= 5:
            lines.append(Block("paragraph", f"{filled[0].rstrip(' :')}: {filled[1]}"))
    return lines


def _title(head: Sequence[Block]) -> str | None:
    labelled = [match for match in (_LABELLED.match(block.text) for block in head) if match]
    for match in labelled:
        if (
            match["label"].lower() in ("report title", "title", "title of report", "subject")
            and len(match["value"]) > 3
        ):
            return match["value"].strip()
    candidates = [(block, " ".join(block.text.split()).strip("[]")) for block in head]
    candidates = [(block, text) for block, text in candidates if _may_be_title(block, text)]
    chosen = [(block, text) for block, text in candidates if not _is_body(text)] or candidates
    if not chosen:
        return None
    block, text = chosen[0]
    if block.kind != "heading" and text.endswith("."):
        # A sentence above the title ("This paper is for …") gives way to a heading close below it.
        below = (t for b, t in chosen[1:4] if b.kind == "heading" and not _SECTION_NAME.match(t))
        return next(below, text)
    return text


def _is_body(text: str) -> bool:
    """Whether a line only names who meets: "Children's Overview and Scrutiny Committee"."""
    return _BODY_OF_PEOPLE.search(text) is not None and not _ABOUT_SOMETHING.search(text)


def _may_be_title(block: Block, text: str) -> bool:
    if _NOT_TITLE.search(text) or _LABELLED.match(text) or _AUTHOR.match(text) or block.kind == "item":
        return False
    if len(text) > 250 or (first_date(text) and len(text) < 40) or (first_month(text) and len(text) < 25):
        return False
    if re.match(r"\d+(?:\.\d+)*[.)]?\s", text) and block.kind != "heading":
        return False
    return len(text.split()) >= 2 or block.kind == "heading"


def _date(head: Sequence[Block]) -> tuple[str | None, bool]:
    """Give the date that stands alone or behind a label, else the first in the title's lines."""
    for block in head:
        text = block.text.strip("[]() ")
        match = _LABELLED.match(text)
        if match and match["label"].lower().startswith(("date", "meeting")):
            text = match["value"]
        elif len(text) > 45:
            continue
        date = first_date(text)
        if date and len(text) <= 45:
            return date, True
    for block in head:
        text = block.text.strip("[]() ")
        month = first_month(text)
        if month and len(text) <= 30:
            return month, True
    for block in head[:6]:
        date = first_date(block.text) or first_month(block.text)
        if date and len(block.text) <= 250:
            return date, False
    return None, False


def _author(text: str) -> str | None:
    match = _AUTHOR.match(" ".join(text.split()))
    if not match:
        return None
    name = (match["name"] or match["name2"] or "").strip(" :")
    return name if 3 < len(name) < 200 and not name.lower().startswith(("inspection", "ofsted")) else None


def council_of(blocks: Sequence[Block], file_title: str | None = None) -> str | None:
    """Give the council that the document speaks of: the one named most often, the head's counting double.

    Only capitalised names are looked up, each once: a word that opens a sentence counts for little, because
    some councils are called by ordinary words. A page of a council's site names it in its title ("… - Wexmouth Council") and
    in a banner, which is no part of the document.
    """
    names: Counter[str] = Counter()
    site = re.split(r"\s[-–—|]\s", file_title or "")[-1].strip()
    if _NAMED_COUNCIL.fullmatch(site) or any(mention.how == "name" for mention in find_in(site)):
        names[site] += _BY_TITLE
    for place, block in enumerate(blocks):
        text = (
            block.text
            if block.kind != "table"
            else "\n".join(cell for row in block.rows for cell in row.cells)
        )
        for match in _CAPITALISED.finditer(text):
            opens = " " not in match.group() and re.search(
                r"(?:^|[.!?:\n]\s*)$", text[max(match.start() - 3, 0) : match.start()]
            )
            names[match.group()] += (1 if opens else 10) * (2 if place < HEAD_BLOCKS else 1)
    counts: Counter[str] = Counter()
    unlisted: Counter[str] = Counter()
    for printed, weight in names.most_common(MOST_NAMES):
        for mention in find_in(printed):
            if mention.how != "misspelling":
                counts[mention.name] += weight
    for printed, weight in names.most_common(MOST_NAMES):
        for match in _NAMED_COUNCIL.finditer(printed):
            name = council_name(match.group())
            if name and name[:1].isupper():
                unlisted[name] += weight
    for name, weight in unlisted.items():
        counts.setdefault(name, weight)
    if not counts:
        counts.update(_by_services(blocks[:HEAD_BLOCKS]))
    return max(counts, key=lambda name: counts[name]) if counts else None


def _by_services(head: Sequence[Block]) -> Iterator[str]:
    """Give the names that stand before "children's services" in a document's first lines."""
    for block in head:
        for match in _NAMED_SERVICES.finditer(block.text):
            if not _NO_NAMES.search(match["name"]):
                yield match["name"]


_MINUTES = re.compile(r"\bminutes\s+of\b|^minutes$", re.IGNORECASE)
_MEETING = re.compile(
    r"\b(?:apologies|declarations?\s+of\s+interest|in\s+attendance)\b|^(?:present|resolved)\s*:",
    re.IGNORECASE,
)
_SELF = re.compile(r"\bself[- ](?:evaluation|assessment)\b|\bSEF\b", re.IGNORECASE)


def kind_of(blocks: Sequence[Block], title: str | None, actions: int, progress: int) -> DocumentKind:
    """Give the kind of a council's document, from its head, the headings it has and what was found in it."""
    lines = [block.text for block in blocks if block.kind != "table"]
    early = lines[: HEAD_BLOCKS * 2]
    signs = sum(
        1
        for pattern in _COMMITTEE
        if any(pattern.search(line) for line in (lines if pattern in _COMMITTEE[3:] else early))
    )
    plan_title = bool(title and _PLAN.search(title))
    if title and _SELF.search(title) and not _PROGRESS.search(title):
        return "self-evaluation"
    if any(map(_MINUTES.search, early)) and sum(bool(_MEETING.search(line)) for line in lines) > 1:
        return "committee report"
    if signs >= 3 and not (plan_title and signs < 4):
        return "committee report"
    if plan_title:
        return "improvement plan"
    if title and _PROGRESS.search(title) and progress:
        return "progress report"
    if actions and actions >= progress:
        return "improvement plan"
    if progress:
        return "progress report"
    heads = " ".join(early[:8])
    if _PLAN.search(heads):
        return "improvement plan"
    return (
        "progress report"
        if title and _PROGRESS.search(title) and re.search(r"ofsted|inspection|recommend", title, re.I)
        else "other"
    )
