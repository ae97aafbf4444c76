"""Findings as an index holds them: one array of rows, in the order of passages, looked through as a whole.

Some 30,000 in 200 reports, of 18 bytes each, so that a question over all of them is a few vector operations. This module
must not know how they were worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from indexer.register.findings import (
    AT_ONCE,
    FINDING_TYPE,
    FindingRows,
    PassageVectors,
    states_findings,
)
from indexer.register.statements import PassageText
from indexer.register.subjects import subject_numbers
from indexer.store.columns import Mask
from indexer.store.sentence_vectors import SentenceVectors
from indexer.text.polarity import POLARITIES

Rows = Sequence[int] | NDArray[np.integer]


class Findings:
    """An index's findings; `known` is false of an index that was built before there were any."""

    def __init__(self, rows: FindingRows | None) -> None:
        """`rows` are of FINDING_TYPE, in the order of passages."""
        self.known = rows is not None
        self.rows: FindingRows = np.empty(0, dtype=FINDING_TYPE) if rows is None else rows

    def __len__(self) -> int:
        """The number of findings."""
        return len(self.rows)

    def select(
        self,
        subjects: Collection[str] | None = None,
        verdicts: Collection[str] | None = None,
        mask: Mask | None = None,
    ) -> FindingRows:
        """Findings on any of these subjects (ids), with any of these verdicts, in passages where `mask` is true."""
        kept = np.ones(len(self.rows), dtype=np.bool_)
        if subjects is not None:
            numbers = subject_numbers()
            kept &= np.isin(self.rows["subject"], [numbers[one] for one in subjects])
        if verdicts is not None:
            kept &= np.isin(self.rows["verdict"], [POLARITIES.index(one) for one in verdicts])
        if mask is not None:
            kept &= mask[self.rows["row"]]
        found: FindingRows = self.rows[kept]
        return found


def stating(
    texts: Iterable[tuple[int, PassageText]],
    vectors: Callable[[Rows], NDArray[np.float32]],
    sentences: Callable[[Rows], SentenceVectors],
) -> Iterator[PassageVectors]:
    """Passages, by row, that may state findings, some at a time, with their vectors and their sentences'."""
    left = ((row, text) for row, text in texts if states_findings(text.kind))
    while part := list(islice(left, AT_ONCE)):
        rows = [row for row, _ in part]
        held = sentences(rows)
        yield PassageVectors(
            rows, [text for _, text in part], held.offsets, held.spans, held.vectors, vectors(rows)
        )
