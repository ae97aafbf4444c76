"""Any question at all is answered or refused in a line, with every promise of an answer kept."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.errors import QueryError
from search_api.answers.answering import answer_question
from search_api.fields import Filters
from search_api.search.results import search_passages
from search_api.snapshot import Snapshot

# More are tried by: FINDINGS_EXAMPLES=2000 pytest tests/search_api/test_hostile_questions.py
EXAMPLES = int(os.environ.get("FINDINGS_EXAMPLES", "60"))
LIMITS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)

WORDS = st.sampled_from(
    [
        "visits", "assessments", "Kelderbridge", "children", "the", "of", "2015", "2014-15", "since", "before", "not",
        "NOT", "AND", "OR", "NEAR", "text:", "good", "inadequate", "how many", "which councils", "SIF", "ILACS",
        "recommendation 3", "paragraph 42",
        "which councils were criticised for", "or", "visits or visits", "in the last", "six years", "ſix years", "fıve years", "² years",
        "٣ years", "1 ſeptember 2015", "ınadequate", "social worker's", "LAC", "'", '"', "``", "(", ")", "*", "^", "-", "+", ":",
        "{", "}", "\\", "/", "?", "!", "£", "–", "…", "\x00", "\x1b", "\u200b", "\u202e", "ﬁ", "İ", "ß", "👍", "e\u0301",
        "\ud800", "1e999", "%s", "{0}", "{{7*7}}", "<script>", "'; DROP TABLE passages; --", "../../etc/passwd",
    ]
)  # fmt: skip
QUESTIONS = st.one_of(
    st.lists(WORDS, min_size=1, max_size=14).map(" ".join),
    st.lists(WORDS, min_size=1, max_size=14).map("".join),
    st.text(max_size=200),
    st.text(alphabet="()\"'*:-^ ANDORNEAT", max_size=80),
    st.tuples(st.text(min_size=1, max_size=3), st.integers(1, 400)).map(lambda part: part[0] * part[1]),
)
VALUES = st.one_of(st.none(), WORDS, st.text(max_size=30))
FILTERS = st.builds(
    Filters,
    council=st.lists(st.one_of(WORDS, st.text(max_size=30)), max_size=3).map(tuple),
    kind=VALUES, framework=VALUES, published_from=VALUES, published_to=VALUES, grade=VALUES, section=VALUES,
    document=VALUES,
)  # fmt: skip


@LIMITS
@given(question=QUESTIONS, filters=FILTERS, limit=st.integers(-5, 200), offset=st.integers(-5, 2_000))
def test_any_search_is_done_or_refused_in_a_line(
    snapshot: Snapshot, question: str, filters: Filters, limit: int, offset: int
) -> None:
    try:
        result = search_passages(snapshot, question, filters, limit, offset)
    except QueryError as error:
        assert "\n" not in str(error)
        return
    assert len(result.hits) <= limit
    assert [hit.rank for hit in result.hits] == list(range(offset + 1, offset + 1 + len(result.hits)))
    assert len({hit.passage.id for hit in result.hits}) == len(result.hits)
    for hit in result.hits:
        assert 0 <= hit.score <= 1
        assert all(0 <= start < end <= len(hit.passage.text) for start, end in hit.highlights)


@LIMITS
@given(question=QUESTIONS)
def test_any_answer_quotes_exactly_or_says_why_there_is_none(snapshot: Snapshot, question: str) -> None:
    try:
        answer = answer_question(snapshot, question).to_json()
    except QueryError as error:
        assert "\n" not in str(error)
        return
    assert (answer["status"] == "answered") == bool(answer["statements"])
    assert bool(answer["reason"]) == (answer["status"] == "not_found")
    for statement in answer["statements"]:
        assert statement["citations"]
        for citation in statement["citations"]:
            passage = snapshot.index.passage(citation["passage_id"])
            assert passage is not None
            assert passage.text[citation["start"] : citation["end"]] == citation["quote"]
