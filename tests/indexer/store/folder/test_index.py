"""An index on disk: what was put in comes back, searches agree with plain arithmetic, damage is seen."""

import gc
import json
import random
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.document import Box, Document, Judgement, Passage, Recommendation
from indexer.encode.context import about, context_of, embedded_text, grade_of, heading_of
from indexer.encode.encoder import Encoder, load_encoder
from indexer.errors import IndexUnusable, QueryError
from indexer.store.columns import Selection
from indexer.store.folder.index import FolderIndex
from indexer.store.folder.writer import FILES, IndexWriter, drop_leftovers
from indexer.store.manifest import FORMAT, MANIFEST, Manifest, content_digest, read_manifest
from indexer.store.rows import Origin, document_from_record, document_to_record
from indexer.store.words import WordedRows, joined_words
from indexer.structure.links import Link
from tests.indexer.store.sentence_arrays import encoded_sentences

AREAS = (
    Judgement("Children who need help and protection", "Inadequate", 2),
    Judgement("Children looked after and achieving permanence", "Requires improvement", 2),
    Judgement("Experiences and progress of care leavers", "Good", 2),
)


def passage(
    document: str, key: str, text: str, *section: str, page: int | None = 1, **more: object
) -> Passage:
    made = Passage(f"{document}.{key}", document, "paragraph", key[1:], section, page, page, text)
    return replace(made, **more)


def kelderbridge() -> Document:
    name = "kelderbridge-2015-0a0a0a0a"
    passages = (
        passage(name, "p1", "Workers visit too rarely.", "Children who need help and protection"),
        passage(
            name, "p2", "Return interviews are offered late.\nFew are written up.",
            "The experiences and progress of children looked after and achieving permanence", "Missing",
            page=3, end_page=4, boxes=(Box(3, 0.1, 0.8, 0.9, 0.95), Box(4, 0.1, 1 / 3, 0.9, 0.2)),
        ),
        passage(
            name, "p3", "Young people like their flats.", "Children looked after and achieving permanence",
            "The experiences and progress of care leavers: Good",
        ),
        passage(name, "r1", "Offer an interview in time.", "Recommendations", kind="recommendation"),
    )  # fmt: skip
    return Document(
        id=name, file="kelderbridge-2015.pdf", title="Inspection of services", council="Kelderbridge",
        kind="inspection report", framework="SIF", published="2015-04-24", inspected_from="2015-01-20",
        inspected_to="2015-02-11", lead_inspector="A. Person", judgements=AREAS, pages=30, passages=passages,
        recommendations=(
            Recommendation("1", "Offer an interview in time.", 3, "Recommendations", "local authority",
                           f"{name}.r1", ("2",)),
        ),
        overall="Inadequate", licence="OGL 3", extra={"author": "A. Nother"},
        warnings=("Page 9 has no text.",),
    )  # fmt: skip


def thornmere() -> Document:
    name = "thornmere-2019-0b0b0b0b"
    passages = (
        passage(name, "t1", "Return home conversations happen within three days.", "Progress", page=None),
        passage(name, "t2", "Gas heating is cheap.", page=None, kind="text", label=None),
    )
    return Document(
        id=name, file="thornmere.txt", title="Report", council="Thornmere", kind="committee report",
        passages=passages, extra={"date": "2019-03-02"},
    )  # fmt: skip


def undated() -> Document:
    name = "note-0c0c0c0c"
    return Document(
        id=name, file="note.txt", title="Note", council=None, kind="other",
        passages=(passage(name, "t1", "Nobody knows when this was written.", page=None),),
    )  # fmt: skip


def made_up_words(text: str) -> np.ndarray:
    """Two bytes for every word, which follow from its letters; none for the words of one text."""
    words = [] if "Nobody" in text else text.split()
    return np.array([[ord(word[0]) % 256, ord(word[-1]) * 7 % 256] for word in words], np.uint8).reshape(
        -1, 2
    )


def write_index(
    folder: Path, documents: list[Document], encoder: Encoder, links: tuple[Link, ...] = ()
) -> None:
    folder.mkdir(exist_ok=True)
    old = read_manifest(folder) if (folder / MANIFEST).exists() else None
    writer = IndexWriter(folder, None)
    for number, document in enumerate(documents):
        writer.add(document, Origin(f"{number:064}", 1, "nowhere"))
    writer.add_links(links)
    manifest = Manifest(
        digest=content_digest(writer.sums(), encoder.digest, ""), generation="", encoder=encoder.name,
        encoder_digest=encoder.digest, dimension=encoder.dimension, word_dimension=4, documents=writer.documents,
        passages=writer.passages, built="2020-01-01T00:00:00+00:00", reader="", files={},
        previous=old.generation if old else None,
    )  # fmt: skip
    texts = [embedded_text(document, p) for document in documents for p in document.passages]
    own = [p.text for document in documents for p in document.passages]
    words = [WordedRows((row,), made_up_words(text)) for row, text in enumerate(own)]
    writer.finish(
        encoder.encode_passages(texts),
        encoded_sentences(own, encoder.encode_passages),
        joined_words(None, np.empty((0, 2), dtype=np.int64), words, len(own), 2),
        encoder.name,
    )
    drop_leftovers(folder, writer.publish(manifest))


@pytest.fixture(scope="module")
def encoder(small_encoder: Path) -> Encoder:
    return load_encoder(str(small_encoder))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    folder = tmp_path_factory.mktemp("index") / "three"
    link = Link(
        thornmere().id,
        "1",
        kelderbridge().id,
        "1",
        "progress on",
        f"{thornmere().id}.t1",
        f"{kelderbridge().id}.r1",
    )
    write_index(folder, [kelderbridge(), thornmere(), undated()], encoder, (link,))
    return folder


@pytest.fixture
def index(folder: Path) -> FolderIndex:
    return FolderIndex.open(folder)


def keys(index: FolderIndex, selection: Selection) -> list[str]:
    rows = np.flatnonzero(index.select(selection)).tolist()
    return [f"{found.document_id[:4]}.{found.key}" for found in index.passages(rows)]


def test_a_document_comes_back_as_it_was_put_in(index: FolderIndex) -> None:
    for document in (kelderbridge(), thornmere(), undated()):
        assert index.document(document.id) == document


def test_documents_are_listed_without_passages_by_council_and_date(index: FolderIndex) -> None:
    assert [(d.council, d.passages) for d in index.documents()] == [
        ("Kelderbridge", ()), ("Thornmere", ()), (None, ()),
    ]  # fmt: skip


def test_passages_come_in_the_order_of_the_rows_asked(index: FolderIndex) -> None:
    rows = [5, 0, 3]
    assert [index.row_of(found.id) for found in index.passages(rows)] == rows


def test_what_is_not_there_is_none(index: FolderIndex) -> None:
    assert index.document("nothing-00000000") is None
    assert index.passage("nothing-00000000.p1") is None
    assert index.row_of("nothing-00000000.p1") is None
    assert index.source_path("nothing-00000000") is None
    assert list(index.rows_of("nothing-00000000")) == []
    with pytest.raises(IndexError):
        index.passages([7])


def test_links_are_found_from_either_end(index: FolderIndex) -> None:
    assert index.links(kelderbridge().id) == index.links(thornmere().id) != []
    assert index.links(undated().id) == []


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), ["keld.p1", "keld.p2", "keld.p3", "keld.r1", "thor.t1", "thor.t2", "note.t1"]),
        (Selection(councils=("thornmere",)), ["thor.t1", "thor.t2"]),
        (Selection(councils=("Thornmere", "Kelderbridge"), passage_kinds=("text", "recommendation")),
         ["keld.r1", "thor.t2"]),
        (Selection(kinds=("committee report", "other")), ["thor.t1", "thor.t2", "note.t1"]),
        (Selection(frameworks=("SIF",)), ["keld.p1", "keld.p2", "keld.p3", "keld.r1"]),
        (Selection(published_from="2016"), ["thor.t1", "thor.t2"]),
        (Selection(published_to="2015"), ["keld.p1", "keld.p2", "keld.p3", "keld.r1"]),
        (Selection(published_from="2019-03-02", published_to="2019-03"), ["thor.t1", "thor.t2"]),
        (Selection(published_from="2019-03-03"), []),
        (Selection(grades=("Good",)), ["keld.p3"]),
        (Selection(grades=("Inadequate",)), ["keld.p1", "keld.r1"]),
        (Selection(section="CARE LEAVERS"), ["keld.p3"]),
        (Selection(documents=(undated().id,)), ["note.t1"]),
        (Selection(councils=("Nowhere",)), []),
    ],
)  # fmt: skip
def test_a_selection_picks_its_rows(index: FolderIndex, selection: Selection, expected: list[str]) -> None:
    assert keys(index, selection) == expected


def test_a_passage_is_found_by_its_own_words_in_any_form(index: FolderIndex) -> None:
    found = index.lexical('"interviewing"', 10)
    assert {p.key for p in index.passages([row for row, _ in found])} == {"p2", "r1"}
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert all(score > 0 for _, score in found)


def test_a_passage_is_found_by_its_context_and_shown_without_it(index: FolderIndex) -> None:
    (row, _), *_ = index.lexical('"gas" AND "thornmere"', 10)
    assert index.passages([row])[0].text == "Gas heating is cheap."


def by_sqlite(index: FolderIndex, match: str, limit: int = -1) -> list[tuple[int, float]]:
    """Rows and scores by SQLite's full-text search over the same texts, as an independent implementation."""
    passages = index.passages(range(len(index)))
    documents = [index.documents_by_number[number] for number in index.columns.document]
    with sqlite3.connect(":memory:") as tables:
        tables.execute(
            "CREATE VIRTUAL TABLE lexical USING fts5("
            "text, heading, about, tokenize='porter unicode61 remove_diacritics 2')"
        )
        tables.executemany(
            "INSERT INTO lexical(rowid, text, heading, about) VALUES (?,?,?,?)",
            [
                (row, p.text, heading_of(p), about(d))
                for row, (p, d) in enumerate(zip(passages, documents, strict=True))
            ],
        )
        found = tables.execute(
            "SELECT rowid, -bm25(lexical, 1.0, 0.4, 0.3) AS score FROM lexical WHERE lexical MATCH ? "
            "ORDER BY score DESC, rowid LIMIT ?",
            (match, limit),
        )
        return [(row, pytest.approx(score)) for row, score in found]


def test_lexical_search_under_a_mask_ranks_as_without_it(index: FolderIndex) -> None:
    words = '"return" OR "interview" OR "heating" OR "the"'
    mask = index.select(Selection(councils=("Thornmere",)))
    expected = [(row, score) for row, score in by_sqlite(index, words) if mask[row]]
    assert index.lexical(words, 10, mask) == expected != []
    assert index.lexical(words, 1, mask) == expected[:1]


def test_sums_over_phrases_equal_what_sqlite_ranks(index: FolderIndex) -> None:
    words = ["return", "interviews", "the", "children", "gas", "in time", "nowhere", "Kelderbridge"]
    drawn = random.Random(1)  # noqa: S311 (a draw, not a secret)
    for join in (" OR ", " AND "):
        for _ in range(30):
            phrases = join.join(f'"{word}"' for word in drawn.sample(words, drawn.randint(1, 6)))
            assert dict(index.lexical(phrases, 99)) == dict(by_sqlite(index, phrases))


@pytest.mark.parametrize("field", ["text", "heading", "about"])
def test_a_phrase_can_be_looked_for_in_one_field(index: FolderIndex, field: str) -> None:
    for phrase in ("children", "kelderbridge", "help and protection", "return interviews"):
        rows = [row for row, _ in by_sqlite(index, f'{field}:"{phrase}"')]
        assert index.rows_with(phrase, field).tolist() == sorted(rows)
        assert {row for row, _ in index.lexical(f'{field}:"{phrase}"', 99)} == set(rows)


@pytest.mark.parametrize("match", ['"', "AND", "nosuchcolumn: word", ""])
def test_an_expression_that_cannot_be_matched_is_a_query_error(index: FolderIndex, match: str) -> None:
    with pytest.raises(QueryError):
        index.lexical(match, 10)


def test_dense_search_is_exact(index: FolderIndex, encoder: Encoder) -> None:
    vector = encoder.encode_query("return interviews are late")
    cosines = index.vectors(range(len(index))) @ vector
    found = index.dense(vector, 3)
    assert [row for row, _ in found] == np.argsort(-cosines)[:3].tolist()
    assert [score for _, score in found] == pytest.approx(np.sort(cosines)[::-1][:3].tolist())


@pytest.mark.parametrize("share", [0.0, 1.1])
def test_dense_search_under_a_mask_sees_selected_rows_only(
    index: FolderIndex, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr("indexer.store.vectors._GATHER_SHARE", share)
    vector = encoder.encode_query("gas")
    mask = index.select(Selection(councils=("Kelderbridge",)))
    rows = np.flatnonzero(mask)
    cosines = index.vectors(rows) @ vector
    assert [row for row, _ in index.dense(vector, 99, mask)] == rows[np.argsort(-cosines)].tolist()
    assert index.dense(vector, 5, np.zeros(len(index), dtype=np.bool_)) == []


def test_an_encoder_of_other_weights_is_refused(
    index: FolderIndex, encoder: Encoder, another_encoder: Path
) -> None:
    other = load_encoder(str(another_encoder))
    index.check_encoder(encoder.name, encoder.digest)
    with pytest.raises(IndexUnusable, match=r"rebuild with: python -m indexer build"):
        index.check_encoder(other.name, other.digest)


def test_opening_and_reading_write_nothing(folder: Path) -> None:
    def state() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))}

    before = state()
    with FolderIndex.open(folder) as index:
        index.lexical('"gas"', 3)
        index.documents()
        assert state() == before
    assert state() == before


def test_a_flipped_byte_in_any_file_is_refused(folder: Path, tmp_path: Path) -> None:
    generation = read_manifest(folder).generation
    names = [MANIFEST, *(f"{generation}/{name}" for name in FILES)]
    assert {path.name for path in (folder / generation).iterdir()} == {*FILES, MANIFEST}
    for name in names:
        size = (folder / name).stat().st_size
        for place in (0, size // 3, size // 2, size - 2):
            copy = tmp_path / f"{name.replace('/', '-')}-{place}"
            shutil.copytree(folder, copy)
            content = bytearray((copy / name).read_bytes())
            content[place] ^= 0x01
            (copy / name).write_bytes(content)
            with pytest.raises(IndexUnusable, match=r"rebuild with: python -m indexer build") as caught:
                FolderIndex.open(copy)
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_or_cut_file_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    path = copy / read_manifest(folder).generation / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexUnusable, match=name.replace(".", r"\.")):
        FolderIndex.open(copy)
    path.unlink()
    with pytest.raises(IndexUnusable, match=r"can't be read; rebuild with"):
        FolderIndex.open(copy)


def test_another_version_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    manifest = json.loads((copy / MANIFEST).read_text("utf-8"))
    (copy / MANIFEST).write_text(json.dumps({**manifest, "format": FORMAT + 1}), encoding="utf-8")
    with pytest.raises(IndexUnusable, match=rf"version {FORMAT + 1}.*rebuild with"):
        FolderIndex.open(copy)


def test_a_folder_without_an_index_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(
        IndexUnusable, match=r"there is no index in .*; build one with: python -m indexer build"
    ):
        FolderIndex.open(tmp_path / "nothing")


def test_an_open_index_goes_on_answering_while_it_is_replaced_twice(tmp_path: Path, encoder: Encoder) -> None:
    folder = tmp_path / "index"
    write_index(folder, [kelderbridge()], encoder)
    first = FolderIndex.open(folder)
    write_index(folder, [thornmere()], encoder)
    write_index(folder, [undated()], encoder)
    assert not (folder / first.manifest.generation).exists()
    assert not first.is_current()
    assert first.document(kelderbridge().id) == kelderbridge()
    assert first.lexical('"interviews"', 5) != []
    now = FolderIndex.open(folder)
    assert now.is_current()
    assert [d.id for d in now.documents()] == [undated().id]


def test_many_threads_read_one_index(index: FolderIndex, encoder: Encoder) -> None:
    vector = encoder.encode_query("interviews")
    mask = index.select(Selection(councils=("Kelderbridge",)))

    def ask() -> object:
        return (
            index.lexical('"interview"', 3),
            index.dense(vector, 3, mask),
            index.document(kelderbridge().id),
        )

    expected = ask()
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.extend(ask() for _ in range(25))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 400
    assert all(answer == expected for answer in answers)


def test_the_index_can_be_moved(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder, moved)
    with FolderIndex.open(moved) as index:
        assert index.document(thornmere().id) == thornmere()


def test_the_context_names_council_kind_framework_year_and_headings() -> None:
    document = kelderbridge()
    assert about(document) == "Kelderbridge, inspection report, SIF, 2015"
    assert context_of(document, document.passages[3]) == f"{about(document)}. Recommendations"
    assert about(undated()) == "Note"


@pytest.mark.parametrize(
    ("sections", "grade"),
    [
        (("The experiences and progress of children who need help and protection",), "Inadequate"),
        (
            ("Children looked after and achieving permanence", "Experiences and progress of care leavers"),
            "Good",
        ),
        (
            ("Children looked after and achieving permanence: requires improvement", "Adoption"),
            "Requires improvement",
        ),
        (("What the authority must do",), "Inadequate"),
        ((), "Inadequate"),
    ],
)
def test_a_passage_stands_under_the_grade_of_the_area_that_its_headings_name(
    sections: tuple[str, ...], grade: str
) -> None:
    document = kelderbridge()
    assert grade_of(document, replace(document.passages[0], section=sections)) == grade


def test_without_an_overall_grade_only_judged_areas_give_one() -> None:
    document = replace(kelderbridge(), overall=None)
    assert grade_of(document, document.passages[0]) == "Inadequate"
    assert grade_of(document, document.passages[3]) is None


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
boxes = st.builds(Box, st.integers(1, 9), *[st.floats(0, 1)] * 4)


@given(
    st.lists(
        st.tuples(texts, st.lists(texts, max_size=3), st.lists(boxes, max_size=2)), min_size=1, max_size=5
    )
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_heading_and_box_comes_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory,
    encoder: Encoder,
    drawn: list[tuple[str, list[str], list[Box]]],
) -> None:
    document = replace(
        undated(),
        passages=tuple(
            replace(passage(undated().id, f"t{n}", text, *section, page=None), boxes=tuple(boxes))
            for n, (text, section, boxes) in enumerate(drawn)
        ),
    )
    assert document_from_record(json.loads(json.dumps(document_to_record(document)))) == document
    folder = tmp_path_factory.mktemp("drawn")
    write_index(folder, [document], encoder)
    with FolderIndex.open(folder) as index:
        assert index.document(document.id) == document


def test_the_lexical_index_agrees_with_an_independent_bm25(index: FolderIndex) -> None:
    """FTS5's formula (k1 = 1.2, b = 0.75), computed here over the whole text with each column's weight 1."""
    tables = sqlite3.connect(
        f"file:{index.folder / index.manifest.generation / 'index.sqlite'}?mode=ro", uri=True
    )
    rows = tables.execute(
        "SELECT p.text || ' ' || s.heading || ' ' || d.about FROM passages p "
        "JOIN sections s ON s.number = p.section JOIN documents d ON d.number = p.document ORDER BY p.row"
    ).fetchall()
    words = [[w.strip(".,:–").lower() for w in text.split() if w.strip(".,:–")] for (text,) in rows]
    mean = sum(map(len, words)) / len(words)
    holding = sum("offered" in w or "offer" in w for w in words)
    idf = max(np.log((len(words) - holding + 0.5) / (holding + 0.5)), 1e-6)
    expected: Callable[[int], float] = lambda row: (  # noqa: E731
        idf * (n := sum(w in ("offer", "offered") for w in words[row])) * 2.2
        / (n + 1.2 * (0.25 + 0.75 * len(words[row]) / mean))
    )  # fmt: skip
    found = index.lexical('"offer"', 10, weights=(1.0, 1.0, 1.0))
    assert dict(found) == {row: pytest.approx(expected(row), rel=1e-3) for row, _ in found}
    assert len(found) == 2


def test_an_index_that_nobody_holds_any_more_is_closed_at_once(sample_index: Path) -> None:
    def held() -> int:
        targets: list[str] = []
        for descriptor in Path("/proc/self/fd").iterdir():
            with suppress(OSError):  # another thread may close one of its own in between
                targets.append(str(descriptor.readlink()))
        return sum(target.startswith(str(sample_index)) for target in targets)

    before = held()
    gc.disable()
    try:
        index = FolderIndex.open(sample_index)
        assert index.documents() and index.document(index.documents()[0].id)
        assert held() > before
        del index
        assert held() == before
    finally:
        gc.enable()


def test_tables_cut_in_place_are_said_to_be_damaged(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "index"))
    index = FolderIndex.open(copy)
    with (copy / index.manifest.generation / "index.sqlite").open("r+b") as file:
        file.truncate(0)
    with pytest.raises(IndexUnusable, match="damaged"):
        index.passages([0])
    index.close()
