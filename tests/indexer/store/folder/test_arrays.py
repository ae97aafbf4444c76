"""Arrays in one file: what was put in comes back, from where it lies, and a damaged file is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from indexer.store.arrays import load_arrays, save_arrays

TYPES = ["u1", "i1", "<u2", "<i2", "<u4", "<i4", "<i8", "<f4", "<f8"]
arrays = st.sampled_from(TYPES).flatmap(
    lambda kind: hn.arrays(kind, hn.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5))
)


@given(st.dictionaries(st.text(max_size=8), arrays, max_size=5))
def test_any_arrays_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, drawn: dict[str, np.ndarray]
) -> None:
    path = tmp_path_factory.mktemp("arrays") / "some.arrays"
    save_arrays(path, drawn)
    found = load_arrays(path)
    assert list(found) == list(drawn)
    for name, array in drawn.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_arrays_are_read_where_they_lie_and_cannot_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "some.arrays"
    save_arrays(path, {"one": np.arange(5, dtype=np.int8), "two": np.arange(7, dtype=np.float64)})
    two = load_arrays(path)["two"]
    assert two.ctypes.data % 64 == 0
    assert not two.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        two[0] = 1


def test_objects_are_not_stored(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="can't be stored"):
        save_arrays(tmp_path / "some.arrays", {"one": np.array([{}], dtype=object)})


def test_a_file_of_something_else_and_one_cut_short_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "some.arrays"
    path.write_bytes(b"something else altogether")
    with pytest.raises(ValueError, match="holds no arrays"):
        load_arrays(path)
    save_arrays(path, {"one": np.arange(100, dtype=np.int64)})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="ends too early"):
        load_arrays(path)
