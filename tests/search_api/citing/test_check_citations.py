"""A draft is checked against a real index: what is printed is exact, what was changed is shown, the rest not found."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from indexer.document import Document, Passage
from indexer.errors import QueryError
from indexer.text.sentences import sentences_of
from search_api.citing.check_citations import CheckSettings, check_citations, references_of
from search_api.citing.citation import reference
from search_api.citing.quotations import quotations
from search_api.engine import Engine
from search_api.http.routes import add_api
from search_api.snapshot import Snapshot

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def printed(snapshot: Snapshot) -> tuple[Passage, Document, str]:
    """A numbered paragraph of a report with a page, its document, and a sentence of it of twelve words or more."""
    for document in snapshot.index.documents():
        whole = snapshot.index.document(document.id)
        assert whole is not None
        for passage in whole.passages:
            for sentence in sentences_of(passage.text):
                plain = not set(sentence.text) & set("“”\"‘’'[]…") and len(sentence.text.split()) >= 12
                cited = passage.kind == "paragraph" and passage.label and passage.page and document.council
                if plain and cited:
                    return passage, document, sentence.text
    pytest.fail("the sample has no such paragraph")


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    app = FastAPI()
    add_api(app, engine)
    with TestClient(app) as opened:
        yield opened


def test_a_quotation_copied_with_its_reference_is_exact_in_both(
    snapshot: Snapshot, printed: tuple[Passage, Document, str]
) -> None:
    passage, document, sentence = printed
    checked = check_citations(snapshot, f"They wrote: “{sentence}” ({reference(passage, document)}).")
    (quotation,), (resolved,) = checked.quotations, checked.references
    assert (quotation.status, resolved.status, quotation.reference) == ("exact", "exact", 0)
    assert quotation.citation is not None
    assert quotation.citation.passage.id == passage.id
    assert quotation.citation.quote.rstrip(".") == sentence.rstrip(".")
    assert [p.id for p in resolved.passages] == [passage.id]
    assert quotation.note == ""


def test_a_changed_word_is_shown(snapshot: Snapshot, printed: tuple[Passage, Document, str]) -> None:
    passage, _, sentence = printed
    words = sentence.split()
    words[5] = "seventeen"
    (quotation,) = check_citations(snapshot, f'"{" ".join(words)}"').quotations
    assert quotation.status == "altered"
    assert quotation.citation is not None and quotation.citation.passage.id == passage.id
    assert ("seventeen", sentence.split()[5]) in [(c.quoted, c.printed) for c in quotation.difference]


def test_words_that_no_document_has_are_not_found(snapshot: Snapshot) -> None:
    text = "“The bridge over the river Quell was painted purple by volunteers in spring.”"
    (quotation,) = check_citations(snapshot, text).quotations
    assert (quotation.status, quotation.citation) == ("not_found", None)


def test_the_right_words_with_a_wrong_reference_are_said_to_stand_elsewhere(
    snapshot: Snapshot, printed: tuple[Passage, Document, str]
) -> None:
    passage, document, sentence = printed
    whole = snapshot.index.document(document.id)
    assert whole is not None
    other = next(p for p in whole.passages if p.kind == "paragraph" and p.label and sentence not in p.text)
    checked = check_citations(snapshot, f"“{sentence}” ({reference(other, document)})")
    assert checked.quotations[0].status == "exact"
    assert checked.quotations[0].citation is not None
    assert checked.quotations[0].citation.passage.id == passage.id
    assert "another passage" in checked.quotations[0].note


def test_a_wrong_page_and_a_missing_paragraph_are_said(
    snapshot: Snapshot, printed: tuple[Passage, Document, str]
) -> None:
    passage, document, _ = printed
    year = (document.published or "")[:4]
    wrong, missing, unknown, undated = check_citations(
        snapshot,
        f"({document.council} {year}, para {passage.label}, p. 999). ({document.council} {year}, para 998). "
        f"(Darlington 2015, para 42). ({document.council} 1950, para 1).",
    ).references
    assert wrong.status == "altered" and "not on page 999" in wrong.note
    assert missing.status == "not_found" and "no paragraph 998" in missing.note
    assert unknown.status == "not_found" and "Darlington" in unknown.note
    assert undated.status == "not_found" and "1950" in undated.note


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“A b c d” (R). “E f g h” (S).", {0: 0, 1: 1}),
        ("In R: “A b c d”. In S: “E f g h”.", {0: 0, 1: 1}),
        ("As R says, “A b c d.” Later “E f g h”.", {0: 0}),
        ("“A b c d” and “E f g h” (R).", {1: 0}),
        ("> A b c d\n\n— R\n\nAnd then: “E f g h”, S.", {0: 0, 1: 1}),
        ("“A b c d” (R; S) and no more.", {0: 0}),
    ],
)
def test_a_reference_belongs_to_one_quotation(text: str, expected: dict[int, int]) -> None:
    quoted, _ = quotations(text)
    written = [match.span() for match in re.finditer(r"\b[RS]\b", text)]
    assert references_of(text, quoted, written) == expected


def test_a_permalink_is_followed(snapshot: Snapshot, printed: tuple[Passage, Document, str]) -> None:
    passage, document, _ = printed
    right, wrong = check_citations(
        snapshot, f"{passage.url} and then, further on, /documents/{document.id}/zz9 is none."
    ).references
    assert (right.status, wrong.status) == ("exact", "not_found")


def test_what_is_too_much_is_refused_or_said_to_be_unchecked(snapshot: Snapshot) -> None:
    with pytest.raises(QueryError, match="more than 50"):
        check_citations(snapshot, "x" * 51, CheckSettings(characters=50))
    with pytest.raises(QueryError, match="no text"):
        check_citations(snapshot, " \n")
    text = "“one two three four five” and “six seven eight nine ten”"
    assert check_citations(snapshot, text, CheckSettings(quotations=1)).unchecked == 1
    assert check_citations(snapshot, text, CheckSettings(seconds=-1.0)).unchecked == 2


def word_file(paragraphs: list[str]) -> bytes:
    made = docx.Document()
    for paragraph in paragraphs:
        made.add_paragraph(paragraph)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def test_every_way_of_sending_a_text_gives_the_same(
    client: TestClient, printed: tuple[Passage, Document, str]
) -> None:
    text = f"They wrote “{printed[2]}” then."
    file = word_file(["A heading", text])
    answers = [
        client.post("/api/check-citations", json={"text": text}),
        client.post("/api/check-citations", content=text.encode(), headers={"content-type": "text/plain"}),
        client.post("/api/check-citations", data={"text": text}),
        client.post("/api/check-citations", files={"file": ("draft.docx", file)}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert [q["status"] for q in answer.json()["quotations"]] == ["exact"]
        citation = answer.json()["quotations"][0]["citation"]
        passage = client.get(f"/api/passages/{citation['passage_id']}").json()
        assert passage["text"][citation["start"] : citation["end"]] == citation["quote"]


def with_footnote(data: bytes, text: str) -> bytes:
    """The same Word file with a footnote that its first paragraph calls."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/document.xml":
                call = b'<w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
                content = content.replace(b"</w:p>", call, 1)
            new.writestr(name, content)
        new.writestr(
            "word/footnotes.xml",
            f'<w:footnotes {space}><w:footnote w:id="2"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:footnote></w:footnotes>',
        )
    return stream.getvalue()


def test_a_false_quotation_in_a_footnote_is_found(
    client: TestClient, printed: tuple[Passage, Document, str]
) -> None:
    file = with_footnote(
        word_file([f"They wrote “{printed[2]}” then."]), "But “the bridge was painted purple in May”."
    )
    answer = client.post("/api/check-citations", files={"file": ("draft.docx", file)})
    assert answer.status_code == 200, answer.text
    assert [q["status"] for q in answer.json()["quotations"]] == ["exact", "not_found"]


def test_half_a_character_is_checked_as_a_question_mark(client: TestClient) -> None:
    body = b'{"text": "They are \xe2\x80\x9cseen \\ud800 alone by their social workers\xe2\x80\x9d."}'
    answer = client.post("/api/check-citations", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert [q["text"] for q in answer.json()["quotations"]] == ["seen ? alone by their social workers"]


def test_a_reference_in_letters_that_only_look_like_a_month_is_none(snapshot: Snapshot) -> None:
    checked = check_citations(snapshot, "As they said (Kelderbridge, 1 ſeptember 2015, para 4), it is so.")
    assert all(r.reference.date is None or "09" not in r.reference.date for r in checked.references)


@pytest.mark.parametrize("unit", ["> a\n", "“" + "children " * 600 + "” ", "“the of and to in a for is” "])
def test_a_hostile_draft_is_checked_in_bounded_time(snapshot: Snapshot, unit: str) -> None:
    started = time.process_time()
    checked = check_citations(snapshot, unit * (200_000 // len(unit)))
    assert time.process_time() - started < 15
    assert checked.quotations or checked.unchecked


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w:document>" + b" " * 60_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"json": {}}, 422),
        ({"json": {"text": 5}}, 422),
        ({"json": {"text": ""}}, 400),
        ({"json": {"text": "x" * 200_001}}, 400),
        ({"content": b"{" * 100_000, "headers": {"content-type": "application/json"}}, 422),
        ({"content": b"x", "headers": {"content-type": "image/png"}}, 415),
        ({"content": b"x" * 10_000_001, "headers": {"content-type": "text/plain"}}, 413),
        ({"content": b"\x00\x01\x02" * 900, "headers": {"content-type": "text/plain"}}, 422),
        ({"files": {"file": ("a.docx", b"PK\x03\x04 not a zip")}}, 422),
        ({"files": {"file": ("a.docx", bomb())}}, 422),
        ({"files": {"file": ("a.pdf", b"%PDF-1.7 ...")}}, 422),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 422),
        ({"content": b"no parts", "headers": {"content-type": "multipart/form-data; boundary=b"}}, 422),
    ],
)
def test_what_cannot_be_checked_is_refused_in_one_line(
    client: TestClient, options: dict[str, object], status: int
) -> None:
    response = client.post("/api/check-citations", **options)  # type: ignore[arg-type]
    assert response.status_code == status, response.text
    assert "\n" not in response.json()["error"]["message"]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "search_api", "check-citations", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_command_says_what_became_of_each(
    sample_index: Path, tmp_path: Path, printed: tuple[Passage, Document, str]
) -> None:
    draft = tmp_path / "draft.docx"
    draft.write_bytes(word_file([f"They wrote “{printed[2]}” and “the bridge was painted purple in May”."]))
    said = command(str(draft), "--index", str(sample_index))
    assert said.returncode == 0, said.stderr
    assert "exact: “" in said.stdout and "NOT FOUND: “the bridge" in said.stdout
    data = json.loads(command(str(draft), "--index", str(sample_index), "--json").stdout)
    assert data["counts"]["quotations"] == {"exact": 1, "altered": 0, "not_found": 1}
    refused = command(str(tmp_path / "none.docx"), "--index", str(sample_index))
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1
