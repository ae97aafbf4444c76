"""Links between recommendations: where the same one recurs, what is reported on it, what it cites.

A council prints an inspection's recommendations again in its plan and in every progress report, with words
changed, cut short or numbered anew. They are matched by their words first, list against list, so that each is
taken once; a number only tips the scales. Knows documents as values, and nothing of how they were read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from indexer.document import Document, Passage, Progress, Recommendation
from indexer.structure.likeness import Subjects, wording
from indexer.structure.papers.answered_areas import answers
from indexer.structure.visits import inspection_before, repeated

Relation = Literal["same recommendation", "progress on", "cites", "cited by", "visit of", "repeats"]

SAME = 0.78
"""Two texts at least this alike in wording are one recommendation (copies differ by a word or a lost end)."""
SAME_NUMBER = 0.05
"""What the same number adds to the likeness of two texts."""
SHORTENED = 0.6
"""A shortened text must keep this share of its matter in the full one."""
MARGIN = 0.15
"""…and be this much nearer to it than to any other."""
_CITED_IN = re.compile(
    r"\((?:see\s+)?recommendations?\s+(?P<list>[\d,;&\s]+(?:(?:and|to)\s+\d+)*)\)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Link:
    """One recommendation or paragraph tied to another.

    `from_label` and `to_label` are numbers as printed, or the place in its list (from 1) of one without a
    number. "same recommendation" and "progress on" lead from the later document to the earlier; "cites" and
    "cited by" from a recommendation to a paragraph of its own report. "visit of" ties a visit's letter as a whole
    to the inspection before it (labels and passages are empty), "repeats" its advice to that inspection's.
    """

    from_document: str
    from_label: str
    to_document: str
    to_label: str
    relation: Relation
    from_passage_id: str
    to_passage_id: str


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    """A recommendation in its list; `rank` is its document's place in time."""

    document: Document
    recommendation: Recommendation
    label: str
    rank: int


@dataclass(frozen=True, slots=True)
class KnownLinks:
    """Links that were found before and would be found again: between a council's documents by its name, and of
    each document within itself by its id; empty where there were none.
    """

    councils: Mapping[str, Sequence[Link]] = field(default_factory=dict)
    citations: Mapping[str, Sequence[Link]] = field(default_factory=dict)


def find_links(documents: Sequence[Document], known: KnownLinks | None = None) -> list[Link]:
    """All links among the documents, grouped by what they lead to, progress on it in date order.

    Passages of a document are needed only where its own links or its council's aren't `known`.
    """
    known = known or KnownLinks()
    links: list[Link] = []
    for name, its in sorted(_by_council(documents).items()):
        links.extend(known.councils[name] if name in known.councils else _links_of_council(its))
    for document in documents:
        own = known.citations.get(document.id)
        links.extend(_citations(document) if own is None else own)
    return links


def known_links(
    links: Sequence[Link], before: Sequence[Document], now: Sequence[Document], unchanged: Collection[str]
) -> KnownLinks:
    """Choose of the links `before` those of councils that have the same documents `now`, all of them unchanged."""
    councils_before = _by_council(before)
    kept = [
        name
        for name, its in _by_council(now).items()
        if {d.id for d in its} == {d.id for d in councils_before.get(name, ())}
        and all(d.id in unchanged for d in its)
    ]
    council_of = {document.id: document.council for document in before}
    between: dict[str, list[Link]] = {name: [] for name in kept}
    within: dict[str, list[Link]] = {
        d.id: [] for d in now if d.id in unchanged and (not d.council or d.council in between)
    }
    for link in links:
        name = council_of.get(link.from_document)
        if link.relation in ("cites", "cited by"):
            if link.from_document in within:
                within[link.from_document].append(link)
        elif name in between:
            between[name].append(link)
    return KnownLinks(between, within)


def _by_council(documents: Iterable[Document]) -> dict[str, list[Document]]:
    councils: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        if document.council:
            councils[document.council].append(document)
    return councils


def date_of(document: Document) -> str:
    """Give the date that a document is put in order by, else the inspection's end, else "9999"."""
    return document.published or document.extra.get("date") or document.inspected_to or "9999"


def _links_of_council(documents: Iterable[Document]) -> list[Link]:
    ordered = sorted(
        documents, key=lambda d: (date_of(d)[:7], d.kind != "inspection report", date_of(d), d.file)
    )
    firsts: list[list[_Item]] = []
    found: list[tuple[_Item, _Item]] = []
    for rank, document in enumerate(ordered):
        own, repeated = _own_items(document, rank)
        found.extend(repeated)
        for earlier in firsts:
            if earlier and own and _may_share(earlier[0].document, document):
                found.extend(_matches(own, earlier))
        firsts.append(own)
    links = [
        _link(later.document, later.label, later.recommendation.passage_id, earlier, "same recommendation")
        for later, earlier in found
    ]
    originals = _originals(found)
    for document, items in zip(ordered, firsts, strict=True):
        links.extend(_progress_links(document, items, originals, firsts))
        if not items and not document.progress and document.kind in ("committee report", "progress report"):
            links.extend(_told_in_paragraphs(document, firsts))
        if document.is_visit:
            links.extend(_visit_links(document, items, ordered, firsts))
    dates = {document.id: date_of(document) for document in ordered}
    places = {passage.id: at for document in ordered for at, passage in enumerate(document.passages)}
    rank_of = {document.id: rank for rank, document in enumerate(ordered)}
    return sorted(
        dict.fromkeys(links),
        key=lambda link: (
            rank_of[link.to_document],
            places.get(link.to_passage_id, 0),
            link.relation,
            dates[link.from_document],
            places.get(link.from_passage_id, 0),
        ),
    )


def _link(document: Document, label: str, passage_id: str, to: _Item, relation: Relation) -> Link:
    return Link(
        document.id, label, to.document.id, to.label, relation, passage_id, to.recommendation.passage_id
    )


def _may_share(earlier: Document, later: Document) -> bool:
    """Whether two documents may print the same recommendations: two inspections never do."""
    if earlier.kind == later.kind == "inspection report":
        return earlier.inspected_to == later.inspected_to and earlier.published == later.published
    return True


def _own_items(document: Document, rank: int) -> tuple[list[_Item], list[tuple[_Item, _Item]]]:
    """Give a document's recommendations, each once, and the pairs of those that it prints again."""
    lists: dict[str, list[_Item]] = {}
    for recommendation in document.recommendations:
        if document.kind != "inspection report" and recommendation.addressed_to is None:
            continue
        members = lists.setdefault(recommendation.heading, [])
        label = recommendation.label or str(len(members) + 1)
        members.append(_Item(document, recommendation, label, rank))
    first: list[_Item] = []
    repeated: list[tuple[_Item, _Item]] = []
    for members in lists.values():
        if document.kind == "inspection report" or not first:
            first.extend(members)
            continue
        pairs = _matches(members, first)
        again = {id(later) for later, _ in pairs}
        repeated.extend(pairs)
        first.extend(member for member in members if id(member) not in again)
    return first, repeated


def _matches(later: Sequence[_Item], earlier: Sequence[_Item]) -> list[tuple[_Item, _Item]]:
    """Pairs of the same recommendation in two lists, each taken once, the most alike first."""
    scores: list[tuple[float, int, int]] = []
    for one, item in enumerate(later):
        for two, other in enumerate(earlier):
            alike = wording(item.recommendation.text, other.recommendation.text)
            if alike >= SAME and _same_figures(item.recommendation.text, other.recommendation.text):
                scores.append((alike + SAME_NUMBER * (item.label == other.label), -one, -two))
    taken: dict[int, int] = {}
    for _, one, two in sorted(scores, reverse=True):
        if -one not in taken and -two not in taken.values():
            taken[-one] = -two
    _match_shortened(later, earlier, taken)
    return [(later[one], earlier[two]) for one, two in sorted(taken.items())]


def _same_figures(one: str, other: str) -> bool:
    """Whether neither text has a year that the other contradicts: copies lose words, not dates."""
    years = [set(re.findall(r"\b(?:19|20)\d\d\b", text)) for text in (one, other)]
    return not (years[0] and years[1]) or bool(years[0] & years[1])


def _match_shortened(later: Sequence[_Item], earlier: Sequence[_Item], taken: dict[int, int]) -> None:
    """Match what is left by its matter, where the lists are plainly one list.

    They are if at least a third of the shorter list was matched by wording, or if most of what is left
    agrees in number as well as in matter.
    """
    one_left = [at for at in range(len(later)) if at not in taken]
    two_left = [at for at in range(len(earlier)) if at not in taken.values()]
    if not one_left or not two_left:
        return
    subjects = Subjects([item.recommendation.text for item in (*later, *earlier)])
    found: dict[int, int] = {}
    agreeing = 0
    for one in one_left:
        shares = sorted(
            ((_likeness(subjects, one, len(later) + two), -two) for two in two_left), reverse=True
        )
        best, at = shares[0][0], -shares[0][1]
        second = shares[1][0] if len(shares) > 1 else 0.0
        words = subjects.common(one, len(later) + at)
        if best >= SHORTENED and best - second >= MARGIN and words >= 3 and at not in found.values():
            found[one] = at
            agreeing += later[one].label == earlier[at].label
    one_list = len(taken) * 3 >= min(len(later), len(earlier)) and taken
    if one_list or (len(found) >= 3 and agreeing >= 0.7 * len(found)):
        taken.update(found)


def _likeness(subjects: Subjects, one: int, two: int) -> float:
    """Give the share of the shorter's matter that the other holds."""
    return max(subjects.share(one, two), subjects.share(two, one))


def _originals(found: Sequence[tuple[_Item, _Item]]) -> dict[str, list[_Item]]:
    """For each recommendation's passage, where it was printed before, the inspection reports first."""
    originals: dict[str, list[_Item]] = defaultdict(list)
    for later, earlier in sorted(found, key=lambda pair: pair[1].rank):
        originals[later.recommendation.passage_id].append(earlier)
    return originals


def _progress_links(
    document: Document,
    items: Sequence[_Item],
    originals: dict[str, list[_Item]],
    firsts: Sequence[Sequence[_Item]],
) -> Iterator[Link]:
    paragraphs = {p.id for p in document.passages if p.kind == "paragraph"}
    for progress in document.progress:
        if progress.recommendation is None or progress.passage_id is None:
            continue
        own = _own(progress, items)
        if own is None:
            target = _by_number(document, progress, firsts)
            if target is not None:
                yield _link(document, progress.recommendation, progress.passage_id, target, "progress on")
            continue
        before = [
            item for item in originals.get(own.recommendation.passage_id, []) if item.document is not document
        ]
        reports = [item for item in before if item.document.kind == "inspection report"]
        targets = reports or before[:1]
        if not targets or progress.passage_id in paragraphs:
            targets = [*targets, own]
        label = _label_of(document, progress, paragraphs)
        for target in targets:
            yield _link(document, label, progress.passage_id, target, "progress on")


def _visit_links(
    visit: Document,
    items: Sequence[_Item],
    ordered: Sequence[Document],
    firsts: Sequence[Sequence[_Item]],
) -> Iterator[Link]:
    """The link of a visit's letter to its inspection, and those of what it repeats of it."""
    inspection = inspection_before(visit, ordered)
    if inspection is None:
        return
    yield Link(visit.id, "", inspection.id, "", "visit of", "", "")
    item_of = {item.recommendation.passage_id: item for its in (items, *firsts) for item in its}
    for area, advice in repeated(visit, inspection):
        own, target = item_of[area.passage_id], item_of[advice.passage_id]
        yield _link(visit, own.label, area.passage_id, target, "repeats")


def _told_in_paragraphs(document: Document, firsts: Sequence[Sequence[_Item]]) -> Iterator[Link]:
    """The paragraphs of a paper without a list of its own that answer the last report's recommendations."""
    before = [
        items
        for items in firsts
        if items and items[0].document.is_inspection and date_of(items[0].document) <= date_of(document)
    ]
    if not before:
        return
    items = [item for item in before[-1] if item.recommendation.addressed_to != "LSCB"]
    paragraphs = [p for p in document.passages if p.kind == "paragraph" and p.label]
    for place, paragraph in answers([item.recommendation for item in items], paragraphs):
        passage = paragraphs[paragraph]
        yield _link(document, passage.label or passage.key, passage.id, items[place], "progress on")


def _label_of(document: Document, progress: Progress, paragraphs: set[str]) -> str:
    if progress.passage_id in paragraphs:
        passage = next(p for p in document.passages if p.id == progress.passage_id)
        return passage.label or passage.key
    return progress.recommendation or ""


def _own(progress: Progress, items: Sequence[_Item]) -> _Item | None:
    """Give the recommendation of the same document that the progress is on, by its number or its place."""
    printed = [item for item in items if item.recommendation.label == progress.recommendation]
    placed = [
        item for item in items if item.recommendation.label is None and item.label == progress.recommendation
    ]
    return next(iter(printed or placed), None)


def _by_number(document: Document, progress: Progress, firsts: Sequence[Sequence[_Item]]) -> _Item | None:
    """Give the recommendation that a bare number means: that of the one earlier report that has it."""
    found = [
        item
        for items in firsts
        for item in items
        if item.document.kind == "inspection report"
        and item.recommendation.label == progress.recommendation
        and date_of(item.document) <= date_of(document)
    ]
    return found[0] if len(found) == 1 else None


def _citations(document: Document) -> Iterator[Link]:
    paragraphs: dict[str, Passage] = {}
    for passage in document.passages:
        if passage.kind == "paragraph" and passage.label:
            paragraphs.setdefault(passage.label, passage)
    by_label = {r.label: r for r in document.recommendations if r.label}
    for place, recommendation in enumerate(document.recommendations, 1):
        label = recommendation.label or str(place)
        for cited in recommendation.cites:
            if cited in paragraphs:
                yield Link(
                    document.id,
                    label,
                    document.id,
                    cited,
                    "cites",
                    recommendation.passage_id,
                    paragraphs[cited].id,
                )
    for label, passage in paragraphs.items():
        for number in _recommendations_named(passage.text):
            named = by_label.get(number)
            if named is not None and named.passage_id != passage.id:
                yield Link(document.id, number, document.id, label, "cited by", named.passage_id, passage.id)


def _recommendations_named(text: str) -> list[str]:
    """Give the recommendation numbers that a paragraph names in brackets: "(Recommendation 2)"."""
    numbers: list[str] = []
    for match in _CITED_IN.finditer(text):
        numbers.extend(re.findall(r"\d+", match["list"]))
    return list(dict.fromkeys(numbers))
