"""What is longer than people write is cut, with every word kept; what is more than a build can take is skipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.build.worker import read_document
from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.structure.long_texts import LONGEST


def test_a_list_that_runs_out_of_numbers_falls_into_no_passage_of_a_megabyte(tmp_path: Path) -> None:
    path = tmp_path / "numbered.txt"
    wanted = [f"Finding {number} speaks of late visits." for number in range(1, 3_001)]
    path.write_text("\n\n".join(f"{number}. {text}" for number, text in enumerate(wanted, 1)))
    document = read_document(path, Limits())[0]
    assert max(len(passage.text) for passage in document.passages) <= LONGEST
    assert len({passage.id for passage in document.passages}) == len(document.passages)
    whole = " ".join(" ".join(passage.text.split()) for passage in document.passages)
    assert all(text in whole for text in (wanted[0], wanted[1_500], wanted[-1]))


def test_a_line_without_an_end_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "line.txt"
    path.write_text("a b " * 40_000)
    document = read_document(path, Limits())[0]
    assert max(len(passage.text) for passage in document.passages) <= LONGEST
    assert sum(len(passage.text.split()) for passage in document.passages) == 80_000


@pytest.mark.parametrize("limit", ["max_passages", "max_sentences", "max_words"])
def test_a_document_over_a_limit_is_skipped_for_a_reason(
    tmp_path: Path, write_document: Callable[..., Path], limit: str
) -> None:
    path = write_document(tmp_path / "text.txt", ["Visits are late. Plans are clear.", "Staff are kind."])
    read_document(path, Limits())
    with pytest.raises(UnreadableDocument, match="over the limit of 1: split it into parts"):
        read_document(path, replace(Limits(), **{limit: 1}))
