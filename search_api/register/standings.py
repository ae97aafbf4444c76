"""Where each document stands on a subject: how many of its statements praise, criticise, or do both.

This module must not know of rows, or of how a question was worded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from indexer.register.findings import FindingRows
from indexer.text.polarity import POLARITIES
from search_api.snapshot import Snapshot

Standing = Literal["strength", "weakness", "mixed"]

_STRENGTH, _WEAKNESS, _MIXED = (POLARITIES.index(one) for one in ("strength", "weakness", "mixed"))
_MOSTLY = 2 / 3
"""The share of what is said, weighed by confidence, that must praise (or criticise) for a document to stand for it."""


@dataclass(frozen=True, slots=True, eq=False)
class DocumentStanding:
    """A document's findings on a subject: those with a verdict, and what they come to."""

    document: int
    found: FindingRows
    standing: Standing

    @property
    def praises(self) -> bool:
        """Whether any statement praises, in whole or in part."""
        return bool(np.isin(self.found["verdict"], (_STRENGTH, _MIXED)).any())

    @property
    def criticises(self) -> bool:
        """Whether any statement criticises, in whole or in part."""
        return bool(np.isin(self.found["verdict"], (_WEAKNESS, _MIXED)).any())

    def agreeing(self) -> FindingRows:
        """The findings that agree with where the document stands, the surest first; all where none does."""
        agrees = self.found["verdict"] == POLARITIES.index(self.standing)
        some = self.found[agrees] if agrees.any() else self.found
        ordered: FindingRows = some[np.argsort(-some["confidence"].astype(np.int64), kind="stable")]
        return ordered

    def surest(self, *verdicts: Standing) -> FindingRows:
        """The surest finding with the first of some verdicts that there is; else one that agrees with the standing."""
        for verdict in verdicts:
            held = self.found[self.found["verdict"] == POLARITIES.index(verdict)]
            if len(held):
                break
        else:
            held = self.agreeing()
        surest: FindingRows = held[int(held["confidence"].argmax())]
        return surest


def standings(snapshot: Snapshot, found: FindingRows) -> Mapping[int, DocumentStanding]:
    """Where documents stand, by number, given findings on a subject; those that only state facts have no standing."""
    said = found[np.isin(found["verdict"], (_STRENGTH, _WEAKNESS, _MIXED))]
    documents = snapshot.index.columns.document[said["row"]]
    return {
        int(document): DocumentStanding(int(document), part, _standing(part))
        for document in np.unique(documents)
        if len(part := said[documents == document])
    }


def _standing(found: FindingRows) -> Standing:
    weight = found["confidence"].astype(np.float64)
    praise = weight[found["verdict"] == _STRENGTH].sum() + weight[found["verdict"] == _MIXED].sum() / 2
    share = float(praise / max(weight.sum(), 1e-9))
    return "strength" if share >= _MOSTLY else "weakness" if share <= 1 - _MOSTLY else "mixed"
