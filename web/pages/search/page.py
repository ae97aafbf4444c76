"""The search page: what was found and which filters are on, put into words.

Functions here make plain values for `search.html`; the search itself is `search_api.search.result_set`'s. This
module must not know how anything is ranked, counted or answered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup

from indexer.document import Document
from search_api.comparing.compare_theme import MOST_COUNCILS
from search_api.comparing.recommendation import recommendations_named
from search_api.fields import ROWS
from search_api.question.mistakes import SPELLING
from search_api.question.operators import OPERATORS
from search_api.question.query import Understood
from search_api.search.duplicates import DuplicateGroup
from search_api.search.result_set import FEW, MOST_LISTED, ResultSet
from search_api.search.results import Hit
from web.pages import display
from web.pages.councils.page import inspection_reports
from web.pages.search.address import MOST_PAGES, PER_PAGE, SearchAddress, in_words
from web.pages.subjects.links import WeaknessLink, weakness_links

LONGEST_EXCERPT, LONGEST_WHOLE = 600, 2_500
_FOLDED = 3
"""Passages named under the one that they repeat; the number of the others is given."""

_WORDS_NAMED = 4
_POLARITIES = {"strength": "strength", "weakness": "weakness", "mixed": "strength and weakness"}
_PACK = re.compile(r"\bpacks?\s+(?:on|about|of|for)\s+(.{3,200})", re.IGNORECASE)
_COMPARE = re.compile(r"\bcompar(?:e|ed|ing|ison)\b", re.IGNORECASE)
_ANCHORS = {
    "published_from": "#filter-published-from",
    "published_to": "#filter-published-to",
    "section": "#filter-section",
    "council": "#filters",
}
_UNDERSTOOD_LABELS = {
    "area": "Area",
    "year": "Year",
    "period": "Published",
    "latest": "Only the newest inspections",
    "grade": "Grade",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a search, as a sentence, and the anchor of the control to mend it in."""

    text: str
    href: str


def problem(message: str) -> Problem:
    """Put the engine's refusal into a person's words: a filter by its label, linked to where it is set."""
    words = message.replace("can't", "can’t")
    for name, row in ROWS.items():
        if words.startswith(f"{name} "):
            return Problem(row.heading + words.removeprefix(name), _ANCHORS.get(name, "#q"))
    href = "#filters" if words.startswith("there is no council") else "#q"
    return Problem(words[:1].upper() + words[1:], href)


@dataclass(frozen=True, slots=True)
class Tag:
    """A filter that is on, and the address of the same search without it."""

    label: str
    value: str
    remove: str
    from_question: bool


def tags(question: SearchAddress, understood: Sequence[Understood]) -> list[Tag]:
    """List the filters that are on: those chosen, then those read from the question's words."""
    found: list[Tag] = []
    filters = question.filters
    year = filters.published_from if filters.published_from == filters.published_to else None
    for name, value in filters.to_json().items():
        if name == "council":
            for council in value:
                rest = [other for other in value if other != council]
                found.append(Tag("Council", council, question.url(council=rest), False))
        elif year and name == "published_from":
            both = question.url(published_from=None, published_to=None)
            found.append(Tag("Published", display.date(year), both, False))
        elif not (year and name == "published_to"):
            shown = display.date(value) if name.startswith("published") else in_words(name, str(value))
            found.append(Tag(ROWS[name].heading, shown, question.url(**{name: None}), False))
    for item in understood:
        without = tuple(dict.fromkeys((*question.without, item.kind)))
        label = _UNDERSTOOD_LABELS.get(item.kind) or ROWS[item.kind].heading
        # Periods are shown as they were typed ("after 2019"), not as the dates that they became.
        value = item.text if item.kind in {"period", "latest"} else in_words(item.kind, item.value)
        found.append(Tag(label, value, question.url(without=without), True))
    return found


@dataclass(frozen=True, slots=True)
class ReadAs:
    """How the words of a question were read, where not as typed, and the address where they are."""

    text: str
    undo: str
    way_back: str


def read_as(
    question: SearchAddress, mended: Sequence[Understood], operators: Sequence[Understood]
) -> list[ReadAs]:
    """Say which words were mended and what operators ask for, each with its way back."""

    def without(kind: str) -> str:
        return question.url(without=tuple(dict.fromkeys((*question.without, kind))))

    said = []
    if mended:
        words = "; ".join(f"“{one.value}” instead of “{one.text}”" for one in mended)
        said.append(ReadAs(f"Searched for {words}.", "Search for the words as typed", without(SPELLING)))
    if operators:
        words = "; ".join(one.value for one in operators)
        said.append(ReadAs(f"Read as: {words}.", "Read them as plain words", without(OPERATORS)))
    return said


@dataclass(frozen=True, slots=True)
class Again:
    """A passage that says nearly the same as the one that it is folded under."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Result:
    """One result as it is shown; `why` says what of the question it matches, `whole` is what `excerpt` was cut from."""

    passage_id: str
    heading: str
    url: str
    council: str
    facts: tuple[str, ...]
    grade: str | None
    section: tuple[str, ...]
    excerpt: Markup
    why: str
    whole: Markup | None = None
    again: tuple[Again, ...] = ()
    more_again: int = 0
    turned: WeaknessLink | None = None

    @property
    def control(self) -> str:
        """Give the id of its checkbox."""
        return f"pick-{self.passage_id.replace('.', '-')}"


def results(found: ResultSet, groups: Sequence[DuplicateGroup], page: int) -> list[Result]:
    """Put the results of one page into words, each with the passages folded under it."""
    first = (page - 1) * PER_PAGE
    shown = groups[first : first + PER_PAGE]
    folded = [row for group in shown for row in group.others[:_FOLDED]]
    hits = found.hits([group.row for group in shown] + folded, first + 1)
    again = dict(zip(folded, hits[len(shown) :], strict=True))
    turned = weakness_links(found.snapshot, (hit.passage.id for hit in hits[: len(shown)]))
    return [
        _result(hit, [again[row] for row in group.others[:_FOLDED]], len(group.others[_FOLDED:]), turned)
        for group, hit in zip(shown, hits, strict=False)
    ]


def nearest(found: ResultSet) -> list[Result]:
    """Put the nearest passages that are not results into words; empty where there are results enough."""
    hits = found.hits(found.near.tolist())
    turned = weakness_links(found.snapshot, (hit.passage.id for hit in hits))
    return [_result(hit, (), 0, turned) for hit in hits]


def _result(hit: Hit, again: Sequence[Hit], more: int, turned: Mapping[str, WeaknessLink]) -> Result:
    passage, document = hit.passage, hit.document
    facts = (
        document.kind.capitalize(),
        _dated(document.published, document.inspected_to),
        display.pages(passage.page, passage.end_page),
        _POLARITIES.get(hit.polarity, ""),
    )
    excerpt = display.marked(passage.text, hit.highlights, longest=LONGEST_EXCERPT)
    return Result(
        passage_id=passage.id,
        heading=display.passage_name(passage),
        url=hit.url,
        council=document.council or "No council named",
        facts=tuple(fact for fact in facts if fact),
        grade=hit.grade,
        section=passage.section,
        excerpt=excerpt,
        why=_why(hit),
        whole=_whole(hit, excerpt),
        again=tuple(Again(other.reference, other.url) for other in again),
        more_again=more,
        turned=turned.get(passage.id),
    )


def _whole(hit: Hit, excerpt: Markup) -> Markup | None:
    """Give the whole of a passage that was cut; of one so long that the page would be heavy, the most of it."""
    whole = display.marked(hit.passage.text, hit.highlights, longest=LONGEST_WHOLE)
    return whole if whole != excerpt else None


def _why(hit: Hit) -> str:
    words = list(dict.fromkeys(" ".join(hit.passage.text[a:b].lower().split()) for a, b in hit.highlights))
    if not words:
        return "It is near to your question in meaning; none of your words stand in it."
    said = ", ".join(f"“{word}”" for word in words[:_WORDS_NAMED])
    return f"It says {said}{' and more of your words' if len(words) > _WORDS_NAMED else ''}."


def _dated(published: str | None, inspected: str | None) -> str:
    if published:
        return f"published {display.date(published)}"
    return f"inspected {display.date(inspected)}" if inspected else ""


def found_in_words(found: ResultSet, *, filtered: bool) -> str:
    """Say how many passages speak of the question, or that none does closely."""
    if not found.total:
        return "No passages"
    if not found.close:
        return f"No passage speaks of this closely: the {display.count(found.total, 'nearest', 'nearest')}"
    documents = len(set(found.snapshot.index.columns.document[found.rows].tolist()))
    where = display.count(documents, "document")
    return f"{display.count(found.total, 'passage')} in {where}{' with these filters' if filtered else ''}"


def limits_in_words(found: ResultSet, groups: Sequence[DuplicateGroup], newest_first: bool) -> str:
    """Say what of the results can be paged through; empty where all can and none is folded."""
    said = []
    if found.total > MOST_LISTED:
        order = "newest" if newest_first else "nearest"
        said.append(
            f"The {MOST_LISTED} {order} are listed; choose a filter to see others, or download them all."
        )
    folded = sum(len(group.others) for group in groups)
    if folded:
        said.append(f"{display.count(folded, 'passage')} that say nearly the same as another stand under it.")
    return " ".join(said)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A page that the question asks for outright."""

    text: str
    url: str
    detail: str


def shortcuts(found: ResultSet, documents: Sequence[Document]) -> list[Shortcut]:
    """Offer the pages that a question asks for: a recommendation by its number, the council that it names."""
    councils = found.filters.get("council", ())
    pack = _PACK.search(found.query.question)
    if pack:
        subject = pack[1].strip(" ?.!")
        return [
            Shortcut(
                f"Search for “{subject}”, and put what you want in an evidence pack",
                f"/search?{urlencode({'q': subject})}",
                "Tick passages and press the button under the results; the pack can be ordered, annotated and saved.",
            )
        ]
    offered = []
    if _COMPARE.search(found.query.question) and len(councils) >= 2:
        words = (term.wordings[0] for term in found.query.terms)
        subject = " ".join(word for word in words if not word.startswith("compar"))
        if subject:
            values = {"theme": subject, "council": councils[:MOST_COUNCILS]}
            offered.append(
                Shortcut(
                    f"Compare “{subject}” at {', '.join(councils)}",
                    f"/compare?{urlencode(values, doseq=True)}",
                    "",
                )
            )
    if _COMPARE.search(found.query.question) and len(councils) == 1:
        offered += _inspections_compared(councils[0], found.filters.get("year", ()), documents)
    offered += [
        Shortcut(
            f"What became of recommendation {named.recommendation.label}: {named.document.council}, "
            f"{display.date(display.day(named.document))}",
            f"/recommendations/{named.recommendation.passage_id}",
            _short(named.recommendation.text),
        )
        for named in recommendations_named(found.query.question, councils, documents)
    ]
    held = {document.council for document in documents}
    if 0 < len(councils) <= 3:
        offered += [
            Shortcut(
                f"{name}: its inspections, grades and recommendations", f"/councils/{display.slug(name)}", ""
            )
            for name in councils
            if name in held
        ]
    return offered[:6]


def _inspections_compared(
    council: str, years: Sequence[int], documents: Sequence[Document]
) -> list[Shortcut]:
    """Offer two inspections of a council: that of the first year named and the next, or else the last two."""
    held = inspection_reports([document for document in documents if document.council == council])
    if len(held) < 2:
        return []
    named = [place for place, report in enumerate(held) if years and display.day(report)[:4] == str(years[0])]
    start = min(named[0] if named else len(held) - 2, len(held) - 2)
    earlier, later = held[start : start + 2]
    return [
        Shortcut(
            f"Compare inspections of {council}: {display.date(display.day(earlier)) or 'no date'} and "
            f"{display.date(display.day(later)) or 'no date'}",
            f"/compare?{urlencode({'a': earlier.id, 'b': later.id})}",
            "",
        )
    ]


def recommendation_is_asked_for(offered: Sequence[Shortcut]) -> bool:
    """Tell whether a page answers the question outright, so that sentences from elsewhere would only mislead."""
    return any(shortcut.url.startswith("/recommendations/") for shortcut in offered)


def _short(text: str, longest: int = 160) -> str:
    words = " ".join(text.split())
    return words if len(words) <= longest else words[: longest - 1].rsplit(" ", 1)[0] + "…"


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of the pagination; `number` is None for the gap between two runs of pages."""

    number: int | None
    url: str
    current: bool = False


def pagination(question: SearchAddress, total: int) -> list[PageLink]:
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


def what_to_try(
    search: SearchAddress, understood: Sequence[Understood], read: Sequence[ReadAs]
) -> list[dict[str, str]]:
    """Suggest searches where nothing, or too little, was found: each filter taken away, then the words as plain words."""
    found = [
        {"text": f"the same words without “{tag.label}: {tag.value}”", "url": tag.remove}
        for tag in tags(search, understood)
    ]
    found += [{"text": one.undo[:1].lower() + one.undo[1:], "url": one.way_back} for one in read]
    return found[:FEW]
