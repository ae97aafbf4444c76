"""Files made to hurt: each costs at most one skip with its reason, in limits, and the others are indexed."""

import io
import json
import re
import resource
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.build.build import build
from indexer.build.report import NothingToIndexError
from indexer.encode.encoder import MODEL_SETTING
from indexer.limits import Limits
from indexer.store.folder.index import FolderIndex

# What each file may take. A reader that has just been started may spend the first on a busy machine before it reads a
# word; then all of it is done again with the next.
SECONDS = (4.0, 20.0, 60.0)
BODY = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {n} "{f"&{o};" * 10}">' for o, n in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
Make = Callable[[Path], None]


def docx(parts: dict[str, bytes | str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def bomb_in_the_body(path: Path) -> None:
    text = BODY.format("<w:p><w:r><w:t>" + "a" * 100_000_000 + "</w:t></w:r></w:p>")
    path.with_suffix(".docx").write_bytes(docx({"word/document.xml": text}))


def bomb_that_lies_of_its_size(path: Path) -> None:
    data = docx(
        {"word/document.xml": BODY.format("<w:p><w:r><w:t>" + "a" * 80_000_000 + "</w:t></w:r></w:p>")}
    )
    whole = struct.pack("<I", len(BODY.format("")) + 80_000_000 + len("<w:p><w:r><w:t></w:t></w:r></w:p>"))
    assert whole in data
    path.with_suffix(".docx").write_bytes(data.replace(whole, struct.pack("<I", 5_000)))


def many_members(path: Path) -> None:
    path.with_suffix(".docx").write_bytes(docx({f"word/part{n}.xml": "<a/>" for n in range(10_000)}))


def billion_laughs_in_the_body(path: Path) -> None:
    path.with_suffix(".docx").write_bytes(
        docx({"word/document.xml": LAUGHS + BODY.format("<w:p><w:r><w:t>&j;</w:t></w:r></w:p>")})
    )


def billion_laughs_in_the_styles(path: Path) -> None:
    body = BODY.format("<w:p><w:r><w:t>Words of a document.</w:t></w:r></w:p>")
    path.with_suffix(".docx").write_bytes(
        docx({"word/document.xml": body, "word/styles.xml": LAUGHS + "<x>&j;</x>"})
    )


def entity_from_a_file(path: Path) -> None:
    external = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    body = BODY.format("<w:p><w:r><w:t>see &e; there</w:t></w:r></w:p>")
    path.with_suffix(".docx").write_bytes(docx({"word/document.xml": external + body}))


def deep_docx(path: Path) -> None:
    path.with_suffix(".docx").write_bytes(
        docx({"word/document.xml": BODY.format("<w:tbl><w:tr><w:tc>" * 30_000)})
    )


def names_that_climb(path: Path) -> None:
    body = BODY.format("<w:p><w:r><w:t>Words beside a name that climbs.</w:t></w:r></w:p>")
    path.with_suffix(".docx").write_bytes(
        docx({"word/document.xml": body, "../../../climbed.xml": "x", "/climbed": "x"})
    )


def billion_laughs_in_html(path: Path) -> None:
    path.with_suffix(".html").write_text(LAUGHS + "<html><body><p>&j;</p></body></html>", encoding="utf-8")


def html_that_asks_for_files(path: Path) -> None:
    path.with_suffix(".html").write_text(
        '<!DOCTYPE html [<!ENTITY e SYSTEM "file:///etc/passwd">]><html><head><base href="file:///etc/">'
        '<link rel="import" href="passwd"></head><body><p>Asking &e; for a file.</p><iframe src="passwd"></iframe>'
        '<object data="file:///etc/passwd"></object></body></html>',
        encoding="utf-8",
    )


def deep_html(path: Path) -> None:
    path.with_suffix(".html").write_text("<html><body>" + "<b><i><table>" * 50_000 + "deep", encoding="utf-8")


def wide_html_table(path: Path) -> None:
    row = "<tr>" + '<td rowspan="65000" colspan="65000">x</td>' * 200 + "</tr>"
    path.with_suffix(".html").write_text(
        f"<html><body><table>{row * 50}</table></body></html>", encoding="utf-8"
    )


def one_line_of_ten_million(path: Path) -> None:
    path.with_suffix(".txt").write_text("1.1." * 2_400_000, encoding="utf-8")


def text_for_slow_patterns(path: Path) -> None:
    lines = [
        "(" * 50_000, "1 " * 50_000, "a" * 100_000 + "!", "- " * 50_000, "recommendation " * 8_000 + "x",
        "." * 100_000, "\t" * 50_000 + "x", "see recommendations " + "1, " * 30_000, "£" * 50_000,
        "10." + "1." * 40_000, "é" * 50_000, "| " * 40_000, "**" * 40_000, "[" * 40_000 + "](" * 40_000,
    ]  # fmt: skip
    path.with_suffix(".md").write_text("\n\n".join(lines), encoding="utf-8")


def quotes_within_quotes(path: Path) -> None:
    path.with_suffix(".md").write_text("> " * 100_000 + "deep\n" + "  " * 50_000 + "- item", encoding="utf-8")


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1, the first its catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(
        out + b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    )


CATALOGUE = b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), extra, data)


def pdf_bomb(path: Path) -> None:
    content = zlib.compress(b"BT /F 12 Tf 72 700 Td (a) Tj ET\n" + b" " * 300_000_000, 1)
    data = pdf(CATALOGUE, PAGES, PAGE, stream(content, b"/Filter/FlateDecode"), FONT)
    path.with_suffix(".pdf").write_bytes(data)


def pdf_bomb_in_bomb(path: Path) -> None:
    content = zlib.compress(zlib.compress(zlib.compress(b"\0" * 300_000_000, 1), 9), 9)
    data = pdf(
        CATALOGUE, PAGES, PAGE, stream(content, b"/Filter[/FlateDecode/FlateDecode/FlateDecode]"), FONT
    )
    path.with_suffix(".pdf").write_bytes(data)


def pdf_whose_pages_go_in_a_circle(path: Path) -> None:
    path.with_suffix(".pdf").write_bytes(
        pdf(
            CATALOGUE,
            b"<</Type/Pages/Kids[2 0 R 3 0 R 2 0 R]/Count 1000000000>>",
            PAGE,
            stream(b"BT ET"),
            FONT,
        )
    )


def pdf_nested_without_end(path: Path) -> None:
    path.with_suffix(".pdf").write_bytes(
        pdf(
            b"<</Type/Catalog/Pages 2 0 R/Deep" + b"[" * 200_000 + b"]" * 200_000 + b">>",
            PAGES,
            PAGE,
            stream(b"BT ET"),
            FONT,
        )
    )


def pdf_of_a_huge_page(path: Path) -> None:
    huge = PAGE.replace(b"[0 0 595 842]", b"[0 0 99999999 99999999]")
    text = b"BT /F 12 Tf 72 700 Td (A page as large as a town.) Tj ET"
    path.with_suffix(".pdf").write_bytes(pdf(CATALOGUE, PAGES, huge, stream(text), FONT))


def pdf_of_a_million_words(path: Path) -> None:
    text = b"BT /F 1 Tf 1 0 0 1 72 700 Tm\n" + b"(word) Tj 0.01 0 Td\n" * 400_000 + b"ET"
    content = zlib.compress(text, 9)
    path.with_suffix(".pdf").write_bytes(
        pdf(CATALOGUE, PAGES, PAGE, stream(content, b"/Filter/FlateDecode"), FONT)
    )


def pdf_that_draws_itself(path: Path) -> None:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X 6 0 R>>>>"
    page = PAGE.replace(b"/Font<", b"/XObject<</X 6 0 R>>/Font<")
    path.with_suffix(".pdf").write_bytes(
        pdf(CATALOGUE, PAGES, page, stream(b"/X Do " * 50), FONT, stream(b"/X Do " * 50, form))
    )


HOSTILE: list[Make] = [
    bomb_in_the_body, bomb_that_lies_of_its_size, many_members, billion_laughs_in_the_body,
    billion_laughs_in_the_styles, entity_from_a_file, deep_docx, names_that_climb, billion_laughs_in_html,
    html_that_asks_for_files, deep_html, wide_html_table, one_line_of_ten_million, text_for_slow_patterns,
    quotes_within_quotes, pdf_bomb, pdf_bomb_in_bomb, pdf_whose_pages_go_in_a_circle, pdf_nested_without_end,
    pdf_of_a_huge_page, pdf_of_a_million_words, pdf_that_draws_itself,
]  # fmt: skip
REFUSED = {
    "bomb_in_the_body", "bomb_that_lies_of_its_size", "many_members", "billion_laughs_in_the_body",
    "billion_laughs_in_the_styles", "entity_from_a_file", "deep_docx", "deep_html", "one_line_of_ten_million",
}  # fmt: skip


def processor_seconds() -> float:
    """Seconds of a processor that this process and those that it has seen the end of have used."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


@pytest.mark.slow
def test_hostile_files_cost_a_skip_each_and_nothing_else(
    tmp_path: Path, write_document: Callable[..., Path], small_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))
    source = tmp_path / "source"
    write_document(source / "good.txt", ["Kettles are mended on a Tuesday."])
    for make in HOSTILE:
        make(source / make.__name__)
    for seconds in SECONDS:
        folder = tmp_path / f"index-{seconds:.0f}"
        used = processor_seconds()
        try:
            report = build([source], folder, limits=Limits(max_seconds=seconds), processes=2)
        except NothingToIndexError as error:
            report = error.report
        used = processor_seconds() - used
        reasons = {Path(entry.file).stem: entry.reason for entry in report.skipped}
        if not reasons.get("good", "").startswith("takes longer"):
            break
    with FolderIndex.open(folder) as index:
        read = {Path(document.file).stem for document in index.documents()}
        texts = " ".join(p.text for p in index.passages(range(len(index))))
    assert "good" in read
    assert read | set(reasons) == {"good", *(make.__name__ for make in HOSTILE)}
    assert set(reasons) >= REFUSED, dict.fromkeys(REFUSED - set(reasons), "read")
    for name, reason in reasons.items():
        assert "\n" not in reason and len(reason) < 300, name
        assert not re.search(r"Traceback|Error:", reason), (name, reason)
    # Not a word of this machine's own files, nor of an entity.
    assert "root:" not in texts
    assert "haha" not in texts
    # No file has more than its time and half of it again, and most need far less; making vectors is the rest. A
    # clock on the wall would measure whatever else the machine does.
    assert used < len(HOSTILE) * seconds
    assert json.loads((folder / "report.json").read_text("utf-8"))["documents"] == len(read)
    assert not list(tmp_path.rglob("climbed*"))
