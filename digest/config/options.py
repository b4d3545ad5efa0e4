"""The declaration of an option: a dataclass field that carries its default, help and check."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Option:
    """What is said once of an option.

    Args:
        default: as it would stand in the file.
        help: what it means: full sentences in plain text.
        check: turns the value in the file into that of the field, or raises `values.Wrong`.
        key: its name in the file, where the field cannot have that name.
        sample: a value to show in the example file, where the default would tell nothing.
        asks: the name of a further check, which the caller of `load` brings along.
        set: whether the example file sets it, as everybody has to look at it.
    """

    default: object
    help: str
    check: Callable[[object], object]
    key: str = ""
    sample: object = None
    asks: str = ""
    set: bool = False


class Section:
    """A table of the file: a frozen dataclass whose fields are made by `option`.

    `about` introduces it in the example file; `refused` has keys that people try, and why they cannot be.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]
    about: ClassVar[str] = ""
    refused: ClassVar[Mapping[str, str]] = {}

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """(key, what is wrong) for values that are right alone and wrong together."""
        return ()


def option(default: object, help: str, check: Callable[[object], object], **more: Any) -> Any:
    """A dataclass field that is an option; `more` is as for `Option`."""
    declared = Option(default, help, check, **more)
    return dataclasses.field(default=check(default), metadata={"option": declared})


def options(section: type[Section]) -> dict[str, tuple[str, Option]]:
    """The options of a section by their key in the file: (name of the field, declaration)."""
    declared = ((f.name, f.metadata["option"]) for f in fields(section) if "option" in f.metadata)
    return {option.key or name: (name, option) for name, option in declared}
