"""Each check refuses what its source doesn't say; what a source does say passes."""

from __future__ import annotations

import numpy as np
import pytest

from search_api.writer.checks import Bars, check, numbers_of

SOURCE = (
    "In 2015, 12 of 40 plans were not reviewed in time. Some social workers visit children regularly, but managers "
    "should record visits. Leaders said that “drift is our main worry”. Thresholds are clear and Maria Okafor chairs "
    "the panel."
)
NAMES = ("Kelderbridge", "SIF", "1 September 2016")


def reason(sentence: str, source: str = SOURCE) -> str | None:
    return check(sentence, source, NAMES, None).reason


@pytest.mark.parametrize(
    "sentence",
    [
        "In 2015, 12 of 40 plans were not reviewed in time.",
        "In Kelderbridge, twelve of forty plans were not reviewed in time.",
        "Inspectors found that some social workers visit children regularly.",
        "Leaders said that “drift is our main worry”.",
        "Maria Okafor chairs the panel.",
        "Managers should record visits.",
        "Thresholds are clear.",
    ],
)
def test_what_the_source_says_passes(sentence: str) -> None:
    assert reason(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("In 2015, 13 of 40 plans were not reviewed in time.", "number"),
        ("In 2015, 40 of 12 plans were not reviewed in time.", "number"),
        ("In 2014, 12 of 40 plans were not reviewed in time.", "number"),
        ("In 2015, a third of plans were not reviewed in time.", "number"),
        ("In 2015, 12 of 40 plans were reviewed in time.", "leaves out"),
        ("Social workers visit children regularly.", "leaves out"),
        ("Managers record visits.", "leaves out"),
        ("Some social workers never visit children regularly.", "adds"),
        ("Thresholds are not clear.", "adds"),
        ("Thresholds are unclear.", "judgement"),
        ("Thresholds are clear and robust.", "judgement"),
        ("All thresholds are clear.", "judgement"),
        ("Leaders said that “drift is our only worry”.", "quotes"),
        ("Leaders said that “drift is our main worry.", "quotation"),
        ("Thornmere thresholds are clear.", "names"),
        ("Thresholds are clear in Thornmere.", "names"),
        ("Maria Okonkwo chairs the panel.", "names"),
        ("Purple elephants danced over the bridge at noon.", "words|names"),
        ("Children visit some social workers regularly.", "order|moves|leaves"),
    ],
)
def test_what_the_source_does_not_say_is_refused(sentence: str, why: str) -> None:
    said = reason(sentence)
    assert said is not None, sentence
    assert any(word in said for word in why.split("|")), said


def test_what_is_negated_must_stay_negated_where_it_stands() -> None:
    source = "Visits are not always timely. Records are always clear."
    assert reason("Visits are not always timely.", source) is None
    assert reason("Visits are always timely.", source) is not None
    assert reason("Records are not always clear.", source) is not None


def test_a_council_whose_name_is_part_of_another_is_another() -> None:
    names = ("Bath and North East Somerset",)
    assert check("In Bath and North East Somerset, thresholds are clear.", SOURCE, names, None).reason is None
    assert check("In Somerset, thresholds are clear.", SOURCE, names, None).reason is not None


def test_bars_refuse_what_is_far_in_meaning() -> None:
    def far(texts: list[str]) -> np.ndarray:
        return np.eye(len(texts), dtype=np.float32)

    assert check("Thresholds are clear.", SOURCE, NAMES, far, Bars()).reason is not None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12 of 40", ["12", "40"]),
        ("twenty-one of 1,200", ["21", "1200"]),
        ("fifty per cent or 50%", ["50", "%", "50", "%"]),
        ("two-thirds", ["2", "1/3"]),
        ("3.5 and half", ["3.5", "1/2"]),
        ("someone weighs nothing", []),
    ],
)
def test_numbers_are_read_from_digits_and_words(text: str, numbers: list[str]) -> None:
    assert numbers_of(text) == numbers
