"""What was fitted for another encoder isn't used, and opening the index says so."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from indexer.build.build import build
from indexer.encode.encoder import SHIPPED
from search_api.__main__ import main
from search_api.engine import Engine
from search_api.fits import load_fits
from search_api.search.results import search_passages
from search_api.snapshot import Snapshot
from web.app import create_app


def test_the_default_encoder_is_the_one_that_all_was_fitted_for(snapshot: Snapshot) -> None:
    assert snapshot.fits.stale == ()
    assert snapshot.fits == load_fits()
    assert snapshot.health().stale_fits == ()


def test_an_index_of_another_encoder_says_that_the_fits_are_stale_and_does_without_them(
    tmp_path: Path, sample_folder: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "another-encoder"
    shutil.copytree(SHIPPED / "findings-minilm-v1", other)
    sources = tmp_path / "sources"
    sources.mkdir()
    shutil.copy(sample_folder / "kelderbridge-2019-inspection.pdf", sources)
    index = tmp_path / "index"
    build([sources], index, model=str(other))
    capsys.readouterr()
    with caplog.at_level(logging.WARNING), Engine(index) as engine:
        fits = engine.snapshot().fits
        assert fits.stale == ("ranking.toml", "refusal.toml", "survey.toml")
        assert "ranking.toml, refusal.toml, survey.toml" in caplog.text
        assert "\n" not in caplog.records[0].getMessage()
        assert fits.ranking.question.dense == fits.ranking.question.lexical == 0.5
        assert fits.ranking.question.kinds == load_fits().ranking.question.kinds
        assert fits.survey.topics == 0
        client = TestClient(create_app(engine))
        assert client.get("/healthz").json()["stale_fits"] == list(fits.stale)
        assert search_passages(engine.snapshot(), "supervision of social workers").hits
        answered = client.get(
            "/api/answer", params={"q": "How timely are initial health assessments?"}
        ).json()
        assert answered["status"] == "answered"
        refused = client.get("/api/answer", params={"q": "sourdough bread recipe"}).json()
        assert refused["status"] == "not_found"
    assert main(["search", "supervision", "--index", str(index)]) == 0
