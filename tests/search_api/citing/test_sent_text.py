"""A Word file that somebody sends is read apart: what it takes and what it gives are bounded, whatever is in it."""

from __future__ import annotations

import contextlib
import io
import random
import threading
import time
import zipfile
from dataclasses import replace

import pytest

from indexer.build import sent
from indexer.errors import UnreadableDocument
from indexer.giving_up import GivenUpError, may_be_given_up
from search_api.citing.sent_text import LIMITS, text_of

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def word_file(body: str, numbering: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("word/document.xml", f"<w:document {_W}><w:body>{body}</w:body></w:document>")
        archive.writestr("word/numbering.xml", f"<w:numbering {_W}>{numbering}</w:numbering>")
    return file.getvalue()


def words(seed: int, count: int) -> str:
    # Such as don't pack to nothing: what unpacks to much more than it takes is refused before.
    return "".join(random.Random(seed).choices("abcdefghijklm ", k=count))  # noqa: S311 (no secret)


def test_a_list_label_of_megabytes_is_not_printed_before_each_paragraph() -> None:
    label = (
        f'<w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/><w:lvlText w:val="%1 {words(1, 2_000_000)}"/></w:lvl>'
    )
    lists = f'<w:abstractNum w:abstractNumId="0">{label}</w:abstractNum>'
    lists += '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    listed = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    body = "".join(f"<w:p>{listed}<w:r><w:t>{words(n, 20)}</w:t></w:r></w:p>" for n in range(1_000))
    assert len(text_of(word_file(body, lists))) < 200_000


def test_text_boxes_and_tables_within_each_other_end_within_their_time() -> None:
    inner = "".join(f"<w:p><w:r><w:t>{words(n, 30)}</w:t></w:r></w:p>" for n in range(5_000))
    for _ in range(40):
        inner = f"<w:tbl><w:tr><w:tc><w:p><w:r><w:txbxContent>{inner}</w:txbxContent></w:r></w:p></w:tc></w:tr></w:tbl>"
    started = time.monotonic()
    with contextlib.suppress(UnreadableDocument):
        assert len(text_of(word_file(inner))) <= LIMITS.max_chars
    assert time.monotonic() - started < LIMITS.max_seconds + 5


def test_what_takes_too_long_or_too_much_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    file = word_file("<w:p><w:r><w:t>Children are safe.</w:t></w:r></w:p>")
    assert text_of(file).strip() == "Children are safe."
    with pytest.raises(UnreadableDocument, match="takes longer than"):
        sent.text_of_docx(file, replace(LIMITS, max_seconds=0.01))
    monkeypatch.setattr(sent, "TEXT_MEMORY_BYTES", 20_000_000)
    with pytest.raises(UnreadableDocument):
        sent.text_of_docx(file, LIMITS)


def test_reading_ends_when_nobody_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent, "COMMAND", ("sleep", "60"))
    started = time.monotonic()
    with may_be_given_up() as given_up:
        threading.Timer(0.3, given_up.set).start()
        with pytest.raises(GivenUpError):
            sent.text_of_docx(word_file(""), replace(LIMITS, max_seconds=50))
    assert time.monotonic() - started < 10
