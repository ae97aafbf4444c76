"""Which paragraphs of a committee report answer which area for improvement.

Nothing in such a report ties the two but their words and their place: the answers stand together, after the
list of areas. Knows nothing of how either was found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexer.document import Passage, Recommendation
from indexer.structure.likeness import Subjects

_DULL = frozenset(
    {"qual", "impact", "children", "child", "young", "people", "peopl", "servic", "practic", "good",
     "effectiv", "support", "includ", "clear", "consistent", "local", "author", "council", "care", "all",
     "famil", "response"}
)  # fmt: skip
"""Stems that nearly every area for improvement and every answer hold."""
_OF_ALL = re.compile(r"\bimprovement areas?\b|\bareas? (?:of|for) improvement\b|\beach area\b", re.IGNORECASE)
_OF_THE_WHOLE = re.compile(rf"\bimprovement (?:plan|board)\b|{_OF_ALL.pattern}", re.IGNORECASE)
STRONG = 0.55
MIN_STRONG = 2
"""Fewer answers than this are chance: then the paragraphs don't answer the areas at all."""


def answers(areas: Sequence[Recommendation], paragraphs: Sequence[Passage]) -> list[tuple[int, int]]:
    """Pairs of an area's place and the place of a paragraph that answers it, by area and then in order.

    `paragraphs` are in the order of the document. A paragraph answers at most one area: the one of which it
    says most, in whole or in one of the things that the area lists. An area that no paragraph plainly answers
    takes the one among the answers that dwells on its matter.
    """
    start = _first_after(areas, paragraphs)
    candidates = list(range(start, len(paragraphs)))
    if not areas or not candidates:
        return []
    parts = [(number, text) for number, area in enumerate(areas) for text in _parts(area.text)]
    subjects = Subjects([text for _, text in parts] + [paragraphs[at].text for at in candidates], _DULL)
    pairs: dict[int, int] = {}
    for place, at in enumerate(candidates):
        spoken = len(parts) + place
        scores = [
            (subjects.weight(part, spoken), -part)
            for part in range(len(parts))
            if subjects.common(part, spoken) >= 2 and subjects.share(part, spoken) >= STRONG
        ]
        if scores and not _OF_ALL.search(paragraphs[at].text):
            pairs[at] = parts[-max(scores)[1]][0]
    if len(pairs) < MIN_STRONG:
        return []
    _fill(pairs, paragraphs=paragraphs, candidates=candidates, parts=parts, subjects=subjects)
    return sorted((area, at) for at, area in pairs.items())


def _first_after(areas: Sequence[Recommendation], paragraphs: Sequence[Passage]) -> int:
    """Give the place after the last paragraph that holds one of the areas itself."""
    texts = [area.text for area in areas]
    holding = [at for at, passage in enumerate(paragraphs) if any(text in passage.text for text in texts)]
    return max(holding, default=-1) + 1


def _parts(text: str) -> list[str]:
    """Give the area as a whole, and each of the things that it lists."""
    listed = [part for part in re.split(r"[,;]\s*(?:and\s+)?", text) if part.strip()]
    return [text, *listed] if len(listed) > 1 else [text]


def _fill(
    pairs: dict[int, int],
    *,
    paragraphs: Sequence[Passage],
    candidates: Sequence[int],
    parts: Sequence[tuple[int, str]],
    subjects: Subjects,
) -> None:
    sections = {paragraphs[at].section for at in pairs}
    for number in sorted({area for area, _ in parts} - set(pairs.values())):
        whole = next(part for part, (area, _) in enumerate(parts) if area == number)
        free = [
            (subjects.stress(whole, len(parts) + place), subjects.share(whole, len(parts) + place), -at)
            for place, at in enumerate(candidates)
            if at not in pairs
            and paragraphs[at].section in sections
            and not _OF_THE_WHOLE.search(paragraphs[at].text)
        ]
        best = max(free, default=(0, 0.0, 0))
        if best[0] >= 2:
            pairs[-best[2]] = number
