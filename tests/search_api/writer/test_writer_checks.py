"""A writer's sentence is shown where its source has it whole, introduced by a few words at most; nothing else is."""

from __future__ import annotations

import pytest

from eval.answers.writer import shares, written_pairs
from search_api.writer.checks import check, statements_of

SOURCE = (
    "In 2015, 12 of 40 plans were not reviewed in time. Some social workers visit children regularly, but managers "
    "should record visits. Leaders said that “drift is our main worry”. However, thresholds are clear (paragraph 12)."
)
NAMES = ("Kelderbridge", "inspectors")


def reason(sentence: str, source: str = SOURCE, names: tuple[str, ...] = NAMES) -> str | None:
    return check(sentence, statements_of(source), names)


@pytest.mark.parametrize(
    "sentence",
    [
        "In 2015, 12 of 40 plans were not reviewed in time.",
        "In Kelderbridge, in 2015, 12 of 40 plans were not reviewed in time.",
        "Also, inspectors found that some social workers visit children regularly, but managers should record visits.",
        "Leaders said that “drift is our main worry”.",
        "The report says: “In 2015, 12 of 40 plans were not reviewed in time.”",
        "Thresholds are clear.",
        "However, thresholds are clear.",
    ],
)
def test_a_whole_sentence_passes_however_it_is_introduced(sentence: str) -> None:
    assert reason(sentence) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "In 2015, 13 of 40 plans were not reviewed in time.",
        "12 of 40 plans were not reviewed in time.",
        "In 2015, 12 of 40 plans were reviewed in time.",
        "Some social workers visit children regularly.",
        "Managers should record visits.",
        "Drift is our main worry.",
        "Leaders said that “drift is our only worry”.",
        "Leaders said that “drift is our main worry.",
        "In Thornmere, thresholds are clear.",
        "The council found that thresholds are clear.",
        "Thresholds are unclear.",
        "Inspectors found that.",
        "Also,",
    ],
)
def test_what_is_shortened_reworded_or_put_into_other_mouths_is_refused(sentence: str) -> None:
    assert reason(sentence) is not None


def test_inspectors_say_nothing_of_a_councils_own_document() -> None:
    assert reason("Inspectors found that visits are late.", "Visits are late.", ("Kelderbridge",)) is not None
    assert reason("The document says that visits are late.", "Visits are late.", ("Kelderbridge",)) is None


def test_an_item_of_a_list_says_nothing_without_what_leads_to_it() -> None:
    source = "Leaders claim that:\n• visits are on time\n• staff are kind."
    assert reason("Visits are on time.", source) is not None
    assert reason("Staff are kind.", source) is not None
    assert reason("Leaders claim that: visits are on time staff are kind.", source) is None
    start = source.index("visits")
    assert check("Staff are kind.", statements_of(source, start), NAMES) is not None


def test_what_a_quotation_cuts_is_no_sentence() -> None:
    text = "It was alleged that the director hid reports."
    assert statements_of(text, text.index("the director")) == []


def test_of_the_pairs_written_for_it_at_most_one_in_a_hundred_distortions_is_shown() -> None:
    pairs = written_pairs()
    shown, kept = shares(pairs, supported=False), shares(pairs, supported=True)
    assert shown.total >= 300 and shown.share <= 0.01
    assert kept.total >= 200 and kept.share >= 0.7
