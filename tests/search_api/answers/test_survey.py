from __future__ import annotations

import pytest

from search_api.answers.survey import Nearness, Surveyed, survey
from search_api.answers.topic import topic_of
from search_api.fields import Filters
from search_api.fits import SurveyModel, load_fits
from search_api.question.plan import plan
from search_api.question.query import understand
from search_api.snapshot import Snapshot


def surveyed(snapshot: Snapshot, question: str, threshold: float | None = None) -> list[Surveyed]:
    query = understand(question, Filters(), snapshot.holdings)
    chosen = plan(query, snapshot.index, snapshot.holdings)
    return survey(snapshot, topic_of(query), chosen, threshold=threshold)


def test_each_document_is_counted_once_by_its_best_sentence(snapshot: Snapshot) -> None:
    found = surveyed(snapshot, "findings on return interviews")
    documents = [item.passage.document_id for item in found]
    assert len(documents) == len(set(documents)) >= 3
    assert [item.chance for item in found] == sorted((item.chance for item in found), reverse=True)
    for item in found:
        sentence = item.sentences[item.best]
        assert item.passage.text[sentence.start : sentence.end] == sentence.text
        assert item.passage.kind not in {"judgement", "action", "indicator"}


def test_a_lower_bar_lists_all_that_a_higher_one_does(snapshot: Snapshot) -> None:
    question = "findings on life-story work"
    low, middle, high = (
        {item.passage.document_id for item in surveyed(snapshot, question, bar)} for bar in (0.0, 0.5, 1.0)
    )
    assert high <= middle < low
    assert not high


def test_a_side_that_is_asked_for_leaves_the_other_out(snapshot: Snapshot) -> None:
    both = surveyed(snapshot, "findings on supervision of social workers")
    blamed = surveyed(snapshot, "Which councils were criticised for supervision of social workers?")
    assert blamed
    assert len(blamed) <= len(both)
    assert all(item.polarity != "strength" for item in blamed if len(item.sentences) == 1)


def test_what_no_document_holds_is_found_nowhere(snapshot: Snapshot) -> None:
    assert surveyed(snapshot, "findings on submarine maintenance") == []


@pytest.mark.parametrize("name", Nearness._fields)
def test_nearer_in_any_way_is_never_less_likely_than_much_further(name: str) -> None:
    model = load_fits().survey
    nothing = Nearness(*(0.0 for _ in Nearness._fields))
    everything = Nearness(*(1.0 for _ in Nearness._fields))
    assert model.chance(nothing) < model.threshold < model.chance(everything)
    assert name in model.weights


def test_the_chance_is_a_logistic_function_of_the_numbers() -> None:
    model = SurveyModel(0.0, dict.fromkeys(Nearness._fields, 0.0), 0.5, 0.0, 0.0, 0)
    assert model.chance(Nearness(*(1.0 for _ in Nearness._fields))) == 0.5


def test_advice_to_improve_is_never_praise(snapshot: Snapshot) -> None:
    found = surveyed(snapshot, "findings on return home interviews", 0.0)
    advised = [item for item in found if item.passage.kind == "recommendation"]
    assert advised
    assert {item.polarity for item in advised} <= {"weakness", "mixed"}
