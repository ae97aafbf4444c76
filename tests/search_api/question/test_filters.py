from __future__ import annotations

import pytest

from indexer.errors import QueryError
from search_api.fields import Filters, Known, checked, councils_of, regions

KNOWN = Known(
    councils=("Darlington", "Kelderbridge"),
    frameworks=("SIF", "ILACS"),
    grades=("Good", "Inadequate"),
    documents=frozenset({"report-1234"}),
    files={"report.pdf": "report-1234"},
    organisations=("Darlington", "Wexmoor Police"),
    organisation_types=("council", "police force"),
)


def test_values_are_brought_to_the_form_that_the_index_uses() -> None:
    given = Filters(
        council=("darlington", "Bucks", "Darlington"), kind="Inspection-Report", framework="sif",
        grade="requires improvement", document="report.pdf", section="  Care   leavers ", published_from=" 2018-09 ",
    )  # fmt: skip
    assert checked(given, KNOWN) == Filters(
        council=("Darlington", "Buckinghamshire"), kind="inspection report", framework="SIF",
        grade="Requires improvement", document="report-1234", section="Care leavers", published_from="2018-09",
    )  # fmt: skip


def test_empty_values_ask_nothing() -> None:
    assert checked(Filters(council=(" ",), kind="", section="  "), KNOWN) == Filters()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Filters(kind="poem"), "inspection report"),
        (Filters(framework="CHART"), "SIF, ILACS"),
        (Filters(grade="Platinum"), "Outstanding"),
        (Filters(passage_kind="verse"), "paragraph"),
        (Filters(region="Narnia"), "North East"),
        (Filters(council=("Darlinton",)), "did you mean Darlington"),
        (Filters(organisation=("Wexmore Police",)), "did you mean Wexmoor Police"),
        (Filters(organisation_type="circus"), "police force"),
        (Filters(council=("Kelderbrige",)), "did you mean Kelderbridge"),
        (Filters(council=("Xyzzy",)), "no council called"),
        (Filters(document="nothing.pdf"), "no document"),
        (Filters(published_from="yesterday"), "2018-09-01"),
        (Filters(published_from="2018-13-01"), "2018-09-01"),
        (Filters(published_to="2018-02-30"), "2018-09-01"),
        (Filters(published_from="2019", published_to="2018-05"), "after published_to"),
        (Filters(section="x" * 1_000), "longer than"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_can(given: Filters, said: str) -> None:
    with pytest.raises(QueryError, match=said) as refused:
        checked(given, KNOWN)
    assert "\n" not in str(refused.value)


def test_filters_are_shown_by_the_names_of_the_parameters() -> None:
    assert Filters().to_json() == {}
    assert Filters(council=("Darlington",), grade="Good").to_json() == {
        "council": ["Darlington"], "grade": "Good",
    }  # fmt: skip


def test_region_stands_for_its_councils_and_leaves_its_own_of_those_chosen() -> None:
    asked = checked(Filters(region="north east"), KNOWN)
    assert asked.region == "North East"
    chosen = asked.selection().councils
    assert "Darlington" in chosen and "Bolton" not in chosen
    both = Filters(region="North East", council=("Darlington", "Bolton")).selection()
    assert both.councils == ("Darlington",)


def test_council_outside_the_region_leaves_nothing() -> None:
    assert Filters(region="London", council=("Darlington",)).selection().councils not in {(), ("Darlington",)}


def test_every_authority_lies_in_one_of_nine_regions() -> None:
    assert len(regions()) == 9
    every = [name for region in regions() for name in councils_of(region)]
    assert len(every) == len(set(every)) >= 153
