"""Findings about the database, which is looked at and never touched: no migration, no side file, no lock."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from digest.doctor.findings import error, note, ok, paste, warning
from digest.doctor.house import writable
from digest.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from digest.config import Config
    from digest.doctor.findings import Finding

CHECK = "database"
_LATELY = timedelta(days=7)
_SQLITE = "sqlite:///"


def database_findings(config: Config) -> Iterator[Finding]:
    """Whether the database opens, is whole, and of the schema of today."""
    from digest.storage.health import health

    try:
        found = health(config.database_url)
    except StorageError as failed:
        hint = f"Make it:{paste('digest init')}" if "digest init" in str(failed) else "See to it, and try again."
        yield error(CHECK, str(failed), hint)
        return
    if found.harm:
        yield error(
            CHECK,
            f"{config.shown_database} is damaged: {found.harm}",
            "Restore it from a backup, and look to the disk.",
        )
    yield judge_schema(config.shown_database, found.step, found.newest)
    if config.database_url.startswith(_SQLITE):
        yield from _file(Path(config.shown_database))


def clock_findings(config: Config, now: datetime) -> Iterator[Finding]:
    """Whether the clock tells the time, as far as the ticks noticed."""
    from digest.services.timekeeping import last_jump, still_ahead
    from digest.storage.health import health

    try:
        noted = health(config.database_url).noted
    except StorageError:
        return  # told of the database
    if ahead := still_ahead(noted, now):
        yield error(
            "clock",
            f"the last tick lies {ahead} ahead: the clock was wrong then, or is wrong now",
            "Let a time server set the clock (timedatectl set-ntp true). The next tick sets right what is due.",
        )
        return
    jump = last_jump(noted)
    if jump is None or jump.at < now - _LATELY:
        yield ok("clock", f"it is {now:%Y-%m-%d %H:%M} UTC, and the clock was not seen to jump lately")
        return
    how = f"{'ahead' if jump.ahead > timedelta(0) else 'back'} by {abs(jump.ahead)}"
    yield warning(
        "clock",
        f"it jumped {how}, noticed at {jump.at:%Y-%m-%d %H:%M} UTC",
        "Let a time server keep it right (timedatectl set-ntp true), and see to the battery of the machine's clock.",
    )


def judge_schema(shown: str, step: int, newest: int) -> Finding:
    """What the number of the last step of the schema means, when `newest` is the last that this version knows."""
    if step > newest:
        return error(CHECK, f"{shown} was made by a newer version of digest", "Update digest to use it.")
    if step < newest:
        return note(CHECK, f"{shown} is of an older version; the next command that writes brings it up to date")
    return ok(CHECK, f"{shown} opens and is up to date")


def _file(path: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield warning(
            CHECK,
            f"{path} holds addresses and can be read by others (mode {mode:04o})",
            f"Run:{paste(f'chmod 600 {path}')}",
        )
    if not writable(path.parent):
        yield error(
            CHECK,
            f"no files can be made in {path.parent}, which SQLite has to beside its database",
            f"Give the folder to whom digest runs as:{paste(f'chown USER {path.parent}')}",
        )
