"""Pictures of pages: of a real PDF, and of files that can't be drawn."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import UnreadableDocument
from indexer.reading import page_picture as module
from indexer.reading.page_picture import page_picture, png


@pytest.fixture(scope="module")
def report(sample_folder: Path) -> Path:
    return min(sample_folder.glob("*.pdf"))


def size_of(picture: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_page_is_drawn_as_wide_as_asked(report: Path) -> None:
    width, height = size_of(page_picture(report, 1, 500))
    assert width == 500
    assert 650 < height < 750


def test_width_is_limited(report: Path) -> None:
    assert size_of(page_picture(report, 1, 1_000_000))[0] <= module.MAX_WIDTH


@pytest.mark.parametrize("page", [0, -1, 10_000])
def test_page_that_is_not_there_is_refused(report: Path, page: int) -> None:
    with pytest.raises(UnreadableDocument, match="no page"):
        page_picture(report, page, 300)


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.4\n%%EOF", b"%PDF-1.7" + bytes(5000)])
def test_file_that_is_no_pdf_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    with pytest.raises(UnreadableDocument, match="PDF"):
        page_picture(path, 1, 300)


def test_page_that_takes_too_long_is_given_up(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.001)
    with pytest.raises(UnreadableDocument, match="seconds"):
        page_picture(report, 1, 300)


def test_colours_and_greys_come_back_near_what_they_were() -> None:
    colours = np.array(
        [[[0, 0, 0], [255, 255, 255], [204, 0, 0], [0, 153, 51], [128, 128, 128]]], dtype=np.uint8
    )
    picture = png(colours)
    palette = picture[picture.index(b"PLTE") + 4 :]
    start = picture.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", picture[start - 8 : start - 4])
    indices = zlib.decompress(picture[start : start + length])[1:]
    back = np.array([list(palette[3 * i : 3 * i + 3]) for i in indices])
    assert np.abs(back - colours[0].astype(int)).max() <= 26
