"""What is marked in a passage, beside a slow way of finding the same that looks at every word."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from search_api.fields import Filters, Known
from search_api.question.holdings import Holdings
from search_api.question.operators import phrases_of
from search_api.question.query import Query, understand
from search_api.question.words import STOPWORDS, stems_at, words_of
from search_api.search.highlights import highlights

HOLDINGS = Holdings((), {}, (), Known((), (), (), frozenset(), {}), None, lambda _: False, lambda _: 0)


def asked(question: str) -> Query:
    return understand(question, Filters(), HOLDINGS)


def marked(text: str, question: str) -> list[str]:
    return [text[start:end] for start, end in highlights(text, asked(question))]


def by_every_word(text: str, query: Query) -> set[tuple[int, int]]:
    """Spans of each wording, found word by word and not yet merged."""
    words = stems_at(text)
    stems = [stem for stem, _, _ in words]
    found = set()
    quoted = [phrase for group in query.required for sought in group for phrase in phrases_of(sought.words)]
    for wording in (*(w for term in query.terms for w in term.wordings), *quoted):
        phrase = [word.stem for word in words_of(wording)]
        if phrase and not (len(phrase) == 1 and phrase[0] in STOPWORDS):
            for at in range(len(stems)):
                if stems[at : at + len(phrase)] == phrase:
                    found.add((words[at][1], words[at + len(phrase) - 1][2]))
    return found


def test_every_inflection_is_marked() -> None:
    text = "Agencies' files: an agency filed; the Agency’s filing is late."
    found = marked(text, "agency files")
    assert [word.lower()[:4] for word in found] == ["agen", "file", "agen", "file", "agen", "fili"]


def test_an_abbreviation_is_marked_where_its_words_stand_across_punctuation() -> None:
    assert marked("The independent reviewing officer’s note.", "IRO") == ["independent reviewing officer’s"]


def test_a_letter_with_an_accent_is_the_letter() -> None:
    assert marked("A résumé, and her Resume.", "resume") == ["résumé", "Resume"]


def test_an_ending_after_an_apostrophe_is_no_word_of_its_own() -> None:
    assert marked("Leeds's plan; a T junction", '"t junction"') == ["T junction"]


@settings(deadline=None)  # the first word that an index lacks has the words of English read
@given(
    st.text(alphabet="aceinorsty é’'İ.-1\n", max_size=60),
    st.lists(st.text(alphabet="aceinorsty", min_size=1, max_size=7), min_size=1, max_size=4),
)
def test_marks_cover_what_looking_at_every_word_finds(text: str, words: list[str]) -> None:
    query = asked("zz " + " ".join(words))
    spans = highlights(f"{text} {' '.join(words)}ing", query)
    expected = by_every_word(f"{text} {' '.join(words)}ing", query)
    covered = {at for start, end in spans for at in range(start, end)}
    assert covered == {at for start, end in expected for at in range(start, end)}
    assert spans == sorted(spans) and all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
