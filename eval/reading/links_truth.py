"""Scores links between documents against the ones that a person drew (the shape of bench/seeds_links.json).

A link is compared by relation and by both ends; an end is a file with a recommendation's number or a
paragraph's label. Recommendations without a printed number are known by their place in the list, as the truth
does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from indexer.document import Document
from indexer.structure.links import Link

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


def read_links(links: Iterable[Link], documents: Iterable[Document]) -> set[Key]:
    """Turn links as found into keys; an end that is a paragraph and no recommendation is p and its label."""
    files: dict[str, str] = {}
    paragraphs: set[str] = set()
    for document in documents:
        files[document.id] = document.file
        own = {item.passage_id for item in document.recommendations}
        paragraphs |= {p.id for p in document.passages if p.kind == "paragraph" and p.id not in own}

    def end(document_id: str, label: str, passage_id: str) -> End:
        return files[document_id], f"{'p' if passage_id in paragraphs else 'r'}{label}"

    return {
        _key(
            link.relation,
            end(link.from_document, link.from_label, link.from_passage_id),
            end(link.to_document, link.to_label, link.to_passage_id),
        )
        for link in links
    }


def score_links(truth: Truth, read: AbstractSet[Key]) -> list[RelationScore]:
    """One score for each relation of the truth."""
    expected = true_links(truth)
    results = []
    for relation in sorted({key[0] for key in expected}):
        wanted, got = ({key for key in keys if key[0] == relation} for keys in (expected, read))
        missed, invented = tuple(sorted(wanted - got)), tuple(sorted(got - wanted))
        counts = (len(wanted), len(got), len(wanted & got))
        results.append(RelationScore(relation, *counts, missed, invented))
    return results
