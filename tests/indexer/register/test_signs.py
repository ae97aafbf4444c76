"""Signs: which phrases must stand together for a subject to be likely."""

from __future__ import annotations

import numpy as np

from indexer.register.signs import Signs, load_signs, stems_of
from indexer.register.subjects import load_subjects, load_themes, subject_numbers


def fired(sign: str, text: str, around: str = "") -> bool:
    signs = Signs([(0, sign)])
    own, outside = signs.phrases_in([stems_of(text)]), signs.phrases_in([stems_of(around)])
    return bool(signs.fired(own, outside)[0, 0])


def test_each_condition_must_hold_in_any_inflection() -> None:
    assert fired("supervision + monthly|regular", "Workers are supervised regularly.")
    assert not fired("supervision + monthly|regular", "Supervision is thoughtful.")


def test_a_condition_that_excludes_stops_a_sign() -> None:
    assert not fired("supervision + !foster carers", "Supervision of foster carers is good.")


def test_a_condition_may_be_met_by_what_stands_around() -> None:
    assert fired("housing + @care leavers", "Housing is safe.", around="Care leavers")
    assert not fired("housing + care leavers", "Housing is safe.", around="Care leavers")


def test_evidence_counts_phrases_of_a_subject() -> None:
    signs = Signs([(0, "supervision + monthly"), (1, "visits")])
    own = signs.phrases_in([stems_of("Supervision is monthly"), stems_of("Visits are late")])
    assert signs.evidence(own, 0).tolist() == [2, 0]
    assert signs.by_subject(signs.fired(own, own), 2).tolist() == [[1, 0], [0, 1]]


def test_every_subject_has_a_theme_wordings_and_signs() -> None:
    themes = load_themes()
    for subject in load_subjects():
        assert subject.theme in themes
        assert len(subject.professional) >= 3
        assert len(subject.everyday) >= 4
        assert subject.signs
    assert len(subject_numbers()) == len(load_subjects()) == 142
    assert np.unique(load_signs().subjects).tolist() == list(range(142))
