"""Original files and pictures of pages, as they are sent."""

from __future__ import annotations

from pathlib import Path

from search_api.engine import Engine
from tests.web.checked_client import CheckedClient
from web.pages.documents.originals import Pictures, kind_in_words, size_in_words


def a_report(engine: Engine) -> str:
    return next(d.id for d in engine.snapshot().index.documents() if d.file.endswith(".pdf"))


def test_original_is_sent_whole_to_be_saved(client: CheckedClient, engine: Engine) -> None:
    for document in engine.snapshot().index.documents():
        response = client.get(f"/documents/{document.id}/original")
        path = engine.snapshot().index.source_path(document.id)
        assert path and response.content == path.read_bytes()
        disposition = response.headers["content-disposition"]
        assert disposition.startswith("attachment") and document.file in disposition
        assert not response.headers["content-type"].startswith("text/")


def test_picture_of_a_page_is_sent_once(client: CheckedClient, engine: Engine) -> None:
    url = f"/documents/{a_report(engine)}/pages/1.png"
    first = client.get(url)
    assert first.headers["content-type"] == "image/png"
    assert first.content.startswith(b"\x89PNG")
    assert len(first.content) < 150_000
    again = client.get(url, expect=304, headers={"If-None-Match": first.headers["etag"]})
    assert again.content == b""


def test_page_that_is_not_there_has_no_picture(client: CheckedClient, engine: Engine) -> None:
    report = a_report(engine)
    text = next(d.id for d in engine.snapshot().index.documents() if d.file.endswith(".txt"))
    for url in (
        f"{report}/pages/0.png",
        f"{report}/pages/999.png",
        f"{report}/pages/x.png",
        f"{text}/pages/1.png",
    ):
        client.get(f"/documents/{url}", expect=404)


def test_pictures_beyond_the_limit_are_forgotten(engine: Engine) -> None:
    report = a_report(engine)
    path = engine.snapshot().index.source_path(report)
    assert path is not None
    pictures = Pictures(most_kept=1)
    first = pictures.picture(report, path, 1)
    assert pictures.picture(report, path, 1) == first
    kept = Pictures()
    assert kept.picture(report, path, 1) is kept.picture(report, Path("/nowhere"), 1)


def test_files_are_described_in_words() -> None:
    assert (kind_in_words("a.PDF"), kind_in_words("a.docx"), kind_in_words("a")) == ("PDF", "Word", "file")
    assert (size_in_words(300), size_in_words(78_400), size_in_words(1_250_000)) == (
        "1 kB",
        "78 kB",
        "1.2 MB",
    )
