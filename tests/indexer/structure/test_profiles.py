"""Profiles as files: what is shipped, a user's own, and what is said of a broken one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin

import pytest
from pydantic import BaseModel

from indexer.errors import UsageError
from indexer.limits import Limits
from indexer.reading.file import read_file
from indexer.structure.profile_files import FOLDER_SETTING, load_profiles, profiles, unknown_profile
from indexer.structure.profiles import Profile
from indexer.structure.structured import structure

ROOT = Path(__file__).resolve().parents[3]
MINIMAL = 'id = "pools"\ninspectorate = "Pool Authority"\nframework = "Pool inspection"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of profiles that the setting names."""
    own = tmp_path / "profiles"
    own.mkdir()
    monkeypatch.setenv(FOLDER_SETTING, str(own))
    for cached in (profiles, unknown_profile):
        cached.cache_clear()
    yield own
    for cached in (profiles, unknown_profile):
        cached.cache_clear()


def refusal(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_profiles([path])
    message = str(caught.value)
    assert "\n" not in message
    return message


def fields_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The names of a profile's fields, as a file gives them: `grades.scale.name`."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if get_origin(kind) is tuple:
            kind = get_args(kind)[0]
        inner = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
        if inner is None or prefix or get_origin(field.annotation) is tuple:
            yield f"{prefix}{name}"
        if inner is not None:
            yield from fields_of(inner, f"{prefix}{name}.")


def test_the_page_about_profiles_lists_every_field_and_no_other() -> None:
    page = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z_.]+)` \| \S", page, re.MULTILINE)
    assert sorted(listed) == sorted(fields_of(Profile))


def test_every_shipped_profile_has_an_id_of_its_own_and_a_scale_that_reads_its_own_names() -> None:
    shipped = profiles()
    assert len({profile.id for profile in shipped}) == len(shipped)
    for profile in shipped:
        for grade in profile.grades.scale:
            assert profile.scale.whole(grade.name) == grade.name, (profile.id, grade.name)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (MINIMAL + '\n[grades]\nlayouts = ["circle"]\n', 6, "grades.layouts"),
        (MINIMAL + '\n[headings]\nadvise = ["x"]\n', 6, "headings.advise"),
        (MINIMAL + '\n[fields]\ninspected = ["date("]\n', 6, "no regular expression"),
        (MINIMAL + '\n[sentences]\ninspected = ["on .*"]\n', 6, "(?P<dates>"),
        (MINIMAL + 'extends = "nobody"\n', 4, "nobody"),
    ],
)
def test_a_broken_profile_is_refused_in_one_line_that_names_file_and_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = tmp_path / "pools.toml"
    message = refusal(path, text)
    assert message.startswith(f"{path}:{line}: ")
    assert said in message


def test_a_file_that_is_no_toml_is_refused_by_name_and_line(tmp_path: Path) -> None:
    message = refusal(tmp_path / "pools.toml", "id = pools\n")
    assert "pools.toml" in message
    assert "line 1" in message


def test_a_profile_of_the_users_own_is_read_beside_the_shipped_ones(folder: Path) -> None:
    (folder / "pools.toml").write_text(MINIMAL, encoding="utf-8")
    assert {"pools", "estyn"} <= {profile.id for profile in profiles()}


def test_a_profile_of_the_users_own_takes_the_place_of_a_shipped_one_with_its_id(folder: Path) -> None:
    before = len(profiles())
    profiles.cache_clear()
    (folder / "welsh-schools.toml").write_text(
        'id = "estyn"\ninspectorate = "Estyn"\nframework = "Our own reading"\n', encoding="utf-8"
    )
    assert len(profiles()) == before
    assert next(p for p in profiles() if p.id == "estyn").framework == "Our own reading"


def test_a_list_that_opens_with_an_ellipsis_adds_to_what_is_extended(tmp_path: Path) -> None:
    base, more = tmp_path / "base.toml", tmp_path / "more.toml"
    base.write_text(
        'id = "base"\n[headings]\nadvice = ["actions"]\nsummary = ["summary"]\n', encoding="utf-8"
    )
    more.write_text(
        'id = "more"\nextends = "base"\n[headings]\nadvice = ["…", "notices"]\nsummary = []\n',
        encoding="utf-8",
    )
    found = {profile.id: profile for profile in load_profiles([base, more])}["more"]
    assert found.headings.advice == ("notices", "actions")
    assert found.headings.summary == ()


def test_a_setting_that_names_no_folder_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_SETTING, str(folder / "nowhere"))
    with pytest.raises(UsageError, match="is no folder"):
        profiles()


def test_a_report_of_no_known_kind_has_no_council_no_dates_and_no_grades_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text(
        "Inspection report: Lakeside Pool\n\nInspection dates: 4 to 5 March 2024\n\nLead inspector: Ned Rowe\n\n"
        "Overall effectiveness\tGood\n\nRecommendations\n\n* Test the alarm of Norwood Council each week.\n",
        encoding="utf-8",
    )
    found = structure(read_file(path, limits=Limits()))
    assert (found.council, found.organisation, found.inspected_from, found.published) == (
        None,
        None,
        None,
        None,
    )
    assert found.judgements == ()
    assert any("no kind of report" in warning for warning in found.warnings)
