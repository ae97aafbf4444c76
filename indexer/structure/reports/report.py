"""Inspection reports and letters, of every vintage, as documents.

Puts together what the other report modules find: the front, the numbering, the blocks. Decides what each
block is (a finding, a recommendation, a summary) from its heading path, and says in warnings what it could
not read or what does not fit. A number that isn't printed is never made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from indexer.document import Document, Passage, Recommendation
from indexer.ids import document_id
from indexer.reading.layout import lay_out
from indexer.reading.source import SourceFile
from indexer.structure.profiles import any_of, whole
from indexer.structure.reports.advice_tables import AdviceColumns, advice_tables
from indexer.structure.reports.body import BodyReader
from indexer.structure.reports.cross_references import cited_labels, fit_of
from indexer.structure.reports.doubts import doubts
from indexer.structure.reports.front import read_front
from indexer.structure.reports.headings import read_contents
from indexer.structure.reports.imprint import imprint_places
from indexer.structure.reports.numbering import left_out, may_be_numbered, paragraph_numbers
from indexer.structure.reports.passages import PassageMaker, Placed


def structure_report(source: SourceFile) -> Document:
    """Structure an inspection report or letter. Raises nothing: what isn't found is None and warned of."""
    flow = lay_out(source)
    front = read_front(flow, source.title, source.pages)
    profile = front.profile
    contents = read_contents(flow, profile)
    named = profile.advice.columns
    label = profile.advice.label
    columns = AdviceColumns(
        text=whole(named.text),
        addressed=whole(named.addressed),
        due=whole(named.due),
        regulation=whole(named.regulation),
        status=whole(named.status),
        settled=any_of(profile.advice.settled),
        label=any_of((label,)) if label else None,
    )
    tables = advice_tables(flow, source.pages, columns) if named.text else ()
    in_tables = frozenset(place for table in tables for place in table.places)
    skipped = front.places | contents.places | imprint_places(flow, profile) | in_tables
    begun = may_be_numbered(flow.lines, skipped | front.around)
    numbers = paragraph_numbers(begun)
    blocks = BodyReader(flow, numbers, contents, skipped, profile, tables=tables).read()
    again = left_out(begun, numbers)
    document = document_id(source.name, source.sha256)
    builder = PassageMaker(document, flow, blocks, profile)
    opened = {block.at for block in blocks}
    empty = [number.number for at, number in sorted(numbers.items()) if at not in opened]
    judged = builder.of_judgements(front)
    said = {passage.text for _, passage in judged}
    read = [found for found in builder.from_blocks() if found[1].text.rstrip(".") not in said]
    passages = _in_reading_order([*judged, *read, *builder.of_footnotes()])
    recommendations, reference_warnings = _with_citations(builder.recommendations, passages)
    found = Document(
        id=document,
        file=source.name,
        title=front.title or source.title or source.name,
        council=front.inspected.council,
        organisation=front.inspected.name,
        organisation_type=front.inspected.type if front.known else None,
        organisation_id=front.inspected.identifier,
        kind="inspection report",
        framework=profile.framework,
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
    warnings = (
        *source.warnings,
        *doubts(found, front, contents, frozenset(empty), builder.numbered_after_bullets),
        *(f"The number {n} opens a second line: what it numbers is kept without it." for n in again),
        *reference_warnings,
    )
    return replace(found, warnings=warnings)


def _in_reading_order(found: Sequence[Placed]) -> list[Passage]:
    """Passages page by page; within a page in the order found, judgements before the text."""
    return [passage for _, passage in sorted(found, key=lambda pair: pair[0][0])]


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
