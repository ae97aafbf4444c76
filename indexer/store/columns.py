"""What is filtered on, as one array per property: a filter over a million passages is a few vector
operations.

Facts of a passage (its document, kind, grade, headings) are stored by row in `columns.npy`; facts of a
document are stored in the index's tables and spread over its rows here. This module must not know of SQL or
of vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.document import DOCUMENT_KINDS, PASSAGE_KINDS, Document
from indexer.encode.context import document_date
from indexer.structure.reports.grades import one_spelling
from indexer.text.polarity import POLARITIES

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int32]

ROW_TYPE = np.dtype([("document", "<i4"), ("section", "<i4"), ("grade", "<i2"), ("kind", "<i2")])
"""One row of columns.npy. Each is a number in its vocabulary; grade -1 is none."""

NONE = -1


@dataclass(frozen=True, slots=True)
class Selection:
    """Which passages a search is about. An empty tuple or None asks nothing; values of one field are
    alternatives.

    Dates are ISO 8601 and may stop at the year or the month; both ends are included. `section` is looked for
    inside the headings, in any case of letters. `kinds` are kinds of documents, `documents` their ids.
    """

    councils: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    published_from: str | None = None
    published_to: str | None = None
    grades: tuple[str, ...] = ()
    section: str | None = None
    documents: tuple[str, ...] = ()
    passage_kinds: tuple[str, ...] = ()
    polarities: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    organisation_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Numbers by row, and the vocabularies that they count in; -1 is "none" throughout.

    `document` numbers `Index.documents_by_number`; `kind` is a place in PASSAGE_KINDS, `document_kind` in
    DOCUMENT_KINDS, `polarity` in POLARITIES; `published` is a date as the number yyyymmdd, 0 where unknown.
    """

    document: Numbers
    section: Numbers
    grade: Numbers
    kind: Numbers
    council: Numbers
    framework: Numbers
    document_kind: Numbers
    published: Numbers
    sections: tuple[tuple[str, ...], ...]
    grades: tuple[str, ...]
    councils: tuple[str, ...]
    frameworks: tuple[str, ...]
    document_ids: tuple[str, ...]
    polarity: Numbers
    organisation: Numbers
    organisation_type: Numbers
    organisations: tuple[str, ...]
    organisation_types: tuple[str, ...]
    replaced: Mask
    """Where the document is an older edition of another: only searched where it is named itself."""

    def select(self, selection: Selection) -> Mask:
        """True for every row that the selection asks for; shape (rows,)."""
        mask = np.ones(len(self.document), dtype=np.bool_) if selection.documents else ~self.replaced
        for values, vocabulary, column in (
            (selection.councils, self.councils, self.council),
            (selection.kinds, DOCUMENT_KINDS, self.document_kind),
            (selection.frameworks, self.frameworks, self.framework),
            (selection.grades, self.grades, self.grade),
            (selection.documents, self.document_ids, self.document),
            (selection.passage_kinds, PASSAGE_KINDS, self.kind),
            (selection.polarities, POLARITIES, self.polarity),
            (selection.organisations, self.organisations, self.organisation),
            (selection.organisation_types, self.organisation_types, self.organisation_type),
        ):
            if values:
                mask &= np.isin(column, _places(values, vocabulary))
        if selection.published_from:
            mask &= self.published >= date_number(selection.published_from, last=False)
        if selection.published_to:
            mask &= (self.published > 0) & (self.published <= date_number(selection.published_to, last=True))
        if selection.section:
            wanted = selection.section.casefold()
            places = [i for i, path in enumerate(self.sections) if any(wanted in h.casefold() for h in path)]
            mask &= np.isin(self.section, places)
        return mask


def make_columns(
    rows: NDArray[Any],
    documents: Sequence[Document],
    sections: Sequence[tuple[str, ...]],
    grades: Sequence[str],
    polarity: NDArray[np.integer],
) -> Columns:
    """Columns from the stored rows (of ROW_TYPE), the documents in the order of their numbers, and each row's polarity."""
    document = rows["document"].astype(np.int32)
    councils = tuple(sorted({d.council for d in documents if d.council}))
    frameworks = tuple(sorted({d.framework for d in documents if d.framework}))
    whose = [organisation_of(d) for d in documents]
    organisations, types = (tuple(sorted({one[i] for one in whose if one[i]})) for i in (0, 1))

    # Indexes keep what is printed: spellings of one grade become one here.
    spelled = tuple(dict.fromkeys(one_spelling(grade) for grade in grades))
    place = np.asarray([*(spelled.index(one_spelling(grade)) for grade in grades), NONE], dtype=np.int32)

    def spread(by_document: list[int]) -> Numbers:
        return np.asarray(by_document, dtype=np.int32)[document]

    return Columns(
        document=document,
        section=rows["section"].astype(np.int32),
        grade=place[rows["grade"]],  # -1, none, is the last place
        kind=rows["kind"].astype(np.int32),
        council=spread([councils.index(d.council) if d.council else NONE for d in documents]),
        framework=spread([frameworks.index(d.framework) if d.framework else NONE for d in documents]),
        document_kind=spread([DOCUMENT_KINDS.index(d.kind) for d in documents]),
        published=spread([date_number(document_date(d) or "", last=False) for d in documents]),
        sections=tuple(sections),
        grades=spelled,
        councils=councils,
        frameworks=frameworks,
        document_ids=tuple(d.id for d in documents),
        polarity=polarity.astype(np.int32),
        organisation=spread([organisations.index(name) if name else NONE for name, _ in whose]),
        organisation_type=spread([types.index(kind) if kind else NONE for _, kind in whose]),
        organisations=organisations,
        organisation_types=types,
        replaced=np.asarray([is_replaced(d) for d in documents], dtype=np.bool_)[document],
    )


def organisation_of(document: Document) -> tuple[str, str]:
    """Whom a document is about and what kind of body that is, "" for what isn't known; a council's own papers are about it."""
    if document.organisation:
        return document.organisation, document.organisation_type or ""
    return document.council or "", "council" if document.council else ""


def is_replaced(document: Document) -> bool:
    """Whether its publisher put another edition in its place."""
    return bool(document.provenance and document.provenance.replaced)


def date_number(date: str, *, last: bool) -> int:
    """An ISO date, month or year as yyyymmdd: its last possible day where `last`, else its first; 0 for none.

    Only the order of the numbers matters: the last day of any month is its 31st.
    """
    digits = "".join(character for character in date[:10] if character.isdigit())
    if len(digits) < 4:
        return 0
    filled = {4: ("0101", "1231"), 6: ("01", "31")}.get(len(digits), ("", ""))
    return int((digits + filled[last])[:8])


def save_rows(path: Path, rows: NDArray[Any]) -> None:
    """Write the rows (of ROW_TYPE) to a file."""
    with path.open("wb") as file:
        np.save(file, rows, allow_pickle=False)


def load_rows(path: Path) -> NDArray[Any]:
    """The rows that `save_rows` wrote."""
    rows: NDArray[Any] = np.load(path, allow_pickle=False)
    return rows


def _places(values: Sequence[str], vocabulary: Sequence[str]) -> list[int]:
    wanted = {value.casefold() for value in values}
    return [place for place, name in enumerate(vocabulary) if name.casefold() in wanted]
