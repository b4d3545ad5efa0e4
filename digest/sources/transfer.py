"""Values of the model as plain JSON values and back: what a process that reads snapshots hands over.

By the types of the fields, so that a field that is added to `Entry` needs nothing here. What comes back is checked
against these types: the process on the other side has parsed what a stranger wrote.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_NAMES = {"date": date, "datetime": datetime}
_PLAIN = (str, bytes, int, bool, float)


def plain_of(value: object) -> Any:
    """`value` (a dataclass, enum, date, tuple, set or plain value) as JSON values; fields with defaults left out."""
    if dataclasses.is_dataclass(value):
        return {name: plain_of(told) for name, told, default in _told(value) if told != default}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list | frozenset):
        return [plain_of(member) for member in value]
    return value


def value_of(kind: type[T], plain: object) -> T:
    """The value of type `kind` that `plain` stands for.

    Raises:
        ValueError: it stands for none.
    """
    try:
        found: T = _maker(cast("Any", kind))(plain)
    except (TypeError, KeyError) as error:
        raise ValueError(f"no {kind.__name__}: {error}") from None
    return found


def _told(value: Any) -> list[tuple[str, Any, Any]]:
    return [(f.name, getattr(value, f.name), f.default) for f in dataclasses.fields(value)]


@cache
def _maker(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of `kind` out of a plain one, and raises ValueError or TypeError where that does not fit."""
    origin, inner = get_origin(kind), [arg for arg in get_args(kind) if arg not in (Ellipsis, type(None))]
    if origin in (UnionType, Union):
        made = _maker(inner[0])
        return lambda plain: None if plain is None else made(plain)
    if origin in (tuple, frozenset):
        member, whole = _maker(inner[0]), origin
        return lambda plain: whole(map(member, _checked(list, plain)))
    if dataclasses.is_dataclass(kind):
        return _dataclass_maker(kind)
    if kind in (date, datetime):
        parsed: Callable[[str], Any] = kind.fromisoformat
        return parsed
    if kind in _PLAIN:
        return lambda plain: _checked(kind, plain)
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else _unknown(kind)


def _dataclass_maker(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind, localns=_NAMES)
    makers = {field.name: _maker(hints[field.name]) for field in dataclasses.fields(kind)}
    return lambda plain: kind(**{name: makers[name](told) for name, told in _checked(dict, plain).items()})


def _checked(kind: type, plain: Any) -> Any:
    if type(plain) is not kind:
        raise TypeError(f"{type(plain).__name__} where {kind.__name__} belongs")
    return plain


def _unknown(kind: object) -> Callable[[Any], Any]:
    raise TypeError(f"values of {kind!r} cannot be handed over")
