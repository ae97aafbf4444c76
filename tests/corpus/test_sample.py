"""The sample corpus is what its sources say, and cannot be taken for a real council's papers."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE, TRUTH = ROOT / "corpus" / "sample", ROOT / "corpus" / "truth"
DOCUMENTS = sorted(SAMPLE.iterdir())
NOTICE = "Sample document about an invented council"
# The 153 councils of England with children’s services, as of 2023, without "Council" and its like.
REAL_COUNCILS = set((Path(__file__).parent / "real_councils.txt").read_text(encoding="utf-8").splitlines())


def _pages(path: Path) -> list[str]:
    """The text of each page as a reader of the format sees it; a Word file counts as one, footer and all."""
    match path.suffix:
        case ".pdf":
            with pypdfium2.PdfDocument(path) as pdf:
                return [page.get_textpage().get_text_range() for page in pdf]
        case ".docx":
            word = docx.Document(str(path))
            footers = (p.text for section in word.sections for p in section.footer.paragraphs)
            return ["\n".join([*(p.text for p in word.paragraphs), *footers])]
        case _:
            return [path.read_text(encoding="utf-8")]


def _entries(data: bytes) -> dict[str, tuple[tuple[int, ...], bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {entry.filename: (entry.date_time, archive.read(entry)) for entry in archive.infolist()}


def _truth(name: str) -> list[dict[str, Any]]:
    text = (TRUTH / name).read_text(encoding="utf-8")
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    loaded: list[dict[str, Any]] = json.loads(text)
    return loaded


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("corpus")
    subprocess.run([sys.executable, ROOT / "corpus" / "make_sample.py", "--out", out], check=True)
    return out


@pytest.mark.parametrize("folder", ["sample", "truth"])
def test_the_script_writes_exactly_the_files_that_are_committed(made: Path, folder: str) -> None:
    committed = {p.name for p in (ROOT / "corpus" / folder).iterdir()}
    assert {p.name for p in (made / folder).iterdir()} == committed


@pytest.mark.parametrize("path", [*DOCUMENTS, *sorted(TRUTH.iterdir())], ids=lambda p: p.name)
def test_the_script_reproduces_the_committed_file(made: Path, path: Path) -> None:
    again = (made / path.parent.name / path.name).read_bytes()
    if path.suffix == ".docx":  # a zip: builds of zlib squeeze alike content into unlike bytes
        assert _entries(again) == _entries(path.read_bytes())
    else:
        assert again == path.read_bytes()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_a_document_says_on_its_face_that_it_is_invented(path: Path) -> None:
    pages = _pages(path)
    assert all(NOTICE in page for page in pages)
    assert NOTICE in pages[0][:700]


def test_no_council_of_the_sample_is_a_real_one() -> None:
    invented = {str(entry["council"]) for entry in [*_truth("truth.json"), *_truth("papers.json")]}
    assert len(invented) == 3
    assert not invented & REAL_COUNCILS
    assert len(REAL_COUNCILS) == 153


def test_the_truth_describes_every_document_and_only_those() -> None:
    described = [str(entry["file"]) for entry in [*_truth("truth.json"), *_truth("papers.json")]]
    assert sorted(described) == [p.name for p in DOCUMENTS]


@pytest.mark.parametrize("entry", _truth("truth.json"), ids=lambda e: str(e["file"]))
def test_each_paragraph_begins_and_ends_on_the_page_that_the_truth_names(entry: dict[str, Any]) -> None:
    pages = [_one_line(page) for page in _pages(SAMPLE / str(entry["file"]))]
    assert len(pages) == entry["pages"]
    for paragraph in entry["sample"]:
        start = " ".join(paragraph["first_words"].split()[:3])
        end = " ".join(paragraph["last_words"].split()[-2:])
        assert f"{paragraph['paragraph']}. {start}" in pages[paragraph["page"] - 1]
        assert end in pages[paragraph.get("end_page", paragraph["page"]) - 1]


@pytest.mark.parametrize("entry", _truth("truth.json"), ids=lambda e: str(e["file"]))
def test_every_report_has_a_paragraph_divided_by_a_page_break(entry: dict[str, Any]) -> None:
    assert any(paragraph["crosses_page"] for paragraph in entry["sample"])


def test_each_answer_stands_on_the_page_that_the_question_names() -> None:
    for question in _truth("questions.jsonl"):
        pages = [_one_line(page) for page in _pages(SAMPLE / str(question["file"]))]
        page = question["page"]
        near = " ".join(pages[page - 1 : page + 1] if page else pages)
        assert " ".join(question["answer"].split()[:4]) in near, question["question"]


def _one_line(text: str) -> str:
    """Words with single spaces; pdfium marks a hyphen at a line's end as U+FFFE."""
    return " ".join(text.replace("\ufffe\r\n", "-").replace("\ufffe", "-").split())
