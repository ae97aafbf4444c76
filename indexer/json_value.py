"""Values as JSON, by one mechanism: what a dataclass's fields say is what is sent, kept, and described in OpenAPI.

A field may be left out (`HIDDEN`), sent in another form (`sent_as`), or be worked out of the others once the value is
made (`shown`). Keys stand in the order of the fields. This module must not know any value.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Set
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, dataclass_transform

from pydantic import ConfigDict, Field, PlainSerializer, TypeAdapter

T = TypeVar("T")

HIDDEN = Field(exclude=True)
"""Put in a field's annotation (`Annotated[T, HIDDEN]`), leaves it out of the JSON."""


class JsonValue:
    """A frozen dataclass that has a JSON form."""

    __slots__ = ()
    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Any]]
    __pydantic_config__: ClassVar = ConfigDict(json_schema_serialization_defaults_required=True)

    def __post_init__(self) -> None:
        for name, how in _shown(type(self)):
            object.__setattr__(self, name, how(self))

    def to_json(self) -> dict[str, Any]:
        """Give its JSON."""
        data: dict[str, Any] = json_of(self)
        return data


def json_of(value: Any, exclude: Set[str] | None = None) -> Any:  # noqa: ANN401 (any dataclass, JSON of any shape)
    """Give a dataclass as plain JSON values, without some of its fields."""
    return adapter(type(value)).dump_python(value, mode="json", exclude=set(exclude) if exclude else None)


adapter: Callable[[Any], TypeAdapter[Any]] = functools.cache(TypeAdapter)
"""Gives what reads and writes values of a type."""


def shown(how: str | Callable[[Any], object], *, init: Literal[False] = False) -> Any:  # noqa: ANN401 (as dataclasses' own `field`; type checkers read `init`)
    """Make a field that is worked out of the value: by a path of attributes such as "passage.id", or a function."""
    get = attrgetter(how) if isinstance(how, str) else how
    return field(init=init, repr=False, compare=False, default_factory=_nothing, metadata={"shown": get})


def sent_as(form: Callable[[Any], object], kind: Any) -> PlainSerializer:  # noqa: ANN401 (any type)
    """Put in a field's annotation, sends what `form` makes of it, of type `kind`."""
    return PlainSerializer(form, return_type=kind)


def rounded(digits: int) -> PlainSerializer:
    """Put in a number's annotation, sends it rounded."""
    return PlainSerializer(lambda value: round(value, digits), return_type=float)


@dataclass_transform(frozen_default=True, field_specifiers=(field, shown))
def json_value(kind: type[T]) -> type[T]:
    """Make a frozen dataclass of a class that has `shown` fields."""
    return dataclass(frozen=True, slots=True)(kind)


def _nothing() -> None:
    return None


def _find_shown(kind: Any) -> list[tuple[str, Callable[[Any], object]]]:  # noqa: ANN401 (any dataclass)
    return [(one.name, one.metadata["shown"]) for one in fields(kind) if "shown" in one.metadata]


_shown: Callable[[Any], list[tuple[str, Callable[[Any], object]]]] = functools.cache(_find_shown)
