"""Queries made of findings: in lay words, short, never empty, the same for the same seed."""

from random import Random

from training.queries import content_words, demand_from, in_lay_words, query_from, sentences, tells_weakness


def drawn(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - a seeded draw, not a secret


FIGURE = "By the end of March, 61% of return home interviews were offered within 72 hours."
REASON = "Permanence is late for some children because social workers change too often."
PLAIN = "Foster carers in the north of the county speak warmly of the therapeutic team that visits them."


def test_sentences_end_at_stops_and_at_lines_but_not_at_decimals() -> None:
    text = "Attendance rose to 93.5 per cent. Fewer moved school.\nlist item without a stop"
    assert sentences(text) == [
        "Attendance rose to 93.5 per cent.",
        "Fewer moved school.",
        "list item without a stop",
    ]


def test_the_longest_phrase_of_the_field_is_swapped_first() -> None:
    swapped = in_lay_words("Looked after children wait.", drawn(1), share=1.0)
    assert "looked after kids" not in swapped.lower()
    assert swapped.lower() != "looked after children wait."


def test_no_share_leaves_the_text_as_it_is() -> None:
    assert in_lay_words(FIGURE, drawn(1), share=0.0) == FIGURE


def test_a_query_is_the_same_for_the_same_seed() -> None:
    once, again = ([query_from(PLAIN, "Kelderbridge", "2019", drawn(n)) for n in range(20)] for _ in range(2))
    assert once == again
    assert len(set(once)) > 10
    assert all(len(content_words(query)) >= 3 for query in once if query)


def test_a_question_after_a_figure_does_not_give_the_figure_away() -> None:
    asked = [query_from(FIGURE, None, "", drawn(seed)) for seed in range(80)]
    of_share = [query for query in asked if query.lower().startswith(("what %", "what share", "proportion"))]
    assert of_share
    assert not [query for query in of_share if "61" in query]


def test_some_queries_ask_why_where_the_sentence_gives_a_reason() -> None:
    asked = [query_from(REASON, None, "", drawn(seed)).lower() for seed in range(80)]
    assert any(query.startswith("why") for query in asked)


def test_some_queries_name_the_council_and_some_do_not() -> None:
    asked = [query_from(PLAIN, "Kelderbridge", "2019", drawn(seed)).lower() for seed in range(80)]
    named = sum("kelderbridge" in query for query in asked)
    assert 20 < named < 65


def test_a_demand_is_made_of_a_weakness_only() -> None:
    weak = "Chronologies are not always kept up to date in the longest cases."
    assert tells_weakness(weak)
    assert not tells_weakness(PLAIN)
    demand = demand_from(weak, drawn(3))
    assert "not always" not in demand
    assert "hronologies" in demand


def test_a_sentence_too_thin_makes_no_query() -> None:
    assert query_from("This is so.", None, "", drawn(1)) == ""
    assert demand_from("It is not.", drawn(1)) == ""
