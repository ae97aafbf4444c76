"""The reader of verdicts: what it sees at once, and that its odds depend on nothing else."""

from __future__ import annotations

import numpy as np

from indexer.encode.word_pieces import load_word_pieces
from indexer.register.statements import PassageText
from indexer.register.subjects import subject_numbers
from indexer.register.verdict_model import judged_by
from indexer.register.verdict_reader import load_verdict_reader, together
from indexer.register.windows import MOST, Window, windows_of
from indexer.text.polarity import POLARITIES

SENTENCES = (
    "Supervision is regular and thoughtful.",
    "Supervision is too often cancelled, and this leaves staff unsupported.",
    "The council plans to publish a supervision policy in May.",
)


def windows(text: str, spans: list[tuple[int, int]], section: tuple[str, ...] = ()) -> list[Window]:
    passages = [PassageText("paragraph", section, text)]
    offsets = np.array([0, len(spans)], dtype=np.int64)
    return windows_of(passages, offsets, np.array(spans, dtype=np.int32), load_word_pieces())


def test_each_sentence_stands_in_one_window_after_its_headings() -> None:
    sentence = "Plans for children are clear and are looked at again by managers each month. "
    spans = [(at * len(sentence), (at + 1) * len(sentence) - 1) for at in range(40)]
    found = windows(sentence * 40, spans, ("Leaders", "Children in care"))
    assert [one for window in found for one, *_ in window.sentences] == list(range(40))
    assert len(found) > 1
    heading = load_word_pieces().of(["Leaders – Children in care"])[0]
    for window in found:
        assert list(window.ids[1 : 1 + len(heading)]) == heading
        assert len(window.ids) <= MOST + len(heading) + 3


def test_praise_criticism_and_a_plan_are_told_apart_in_any_company() -> None:
    reader, subject = load_verdict_reader(), subject_numbers()["supervision-quality"]
    alone = [windows(text, [(0, len(text))])[0] for text in SENTENCES]
    numbered = [
        Window(window.ids, tuple((place, first, after) for _, first, after in window.sentences))
        for place, window in enumerate(alone)
    ]
    statements, subjects = np.arange(3), np.full(3, subject)
    vectors = np.zeros((3, reader.vector.shape[0]), dtype=np.float32)
    odds = reader.odds(numbered, statements, subjects, vectors)
    verdicts = [POLARITIES[place] for place in judged_by(odds).verdict.tolist()]
    assert verdicts == ["strength", "weakness", "neutral"]
    last = reader.odds(numbered[2:], statements[2:], subjects[2:], vectors)
    assert np.allclose(last[0], odds[2], atol=1e-5)
    assert judged_by(together(odds, odds)).verdict.tolist() == judged_by(odds).verdict.tolist()
