"""The search page: what a person typed and chose, turned into filters, and what was found, turned into words.

Functions here make plain values for `pages/search.html`; the search itself is the engine's. This module must
not know how anything is ranked or answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup

from indexer.document import DOCUMENT_KINDS, GRADES, Document
from search_api.answer import Answer
from search_api.engine import Hit
from search_api.filters import Filters
from search_api.query import Understood
from web import wording

PER_PAGE = 10
NEAREST = 100
"""Passages that a search looks at: what lies further is no longer about the question."""

MOST_PAGES = NEAREST // PER_PAGE
LONGEST_EXCERPT = 600

_LABELS = {
    "council": "Council",
    "kind": "Kind of document",
    "framework": "Framework",
    "grade": "Grade at the time",
    "published_from": "Published from",
    "published_to": "Published to",
    "section": "Section",
    "document": "Document",
    "passage_kind": "Kind of passage",
}
_ANCHORS = {
    "published_from": "#filter-published-from",
    "published_to": "#filter-published-to",
    "section": "#filter-section",
    "kind": "#filter-kind",
    "framework": "#filter-framework",
    "grade": "#filter-grade",
    "passage_kind": "#filter-passage_kind",
}
_UNDERSTOOD_LABELS = {
    "council": "Council",
    "area": "Area",
    "year": "Year",
    "period": "Published",
    "latest": "Only the newest inspections",
    "framework": "Framework",
    "grade": "Grade",
    "kind": "Kind of document",
    "section": "Section",
    "passage_kind": "Kind of passage",
}
PASSAGE_KINDS = (
    ("paragraph", "Paragraphs"),
    ("recommendation", "Recommendations"),
    ("summary", "Summaries"),
    ("judgement", "Judgements"),
    ("action", "Actions of plans"),
    ("indicator", "Indicators"),
    ("progress", "Progress reported"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a search page asks: the question, filters chosen, filters undone, and the page."""

    question: str
    filters: Filters
    without: tuple[str, ...] = ()
    page: int = 1
    newest_first: bool = False

    def url(self, **changes: object) -> str:
        """Give the address of the same search with these parameters changed; the page begins at 1 again."""
        values: dict[str, object] = {"q": self.question, **self.filters.to_json(), "without": self.without}
        values["sort"] = "date" if self.newest_first else None
        values |= {"page": None, **changes}
        pairs: list[tuple[str, str]] = []
        for name, value in values.items():
            for one in value if isinstance(value, (list, tuple)) else (value,):
                if one not in (None, ""):
                    pairs.append((name, str(one)))
        return f"/search?{urlencode(pairs)}"


def asked(parameters: Mapping[str, Sequence[str]]) -> Asked:
    """Read the parameters of an address; what is empty asks nothing, and a page that is no number is the first."""

    def single(name: str) -> str | None:
        values = [value.strip() for value in parameters.get(name, ()) if value.strip()]
        return values[-1] if values else None

    page = single("page") or "1"
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    return Asked(
        question=" ".join((single("q") or "").split()),
        filters=Filters(
            council=tuple(dict.fromkeys(v.strip() for v in parameters.get("council", ()) if v.strip())),
            **{name: single(name) for name in Filters.SINGLE},
        ),
        without=tuple(dict.fromkeys(v.strip() for v in parameters.get("without", ()) if v.strip())),
        page=max(1, min(number, MOST_PAGES)),
        newest_first=single("sort") == "date",
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a search, as a sentence, and the anchor of the control to mend it in."""

    text: str
    href: str


def problem(message: str) -> Problem:
    """Put the engine's refusal into a person's words: a filter by its label, linked to where it is set."""
    words = message.replace("can't", "can’t")
    for name, label in _LABELS.items():
        if words.startswith(f"{name} "):
            return Problem(label + words.removeprefix(name), _ANCHORS.get(name, "#q"))
    href = "#filters" if words.startswith("there is no council") else "#q"
    return Problem(words[:1].upper() + words[1:], href)


@dataclass(frozen=True, slots=True)
class Tag:
    """A filter that is on, and the address of the same search without it."""

    label: str
    value: str
    remove: str
    from_question: bool


def tags(question: Asked, understood: Sequence[Understood]) -> list[Tag]:
    """List the filters that are on: those chosen, then those read from the question's words."""
    found: list[Tag] = []
    for name, value in question.filters.to_json().items():
        if name == "council":
            for council in value:
                rest = [other for other in value if other != council]
                found.append(Tag("Council", council, question.url(council=rest), False))
        else:
            shown = wording.date(value) if name.startswith("published") else str(value)
            found.append(Tag(_LABELS[name], shown, question.url(**{name: None}), False))
    for item in understood:
        without = tuple(dict.fromkeys((*question.without, item.kind)))
        label = _UNDERSTOOD_LABELS[item.kind]
        # Periods are shown as they were typed ("after 2019"), not as the dates that they became.
        value = item.text if item.kind in {"period", "latest"} else item.value
        found.append(Tag(label, value, question.url(without=without), True))
    return found


@dataclass(frozen=True, slots=True)
class Result:
    """One result as it is shown."""

    heading: str
    url: str
    council: str
    document: str
    facts: tuple[str, ...]
    grade: str | None
    section: tuple[str, ...]
    excerpt: Markup
    by_meaning: bool


def results(asked: Asked, hits: Sequence[Hit]) -> list[Result]:
    """Put the hits of the page that is shown into words, nearest first or newest first as asked."""
    ordered = list(hits)
    if asked.newest_first:
        ordered.sort(key=lambda hit: wording.day(hit.document), reverse=True)
    first = (asked.page - 1) * PER_PAGE
    return [_result(hit) for hit in ordered[first : first + PER_PAGE]]


def _result(hit: Hit) -> Result:
    passage, document = hit.passage, hit.document
    facts = (
        document.kind.capitalize(),
        _dated(document.published, document.inspected_to),
        wording.pages(passage.page, passage.end_page),
    )
    return Result(
        heading=wording.passage_name(passage),
        url=hit.url,
        council=document.council or "No council named",
        document=document.title or document.file,
        facts=tuple(fact for fact in facts if fact),
        grade=hit.grade,
        section=passage.section,
        excerpt=wording.marked(passage.text, hit.highlights, longest=LONGEST_EXCERPT),
        by_meaning=not hit.highlights,
    )


def _dated(published: str | None, inspected: str | None) -> str:
    if published:
        return f"published {wording.date(published)}"
    return f"inspected {wording.date(inspected)}" if inspected else ""


@dataclass(frozen=True, slots=True)
class Source:
    """A citation as it is shown: whose, when, which paragraph, on which page."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A statement of the answer with the links to its sources."""

    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class CouncilAnswer:
    """What the answer says of one council."""

    council: str
    statements: tuple[ShownStatement, ...]


def answer_by_council(answer: Answer) -> list[CouncilAnswer]:
    """Group an answer's statements by the council of their first citation, in the answer's order."""
    groups: dict[str, list[ShownStatement]] = {}
    for statement in answer.statements:
        council = statement.citations[0].document.council or "No council named"
        sources = tuple(Source(c.reference, c.passage.url) for c in statement.citations)
        groups.setdefault(council, []).append(ShownStatement(statement.text, sources))
    return [CouncilAnswer(council, tuple(statements)) for council, statements in groups.items()]


def denominator(answer: Answer) -> str:
    """Say how much the answer stands on: councils with findings, of those searched, in so many documents."""
    coverage = answer.coverage
    councils = wording.count(coverage.councils_searched, "council")
    documents = wording.count(coverage.documents_searched, "document")
    return f"{coverage.councils_with_findings} of {councils} searched, in {documents}"


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a filter, and how many of the nearest passages have it."""

    value: str
    text: str
    chosen: bool
    nearest: int = 0


def choices(documents: Sequence[Document], filters: Filters, hits: Sequence[Hit]) -> dict[str, list[Choice]]:
    """List the options of every filter, councils with the most of the nearest passages first."""

    def listed(
        values: Sequence[str], chosen: Sequence[str | None], counts: Counter[str | None]
    ) -> list[Choice]:
        return [Choice(v, v[:1].upper() + v[1:], v in chosen, counts[v]) for v in values]

    kinds = [kind for kind in DOCUMENT_KINDS if any(d.kind == kind for d in documents)]
    frameworks = sorted({d.framework for d in documents if d.framework})
    printed = {j.grade for d in documents for j in d.judgements}
    grades = [grade for grade in GRADES if grade in printed]
    by_council = Counter(hit.document.council for hit in hits)
    councils = sorted({d.council for d in documents if d.council}, key=lambda c: (-by_council[c], c))
    by_kind: Counter[str] = Counter(hit.passage.kind for hit in hits)
    return {
        "council": listed(councils, filters.council, by_council),
        "kind": listed(kinds, (filters.kind,), Counter(hit.document.kind for hit in hits)),
        "framework": listed(
            frameworks, (filters.framework,), Counter(hit.document.framework for hit in hits)
        ),
        "grade": listed(grades, (filters.grade,), Counter(hit.grade for hit in hits)),
        "passage_kind": [Choice(v, t, v == filters.passage_kind, by_kind[v]) for v, t in PASSAGE_KINDS],
    }


def found_in_words(total: int) -> str:
    """Say how many passages there are to look at: all of them, or the nearest where there are more."""
    return f"The {NEAREST} nearest passages" if total > NEAREST else wording.count(total, "passage")


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of the pagination; `number` is None for the gap between two runs of pages."""

    number: int | None
    url: str
    current: bool = False


def pagination(question: Asked, total: int) -> list[PageLink]:
    """List the pages: the first, the last, and those round the one that is shown."""
    last = min(MOST_PAGES, -(-total // PER_PAGE))
    if last <= 1:
        return []
    shown = sorted({1, last, *(n for n in range(question.page - 1, question.page + 2) if 1 <= n <= last)})
    links: list[PageLink] = []
    for number in shown:
        if links and links[-1].number is not None and number > links[-1].number + 1:
            links.append(PageLink(None, ""))
        links.append(PageLink(number, question.url(page=number), number == question.page))
    return links
