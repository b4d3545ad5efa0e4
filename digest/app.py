"""The composition root: a configuration becomes a wired line. The only place that names adapters."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from digest import config as configuration
from digest.errors import UsageError
from digest.model import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.config import Config
    from digest.mail.transports import Transport
    from digest.ranking import Ranker
    from digest.services.deliver import DeliveryRules
    from digest.services.letters import LetterWriter
    from digest.services.publish import PublishRules
    from digest.services.tick import Line
    from digest.sources import Source
    from digest.storage import Store

SAMPLE_INTERESTS = ("reinforcement learning^2", '"long video"', "attention", "agents", "-survey")
_SAMPLES = Path(__file__).parent / "samples"


def system_clock() -> datetime:
    """The time, aware and in UTC: the one clock of the program."""
    return datetime.now(UTC)


def sample_paths() -> tuple[str, str]:
    """The bundled snapshots of two consecutive days, written for this project."""
    first, second = sorted(str(path) for path in _SAMPLES.glob("*.json"))
    return first, second


def make_secret(place: Path) -> bool:
    """Write 32 random bytes as hexadecimal, readable by the owner alone; False where there is a file already."""
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise UsageError(f"cannot write {place}: {error.strerror}") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    return True
