"""A document's reading in a few lines, for somebody who writes a profile: what was understood, and where it is unsure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from indexer.document import Document

_MOST = 12


def summary_of(document: Document) -> Iterator[str]:
    """Lines for people: the profile's framework, who and when, grades, advice, headings, and every warning."""
    yield f"{document.file}: {document.framework or 'no known kind of report'} ({document.kind})"
    yield f"  title         {document.title}"
    organisation = " ".join(filter(None, (document.organisation, document.organisation_id)))
    yield f"  organisation  {organisation or '-'} ({document.organisation_type or '-'}), council {document.council or '-'}"
    dates = " to ".join(filter(None, (document.inspected_from, document.inspected_to)))
    yield f"  inspected     {dates or '-'}, published {document.published or '-'}, by {document.lead_inspector or '-'}"
    for judgement in document.judgements:
        yield f"  grade         {judgement.area}: {judgement.grade}"
    for advice in document.recommendations:
        details = "; ".join(
            filter(None, (advice.addressed_to, advice.due and f"due {advice.due}", advice.regulation))
        )
        label = f"{advice.label} " if advice.label else ""
        yield f"  advice        {label}{' '.join(advice.text.split())} [{advice.heading}{'; ' + details if details else ''}]"
    kinds = Counter(passage.kind for passage in document.passages)
    yield f"  passages      {', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}"
    sections = Counter(passage.section[-1] for passage in document.passages if passage.section)
    for heading, count in sections.most_common(_MOST):
        yield f"  heading       {heading[:90]} ({count})"
    for warning in document.warnings:
        yield f"  unsure        {warning}"
