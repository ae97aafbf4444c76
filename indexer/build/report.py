"""What a build did: for the person in front of it, for scripts (DIR/report.json), and as an error if it did
nothing.

This module must not know how the work was done.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Self

from indexer.document import Document
from indexer.errors import SourceError
from indexer.json_value import JsonValue, rounded
from indexer.store.manifest import REPORT, Manifest, Skipped, write_atomically


@dataclass(frozen=True, slots=True)
class BuildReport(JsonValue):
    """What a build did, as the contract has it, with more at its end.

    `seconds` are by stage; `warnings` are the documents' own, by file.
    """

    documents: int
    passages: int
    unchanged: int
    removed: int
    skipped: tuple[Skipped, ...]
    seconds: Mapping[str, Annotated[float, rounded(3)]]
    warnings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    digest: str = ""
    encoder: str = ""
    encoded: int = 0

    @classmethod
    def of(
        cls,
        manifest: Manifest,
        documents: Sequence[Document],
        seconds: Mapping[str, float],
        *,
        unchanged: int,
        names_before: Collection[str],
        encoded: int,
    ) -> Self:
        """The report of a build that made an index of these documents; `names_before` are the files of the one before."""
        return cls(
            documents=manifest.documents,
            passages=manifest.passages,
            unchanged=unchanged,
            removed=len({*names_before} - {document.file for document in documents}),
            skipped=manifest.skipped,
            seconds=seconds,
            warnings={document.file: document.warnings for document in documents if document.warnings},
            digest=manifest.digest,
            encoder=manifest.encoder,
            encoded=encoded,
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The report that `to_json` was of."""
        return cls(**{**data, "skipped": tuple(Skipped(**entry) for entry in data["skipped"])})

    def unchanged_since(self, seconds: Mapping[str, float]) -> Self:
        """The report of a build that found nothing to do after this one."""
        return replace(self, unchanged=self.documents, removed=0, encoded=0, seconds=seconds)

    def lines(self) -> Iterator[str]:
        """The summary, a line at a time; every skipped file with its reason."""
        yield (
            f"{self.documents} documents, {self.passages} passages "
            f"({self.unchanged} unchanged, {self.documents - self.unchanged} new or changed, "
            f"{self.removed} removed; {self.encoded} passages encoded)"
        )
        yield from skipped_lines(self.skipped)
        if self.warnings:
            count = sum(len(warnings) for warnings in self.warnings.values())
            yield f"{count} warnings on {len(self.warnings)} documents: see {REPORT}"
        parts = [f"{stage} {seconds:.1f} s" for stage, seconds in self.seconds.items() if stage != "total"]
        yield f"{self.seconds.get('total', 0.0):.1f} s ({', '.join(parts)})"


class NothingToIndexError(SourceError):
    """No document under the sources could be read; the index is as it was."""

    def __init__(self, report: BuildReport, sources: Sequence[str]) -> None:
        """`report` names what was skipped; `sources` are as a person would read them."""
        super().__init__(
            f"nothing in {', '.join(sources)} can be indexed "
            f"({len(report.skipped)} skipped, named above); no index was written"
        )
        self.report = report


def skipped_lines(skipped: Sequence[Skipped]) -> Iterator[str]:
    """One line for each file that was skipped, under a line that counts them."""
    if skipped:
        yield f"{len(skipped)} skipped:"
        for entry in skipped:
            yield f"  {entry.file}: {entry.reason}"


def write_report(folder: Path, report: BuildReport) -> None:
    """Write DIR/report.json, in one step."""
    text = json.dumps(report.to_json(), indent=1, ensure_ascii=False)
    write_atomically(folder / REPORT, text + "\n")
