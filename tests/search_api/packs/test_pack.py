"""An evidence pack: its link holds it whole, what is exported is what documents say, and nothing else gets in."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_api.engine import Engine
from search_api.packs import pack_files
from search_api.packs.pack import LONGEST_NOTE, MOST_PASSAGES, Basket, Entry, basket, read_pack
from search_api.search.results import search_passages
from search_api.snapshot import Snapshot

IDS = st.lists(st.sampled_from([f"doc-{n}.p{n}" for n in range(8)]), max_size=6, unique=True)
NOTES = st.text("abc &=?#%é;\n", max_size=20)
TODAY = datetime.date(2026, 3, 1)
# A picture of one point.
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fe"
    "dccc59e70000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def snapshot(sample_index: Path) -> Iterator[Snapshot]:
    with Engine(sample_index) as opened:
        yield opened.snapshot()


@pytest.fixture(scope="module")
def held(snapshot: Snapshot) -> Basket:
    hits = [hit for hit in search_passages(snapshot, "return interviews", limit=50).hits if hit.passage.page][
        :3
    ]
    return basket([hit.passage.id for hit in hits], ["=cmd()", "", "read this first"], "Return interviews")


@given(IDS, st.lists(NOTES, max_size=6), st.text("ab c", max_size=10))
def test_link_holds_the_whole_pack(ids: list[str], notes: list[str], title: str) -> None:
    held = basket(ids, notes, title)
    fields = parse_qs(urlsplit(held.url()).query, keep_blank_values=True)
    assert basket(fields.get("p", []), fields.get("note", []), "".join(fields.get("title", []))) == held


def test_passages_are_added_once_and_up_to_a_limit() -> None:
    held = Basket(entries=(Entry("a.p1", "kept"),)).with_entries(["a.p1", "a.p2", "a.p2", ""])
    assert held.entries == (Entry("a.p1", "kept"), Entry("a.p2"))
    assert len(held.with_entries([f"a.p{n}" for n in range(500)]).entries) == MOST_PASSAGES


def test_entries_move_and_go_and_keep_their_notes() -> None:
    held = Basket("t", (Entry("a.p1", "one"), Entry("a.p2", "two"), Entry("a.p3")))

    def order(basket: Basket) -> list[str]:
        return [entry.passage_id[-1] for entry in basket.entries]

    assert order(held.changed("up", "a.p3")) == ["1", "3", "2"]
    assert order(held.changed("up", "a.p1")) == ["1", "2", "3"]
    assert order(held.changed("down", "a.p1")) == ["2", "1", "3"]
    assert order(held.changed("top", "a.p3")) == ["3", "1", "2"]
    assert order(held.changed("remove", "a.p2")) == ["1", "3"]
    assert held.changed("remove", "b.p9") == held
    assert held.changed("down", "a.p1").entries[1].note == "one"


def test_long_notes_are_cut_and_ids_that_are_none_left_out() -> None:
    held = basket(["", "x" * 300, "a.p1"], ["", "", "n" * 5_000])
    assert [(e.passage_id, len(e.note)) for e in held.entries] == [("a.p1", LONGEST_NOTE)]


def test_pack_quotes_passages_in_order_and_names_what_is_missing(snapshot: Snapshot, held: Basket) -> None:
    pack = read_pack(snapshot, held.with_entries(["gone-1.p1"]))
    assert [item.passage.id for item in pack.passages] == [entry.passage_id for entry in held.entries]
    assert [item.number for item in pack.passages] == [1, 2, 3]
    assert pack.missing == ("gone-1.p1",)
    assert pack.index.digest == snapshot.index.digest


def test_csv_holds_every_quote_and_no_formula(snapshot: Snapshot, held: Basket) -> None:
    pack = read_pack(snapshot, held)
    body = pack_files.to_csv_file(pack, "https://findings.example")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert [row["passage_id"] for row in rows] == [item.passage.id for item in pack.passages]
    assert rows[0]["note"] == "'=cmd()"
    assert rows[0]["quote"] == pack.passages[0].passage.text
    assert rows[0]["url"].startswith("https://findings.example/documents/")


def test_ris_has_a_record_for_every_passage(snapshot: Snapshot, held: Basket) -> None:
    body = pack_files.to_ris_file(read_pack(snapshot, held), "").decode()
    assert body.count("TY  - ") == body.count("ER  - ") == 3
    assert pack_files.to_ris_file(read_pack(snapshot, Basket()), "") == b""


def test_json_holds_the_passages_as_the_contract_has_them(snapshot: Snapshot, held: Basket) -> None:
    data = json.loads(pack_files.to_json_file(read_pack(snapshot, held)))
    assert data["passages"][0]["passage"] == snapshot.index.passage(held.entries[0].passage_id).to_json()  # type: ignore[union-attr]
    assert data["index"]["digest"] == snapshot.index.digest


def test_word_document_holds_quotes_citations_notes_licence_and_index(
    snapshot: Snapshot, held: Basket
) -> None:
    pack = read_pack(snapshot, held)
    asked: list[tuple[str, int]] = []

    def picture(item: object, page: int) -> bytes:
        asked.append((getattr(item, "citation"), page))  # noqa: B009 (an object here)
        return DOT

    body = pack_files.to_docx_file(pack, "https://findings.example", TODAY, picture)
    document = docx.Document(io.BytesIO(body))
    said = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for item in pack.passages:
        assert item.citation in said
        for line in item.passage.text.split("\n"):
            assert line.strip() in said
    assert "Return interviews" in said and "read this first" in said and "1 March 2026" in said
    assert pack.index.digest in said
    assert pack_files.licence_line(pack) in said
    printed = [item for item in pack.passages if item.passage.page]
    assert len(document.inline_shapes) == len(asked) >= len(printed) > 0


def test_word_document_without_pictures_asks_for_none(snapshot: Snapshot, held: Basket) -> None:
    body = pack_files.to_docx_file(read_pack(snapshot, held), "", TODAY)
    assert len(docx.Document(io.BytesIO(body)).inline_shapes) == 0


def test_characters_that_a_word_document_cannot_hold_are_left_out(snapshot: Snapshot, held: Basket) -> None:
    strange = basket([held.entries[0].passage_id], ["a\x00b\x0bc\ud800d"], "t\x01")
    body = pack_files.to_docx_file(read_pack(snapshot, strange), "", TODAY)
    said = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(body)).paragraphs)
    assert "abcd" in said


def test_a_file_name_that_a_word_document_cannot_hold_is_cleaned(snapshot: Snapshot, held: Basket) -> None:
    pack = read_pack(snapshot, held)
    items = tuple(replace(i, document=replace(i.document, file="a\ufffeb.pdf")) for i in pack.passages)
    body = pack_files.to_docx_file(replace(pack, passages=items), "", TODAY, lambda *_: DOT)
    said = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(body)).paragraphs)
    assert "ab.pdf" in said
