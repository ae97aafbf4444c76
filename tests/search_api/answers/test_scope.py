"""What is asked of inspection documents and what isn't, by vectors; and that a scope is read as it was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from search_api.answers.scope import NO_SCOPE, Scope, load_scope, save_scope
from search_api.snapshot import Snapshot


def test_a_scope_is_read_as_it_was_written(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scope = Scope(vectors, np.linspace(-1, 1, 20, dtype=np.float32), 0.25, 1.0)
    save_scope(scope, tmp_path / "scope.npz")
    again = load_scope(tmp_path / "scope.npz")
    assert [again.of(vector) for vector in vectors] == pytest.approx(
        [scope.of(vector) for vector in vectors], abs=0.02
    )
    assert scope.of(vectors[-1]) > scope.of(vectors[0])


def test_without_a_scope_every_question_is_alike() -> None:
    assert NO_SCOPE.of(np.ones(8, dtype=np.float32)) == 0.0


@pytest.mark.parametrize(
    ("asked", "elsewhere"),
    [
        ("how many children waited for an assessment", "how do I cook rice"),
        ("why were care plans late", "what is the capital of Peru"),
        ("did managers check the quality of social work", "how do I change the font in a spreadsheet"),
    ],
)
def test_what_inspectors_write_of_is_asked_and_what_they_do_not_is_not(
    snapshot: Snapshot, asked: str, elsewhere: str
) -> None:
    scope = snapshot.fits.refusal.scope
    assert scope.of(snapshot.vector_of([asked])) > scope.of(snapshot.vector_of([elsewhere]))
