"""Scores links between documents against the ones that a person drew (the shape of bench/seeds_links.json).

A link is compared by relation and by both ends; an end is a file with a recommendation's number or a
paragraph's label. Recommendations without a printed number are told by their place in the list, as the truth
does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.document import Document

Truth = Mapping[str, Any]
End = tuple[str, str]
Key = tuple[str, End, End]

# Relations that read the same from either end.
_SYMMETRIC = frozenset({"same recommendation", "similar"})


@dataclass(frozen=True, slots=True)
class RelationScore:
    """How well one relation was found; `missed` and `invented` are shown to the person who mends it."""

    relation: str
    expected: int
    found: int
    right: int
    missed: tuple[Key, ...]
    invented: tuple[Key, ...]

    @property
    def precision(self) -> float:
        """The share of links found that are true; 1 where none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of true links that were found."""
        return self.right / self.expected if self.expected else 1.0


def true_links(truth: Truth) -> set[Key]:
    """Give the links of a truth, ends of symmetric relations sorted.

    Links between two printings of one list in one file come down to an end linked with itself, and count.
    """
    return {_key(link["relation"], _true_end(link["from"]), _true_end(link["to"])) for link in truth["links"]}


def _true_end(end: Truth) -> End:
    if "paragraph" in end:
        return str(end["file"]), f"p{end['paragraph']}"
    return str(end["file"]), f"r{end['number']}"


def _key(relation: str, one: End, other: End) -> Key:
    if relation in _SYMMETRIC and other < one:
        one, other = other, one
    return relation, one, other


def read_ends(documents: Iterable[Document]) -> dict[str, End]:
    """Map each passage id to its end: its file, and r with a recommendation's number or p with a label."""
    ends: dict[str, End] = {}
    for document in documents:
        for passage in document.passages:
            ends[passage.id] = (document.file, f"p{passage.label or passage.key}")
        places: dict[str, int] = {}
        for item in document.recommendations:
            places[item.heading] = places.get(item.heading, 0) + 1
            number = item.label if item.label is not None else str(places[item.heading])
            ends[item.passage_id] = (document.file, f"r{number}")
        for progress in document.progress:
            if progress.passage_id and progress.recommendation:
                ends.setdefault(progress.passage_id, (document.file, f"r{progress.recommendation}"))
                if ends[progress.passage_id][1][:1] == "p" and not _labelled(document, progress.passage_id):
                    ends[progress.passage_id] = (document.file, f"r{progress.recommendation}")
    return ends


def _labelled(document: Document, passage_id: str) -> bool:
    return any(p.id == passage_id and p.kind == "paragraph" and p.label for p in document.passages)


def score_links(
    truth: Truth, found: Iterable[tuple[str, str, str]], ends: Mapping[str, End]
) -> Sequence[RelationScore]:
    """One score for each relation of the truth; `found` holds relation, from and to as passage ids."""
    expected = true_links(truth)
    read = {
        _key(relation, ends[one], ends[other])
        for relation, one, other in found
        if one in ends and other in ends
    }
    relations = dict.fromkeys(sorted(key[0] for key in expected))
    results = []
    for relation in relations:
        wanted = {key for key in expected if key[0] == relation}
        got = {key for key in read if key[0] == relation}
        results.append(
            RelationScore(
                relation,
                len(wanted),
                len(got),
                len(wanted & got),
                tuple(sorted(wanted - got)),
                tuple(sorted(got - wanted)),
            )
        )
    return results
