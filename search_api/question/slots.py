"""What a question says of the register: areas, grades, times, directions; councils and years are the query's own.

Slots hold only what the words say. What they leave open is for the answer to choose, and to say so. This module looks at
no document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from indexer.document import GRADES
from search_api.question.query import Query
from search_api.question.register_kind import spelled_right

Direction = Literal["up", "down", "same", "changed"]
When = Literal["latest", "ever", "year", "period", "date"]
Side = Literal["strength", "weakness"]

_AREA_WORDS: tuple[tuple[str, str], ...] = (
    ("LSCB", r"\bLSCBs?\b|\bsafeguarding (?:children(?:'s)? )?(?:boards?|partnerships?)\b|\b(?:'s|the|its) board\b|\bboards\b"),
    ("care leavers", r"\bcare leavers?'?\b|\b(?:leav(?:e|ing)|left) care\b"),
    ("in care", r"\b(?:children|kids|those|young people)(?:-| )(?:looked[- ]after|in(?:-| )care)\b|\blooked[- ]after children\b|\bLAC\b"),
    ("help and protection", r"\bhelp (?:and|&|\+|n|'n'?) protection\b|\bneed(?:ing)? help\b|\bchild protection services\b"),
    ("adoption", r"\badoption\b|\badopt(?:ed|ers|ing)\b"),
    ("leadership", r"\bleaders(?:hip)?\b|\bmanagement and governance\b|\bhow (?:it|they) (?:is|are|was|were) (?:run|led)\b"),
    ("overall", r"\boverall\b"),
)  # fmt: skip
_AREA = tuple((name, re.compile(pattern, re.I)) for name, pattern in _AREA_WORDS)
_GRADE_WORDS: tuple[tuple[str, str], ...] = (
    ("Outstanding", r"outstandings?|(?:the )?(?:top|highest|best) (?:grade|mark|rating|judgement)"),
    ("Requires improvement", r"requires? improvement(?: to be good)?|requiring improvement|RI"),
    (
        "Inadequate",
        r"inadequates?|(?:the )?(?:bottom|lowest|worst) (?:grade|mark|rating|judgement)|failing|failed|fail",
    ),
    ("Adequate", r"adequate"),
    (
        "Good",
        r"(?<!any )goods?(?! (?:at(?! (?:every|all|each|both|two|three|their|its|the l))|on|with|practice|work|help|quality|or bad|enough|idea|example))",
    ),
)
_GRADE = re.compile("|".join(rf"\b(?P<g{n}>{words})\b" for n, (_, words) in enumerate(_GRADE_WORDS)), re.I)
_OR_BETTER = re.compile(r" (?:or|and) (?:better|above|higher)\b", re.I)
_OR_WORSE = re.compile(r" (?:or|and) (?:worse|below|lower)\b", re.I)
_LESS_THAN = re.compile(r"\b(?:less than|below|worse than|under|short of)(?: an?)? $", re.I)
_NOT = re.compile(r"\b(?:not|never|no longer|none|without|nowhere)\b|n['’]t\b", re.I)
_NO_LONGER = re.compile(
    r"\bno longer\b|\bnot\b.{0,30}\bany ?(?:more|longer)\b|\bout of (?=inadequate|requires)|\b(?:came|got|escaped|climbed|emerged) (?:out of|from)\b|\bstopped being\b",
    re.I,
)
_CHANGE = re.compile(
    r"\b(?:from|out of)\b.{0,40}?\b(?:to|into)\b|\b(?:went|gone|moved|jumped|fell|dropped|slid|rose|climbed|go|came|turned)\b.{0,60}?\b(?:to|into)\b",
    re.I,
)
_UP = re.compile(
    r"\b(?:improved|(?:better|higher) (?:\w+ ){0,2}(?:grade|rating|mark|judge?ment)|moved up|went up|gone up|risen|rose|upgraded|better than (?:before|last)|up a grade|got better)\b",
    re.I,
)
_DOWN = re.compile(
    r"\b(?:dropped|fell|fallen|went backwards|gone backwards|got worse|(?:worse|lower) (?:\w+ ){0,2}(?:grade|rating|mark|judge?ment)|downgraded|declined|los(?:e|es|t|ing) (?=its|their|an? |good|outstanding)|(?:went|gone|come|moved|marked) down|down a grade|down from|slipped|backwards|drop)\b",
    re.I,
)
_SAME = re.compile(
    r"\b(?:no change|unchanged|the same grade|twice|three times|times in a row|in a row|running|consecutive(?:ly)?|held on|kept|retained|stayed|remained|again and again|both times)\b",
    re.I,
)
_BY_TWO = re.compile(r"\btwo grades\b|\bby 2 grades\b", re.I)
_EITHER_WAY = re.compile(
    r"\b(?:grades?|ratings?|judge?ments?) (?:has |have |had |was |were )?chang(?:ed|es?)\b|\bchang(?:ed|es?) (?:of|in) (?:\w+ )?(?:grades?|ratings?)\b",
    re.I,
)
_FROM = re.compile(r"\b(?:from|out of|los(?:e|es|t|ing))(?: (?:its|their|an?|the))? $", re.I)
_UNMOVED = re.compile(
    r"(?:\b(?:not|never|failed to|yet to)\b|n['’]t\b)(?: \w+){0,3} (?:improv\w*|moved? up|gone up|go up|got better|get better)\b",
    re.I,
)
_STUCK = re.compile(
    r"\bstuck (?:on|at|with|in)\b|\bnever (?:moved off|left|got out of|come out of|climbed (?:out of|above)|been (?:anything|other))\b",
    re.I,
)
_BEST = re.compile(
    r"\b(?:best|top|highest)[- ](?:graded|rated|scoring)\b|\b(?:rated|graded|scored?) (?:the )?(?:highest|best|top)\b",
    re.I,
)
_WORST = re.compile(
    r"\b(?:worst|bottom|lowest)[- ](?:graded|rated|scoring)\b|\b(?:rated|graded|scored?) (?:the )?(?:lowest|worst|bottom)\b",
    re.I,
)
_NUMBER = {"once": 1, "one": 1, "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5}
_OFTEN = re.compile(
    r"\bmore than (?P<more>once|twice|one(?= (?:occasion|time|inspection)))\b|\b(?P<n>twice|both times)\b|(?<!between )(?<!after )(?<!last )\b(?P<m>two|three|four|five|\d) (?:\w+ ){0,2}?(?:times|occasions|inspections)\b",
    re.I,
)
_RUNNING = re.compile(
    r"\b(?:in a row|running|consecutive(?:ly)?|in succession|back to back|stayed|remained|kept|stuck)\b", re.I
)
_ALWAYS = re.compile(
    r"\b(?:always|all along|throughout|consistently|(?:at|in) (?:every|all|each)(?: of)?(?: \w+)? (?:inspections?|reports?|time)|every time)\b",
    re.I,
)
_TODAY = re.compile(
    r"\b(?:now|today|currently|these days|still|at present|since(?! (?:\d|the|they|it|records))|at the moment)\b",
    re.I,
)
_STILL = re.compile(r"\bstill\b", re.I)
_YET = re.compile(r"\byet\b", re.I)
_AT_LEAST = re.compile(r"\b(?:at least|no worse than|no lower than)(?: an?)? $", re.I)
_NOW = re.compile(
    r"\b(?:now|currently|current|latest|last|most recent(?:ly)?|newest|at the moment|today|these days|still|no longer|at present|right now|is|are|has|have|hasn['’]t|haven['’]t|isn['’]t|aren['’]t)\b",
    re.I,
)
_EVER = re.compile(
    r"\b(?:how (?:many times|often|long|many years)|when (?:was|were|did)|(?:which|what) year|first|mov(?:ed|ement)|up and down|ever|never|at any (?:point|time)|history|always|all (?:its|their|the) (?:inspections|reports|grades)|over the years|all years|since records|at each)\b",
    re.I,
)
_PAST = re.compile(r"\b(?:was|were|got|received|had|did|gave|given|been)\b", re.I)
_AT = re.compile(r"\b(?:as of|at the (?:end|start|beginning) of|by the end of|as at|at the time)\b", re.I)
_COUNT = re.compile(
    r"\bhow m[ae]ny\b|\b(?:number|count|share|proportion|percentage|distribution)\b|\bhow often\b", re.I
)
_BY = re.compile(r"\b(?:by|per|each|every|for each|in each|which)\s+(year|region|framework)\b", re.I)
_PLURAL = re.compile(
    r"(?<!two )(?<!2 )\bgrades\b|\bjudg(?:e)?ments\b|\bratings\b|\b(?:each|every|all) (?:judged )?areas?\b|\barea by area\b|\bscorecard\b",
    re.I,
)
_THAN_ALL = re.compile(r"\bthan (?:the (?:council|authority|rest|whole)|overall|everything else)\b", re.I)
_HIGHER = re.compile(r"\b(?:higher|better|exceed(?:ed|s)?|above)\b", re.I)
_LOWER = re.compile(r"\b(?:lower|worse|below|behind)\b", re.I)


@dataclass(frozen=True, slots=True)
class Slots:
    """What a question says. `pairs` are areas and the grades said of them, in order; `before` and `after` two grades.

    `areas` are all areas named. `negated` grades are asked for by their lack. `every_area` says that grades are asked for in the plural.
    """

    areas: tuple[str, ...]
    grades: tuple[str, ...]
    pairs: tuple[tuple[str, tuple[str, ...]], ...]
    negated: bool
    before: str | None
    after: str | None
    no_longer: bool
    direction: Direction | None
    by_two: bool
    when: When | None
    count: bool
    by: str | None
    every_area: bool
    against: tuple[str, str, Direction] | None
    """Two areas at one inspection and how the first's grade stands to the second's."""
    then: tuple[str, ...] = ()
    """Grades of the year that is named, or of any time before, of councils whose grade now is asked for."""
    now_too: bool = False
    """Whether the grade that holds now is asked for beside that of a year."""
    times: int = 0
    running: bool = False
    """How many inspections are to have given a grade, and whether one after the other."""
    best: Literal["best", "worst"] | None = None
    """Whether the best or the worst grade that there is is asked for."""
    unmoved: bool = False
    """Whether those are asked for that did not move in the direction."""
    always: bool = False
    """Whether every inspection is to have given one of the grades."""


def slots_of(query: Query) -> Slots:
    """Read a question's slots."""
    text = without_names(query)
    grades, negated = _grades(text)
    areas = _areas(text)
    named = tuple(dict.fromkeys(name for name, _, _ in areas))
    changed = len(grades) >= 2 and bool(_CHANGE.search(text)) and len(named) < 2
    pairs = _pairs(areas, grades)
    against = _against(text, named, grades)
    year = next((match.start() for match in re.finditer(r"\b(?:19|20)\d\d\b", text)), None)
    by_year = len(set(query.years)) == 2 and len(grades) == 2 and not (changed or pairs or negated)
    then, now = ((), ()) if changed or pairs or negated else _then_and_now(text, grades, year)
    if by_year:
        then, now = grades[0][1], grades[1][1]
    times = 0 if then else _times(text)
    direction = (
        None
        if changed or against or then
        else _direction(text, times=times, running=bool(_RUNNING.search(text)))
    )
    no_longer = not changed and bool(grades) and bool(_NO_LONGER.search(text))
    lost = (
        direction in ("up", "down")
        and len(grades) == 1
        and not no_longer
        and bool(_FROM.search(text[: grades[0][0]]))
    )
    stuck = bool(grades) and bool(_STUCK.search(text))
    unmoved = bool(_UNMOVED.search(text)) and direction == "up"
    running = bool(times and _RUNNING.search(text))
    given = now if then else tuple(dict.fromkeys(grade for _, found in grades for grade in found))
    if negated and given == ("Good",) and _YET.search(text):
        given, negated = ("Requires improvement", "Inadequate"), False
    return Slots(
        areas=named,
        grades=() if changed or lost else given,
        pairs=pairs,
        negated=negated and not (changed or lost or stuck or unmoved),
        before=grades[0][1][0] if changed or lost else None,
        after=grades[1][1][0] if changed else None,
        no_longer=no_longer,
        direction=direction,
        by_two=bool(_BY_TWO.search(text)),
        when="date" if by_year else "latest" if then else _when(query, text),
        count=bool(_COUNT.search(text)),
        by=found[1].lower() if (found := _BY.search(text)) else None,
        every_area=bool(_PLURAL.search(text)) and not named,
        against=against,
        then=then,
        now_too=year is not None and bool(_TODAY.search(text)),
        times=times,
        running=running,
        always=bool(grades) and not changed and (stuck or bool(_ALWAYS.search(text))),
        best="best" if _BEST.search(text) else "worst" if _WORST.search(text) else None,
        unmoved=unmoved,
    )


def _then_and_now(
    text: str, grades: list[tuple[int, tuple[str, ...]]], year: int | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the grades of a year, or of once, and those now, where a question asks for councils that have both."""
    today = _TODAY.search(text)
    if not today or (len(grades) < 2 and year is None) or not grades:
        return (), ()
    if len(grades) == 1:
        return grades[0][1], grades[0][1] if _STILL.search(text) else ()

    def away(one: tuple[int, tuple[str, ...]]) -> int:
        start, (grade, *_) = one
        return start - today.end() if start > today.start() else today.start() - start - len(grade)

    now, *others = sorted(grades, key=away)
    return others[0][1], now[1]


def _times(text: str) -> int:
    found = _OFTEN.search(text)
    if found is None:
        return 0
    if found["more"]:
        return _NUMBER[found["more"].lower()] + 1
    said = (found["n"] or found["m"]).lower()
    return int(said) if said.isdigit() else _NUMBER.get(said, 2)


def without_names(query: Query) -> str:
    """Give the question with names of councils and regions blanked out, and slips put right."""
    text = query.question
    for tag in query.understood:
        if tag.kind in ("council", "area") and text[tag.start : tag.end] == tag.text:
            text = text[: tag.start] + " " * len(tag.text) + text[tag.end :]
    return spelled_right(text)


def _areas(text: str) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for name, pattern in _AREA:
        for match in pattern.finditer(text):
            if all(match.end() <= start or end <= match.start() for _, start, end in found):
                found.append((name, *match.span()))
    return sorted(found, key=lambda one: one[1])


def _grades(text: str) -> tuple[list[tuple[int, tuple[str, ...]]], bool]:
    """Give the grades named with their places, those joined by "or" as one, and whether the lack of them is asked for."""
    found: list[tuple[int, tuple[str, ...]]] = []
    ends: list[int] = []
    negated = False
    for match in _GRADE.finditer(text):
        name = next(_GRADE_WORDS[n][0] for n in range(len(_GRADE_WORDS)) if match.group(f"g{n}"))
        grades: tuple[str, ...] = (name,)
        order = [grade for grade in GRADES if grade != "Adequate"]
        start = text[: match.start()]
        if name in order and (_OR_BETTER.match(text, match.end()) or _AT_LEAST.search(start)):
            grades = tuple(order[: order.index(name) + 1])
        elif name in order and _OR_WORSE.match(text, match.end()):
            grades = tuple(order[order.index(name) :])
        elif name in order and _LESS_THAN.search(start):
            grades = tuple(order[order.index(name) + 1 :])
        if found and re.fullmatch(r"\s*(?:,|or|/|and)\s*(?:an? )?", text[ends[-1] : match.start()], re.I):
            found[-1] = (found[-1][0], (*found[-1][1], *grades))
        else:
            found.append((match.start(), grades))
        ends.append(match.end())
        before = text[max(0, match.start() - 60) : match.start()]
        negated |= bool(_NOT.search(before)) and not re.search(r"\bbut\b|\bno longer\b", before)
    return found, negated


def _pairs(
    areas: list[tuple[str, int, int]], grades: list[tuple[int, tuple[str, ...]]]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Pair each of two areas with the grade nearest to it, where there are two of both ("inadequate leadership but good adoption")."""
    if len({name for name, _, _ in areas}) < 2 or len(grades) < 2:
        return ()
    return tuple((area, grade) for (area, _, _), (_, grade) in zip(areas, grades, strict=False))


def _against(
    text: str, areas: tuple[str, ...], grades: list[tuple[int, tuple[str, ...]]]
) -> tuple[str, str, Direction] | None:
    if len(areas) == 1 and "overall" not in areas and _THAN_ALL.search(text):
        areas = (*areas, "overall")
    if grades or len(areas) < 2:
        return None
    if _LOWER.search(text):
        return areas[0], areas[1], "down"
    return (areas[0], areas[1], "up") if _HIGHER.search(text) else None


def _direction(text: str, *, times: int, running: bool) -> Direction | None:
    if times:
        return "same" if running else None
    if re.search(r"\bup and down\b", text, re.I):
        return None
    ways: tuple[tuple[Direction, re.Pattern[str]], ...] = (
        ("down", _DOWN), ("up", _UP), ("same", _SAME), ("changed", _EITHER_WAY),
    )  # fmt: skip
    return next((direction for direction, pattern in ways if pattern.search(text)), None)


def _when(query: Query, text: str) -> When | None:
    if query.years or query.facts:
        return "date" if _AT.search(text) else "year"
    if query.published_from or query.published_to:
        return "period"
    if _EVER.search(text):
        return "ever"
    if query.latest or _NOW.search(text):
        return "latest"
    return "ever" if _PAST.search(text) else None
