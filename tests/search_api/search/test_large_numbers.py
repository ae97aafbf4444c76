"""1,200 and 1200 find each other, as words of a question and within quote marks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from indexer.build.build import build
from search_api.engine import Engine
from search_api.search.result_set import find


@pytest.mark.parametrize("asked", ["1200 children", "1,200 children", '"1,200 children"', '"1200 children"'])
def test_a_number_is_found_however_it_is_printed(numbers: Engine, asked: str) -> None:
    snapshot = numbers.snapshot()
    found = find(snapshot, asked)
    texts = snapshot.index.texts(found.rows.tolist())
    assert any("1,200 children" in text for text in texts)
    assert any("1200 children" in text for text in texts)
    hits = found.hits(found.rows.tolist())
    marked = [hit.passage.text[start:end] for hit in hits for start, end in hit.highlights]
    assert {"1,200", "1200"} <= {words.removesuffix(" children") for words in marked}


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("numbers")
    (folder / "plan.txt").write_text(
        "Kelderbridge Council\nReport to the children’s scrutiny committee\n\n"
        "1. Help came late for 1,200 children.\n\n2. Plans of 1200 children were seen.\n\n3. Visits are recorded.\n",
        encoding="utf-8",
    )
    build([folder], folder / "index")
    with Engine(folder / "index") as opened:
        yield opened
