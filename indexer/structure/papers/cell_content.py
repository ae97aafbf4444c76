"""What kind of thing a table's cell holds, told by its words alone: a date, a status, a name, a value.

Councils name their columns in a hundred ways and shift their cells; a date still looks like a date. Also puts
statuses and names into the form that a person reads. Knows nothing of tables or documents.
"""

from __future__ import annotations

import functools
import re

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:(?:19|20)\d\d(?:\s*[/–-]\s*(?:\d\d)?\d\d)?|['’]?\d\d)"
_DATE = re.compile(
    rf"(?:(?:by|from|to|until|end(?:\s+of)?|early|mid|late|start\s+of|beginning\s+of|w/?c|"
rf"week\s+of|complete[d]?|started|due|the|since|before|after|then|and|on|or)[\s:-]+)*"
    rf"(?:\d{{1,2}}\s*(?:st|nd|rd|th)?[\s/.,-]*(?:of\s+)?{_MONTH}\.?[\s/.,'’-]*(?:{_YEAR})?"
    rf"|{_MONTH}\.?[\s/.,'’-]*\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)\d\d"
    rf"|{_MONTH}\.?[\s/.,'’–-]*(?:{_YEAR})?"
    r"|\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*(?:\d\d)?\d\d|\d{1,2}/\d{4}|\d{4}-\d\d(?:-\d\d)?"
    rf"|(?:\d(?:st|nd|rd|th)|first|second|third|fourth|q(?:uarter|tr)?\.?)\s*(?:quarter|qtr|"
rf"q)?\s*[1-4]?[\s,/-]*(?:of\s+)?(?:{_YEAR})?"
    rf"|(?:spring|summer|autumn|winter)(?:\s+term)?\s*{_YEAR}"
    r"|(?:19|20)\d\d(?:\s*[/–-]\s*(?:\d\d)?\d\d)?)",
    re.IGNORECASE,
)  # fmt: skip
_DATE_WORD = re.compile(
    r"(?:started|on-?\s?going|tb[cda]|to be (?:confirmed|agreed|determined)|"
    r"immediate(?:ly)?(?: and ongoing)?|continuous(?:ly)?"
    r"|monthly|weekly|quarterly|annual(?:ly)?|in place|asap|n/?a|various|rolling|commenced|in "
    r"progress|completed?"
    r"|with immediate effect|end of (?:year|month|quarter)|\d{1,2}(?:st|nd|rd|th)? (?:days|weeks|months)"
    r"|within \w+ (?:days|weeks|months)|(?:one|two|three|four|six|twelve) (?:weeks|months)|-|–)",
    re.IGNORECASE,
)

_RAG = {
    "g": "Green", "a": "Amber", "r": "Red", "b": "Blue", "y": "Yellow", "c": "Complete", "ag": "Amber/Green",
    "a/g": "Amber/Green", "g/a": "Green/Amber", "r/a": "Red/Amber", "a/r": "Amber/Red", "ar": "Amber/Red",
    "green": "Green", "amber": "Amber", "red": "Red", "blue": "Blue", "yellow": "Yellow", "grey": "Grey",
    "purple": "Purple", "white": "White",
    "complete": "Complete", "completed": "Complete", "closed": "Closed", "achieved": "Achieved",
    "done": "Complete",
    "bau": "Business as usual",
}  # fmt: skip
_STATUS_WORDS = re.compile(
    r"(?:business as usual(?: (?:activity|improvement))?|key priority(?: \([^)]{1,40}\))?|"
    r"on[- ]?track|off[- ]?track|in progress"
    r"|not (?:yet )?(?:started|due|achieved|met|on track)|partially (?:complete|completed|"
    r"achieved|met)|partly (?:complete|met|achieved)"
    r"|substantially (?:complete|completed|met)|fully (?:complete|completed|met|achieved|"
    r"implemented)|overdue|delayed|behind(?: schedule)?"
    r"|at risk|slipp(?:ed|age)|on hold|ongoing|underway|under way|started|commenced|embedded|"
    r"embedding|met|implemented"
    r"|outstanding|superseded|paused|ahead of schedule|some slippage|completed? \(bau\)|green|"
    r"amber|red|blue|completed?)",
    re.IGNORECASE,
)
_CAPITAL_STATUS = re.compile(
    r"^(?P<status>(?:BUSINESS AS USUAL(?: (?:ACTIVITY|IMPROVEMENT))?|KEY PRIORITY(?: "
    r"\([^)]{1,40}\))?|ON[- ]TRACK|OFF[- ]TRACK"
    r"|COMPLETED?|CLOSED|IN PROGRESS|NOT (?:YET )?STARTED|OVERDUE|DELAYED|AT RISK|ON HOLD|"
    r"ONGOING|GREEN|AMBER|RED|BLUE|BAU))"
    r"(?=$|[\s:.,;–-])"
)
_SAID_STATUS = re.compile(
    r"\b(?:b?rag|status)(?:\s+(?:rating|status))?(?:\s+is(?:\s+now)?\s*|\s*[:=–-]\s*)(?:rated\s+)?"
    rf"(?P<status>{_STATUS_WORDS.pattern})\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\(?\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?[.)]?")
_REF = re.compile(
    r"(?:\(?[A-Za-z]{0,4}\s?-?\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?(?:\([a-z]\))?[.):]?|"
    r"\(?[a-z][.)]|\(?[ivxIVX]{1,5}[.)]|[A-Z])"
)
_CODE = re.compile(
    r"(?:[A-Z][A-Za-z&/]{0,9}[\s_./-]?\d{1,4}(?:[.\s-]?\d{1,3})?[a-z]?|NEW|New|TBC|"
    r"\d{1,4}[a-z]?|NI\s?\d{1,3}|[A-Z]{2,6}(?:[ -]?\d+)+)"
)
_VALUE = re.compile(
    r"(?:(?:q(?:uarter|tr)?\.?\s*\d)?[\s:]*[<>≤≥~£+-]*\s*\d[\d,]*(?:\.\d+)?\s*(?:%|per\s?cent|"
    r"days?|weeks?|months?|years?|hours?|hrs|k|m|pp)?"
    r"(?:\s*\([^)]{0,40}\))?|[-–—]|n/?a|tbc|nil|none|not (?:available|known)|to be confirmed)",
    re.IGNORECASE,
)
_NAME_WORD = re.compile(r"[A-Z][\w'’.-]*|&|/|and|of|for|the|to|in|with|\([^)]*\)|–|-")
_KEPT_CAPITAL = frozenset(
    {"AD", "ADCS", "AHT", "ASYE", "CAMHS", "CEO", "CIO", "CSE", "EHE", "HOS", "ICB", "ICT", "IRO", "IT", "LA",
     "LADO", "LSCB", "MASH", "NHS", "QA", "SEN", "SENCO", "SEND", "SENDCO", "VSH", "YOS", "YOT"}
)  # fmt: skip
"""Short forms that stay in capitals, beside those without a vowel."""


@functools.lru_cache(maxsize=4096)
def is_date(text: str) -> bool:
    """Whether the whole text is a date, however rough: "May 16", "2nd quarter 2031", "TBC", "Started"."""
    text = " ".join(text.split()).strip(" .()[]")
    if not text or len(text) > 60:
        return False
    if _DATE_WORD.fullmatch(text):
        return True
    parts = re.split(r"\s*(?:–|—|\bto\b|\band\b|;|&|\bthen\b|\(|\))\s*|\s-\s", text)
    return all(not part or _DATE.fullmatch(part) or _DATE_WORD.fullmatch(part) for part in parts)


@functools.lru_cache(maxsize=4096)
def is_status(text: str) -> bool:
    """Whether the whole text is a status: a colour or its letter, "Complete", "On track"."""
    text = " ".join(text.split()).strip(" .*()")
    return text.lower() in _RAG or bool(_STATUS_WORDS.fullmatch(text))


def is_value(text: str) -> bool:
    """Whether the whole text is a target or a value: "96%", "303 days", "Qtr 2 41%", "-"."""
    return bool(_VALUE.fullmatch(" ".join(text.split())))


def is_number(text: str) -> bool:
    """Whether the text is a bare number as rows are numbered: "7", "7.", "(7)", "2.1"."""
    return bool(_NUMBER.fullmatch(text.strip()))


def is_ref(text: str) -> bool:
    """Whether the text is a short reference: "T1", "3.2a", "b.", "(iv)"."""
    return bool(_REF.fullmatch(text.strip()))


def is_code(text: str) -> bool:
    """Whether the text is an indicator's code: "CSC 176", "NI 59", "NEW"."""
    return bool(_CODE.fullmatch(text.strip()))


def is_person(text: str) -> bool:
    """Whether the text may be who leads: a few capitalised words that make no sentence."""
    text = " ".join(text.split())
    words = text.split(" ")
    if not text or len(words) > 16 or len(text) > 140 or not re.search(r"[A-Za-z]{2}", text):
        return False
    if is_date(text) or is_status(text) or is_value(text) or re.search(r"[.;:!?]$", text):
        return False
    named = sum(1 for word in words if _NAME_WORD.fullmatch(word.strip(",.;:")))
    return named >= 0.75 * len(words)


def status(text: str) -> str | None:
    """Give the status as a person says it: "G" is Green, "COMPLETED" Complete; other words as printed.

    None for an empty cell or a dash.
    """
    text = " ".join(text.split()).strip(" .*")
    if not text or text in "-–—":
        return None
    known = _RAG.get(text.strip("()").lower())
    if known:
        return known
    bare = re.sub(r"\s*\([^)]*\)$", "", text)
    for start in ("business as usual", "key priority"):
        if bare.lower().startswith(start):
            return start.capitalize()
    if text.isupper() and len(text) > 3:
        return text.capitalize()
    return text


def status_in(text: str) -> str | None:
    """Give the status that a progress text itself states: in capitals at its start, or as "RAG: …"."""
    found = _CAPITAL_STATUS.match(text.strip())
    if found:
        return status(found["status"])
    said = [match["status"] for match in _SAID_STATUS.finditer(text)]
    return status(said[-1]) if said else None


_LEAD_PREFIX = re.compile(
    r"^\s*(?:(?:recommendation|action|task|overall|accountable|responsible|strategic|"
    r"operational)\s+)*(?:lead|owner|responsible)"
    r"(?:\s*(?:officer|person|manager|director))?s?\s*[:–-]\s*",
    re.IGNORECASE,
)
_CAPITAL_NAMES = re.compile(
    r"(?:[A-Z][A-Z'’.-]+|[A-Z]\.?|&|/|,|AND)(?:\s+(?:[A-Z][A-Z'’.-]+|[A-Z]\.?|&|/|,|"
    r"AND))*(?=\s+[A-Z][a-z]|\s+[A-Z]\s+[a-z]|\s*$)"
)

LONGEST_NAME = 160
"""Characters in which the names that lead must end."""


def split_lead(text: str) -> tuple[str | None, str]:
    """Give the lead that a cell names at its start ("Task lead: …") and the rest, or (None, text)."""
    prefix = _LEAD_PREFIX.match(text)
    if not prefix:
        return None, text
    rest = text[prefix.end() :]
    line, _, below = rest.partition("\n")
    capitals = _CAPITAL_NAMES.match(line[:LONGEST_NAME])
    shouted = capitals is not None and len(capitals.group()) > 3
    if is_person(line) and not shouted:
        return person(line), below.strip()
    if capitals and shouted:
        return person(capitals.group()), "\n".join(
            t for t in (line[capitals.end() :].strip(), below.strip()) if t
        )
    return None, text


def person(text: str) -> str | None:
    """Give a name or post as it is usually written, not in capitals throughout; None if empty."""
    text = " ".join(text.split()).strip(" ,;:")
    if not text or text in "-–—" or text.lower() in ("n/a", "tbc", "none"):
        return None
    letters = [c for c in text if c.isalpha()]
    if len(letters) > 5 and all(c.isupper() for c in letters) and " " in text:
        return " ".join(_named(word) for word in text.split(" "))
    return text


def _named(word: str) -> str:
    if word == "AND":
        return "and"
    if word in _KEPT_CAPITAL or (
        word not in ("MR", "MRS", "MS", "DR", "ST", "LYNN", "GLYN", "FLYNN", "WYNN")
        and re.fullmatch(r"[^AEIOUY\W\d]{2,6}", word)
    ):
        return word
    return re.sub(r"[A-Za-z]+(?:['’][a-z](?![a-z]))?", lambda m: m.group().capitalize(), word)
