"""The files of profiles: those that are shipped, and the user's own in the folder that FINDINGS_PROFILES names.

Joins each to what it extends and says of a broken one, in one line, where it is wrong. What a profile holds is `profiles`'s.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from indexer.errors import UsageError
from indexer.structure.profiles import Profile, any_of
from indexer.toml_lines import line_of

FOLDER_SETTING = "FINDINGS_PROFILES"
"""Names a folder with profiles of the user's own; one with the id of a shipped profile takes its place."""

_SHIPPED = Path(__file__).with_name("inspectorates")


@cache
def profiles() -> tuple[Profile, ...]:
    """Every profile, shipped and of the user's own, the first to be tried first.

    Raises UsageError, with file and line, where one is no profile.
    """
    files = {path.stem: path for path in (*sorted(_SHIPPED.glob("*.toml")), *own_profiles())}
    return load_profiles(files.values())


def own_profiles() -> tuple[Path, ...]:
    """The files of the user's own profiles, by name; none where the setting names no folder."""
    folder = os.environ.get(FOLDER_SETTING, "")
    if folder and not Path(folder).is_dir():
        raise UsageError(f"{FOLDER_SETTING} names {folder}, which is no folder")
    return tuple(sorted(Path(folder).glob("*.toml"))) if folder else ()


def demanded(front: str) -> Profile | None:
    """The profile all of whose demanded words stand in the first pages' text; None where there is none."""
    known = (profile for profile in profiles() if profile.framework and profile.recognise.all)
    return next((p for p in known if all(any_of((word,)).search(front) for word in p.recognise.all)), None)


def load_profiles(files: Iterable[Path]) -> tuple[Profile, ...]:
    """The profiles of these files, those that extend another filled up with what it says."""
    tables: dict[str, tuple[Path, dict[str, Any]]] = {}
    for path in files:
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{path} can't be read as a profile: {error}") from error
        tables[str(table.get("id", path.stem))] = (path, table)
    made = [_validated(path, _filled(name, tables, ())) for name, (path, _) in tables.items()]
    return tuple(sorted(made, key=lambda profile: (profile.order, profile.id)))


@cache
def inspectorate_of(framework: str | None) -> str | None:
    """Whose reports are made under a framework; None where no profile says."""
    names = (p.inspectorate for p in profiles() if framework and p.framework == framework)
    return next((name for name in names if name), None)


def base_profile() -> Profile:
    """The profile that speaks for papers and letters of no known kind: the grades that councils are given."""
    return next(profile for profile in profiles() if profile.id == "ofsted-local-authority")


@cache
def unknown_profile() -> Profile:
    """The profile for a report of no known kind: nothing is said of whom its advice is for."""
    base = base_profile()
    return base.model_copy(update={"advice": base.advice.model_copy(update={"addressed_to": None})})


def _filled(
    name: str, tables: Mapping[str, tuple[Path, dict[str, Any]]], under: tuple[str, ...]
) -> dict[str, Any]:
    path, table = tables[name]
    parent = table.get("extends")
    if parent is None:
        return table
    if parent not in tables or parent in (*under, name):
        raise UsageError(
            f"{path}:{line_of(path.read_text(encoding='utf-8'), ('extends',))}: it extends {parent!r}, which is no other profile"
        )
    own = {key: value for key, value in table.items() if key != "extends"}
    above = {
        k: v
        for k, v in _filled(parent, tables, (*under, name)).items()
        if k not in {"recognise", "framework", "order", "asked"}
    }
    return _merged(above, own) | {"extends": parent}


def _merged(above: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(above)
    for key, value in own.items():
        old = merged.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            merged[key] = _merged(old, value)
        elif isinstance(value, list) and isinstance(old, list) and value[:1] == ["…"]:
            merged[key] = [*value[1:], *old]  # "…" first: besides what is there already
        else:
            merged[key] = value
    return merged


def _validated(path: Path, table: Mapping[str, Any]) -> Profile:
    try:
        return Profile.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(str(part) for part in first["loc"])
        line = line_of(path.read_text(encoding="utf-8"), place)
        raise UsageError(f"{path}:{line}: {'.'.join(place)}: {first['msg']}") from error
