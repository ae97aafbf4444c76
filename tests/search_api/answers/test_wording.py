from __future__ import annotations

from search_api.answers.wording import said, same, stems_of, together, wanted
from search_api.question.query import Term

GUARDIANS = wanted(
    [Term(("special guardians",)), Term(("support",))], [("special", "guardians"), ("support",)]
)


def test_inflections_and_longer_forms_of_a_word_say_it() -> None:
    stems = stems_of("Families with special guardianship orders are supported.")
    assert said(GUARDIANS, stems) == [1.0, 1.0]
    assert together(GUARDIANS, stems) == [1.0, 1.0]


def test_words_far_apart_do_not_stand_together() -> None:
    stems = stems_of("A special day for foster carers, adopters, aunts and guardians.")
    assert together(GUARDIANS, stems) == [0.0, 0.0]


def test_a_short_stem_begins_no_other_word() -> None:
    assert not same("care", "career")
    assert same("guardian", "guardianship")


def test_another_wording_is_worth_less_than_an_inflection_or_initials() -> None:
    visitors = wanted([Term(("independent visitors", "independent visitor", "mentors", "ivs"))], [])
    assert said(visitors, stems_of("She has an independent visitor.")) == [1.0]
    assert said(visitors, stems_of("She has an IV.")) == [1.0]
    assert 0 < said(visitors, stems_of("She has mentors."))[0] < 1
