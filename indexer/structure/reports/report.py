"""Inspection reports and letters, of every vintage, as documents.

Puts together what the other report modules find: the front, the numbering, the blocks. Decides what each
block is (a finding, a recommendation, a summary) from its heading path, and says in warnings what it could
not read or what does not fit. A number that isn't printed is never made up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from indexer.document import GRADES, Addressee, Document, Passage, PassageKind, Recommendation
from indexer.ids import PassageKeys, document_id
from indexer.reading.layout import Flow, FlowLine, boxes, ends_sentence, lay_out
from indexer.reading.source import SourceFile
from indexer.structure.reports.body import Block, BodyReader
from indexer.structure.reports.cross_references import cited_labels, fit_of
from indexer.structure.reports.frameworks import framework_of
from indexer.structure.reports.front import Front, read_front
from indexer.structure.reports.headings import ADVISING, read_contents
from indexer.structure.reports.imprint import imprint_places
from indexer.structure.reports.numbering import paragraph_numbers
from indexer.structure.reports.statements import BOARD

_SUMMARY = re.compile(r"\bsummary\b|^(?:headline|key)\s+findings$|^overview$", re.IGNORECASE)
_JOINT = frozenset({"JTAI", "Area SEND", "Youth justice", "Social care provider", None})
"""Frameworks whose recommendations go to several bodies, or to none that is a council."""
_NONE_FOUND = re.compile(
    r"^(?:there\s+(?:are|were)\s+)?(?:no|none)\b.{0,60}\b(?:identified|areas?|actions?|recommendations?|improvement)\b",
    re.IGNORECASE,
)


def structure_report(source: SourceFile) -> Document:
    """Structure an inspection report or letter. Raises nothing: what isn't found is None and warned of."""
    flow = lay_out(source)
    front = read_front(flow, source.title)
    contents = read_contents(flow)
    skipped = front.places | contents.places | imprint_places(flow)
    numbers = paragraph_numbers(flow.lines, skipped)
    blocks = BodyReader(flow, numbers, contents, skipped).read()
    document = document_id(source.name, source.sha256)
    framework = framework_of(front.title, flow)
    builder = _Passages(document, flow, blocks, framework)
    empty = [n.number for at, n in sorted(numbers.items()) if at not in {block.at for block in blocks}]
    judged = _judgement_passages(front, builder)
    said = {passage.text for _, passage in judged}
    told = [found for found in builder.from_blocks() if found[1].text.rstrip(".") not in said]
    passages = _in_reading_order([*judged, *told])
    recommendations, reference_warnings = _with_citations(builder.recommendations, passages)
    found = Document(
        id=document,
        file=source.name,
        title=front.title or source.title or source.name,
        council=front.council,
        kind="inspection report",
        framework=framework,
        published=front.published,
        inspected_from=front.inspected_from,
        inspected_to=front.inspected_to,
        lead_inspector=front.lead_inspector,
        judgements=front.judgements,
        pages=source.page_count,
        passages=tuple(passages),
        recommendations=recommendations,
        overall=front.overall_grade,
        licence=front.licence,
    )
    warnings = (*source.warnings, *_warnings(found, frozenset(empty)), *reference_warnings)
    return replace(found, warnings=warnings)


class _Passages:
    """Turns blocks into passages and recommendations, handing out their ids."""

    def __init__(self, document: str, flow: Flow, blocks: Sequence[Block], framework: str | None) -> None:
        self._document = document
        self._flow = flow
        self._blocks = blocks
        self._framework = framework
        self._keys = PassageKeys(document)
        self._listed = {b.run for b in blocks if _advises(b.section) and (b.bullet or b.label)}
        self._loose_items = {b.run for b in blocks if b.bullet}
        self.recommendations: list[Recommendation] = []

    def from_blocks(self) -> list[tuple[tuple[int, float], Passage]]:
        """Every block as a passage, with its place for sorting."""
        found = []
        for i, block in enumerate(self._blocks):
            kind = self._kind(i, block)
            passage = self.passage(
                kind, block.label, block.section, block.text(self._flow.vocabulary), block.lines
            )
            found.append((_place(block.lines), passage))
            if kind == "recommendation":
                self.recommendations.append(
                    Recommendation(
                        label=block.label,
                        text=passage.text,
                        page=passage.page,
                        heading=_advising_heading(block.section),
                        addressed_to=self._addressee(block.section),
                        passage_id=passage.id,
                    )
                )
        return found

    def passage(
        self,
        kind: PassageKind,
        label: str | None,
        section: tuple[str, ...],
        text: str,
        lines: Sequence[FlowLine],
    ) -> Passage:
        """A passage over `lines`, with the next free id of its kind."""
        if label is not None:
            key = self._keys.numbered("r" if kind == "recommendation" else "p", label)
        else:
            key = self._keys.counted(
                {"recommendation": "r0", "summary": "s", "judgement": "j"}.get(kind, "t")
            )
        pages = [line.page for line in lines if line.page]
        return Passage(
            id=key,
            document_id=self._document,
            kind=kind,
            label=label,
            section=section,
            page=min(pages, default=None),
            end_page=max(pages, default=None),
            text=text,
            boxes=boxes(lines),
        )

    def _kind(self, i: int, block: Block) -> PassageKind:
        if _advises(block.section):
            return self._kind_among_advice(i, block)
        if block.label is not None:
            return "paragraph"
        if not block.section or any(_SUMMARY.search(heading) for heading in block.section):
            return "summary"
        return "text"

    def _kind_among_advice(self, i: int, block: Block) -> PassageKind:
        text = block.text(self._flow.vocabulary)
        plain: PassageKind = "text" if block.label is None else "paragraph"
        if _NONE_FOUND.match(text):
            return plain
        if block.label is not None:
            following = self._blocks[i + 1] if i + 1 < len(self._blocks) else None
            return "paragraph" if following and _heads(block, text, following) else "recommendation"
        if block.bullet:
            return "recommendation"
        if block.run in self._listed or text.endswith(":") or len(text) < 25:
            return plain
        return "recommendation"

    def _addressee(self, section: tuple[str, ...]) -> Addressee | None:
        if any(re.search(rf"\b{BOARD}", heading, re.IGNORECASE) for heading in section):
            return "LSCB"
        if self._framework == "LSCB review":
            return "LSCB"
        return "local authority" if self._framework not in _JOINT else None


def _heads(block: Block, text: str, following: Block) -> bool:
    """Whether a numbered block only opens the list of unnumbered items that follows it."""
    if not following.bullet or following.section[: len(block.section)] != block.section:
        return False
    return text.endswith(":") or bool(re.search(r"\bfollowing\b[^.]{0,40}\.?$", text))


def _advises(section: tuple[str, ...]) -> bool:
    return any(ADVISING.match(heading) for heading in section)


def _advising_heading(section: tuple[str, ...]) -> str:
    return next((heading for heading in reversed(section) if ADVISING.match(heading)), section[-1])


def _place(lines: Sequence[FlowLine]) -> tuple[int, float]:
    return (lines[0].page, lines[0].line.top) if lines else (0, 0.0)


def _in_reading_order(found: Sequence[tuple[tuple[int, float], Passage]]) -> list[Passage]:
    """Passages page by page; within a page in the order found, judgements before the text."""
    return [passage for _, passage in sorted(found, key=lambda pair: pair[0][0])]


def _judgement_passages(front: Front, builder: _Passages) -> list[tuple[tuple[int, float], Passage]]:
    found = []
    if front.overall:
        found.append((front.overall.lines, front.overall.printed))
    for row in front.rows:
        found.append((row.lines, f"{row.area}: {row.grade}"))
    if front.board:
        found.append((front.board.lines, front.board.printed))
    return [
        (_place(lines), builder.passage("judgement", None, (), text, lines)) for lines, text in found if lines
    ]


def _with_citations(
    recommendations: Sequence[Recommendation], passages: Sequence[Passage]
) -> tuple[tuple[Recommendation, ...], list[str]]:
    """The recommendations with the paragraphs that they cite, where those check out."""
    paragraphs = {p.label: p.text for p in passages if p.label and p.kind == "paragraph"}
    cited = [(r.text, cited_labels(r.text)) for r in recommendations]
    fit = fit_of([pair for pair in cited if pair[1]], paragraphs)
    if not fit.fits:
        return tuple(recommendations), [_misfit(fit.shift)]
    warnings = []
    found = []
    for recommendation, (_, labels) in zip(recommendations, cited, strict=True):
        right = tuple(label for label in labels if label in paragraphs)
        for label in labels:
            if label not in paragraphs:
                warnings.append(
                    f"Recommendation {recommendation.label or 'without a number'} cites paragraph {label}, "
                    "which is no finding of this report: the cross-reference is not followed."
                )
        found.append(replace(recommendation, cites=right))
    return tuple(found), warnings


def _misfit(shift: int) -> str:
    if shift:
        how = f"most would fit if they were {abs(shift)} {'higher' if shift > 0 else 'lower'}"
    else:
        how = "no single shift puts them right"
    return (
        "The report's own cross-references from recommendations to paragraphs don't fit its numbering "
        f"({how}): they are not followed."
    )


def _warnings(document: Document, empty: frozenset[int]) -> list[str]:
    found = [f"Paragraph {number} is printed without any text: a number alone." for number in sorted(empty)]
    numbered = [p for p in document.passages if p.label]
    labels = [int(p.label) for p in numbered if p.label and p.label.isdigit()]
    for before, after in pairwise(labels):
        if after > before + 1 and not empty.issuperset(range(before + 1, after)):
            missing = f"{before + 1}" if after == before + 2 else f"{before + 1} to {after - 1}"
            found.append(f"The numbering has a gap: no paragraph {missing} was found.")
        elif after <= before:
            found.append(f"The numbering starts again: paragraph {after} follows paragraph {before}.")
    if labels and labels[0] != 1:
        found.append(f"The numbering has a gap: it begins with paragraph {labels[0]}.")
    for passage in numbered:
        if not ends_sentence(passage.text) and not passage.text.endswith(")"):
            found.append(f"Paragraph {passage.label} ends without a sentence's end, as printed or cut.")
    if document.council is None:
        found.append("The council was not found.")
    if document.inspected_from is None and document.published is None:
        found.append("No date was found: neither of the inspection nor of publication.")
    elif document.inspected_from is None:
        found.append("The inspection dates were not found.")
    if document.lead_inspector is None:
        found.append("The lead inspector's name was not found.")
    if document.framework in {"SIF", "ILACS"} and not document.judgements:
        found.append("The table of judgements was not understood: no grade was found.")
    ungraded = [j for j in document.judgements if j.grade not in GRADES]
    found.extend(f"No known grade stands beside “{j.area}”: “{j.grade}” is printed." for j in ungraded)
    repeated = [text for text, count in Counter(j.area for j in document.judgements).items() if count > 1]
    found.extend(f"The judgement “{area}” was found more than once." for area in repeated)
    if not document.passages:
        found.append("No text was found to read.")
    return found
