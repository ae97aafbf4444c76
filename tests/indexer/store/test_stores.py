"""What every store of an index keeps to: the same tests over one in a folder and one in PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.document import Document
from indexer.encode.encoder import Encoder, load_encoder
from indexer.encode.word_vectors import unpacked
from indexer.errors import IndexUnusable, QueryError
from indexer.store.columns import Selection
from indexer.store.location import DatabaseLocation, IndexLocation
from indexer.store.opening import open_index, stamp
from indexer.store.postgres.copy import copy_index
from indexer.store.stored_index import Index
from indexer.structure.links import Link
from tests.indexer.postgres_server import Server
from tests.indexer.store.folder.test_index import (
    kelderbridge,
    made_up_words,
    thornmere,
    undated,
    write_index,
)

pytestmark = pytest.mark.slow

HALF_PRECISION = 2e-3
"""How far a store may be from the exact cosine; PostgreSQL keeps half-precision numbers."""

LINK = Link(
    thornmere().id, "1", kelderbridge().id, "1", "progress on", f"{thornmere().id}.t1", f"{kelderbridge().id}.r1"
)  # fmt: skip


class Store:
    """One kind of store: puts documents where an index is opened from."""

    def __init__(self, location: IndexLocation, folder: Path, encoder: Encoder) -> None:
        self.location = location
        self._folder = folder
        self._encoder = encoder

    def put(self, documents: list[Document], links: tuple[Link, ...] = (), exact_up_to: int = 1000) -> None:
        write_index(self._folder, documents, self._encoder, links)
        if isinstance(self.location, DatabaseLocation):
            copy_index(self._folder, self.location, exact_up_to=exact_up_to)

    def open(self) -> Index:
        return open_index(self.location)


@pytest.fixture(scope="module")
def encoder(small_encoder: Path) -> Encoder:
    return load_encoder(str(small_encoder))


@pytest.fixture(scope="module", params=["folder", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(kind: str, tmp_path: Path, encoder: Encoder, request: pytest.FixtureRequest) -> Store:
    return make_store(kind, tmp_path, encoder, request)


def make_store(kind: str, folder: Path, encoder: Encoder, request: pytest.FixtureRequest) -> Store:
    location: IndexLocation = folder / "index"
    if kind == "postgres":
        servers: tuple[Server, Server] = request.getfixturevalue("postgres")
        location = servers[0].new_database()
    return Store(location, folder / "index", encoder)


@pytest.fixture(scope="module")
def index(
    kind: str, tmp_path_factory: pytest.TempPathFactory, encoder: Encoder, request: pytest.FixtureRequest
) -> Iterator[Index]:
    store = make_store(kind, tmp_path_factory.mktemp("stored"), encoder, request)
    store.put([kelderbridge(), thornmere(), undated()], (LINK,))
    with store.open() as opened:
        yield opened


def keys(index: Index, rows: list[int]) -> list[str]:
    return [f"{found.document_id[:4]}.{found.key}" for found in index.passages(rows)]


def test_a_document_comes_back_as_it_was_put_in(index: Index) -> None:
    for document in (kelderbridge(), thornmere(), undated()):
        assert index.document(document.id) == document
        assert index.passage(document.passages[0].id) == document.passages[0]


def test_documents_are_listed_without_passages_by_council_and_date(index: Index) -> None:
    assert [(d.council, d.passages) for d in index.documents()] == [
        ("Kelderbridge", ()), ("Thornmere", ()), (None, ()),
    ]  # fmt: skip
    assert index.documents_by_number == tuple(
        replace(d, passages=()) for d in (kelderbridge(), thornmere(), undated())
    )


def test_passages_come_in_the_order_of_the_rows_asked(index: Index) -> None:
    rows = [5, 0, 3, 0]
    assert [index.row_of(found.id) for found in index.passages(rows)] == rows
    assert index.passages([]) == []
    assert index.texts([rows[1], rows[0]]) == [found.text for found in index.passages([rows[1], rows[0]])]
    assert index.rows_of(thornmere().id) == range(4, 6)


def test_what_is_not_there_is_none(index: Index) -> None:
    for nothing in ("nothing-00000000", "no\0thing", "' OR true --"):
        assert index.document(nothing) is None
        assert index.passage(nothing) is None
        assert index.row_of(nothing) is None
        assert index.source_path(nothing) is None
        assert index.links(nothing) == []
        assert list(index.rows_of(nothing)) == []
    with pytest.raises(IndexError):
        index.passages([len(index)])


def test_links_are_found_from_either_end(index: Index) -> None:
    assert index.links(kelderbridge().id) == index.links(thornmere().id) == [LINK]
    assert index.links(undated().id) == []
    assert index.links_of(LINK.relation) == [LINK]
    assert index.links_of("visit of") == []


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), ["keld.p1", "keld.p2", "keld.p3", "keld.r1", "thor.t1", "thor.t2", "note.t1"]),
        (Selection(councils=("Thornmere",), passage_kinds=("text",)), ["thor.t2"]),
        (Selection(kinds=("committee report", "other")), ["thor.t1", "thor.t2", "note.t1"]),
        (Selection(published_from="2016"), ["thor.t1", "thor.t2"]),
        (Selection(grades=("Good",)), ["keld.p3"]),
        (Selection(section="CARE LEAVERS"), ["keld.p3"]),
        (Selection(documents=(undated().id,)), ["note.t1"]),
        (Selection(polarities=("weakness",), passage_kinds=("recommendation",)), ["keld.r1"]),
        (Selection(councils=("Nowhere",)), []),
    ],
)
def test_a_selection_picks_its_rows(index: Index, selection: Selection, expected: list[str]) -> None:
    assert keys(index, np.flatnonzero(index.select(selection)).tolist()) == expected


def test_a_passage_is_found_by_its_own_words_in_any_form(index: Index) -> None:
    found = index.lexical('"interviewing"', 10)
    assert set(keys(index, [row for row, _ in found])) == {"keld.p2", "keld.r1"}
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert index.frequency(["interviews"]) == 2
    assert index.frequency(["interviews", "gas heating"]) == 3


def test_a_passage_is_found_by_its_context_and_shown_without_it(index: Index) -> None:
    (row, _), *_ = index.lexical('"gas" AND "thornmere"', 10)
    assert index.passages([row])[0].text == "Gas heating is cheap."
    assert index.lexical('text:"thornmere"', 10) == []
    assert keys(index, index.rows_with("thornmere", "about").tolist()) == ["thor.t1", "thor.t2"]


def test_a_phrase_is_its_words_in_order_within_one_field(index: Index) -> None:
    assert keys(index, index.rows_with("return interview").tolist()) == ["keld.p2"]
    assert index.rows_with("interviews return").tolist() == []
    assert index.rows_with("heating is cheap Thornmere").tolist() == []


def test_a_term_scores_its_best_wording(index: Index) -> None:
    one = index.lexical_terms([[("gas", 1.0)]], 5)
    assert index.lexical_terms([[("gas", 1.0), ("heating", 0.1)]], 5) == one
    scores = index.lexical_scores([[("gas", 1.0), ("heating", 0.1)]])
    assert scores.shape == (len(index),)
    assert {row: scores[row] for row in np.flatnonzero(scores).tolist()} == dict(one)


def test_lexical_search_under_a_mask_ranks_as_without_it(index: Index) -> None:
    words = '"return" OR "interview" OR "heating" OR "the"'
    every = index.lexical(words, 10)
    mask = index.select(Selection(councils=("Thornmere",)))
    assert index.lexical(words, 10, mask) == [found for found in every if mask[found[0]]] != []
    assert index.lexical(words, 1, mask) == index.lexical(words, 10, mask)[:1]


@pytest.mark.parametrize("match", ['"', "AND", "nosuchfield: word", "", 'nosuchfield:"word"'])
def test_an_expression_that_cannot_be_matched_is_a_query_error(index: Index, match: str) -> None:
    with pytest.raises(QueryError):
        index.lexical(match, 10)


def test_dense_search_finds_the_nearest(index: Index, encoder: Encoder) -> None:
    vector = encoder.encode_query("return interviews are late")
    cosines = index.vectors(range(len(index))) @ vector
    found = index.dense(vector, 3)
    assert [row for row, _ in found] == np.argsort(-cosines)[:3].tolist()
    assert [score for _, score in found] == pytest.approx(
        np.sort(cosines)[::-1][:3].tolist(), abs=HALF_PRECISION
    )
    assert index.dense_scores(vector) == pytest.approx(cosines, abs=HALF_PRECISION)


def test_dense_search_under_a_mask_sees_selected_rows_only(index: Index, encoder: Encoder) -> None:
    vector = encoder.encode_query("gas")
    mask = index.select(Selection(councils=("Kelderbridge",)))
    rows = np.flatnonzero(mask)
    cosines = index.vectors(rows) @ vector
    assert [row for row, _ in index.dense(vector, 99, mask)] == rows[np.argsort(-cosines)].tolist()
    assert index.dense_scores(vector, mask)[rows] == pytest.approx(cosines, abs=HALF_PRECISION)
    assert index.dense(vector, 5, np.zeros(len(index), dtype=np.bool_)) == []
    with pytest.raises(ValueError, match="length"):
        index.dense(vector[:-1], 5)


def test_vectors_are_those_of_the_texts(index: Index, encoder: Encoder) -> None:
    rows = [3, 1, 3]
    found = index.vectors(rows)
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=HALF_PRECISION)
    assert (found[0] == found[2]).all()


def test_sentences_come_with_their_places_and_vectors(index: Index, encoder: Encoder) -> None:
    rows = [1, 5]
    found = index.sentence_vectors(rows)
    passages = index.passages(rows)
    parts = [
        passages[place].text[start:end]
        for place in range(len(rows))
        for start, end in found.spans[found.offsets[place] : found.offsets[place + 1]].tolist()
    ]
    assert parts == ["Return interviews are offered late.", "Few are written up.", "Gas heating is cheap."]
    expected = encoder.encode_passages(parts)
    assert np.abs(found.vectors - expected).max() < 0.01
    vector = encoder.encode_query("gas")
    best = index.sentence_scores(vector, rows)
    assert best == pytest.approx([(expected[:2] @ vector).max(), expected[2] @ vector], abs=0.02)
    assert index.sentence_scores(vector)[rows] == pytest.approx(best)


def test_words_are_compared_with_the_nearest_of_each_row(index: Index) -> None:
    asked = np.array([[0.5, 0, 0, 0.1], [0, 0.2, -0.1, 0.1]], dtype=np.float32)
    rows = [4, 0, 6, 4]
    expected = [
        (unpacked(made_up_words(text)) @ asked.T).max(axis=0, initial=-999).sum()
        for text in index.texts(rows)
    ]
    found = index.word_scores(asked, rows)
    assert found == pytest.approx([0.0 if value < -99 else value for value in expected], abs=1e-5)
    assert found[2] == 0.0 != found[0]
    assert (index.word_scores(asked[:0], rows) == 0).all()
    assert (index.word_scores(np.ones((1, 7), dtype=np.float32), rows) == 0).all()


def test_an_encoder_of_other_weights_is_refused(
    index: Index, encoder: Encoder, another_encoder: Path
) -> None:
    other = load_encoder(str(another_encoder))
    index.check_encoder(encoder.name, encoder.digest)
    with pytest.raises(IndexUnusable, match=r"rebuild with: python -m indexer build"):
        index.check_encoder(other.name, other.digest)


def test_where_there_is_no_index_it_is_said_how_to_build_one(store: Store) -> None:
    with pytest.raises(
        IndexUnusable, match=r"there is no index in .*; build one with: python -m indexer build"
    ):
        store.open()
    assert stamp(store.location) is None


def test_an_open_index_goes_on_answering_when_it_is_replaced(store: Store) -> None:
    store.put([kelderbridge()])
    seen = stamp(store.location)
    with store.open() as first:
        assert seen is not None
        assert first.is_current()
        store.put([thornmere()])
        assert not first.is_current()
        assert stamp(store.location) != seen
        assert first.document(kelderbridge().id) == kelderbridge()
        assert first.lexical('"interviews"', 5) != []
        with store.open() as second:
            assert [document.id for document in second.documents()] == [thornmere().id]


def test_many_threads_read_one_index(index: Index, encoder: Encoder) -> None:
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
    threads = [threading.Thread(target=lambda: answers.extend(ask() for _ in range(10))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 160
    assert all(answer == expected for answer in answers)


def test_a_graph_over_the_vectors_finds_what_a_comparison_with_all_finds(
    store: Store, encoder: Encoder
) -> None:
    store.put([kelderbridge(), thornmere(), undated()], exact_up_to=0)
    vector = encoder.encode_query("gas heating")
    with store.open() as index:
        cosines = index.vectors(range(len(index))) @ vector
        assert [row for row, _ in index.dense(vector, 7)] == np.argsort(-cosines).tolist()
        mask = np.array([True, True, False, True, False, True, True])
        order = [row for row in np.argsort(-cosines).tolist() if mask[row]]
        assert [row for row, _ in index.dense(vector, 3, mask)] == order[:3]
