"""A table of similar councils is read as people write it, and refused in one line where it can't be."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.errors import UsageError
from search_api.comparing.neighbours import load_neighbours


def test_neighbours_are_in_order_by_the_names_that_documents_have(tmp_path: Path) -> None:
    table = tmp_path / "neighbours.csv"
    table.write_text(
        "Neighbour,Council,note\nCounty Durham,Darlington,x\nHartlepool, Darlington ,\nThornmere,Kelderbridge,\n,Darlington,\n",
        encoding="utf-8-sig",
    )
    assert load_neighbours(table) == {
        "Darlington": ("Durham", "Hartlepool"),
        "Kelderbridge": ("Thornmere",),
    }


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"council,neighbour\n\xff\xfe\n", None])
def test_table_that_cannot_be_read_is_refused_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    table = tmp_path / "neighbours.csv"
    if content is not None:
        table.write_bytes(content)
    with pytest.raises(UsageError, match="neighbours") as refused:
        load_neighbours(table)
    assert "\n" not in str(refused.value)
