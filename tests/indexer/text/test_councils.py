from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.text.councils import (
    all_councils,
    areas,
    canonical,
    council,
    find_areas,
    find_in,
    former_councils,
    members,
    nearest,
    neighbours_of,
    region_of,
    urn_of,
)


def named(text: str) -> list[str]:
    return [mention.name for mention in find_in(text)]


def test_the_153_authorities_are_there_by_type_and_region() -> None:
    councils = all_councils()
    assert len({c.name for c in councils}) == len(councils) == 153
    types = Counter(c.type for c in councils)
    assert types == {"county": 21, "unitary": 63, "metropolitan": 36, "London borough": 33}
    assert len({c.region for c in councils}) == 9


def test_no_name_or_alias_stands_for_two_authorities() -> None:
    said = Counter(
        form.casefold() for c in (*all_councils(), *former_councils()) for form in (c.name, *c.aliases)
    )
    assert [form for form, count in said.items() if count > 1] == []


def test_every_successor_and_member_is_an_authority() -> None:
    known = {c.name for c in all_councils()}
    assert {s for c in former_councils() for s in c.successors} <= known
    assert {m for area in areas() for m in area.members} <= known


@pytest.mark.parametrize("each", all_councils(), ids=lambda c: c.name)
def test_every_authority_is_found_by_its_name_and_aliases(each: object) -> None:
    found = council(getattr(each, "name", ""))
    assert found is not None
    assert canonical(f"Inspection of {found.name} local authority children’s services") == found.name
    for form in (found.name, *found.aliases):
        assert named(f"What of {form} in 2019?") == [found.name]


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("London Borough of Barking and Dagenham", "Barking and Dagenham"),
        ("Tameside metropolitan borough", "Tameside"),
        ("Bristol City of", "Bristol"),
        ("Metropolitan Borough of Barnsley Council", "Barnsley"),
        ("Royal Borough of Windsor and Maidenhead", "Windsor and Maidenhead"),
        ("City of York", "York"),
        ("York City Council", "York"),
        ("City of London", "City of London"),
        ("Council of the Isles of Scilly", "Isles of Scilly"),
        ("Medway Children’s Services", "Medway"),
        ("Cheshire East Unitary Authority", "Cheshire East"),
        ("Derby City Council", "Derby"),
        ("Derbyshire County Council", "Derbyshire"),
        ("Kingston upon Hull City Council", "Hull"),
        ("North Yorkshire County Council", "North Yorkshire"),
        ("Stoke‑on‑Trent", "Stoke-on-Trent"),
        ("Bournemouth, Poole and Christchurch Council", "Bournemouth, Christchurch and Poole"),
        ("READING BOROUGH COUNCIL", "Reading"),
        ("Sandwell Children’s Trust", "Sandwell"),
        ("Northamptonshire County Council", "Northamptonshire"),
        ("Borchester County Council", None),
        ("", None),
    ],
)
def test_a_printed_form_gives_the_name_that_a_person_says(printed: str, name: str | None) -> None:
    assert canonical(printed) == name


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("care leavers in Bucks", ["Buckinghamshire"]),
        ("BANES and B&D", ["Bath and North East Somerset", "Barking and Dagenham"]),
        ("Barking & Dagenham", ["Barking and Dagenham"]),
        ("rbwm mash", ["Windsor and Maidenhead"]),
        ("NE Lincs 2017", ["North East Lincolnshire"]),
        ("stoke on trent 2019", ["Stoke-on-Trent"]),
        ("Darlington's IROs", ["Darlington"]),
        ("Oldhams fostering", ["Oldham"]),
        ("Derby, Derbyshire and York", ["Derby", "Derbyshire", "York"]),
        ("Cheshire West", ["Cheshire West and Chester"]),
        ("Cumbria", ["Cumbria"]),
        ("kids in North Northants", ["North Northamptonshire"]),
        ("Reading 2019", ["Reading"]),
        ("reading council audits", ["Reading"]),
        ("care leavers in reading", ["Reading"]),
    ],
)
def test_a_typed_form_is_understood(typed: str, names: list[str]) -> None:
    assert named(typed) == names


@pytest.mark.parametrize(
    "text",
    [
        "progress in reading and maths", "Reading and writing results", "a hot bath before bed",
        "they bury their heads", "Sutton Coldfield team", "how to make yorkshire puddings rise",
        "leading practice", "staff turnover", "the survey of staff", "having a hand in banking",
    ],
)  # fmt: skip
def test_ordinary_words_are_no_councils(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Darlngton", "Darlington"),
        ("tower hamlest", "Tower Hamlets"),
        ("towerhamlets", "Tower Hamlets"),
        ("soutend on sea", "Southend-on-Sea"),
        ("West Berkshre", "West Berkshire"),
        ("Wolverhamton", "Wolverhampton"),
    ],
)
def test_a_misspelling_is_understood_and_said_to_be_one(typed: str, name: str) -> None:
    (mention,) = find_in(f"care in {typed} 2020")
    assert (mention.name, mention.how) == (name, "misspelling")


def test_a_misspelling_as_near_to_two_names_is_not_guessed() -> None:
    assert named("est sussex") == []


def test_a_known_word_is_never_a_misspelling() -> None:
    assert [m.name for m in find_in("Bartnet", is_word=lambda word: word == "bartnet")] == []


def test_names_given_besides_are_found_too() -> None:
    assert [m.name for m in find_in("audits in Kelderbridge", also=("Kelderbridge",))] == ["Kelderbridge"]


def test_a_region_is_an_area_and_a_longer_name_is_not() -> None:
    assert [m.name for m in find_areas("a north east council")] == ["North East"]
    assert find_areas("North East Lincolnshire") == []
    assert "Darlington" in members("North East")
    assert region_of("Hull") == "Yorkshire and the Humber"
    assert region_of("Borchester") is None


def test_a_type_of_council_is_an_area_that_narrows_the_places_beside_it() -> None:
    named_areas = [m.name for m in find_areas("which unitary authorities in the North West are weak")]
    assert named_areas == ["Unitary councils", "North West"]
    assert members(*named_areas)[:2] == ("Blackburn with Darwen", "Blackpool")
    assert len(members("County councils")) == 21
    assert members("North East", "South West") == members("North East") + members("South West")


def test_every_authority_has_its_numbers_and_ten_neighbours_that_exist() -> None:
    councils = all_councils()
    known = {c.name for c in councils}
    for each in councils:
        assert each.register is not None, each.name
        assert len(each.register.neighbours) == 10, each.name
        assert set(each.register.neighbours) <= known - {each.name}
    for number in ("urn", "la_code", "ons_code"):
        assert len({getattr(c.register, number) for c in councils}) == 153


def test_a_councils_urn_and_neighbours_are_found_by_its_name() -> None:
    assert urn_of("Darlington") == "80458"
    assert urn_of("Cumbria") == "135513"
    assert urn_of("Berkshire") is None
    assert urn_of("Borchester") is None
    assert neighbours_of("Durham")[:3] == ("Halton", "Wirral", "Gateshead")
    assert neighbours_of("Borchester") == ()


def test_the_nearest_name_is_offered_only_when_it_is_near() -> None:
    names = [c.name for c in all_councils()]
    assert nearest("Dalington", names) == "Darlington"
    assert nearest("Xyzzy", names) is None


@given(st.text(max_size=200))
def test_any_text_is_searched_and_mentions_lie_within_it(text: str) -> None:
    ends = 0
    for mention in find_in(text):
        assert ends <= mention.start < mention.end <= len(text)
        ends = mention.end
