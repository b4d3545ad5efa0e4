"""From a TOML file to a `Config`: every mistake is collected, and all are told at once.

The keys in messages are those of the file with dots between them; a source is called by its name
(``sources.hf.url``), or by its number from 1 where it has none (``sources[2].name``).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from digest.config.options import Section, options
from digest.config.sections import SECTIONS, SourceTable
from digest.config.settings import Config
from digest.config.values import Wrong, described, quoted
from digest.errors import ConfigError, QueryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from digest.config.options import Option

    Checks = Mapping[str, Callable[[str], object]]

CONFIG_VARIABLE = "DIGEST_CONFIG"
_LARGEST = 1_000_000
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
_AT = re.compile(r"(.*) \(at (line [0-9]+, column [0-9]+|end of document)\)", re.DOTALL)
_Section = TypeVar("_Section", bound=Section)


def find_config(explicit: str | None = None) -> Path:
    """The config file: `explicit`, else $DIGEST_CONFIG, else ./config.toml, else the one in the user's folder.

    The last is ``$XDG_CONFIG_HOME/digest/config.toml``. Where there is none of them it is ./config.toml again:
    the file that ``digest init`` would write, and whose absence `load` explains.
    """
    named = explicit or os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    here = Path("config.toml")
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    theirs = Path(home, "digest", "config.toml")
    return theirs if theirs.is_file() and not here.is_file() else here


def load(path: Path, checks: Checks | None = None) -> Config:
    """Read a config file.

    Args:
        path: the file.
        checks: further checks of texts by name ("zone", "send_at", "rhythm", "interest", "kind", "ranker"), each
            raising `UsageError`; they know what this layer may not.

    Raises:
        ConfigError: every mistake in it, or that it cannot be read.
    """
    return parse(_document(path), path, checks)


def parse(document: Mapping[str, object], place: Path, checks: Checks | None = None) -> Config:
    """As `load`, from what TOML made of a file that stands, or would stand, at `place`.

    Raises:
        ConfigError: every mistake in it.
    """
    place = Path(os.path.abspath(place))
    reader = _Reader(place.parent, checks or {})
    found: dict[str, Any] = {
        name: reader.section(kind, document.get(name, {}), name) for name, kind in SECTIONS.items()
    }
    sources = reader.sources(document.get("sources", []))
    reader.unknown(document, [*SECTIONS, "sources"], "")
    if reader.mistakes:
        raise ConfigError(reader.mistakes, str(place))
    return Config(place=place, sources=tuple(s.spec() for s in sources), **found)


def _document(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise ConfigError(["there is no such file; `digest init` writes one to start from"], str(path)) from error
    except (OSError, ValueError) as error:
        raise ConfigError([f"cannot be read: {getattr(error, 'strerror', None) or error}"], str(path)) from error
    if len(content) > _LARGEST:
        raise ConfigError([f"is larger than {_LARGEST} bytes"], str(path))
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"line {line}: is not UTF-8"], str(path)) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError([_syntax(error)], str(path)) from error


def _syntax(error: Exception) -> str:
    """ "line 3, column 7: what is wrong" from what tomllib says."""
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    found = _AT.fullmatch(str(error))
    what, where = (found[1], found[2]) if found else (str(error), "TOML")
    return f"{where}: {what[:1].lower()}{what[1:]}"


class _Reader:
    """Reads sections, remembering the mistakes."""

    def __init__(self, folder: Path, checks: Checks) -> None:
        self.mistakes: list[str] = []
        self._folder, self._checks = folder, checks

    def section(self, kind: type[_Section], table: object, where: str) -> _Section:
        """The section in `table`; an option with a mistake gets its default."""
        if not isinstance(table, dict):
            self._say(where, f"must be a table, not {described(table)}")
            return kind()
        before, declared = len(self.mistakes), options(kind)
        values = {name: self._value(table, key, option, where) for key, (name, option) in declared.items()}
        for key in table:
            if key in kind.refused:
                self._say(f"{where}.{key}", kind.refused[key])
        self.unknown(table, [*declared, *kind.refused], f"{where}.")
        section = kind(**values)
        if len(self.mistakes) == before:
            self.mistakes.extend(f"{where}.{key}: {what}" for key, what in section.mistakes())
        return section

    def sources(self, tables: object) -> list[SourceTable]:
        """Each of the [[sources]], with their names compared."""
        if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
            self._say("sources", "must be [[sources]] tables, each with a name")
            return []
        names = Counter(t["name"] for t in tables if isinstance(t.get("name"), str))
        for name, times in names.items():
            if times > 1:
                self._say(f"sources.{_key(name)}.name", f"{times} sources have this name")
        return [self._source(table, n) for n, table in enumerate(tables, 1)]

    def _source(self, table: dict[str, object], number: int) -> SourceTable:
        name = table.get("name")
        where = f"sources.{_key(name)}" if isinstance(name, str) and name else f"sources[{number}]"
        if "name" not in table:
            self._say(f"{where}.name", "missing")
        return self.section(SourceTable, table, where)

    def unknown(self, table: Iterable[str], known: list[str], prefix: str) -> None:
        """A mistake for each key that is none, with the nearest that is."""
        for key in table:
            if key not in known:
                near = get_close_matches(key[:100], known, 1)
                self._say(f"{prefix}{_key(key)}", "unknown option" + (f"; did you mean {near[0]}?" if near else ""))

    def _value(self, table: Mapping[str, object], key: str, option: Option, where: str) -> object:
        try:
            value = option.check(table.get(key, option.default))
        except Wrong as wrong:
            self._say(f"{where}.{key}", str(wrong))
            return option.check(option.default)
        if option.asks in self._checks:
            self._ask(self._checks[option.asks], value, f"{where}.{key}")
        return self._folder / value if isinstance(value, Path) and str(value) != "-" else value

    def _ask(self, check: Callable[[str], object], value: object, where: str) -> None:
        texts = {where: value} if isinstance(value, str) else _numbered(value, where)
        for place, text in texts.items():
            try:
                check(str(text))
            except QueryError as error:
                self._say(place, f"{quoted(str(text))}: {error.reason} (column {error.position + 1})")
            except UsageError as error:
                self._say(place, str(error).partition("\n")[0])

    def _say(self, where: str, what: str) -> None:
        self.mistakes.append(f"{where}: {what}")


def _numbered(values: object, where: str) -> dict[str, object]:
    """The elements of a list by their place, from 1."""
    return {f"{where}[{n}]": v for n, v in enumerate(values, 1)} if isinstance(values, tuple) else {}


def _key(key: str) -> str:
    """A key for a message: as it is, or in quotes where TOML needs them."""
    return key if _BARE_KEY.fullmatch(key) else quoted(key)
