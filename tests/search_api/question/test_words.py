from __future__ import annotations

import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from search_api.question.words import STOPWORDS, content_stems, plain, stem, words_of

WORDS = [
    "children",
    "looked",
    "after",
    "assessments",
    "timely",
    "timeliness",
    "supervised",
    "supervision",
    "leaders",
    "leadership",
    "quality",
    "inspecting",
    "inspected",
    "happy",
    "happily",
    "agencies",
    "agency",
    "hopping",
    "hoped",
    "falling",
    "files",
    "relational",
    "conditional",
    "radicalisation",
    "vulnerability",
    "carers",
    "caring",
    "placed",
    "placements",
    "exploited",
    "exploitation",
    "generous",
    "generously",
    "adjustable",
    "irritant",
    "replacement",
    "communism",
    "activate",
    "effective",
    "controlling",
    "ties",
    "dies",
    "caresses",
]


def porter_of_sqlite(words: list[str]) -> list[str]:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE VIRTUAL TABLE texts USING fts5(word, tokenize='porter unicode61')")
        connection.executemany("INSERT INTO texts(rowid, word) VALUES (?, ?)", list(enumerate(words)))
        connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(texts, 'instance')")
        found = dict(connection.execute("SELECT doc, term FROM terms").fetchall())
    return [found[at] for at in range(len(words))]


def test_stems_are_those_of_the_lexical_index() -> None:
    assert [stem(word) for word in WORDS] == porter_of_sqlite(WORDS)


@given(st.lists(st.from_regex(r"[a-z0-9]{1,14}", fullmatch=True), min_size=1, max_size=20))
def test_stems_of_any_letters_and_digits_are_those_of_the_lexical_index(words: list[str]) -> None:
    assert [stem(word) for word in words] == porter_of_sqlite(words)


def test_a_word_keeps_its_place_and_loses_its_possessive() -> None:
    text = "Darlington’s IROs didn't"
    found = words_of(text)
    assert [text[word.start : word.end] for word in found] == ["Darlington’s", "IROs", "didn't"]
    assert [word.lower for word in found] == ["darlington", "iros", "didn"]


def test_accents_and_case_make_no_difference() -> None:
    assert plain("CAFÉ") == plain("cafe") == "cafe"


def test_words_of_no_subject_are_left_out() -> None:
    assert content_stems("What did the inspectors say about plans?") == [stem("inspectors"), stem("plans")]
    assert "what" in STOPWORDS


@given(st.text())
def test_words_of_any_text_are_its_own_and_in_order(text: str) -> None:
    end = 0
    for word in words_of(text):
        assert end <= word.start < word.end
        assert text[word.start : word.end] == word.text
        end = word.end
