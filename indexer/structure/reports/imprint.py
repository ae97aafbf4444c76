"""The publisher's imprint: addresses, licence, how to complain. Printed in every report, found by nobody's question.

Left out of the passages, because the same page under two hundred reports would crowd what they say. Knows
only how such pages begin.
"""

from __future__ import annotations

from indexer.reading.layout import Flow
from indexer.structure.profiles import Profile, any_of


def imprint_places(flow: Flow, profile: Profile) -> frozenset[int]:
    """The places in the flow of the imprint and of letterheads.

    An imprint on the last two pages goes on to the document's end, one on an earlier page to that page's.
    """
    lines = flow.lines
    begins, letterhead = any_of(profile.imprint.begins), any_of(profile.imprint.letterhead)
    last_page = max((placed.page for placed in lines), default=0)
    places: set[int] = set()
    for i, placed in enumerate(lines):
        if i in places:
            continue
        if begins.match(placed.text):
            for j in range(i, len(lines)):
                if placed.page < last_page - 1 and lines[j].page != placed.page:
                    break
                places.add(j)
        elif letterhead.fullmatch(placed.text) and (placed.page in (1, last_page)):
            places.add(i)
    return frozenset(places)
