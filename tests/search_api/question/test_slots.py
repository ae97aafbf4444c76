from __future__ import annotations

from typing import Any

import pytest

from search_api.fields import Filters
from search_api.question.query import understand
from search_api.question.slots import Slots, slots_of
from search_api.snapshot import Snapshot


def read(snapshot: Snapshot, question: str) -> Slots:
    return slots_of(understand(question, Filters(), snapshot.holdings))


@pytest.mark.parametrize(
    ("question", "slots"),
    [
        ("councils rated inadequate now", {"grades": ("Inadequate",), "when": "latest"}),
        ("How many are good or better?", {"grades": ("Outstanding", "Good"), "count": True}),
        (
            "Who is not good or outstanding for leadership?",
            {"grades": ("Good", "Outstanding"), "negated": True},
        ),
        ("who hasn't got a good yet", {"grades": ("Requires improvement", "Inadequate"), "negated": False}),
        ("rated at least good", {"grades": ("Outstanding", "Good")}),
        (
            "Which councils that were inadequate in 2015 are good now?",
            {"then": ("Inadequate",), "grades": ("Good",), "when": "latest"},
        ),
        ("good now but inadequate in 2016", {"then": ("Inadequate",), "grades": ("Good",)}),
        ("Who was inadequate in 2016 and still is?", {"then": ("Inadequate",), "grades": ("Inadequate",)}),
        ("Which councils have been good at every inspection?", {"grades": ("Good",), "always": True}),
        ("inadequate more than once", {"times": 2, "running": False, "direction": None}),
        ("requires improvement at three inspections in a row", {"times": 3, "running": True}),
        ("a lower overall grade than before", {"direction": "down"}),
        ("who lost their good in 2023", {"before": "Good", "direction": "down", "grades": ()}),
        ("Upgraded from inadequate, which ones", {"before": "Inadequate", "direction": "up", "grades": ()}),
        ("never moved off requires improvement", {"always": True, "negated": False}),
        ("who hasn't improved on requires improvement", {"unmoved": True, "negated": False}),
        ("best rated for leadership", {"best": "best", "areas": ("leadership",)}),
        (
            "Who was requires improvement in 2018 and good by 2022?",
            {"then": ("Requires improvement",), "grades": ("Good",), "when": "date"},
        ),
        ("no longer inadequate", {"grades": ("Inadequate",), "no_longer": True, "negated": False}),
        ("Which went from inadequate to good?", {"before": "Inadequate", "after": "Good", "grades": ()}),
        (
            "inadequate leadership but good adoption",
            {"pairs": (("leadership", ("Inadequate",)), ("adoption", ("Good",)))},
        ),
        (
            "a lower grade for care leavers than for children in care",
            {"against": ("care leavers", "in care", "down")},
        ),
        (
            "Which have been rated outstanding twice in a row?",
            {"direction": "same", "grades": ("Outstanding",)},
        ),
        ("fell by two grades", {"direction": "down", "by_two": True}),
        ("have never been good", {"grades": ("Good",), "negated": True, "when": "ever"}),
        ("Which were inadequate in 2016?", {"when": "year"}),
        ("Which were inadequate at the end of 2016?", {"when": "date"}),
        ("not graded good since 2016", {"when": "period", "negated": True}),
        ("Overall grades by region", {"areas": ("overall",), "by": "region"}),
        ("What grades did they get?", {"every_area": True}),
        ("LSCB inadequate list", {"areas": ("LSCB",)}),
        ("good at helping children", {"grades": ()}),
    ],
)
def test_slots_hold_what_the_words_say(snapshot: Snapshot, question: str, slots: dict[str, Any]) -> None:
    found = read(snapshot, question)
    assert {name: getattr(found, name) for name in slots} == slots
