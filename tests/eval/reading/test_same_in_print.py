"""Which differences of typing are no differences of reading."""

import pytest

from eval.reading.same_in_print import begins, ends, holds, plain, same


def test_quotes_dashes_and_spaces_of_any_kind_are_the_same() -> None:
    assert plain("the child’s\n“plan” – 2014–15\u00ad") == 'the child\'s "plan" - 2014-15'


@pytest.mark.parametrize(
    ("one", "other"), [("Good.", "good"), (None, ""), ("What needs to improve?", "What needs to improve")]
)
def test_values_that_are_the_same_but_for_case_and_a_closing_mark(one: str | None, other: str | None) -> None:
    assert same(one, other)


def test_a_word_more_or_less_is_a_difference() -> None:
    assert not same("Bedford", "Bedford Borough")
    assert not begins("A tall kettle boils", "tall kettle")
    assert not ends("A tall kettle boils. 4", "kettle boils.")


def test_words_are_found_across_lines() -> None:
    assert begins("A tall\nkettle boils", "a tall kettle")
    assert ends("A tall\nkettle boils.", "kettle boils.")
    assert holds("A tall\nkettle boils.", "tall kettle")
