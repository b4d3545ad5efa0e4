"""The options: a TOML file becomes a frozen `Config`, or a `ConfigError` that lists every mistake at once.

An option is declared once, as a field in `sections`, with its default, its help and the check that reads it.
From these declarations come the loader (`loading`), the commented file that ``digest init`` writes
(`example`) and the table in the README (`reference`).

Paths in the file are relative to the file itself. Durations are text with a unit ("90s", "15m", "2h", "14d")
and become whole seconds.
"""

from __future__ import annotations

from digest.config.document import example, reference
from digest.config.loading import find_config, load, parse
from digest.config.sections import SECTIONS
from digest.config.settings import Config
from digest.config.values import Mailbox

__all__ = ["SECTIONS", "Config", "Mailbox", "example", "find_config", "load", "parse", "reference"]
