"""One command fits again what another encoder makes worthless, in a copy of the program, so that this one stays."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_what_an_index_allows_is_fitted_and_what_it_does_not_is_left_and_named(
    tmp_path: Path, sample_index: Path
) -> None:
    for package in ("search_api", "eval"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("indexer", "models"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    refusal, survey = (Path("search_api/answers", name) for name in ("refusal.toml", "survey.toml"))
    (tmp_path / refusal).write_text((ROOT / refusal).read_text().replace('encoder = "', 'encoder = "not-'))
    done = subprocess.run(
        [sys.executable, "-m", "eval", "refit", "--index", sample_index, "--bench", ROOT / "corpus" / "truth"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    # The sample's evidence is of one report, and none of its documents was counted by hand.
    assert done.returncode == 1
    assert "fitted for findings-minilm-v1: refusal.toml" in done.stdout
    assert "of one report" in done.stderr
    assert "counted by hand" in done.stderr
    assert "none of the labelled statements" in done.stderr
    assert 'encoder = "findings-minilm-v1"' in (tmp_path / refusal).read_text()
    assert (tmp_path / survey).read_text() == (ROOT / survey).read_text()
    assert "not used" not in done.stdout
