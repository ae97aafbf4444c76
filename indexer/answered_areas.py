"""Which paragraphs of a committee report answer which area for improvement.

Nothing in such a report ties the two but their words, so the words decide: a paragraph answers an area if it
holds enough of what is peculiar to that area among the areas, and more than of any other. Knows nothing of
how either was found.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from indexer.document import Passage, Recommendation

_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
_EMPTY = frozenset(
    "a an and are as at be been being but by can children child's children's for from had has have how in including into is it its "
    "more not of on or our services service social that the their them there these they this those to was we were when where which "
    "who will with work within so all any also".split()
)


def answers(areas: Sequence[Recommendation], paragraphs: Sequence[Passage]) -> list[tuple[int, int]]:
    return []
