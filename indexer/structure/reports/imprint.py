"""The publisher's imprint: addresses, licence, how to complain. Printed in every report, found by nobody's question.

Left out of the passages, because the same page under two hundred reports would crowd what they say. Knows
only how such pages begin.
"""

from __future__ import annotations

import re

from indexer.reading.layout import Flow

_IMPRINT = re.compile(
    r"^(?:any\s+complaints\s+about\s+(?:the|this)\s+(?:inspection|report)"
    r"|if\s+you\s+are\s+not\s+happy\s+with\s+the\s+inspection"
    r"|the\s+office\s+for\s+standards\s+in\s+education,\s+children"
    r"|you\s+(?:may|can)\s+(?:re-?use|copy)\s+(?:this|all)\b"
    r"|this\s+(?:document|publication)\s+(?:may\s+be\s+reproduced|is\s+available\s+at)"
    r"|if\s+you\s+would\s+like\s+a\s+copy\s+of\s+this\s+document"
    r"|©\s*crown\s+copyright|further\s+copies\s+of\s+this\s+report)",
    re.IGNORECASE,
)
_LETTERHEAD = re.compile(
    r"^(?:ofsted|piccadilly\s+gate|store\s+st(?:reet)?|manchester|m1\s+2wd|t:?\s+0300\s.*|textphone\b.*"
    r"|e:\s+enquiries@.*|enquiries@.*|w:\s+www\..*|www\.(?:gov\.uk/)?ofsted\S*|\d{4}\s\d{3}\s\d{4}|clive\s+house)$",
    re.IGNORECASE,
)


def imprint_places(flow: Flow) -> frozenset[int]:
    """The places in the flow of the imprint and of letterheads.

    An imprint on the last two pages goes on to the document's end, one on an earlier page to that page's.
    """
    lines = flow.lines
    last_page = max((placed.page for placed in lines), default=0)
    places: set[int] = set()
    for i, placed in enumerate(lines):
        if i in places:
            continue
        if _IMPRINT.match(placed.text):
            for j in range(i, len(lines)):
                if placed.page < last_page - 1 and lines[j].page != placed.page:
                    break
                places.add(j)
        elif _LETTERHEAD.match(placed.text) and (placed.page in (1, last_page)):
            places.add(i)
    return frozenset(places)
