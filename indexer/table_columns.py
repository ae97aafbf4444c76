"""Which column of a council's table holds what: told by the words of its header, and by what stands in it.

Plans are laid out in every order and under every word ("Owner", "By whom", "Responsible officer"), so a
column is known by its header's vocabulary first and by its content where the header is silent. Knows nothing
of what the rows are made into.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from indexer.cell_content import is_code, is_date, is_number, is_person, is_ref, is_status, is_value
from indexer.grades import known_grade

Role = Literal[
    "ref", "number", "recommendation", "action", "indicator", "progress", "lead", "start", "finish", "status", "code",
    "target", "value", "baseline", "area", "grade", "theme", "outcome", "name", "post", "page", "risk", "date",
    "extra", "other",
]  # fmt: skip

_OFSTED = r"(?:ofsted(?:['’]s)?|inspection|inspectors['’]?|ilacs|sif|cqc|hmip|jtai|send)"
_HEADERS: tuple[tuple[Role, str], ...] = (
    ("risk", r"low|medium|high|(?:identified )?risks?(?: identified| description| rating| score)?|likelihood|mitigation|mitigating action"),
    ("page", r"page(?: ?n(?:o|umber)s?)?"),
    ("number", r"(?:ofsted )?rec(?:ommendation)?s?\.? ?(?:ref(?:erence)?|n[o°]|number|#|id)\.?(?:\(s\))?"),
    ("code", r"(?:pi|kpi|indicator|measure|performance indicator) ?(?:ref(?:erence)?|no|number|code|id)|code|pi"),
    ("ref", r"(?:action |task |item |plan |unique )?(?:ref(?:erence)?|no|number|id|#)(?: ?no| ?number)?|item|#|n[o°]"),
    ("target", r"(?:year[- ]?end |annual |stretch |our |performance )*targets?(?: (?:\d{4}.*|value|level|for .*|%))?|aim"),
    ("baseline", r"base ?line.*|(?:previous|last|prior) (?:year|quarter|month|value|performance|outturn).*|statistical neighbours?.*|national average.*|england.*|comparator.*"),
    ("value", r"(?:current|latest|actual|year to date|ytd|reported) ?(?:performance|value|position|figure|data|outturn|result|actual|score|level)?(?: .*)?|(?:performance|outturn|value|result|figure|data|score)(?: (?:to date|as at .*|at .*|q.*|\d.*))?|progress rag.*|q(?:uarter|tr)? ?[1-4].*|actual.*"),
    ("start", r"(?:planned |actual |action )?(?:start(?:ing|ed)?|commenc\w+|begin\w*|from)(?: date| by)?"),
    ("finish", r"(?:(?:planned |target |actual |expected |anticipated |revised |original |agreed |action )*(?:finish|completion|end|due|deadline|delivery|target|review|implementation)(?: dates?| by)?(?: for completion| of completion)?)|time ?(?:scale|frame|line|table)s?(?: .*)?|deadlines?|(?:by )?when\??|date (?:for|of|to be|due|by)\b.*|complete by|to be completed by|by"),
    ("status", r"(?:current |overall |action |progress |delivery |latest |previous )?(?:b?rag|b\.?r\.?a\.?g\.?|status|rag ?/ ?status)(?: ?(?:rating|status|rated|colour|score|position|update))*|(?:action |progress )rating|completed?\?(?: ?\(?y/n\)?)?"),
    ("lead", r"(?:(?:recommendation|action|task|strategic|operational|overall|accountable|responsible|named|key|project|senior|executive|theme) )*(?:leads?|owners?|officers?|persons?|sponsor|manager|director)(?: ?(?:officers?|persons?|agency|agencies|organisation|responsible|name|manager|and agency|accountable|partner|& partner\w*|service))*(?:\(s\))?|responsib(?:le|ility)(?: .*)?|(?:by )?who(?:m)?(?: will do it| is responsible| will lead(?: it)?)?\??|accountab(?:le|ility)(?: .*)?|led by|delegated to"),
    ("grade", r"grades?|judge?ment grade|inspection outcome|grade awarded|grading"),
    ("area", r"judge?ments?(?: area)?|(?:inspection |judged |ofsted )?(?:judge?ment )?areas?|category"),
    ("progress", r"(?:(?:summary of |latest |current |narrative |detailed |quarterly |monthly |overall )*(?:progress|update|position|commentary|comments?|narrative|achievements?)(?:/ ?\w+| and \w+| \& \w+)*(?: (?:to date|update|made|so far|since .*|report|summary|comments?|notes?|against .*|on .*|in .*|as at .*|at .*|\d.*))*)|what (?:have|has|did) (?:we|been).*|(?:actions? )?(?:taken|undertaken|completed) to date|where are we now.*|our (?:progress|response)|response(?: to .*)?|what we(?:['’]ve| have) done.*"),
    ("action", r"(?:(?:key|our|main|specific|detailed|proposed|agreed|planned|required|improvement|high level|smart|identified) )*(?:actions?|tasks?|activit(?:y|ies)|steps?|deliverables?|milestones?|interventions?)(?: ?(?:\([a-z]\)))?(?: ?(?:/|and|&|or) ?(?:\w+ ?)?(?:actions?|tasks?|activit(?:y|ies)|steps?|milestones?|deliverables?)(?: ?\([a-z]\))?)*(?: (?:required|to be taken|to be undertaken|needed|agreed|planned|plan|description|to address .*|to complete|arising from .*|to achieve .*|we will take|going forward|for .*|identified|details?|proposed|resulting from .*|points?))*|what (?:we will|will we|we['’]ll|are we going to|we are going to|we need to|needs to be|will be|do we need to).*|how (?:we will|will we|are we going to|it will be).*|actions? arising from .*|we will"),
    ("recommendation", rf"(?:{_OFSTED} |key |main |original |no\.? ?)*(?:recommendations?|areas? (?:for|of|requiring) (?:improvement|development|priority action)|priority actions?|(?:inspection )?findings?|improvement areas?|what needs to improve.*|issue(?:s)? identified|requirement|areas? to improve)(?: ?(?:from|by|of|in|made|identified|arising|and|text|description|summary)\b.*)?"),
    ("indicator", r"(?:related |key |associated |our )*(?:performance )?(?:indicators?|measures?|metrics?|kpis?|pis?)(?: ?(?:of success|description|title|name|definition|reported.*))?(?: ?\(.*\))?|(?:success|outcome|impact) (?:measures?|indicators?)|how (?:will|do) we (?:know|measure).*|description|measured? by"),
    ("outcome", r"(?:(?:expected|intended|desired|planned|required|success) )*(?:outcomes?|impact|success criteria|criteria|evidence|benefits?|difference|results?)(?: .*)?|what (?:difference|success|will success|good) .*|how we will know.*|evidence.*|(?:resources?|cost|budget|dependenc\w+|links?)(?: .*)?|assurance.*|confidence.*"),
    ("theme", r"(?:themes?|priorit(?:y|ies)|work ?streams?|programmes?|objectives?|aims?|strand|domain|pillar)(?: (?:area|no|name))?"),
    ("name", r"(?:full )?names?|member"),
    ("post", r"post(?: held)?|role|job title|membership|position held|title|designation|organisation|agency"),
    ("date", r"(?:meeting |report )?dates?|month|year|period|version|revision"),
)  # fmt: skip
_PATTERNS = tuple((role, re.compile(pattern, re.IGNORECASE)) for role, pattern in _HEADERS)

TYPED: frozenset[Role] = frozenset(
    {"start", "finish", "status", "target", "value", "ref", "number", "code", "grade", "date"}
)
"""Roles whose cells look unlike running text, so that a misplaced one shows."""
_WORDS: frozenset[Role] = frozenset(
    {"recommendation", "action", "indicator", "progress", "outcome", "theme", "area"}
)
MAX_HEADER_WORDS = 16


def role_of(header: str) -> Role | None:
    """What a column under this header holds; None where the words are not known as a header's."""
    text = " ".join(header.replace("\n", " ").split()).strip(" :*.")
    text = re.sub(r"\s*/\s*", "/", text)
    if not text or len(text.split(" ")) > MAX_HEADER_WORDS:
        return None
    first = text.split("/")[0].strip()
    bare = re.sub(r"\s*\([^)]*\)", "", text).strip()
    for candidate in (text, bare, first if len(text.split(" ")) <= 4 else ""):
        for role, pattern in _PATTERNS:
            if candidate and pattern.fullmatch(candidate):
                return role
    return None


def is_header(cells: Sequence[str], bold: bool = False) -> bool:
    """Whether a row's cells are column headers: every one short, and most of them known as such.

    A row of one word is a header only if that word heads nothing but a list ("Recommendations").
    """
    filled = [cell for cell in cells if cell.strip()]
    if not filled or any(len(cell.split()) > MAX_HEADER_WORDS for cell in filled):
        return False
    if any(is_status(cell) and role_of(cell) is None for cell in filled):
        return False
    roles = [role_of(cell) for cell in filled]
    known = [role for role in roles if role]
    if len(filled) == 1:
        return (
            bool(known)
            and (bold or known[0] in ("recommendation", "action", "page"))
            and len(filled[0].split()) <= 6
        )
    if any(is_ref(cell) and len(cell) > 1 and role is None for cell, role in zip(filled, roles, strict=True)):
        return False
    return len(known) >= max(2, 0.6 * len(filled)) or (
        bold and len(known) >= 1 and len(set(known)) == len(known)
    )


def fits(role: Role, text: str) -> bool:
    """Whether `text` may stand in a column of this role; an empty cell always may."""
    text = " ".join(text.split())
    if not text or role == "extra":
        return not text
    words = len(text.split(" "))
    if role in ("start", "finish", "date"):
        return is_date(text) or (
            words <= 12 and bool(re.search(r"\d{2}|month|week|term|ongoing", text, re.I))
        )
    if role == "status":
        return is_status(text) or (words <= 5 and not is_date(text))
    if role in ("target", "value", "baseline"):
        return is_value(text) or is_status(text) or words <= 8
    if role in ("ref", "number"):
        return is_ref(text) or is_number_list(text) or words <= 3
    if role == "code":
        return is_code(text) or words <= 3
    if role == "grade":
        return known_grade(text) is not None and words <= 8
    if role == "lead":
        return is_person(text) or (words <= 12 and not (is_date(text) or is_status(text) or is_value(text)))
    if role in _WORDS:
        return not (is_date(text) and not is_number(text)) and not (is_status(text) and words == 1)
    return True


def column_roles(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Role, ...]:
    """The role of each column, from its header and from the cells below it.

    A header cell followed by empty ones spans them, and a header may begin a column early or late: among the
    columns of a span, each takes the role that its content shows, and running text that of the header.
    """
    width = max([len(header), *(len(row) for row in rows)])
    labels = [*header, *([""] * (width - len(header)))]
    spans: list[tuple[Role, list[int]]] = []
    for column, label in enumerate(labels):
        role = role_of(label) if label.strip() else None
        if label.strip():
            spans.append((role or "other", [column]))
        elif spans:
            spans[-1][1].append(column)
        else:
            spans.append(("ref", [column]))
    roles: list[Role] = ["other"] * width
    for role, columns in spans:
        _assign(role, columns, rows, roles)
    if "action" in roles and "recommendation" in roles and "number" not in roles:
        before = roles.index("recommendation") - 1
        if before >= 0 and roles[before] == "ref" and roles.index("recommendation") < roles.index("action"):
            roles[before] = "number"
    return tuple(roles)


def _assign(role: Role, columns: Sequence[int], rows: Sequence[Sequence[str]], roles: list[Role]) -> None:
    cells = {
        column: [row[column] for row in rows if column < len(row) and row[column].strip()]
        for column in columns
    }
    if len(columns) == 1:
        (column,) = columns
        roles[column] = _corrected(role, cells[column])
        return
    if role in TYPED:
        first = next((column for column in columns if cells[column]), columns[0])
        for column in columns:
            roles[column] = role if column == first else "extra"
        return
    texts: list[int] = []
    for column in columns:
        seen = cells[column]
        if not seen:
            roles[column] = role
        elif role in ("indicator", "code") and _mostly(is_code, seen):
            roles[column] = "code"
        elif role not in TYPED and _mostly(is_number, seen):
            roles[column] = "ref"
        elif role not in TYPED and _mostly(is_status, seen):
            roles[column] = "status"
        elif role not in TYPED and _mostly(is_ref, seen):
            roles[column] = "ref"
        else:
            texts.append(column)
    for column in texts:
        roles[column] = role
    if role == "code" and texts:
        roles[texts[-1]] = "indicator"


def _corrected(role: Role, cells: Sequence[str]) -> Role:
    """The role that the content insists on, where the header's word is used for two things."""
    if not cells:
        return role
    if role == "ref" and not _mostly(is_ref, cells) and _mean_words(cells) > 5:
        return "other"
    if role == "recommendation" and _mostly(is_number_list, cells):
        return "number"
    if role == "value" and _mostly(is_status, cells):
        return "status"
    if role in ("status", "value") and _mean_words(cells) > 8:
        return "progress"
    if role == "progress" and _mostly(is_status, cells):
        return "status"
    if role in ("post", "lead", "date") and _mean_words(cells) > 14:
        return "other"
    return role


def is_number_list(text: str) -> bool:
    """Whether the text is only numbers in a row: "2, 3 and 9"."""
    return bool(
        re.fullmatch(
            r"\d{1,3}[a-z]?(?:(?:\s*[,;&/–-]\s*|\s+(?:and|to)\s+|,\s*and\s+|\s+)\d{1,3}[a-z]?)*", text.strip()
        )
    )


def _mostly(test: Callable[[str], bool], cells: Sequence[str]) -> bool:
    return sum(1 for cell in cells if test(cell)) > 0.6 * len(cells)


def _mean_words(cells: Sequence[str]) -> float:
    return sum(len(cell.split()) for cell in cells) / max(len(cells), 1)
