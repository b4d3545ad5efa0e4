"""The rounds: every check once, side by side, each of them alone with what goes wrong in it."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.doctor.findings import Finding, Level, error, warning
from digest.doctor.names import LookupFailed
from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

log = logging.getLogger("digest.doctor")

LIMIT = 60.0
"""Seconds for all checks together."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at.

    Args:
        section: the heading that its findings stand under.
        name: what it is called while it runs.
        run: looks, and tells what it found.
        network: whether it leaves this machine.
    """

    section: str
    name: str
    run: Callable[[], Iterable[Finding]]
    network: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """The findings under one heading, in the order of their checks."""

    title: str
    findings: tuple[Finding, ...]


def examine(
    checks: Sequence[Check], progress: Callable[[str], None] = lambda _: None, limit: float = LIMIT
) -> list[Section]:
    """Run all `checks`, each in a thread of its own; what is not done after `limit` seconds is given up.

    A check that fails is a finding like any other. `progress` is told what is still waited for.
    """
    done: queue.SimpleQueue[tuple[int, list[Finding]]] = queue.SimpleQueue()
    for number, check in enumerate(checks):
        # A daemon, so that one that hangs does not keep the program from ending.
        threading.Thread(target=_work, args=(number, check, done), daemon=True, name=check.name).start()
    found: dict[int, list[Finding]] = {}
    end = time.monotonic() + limit
    while len(found) < len(checks):
        waiting = [check.name for number, check in enumerate(checks) if number not in found]
        progress(f"looking at {', '.join(waiting[:4])}{' and more' if len(waiting) > 4 else ''}")
        try:
            number, findings = done.get(timeout=max(end - time.monotonic(), 0))
        except queue.Empty:
            break
        found[number] = findings
    return _sections(checks, [found.get(n) or _late(check, n in found) for n, check in enumerate(checks)])


def _work(number: int, check: Check, done: queue.SimpleQueue[tuple[int, list[Finding]]]) -> None:
    done.put((number, alone(check)))


def alone(check: Check) -> list[Finding]:
    """What `check` finds; if it fails, what it found until then and why it went no further."""
    findings: list[Finding] = []
    try:
        for finding in check.run():
            findings.append(finding)  # noqa: PERF402 - what came before a failure is kept
    except LookupFailed as failed:
        findings.append(
            warning(check.name, str(failed), "Try again; if it stays so, ask whoever runs the name servers.")
        )
    except DigestError as failed:
        findings.append(error(check.name, str(failed), "See to it, and try again."))
    except Exception as bug:
        log.debug("check=%r failed", check.name, exc_info=True)
        what = f"this check itself failed: {type(bug).__name__}: {bug}"
        findings.append(
            warning(check.name, what, "All others were made. This is a mistake in digest: please report it.")
        )
    return findings


def _late(check: Check, finished: bool) -> list[Finding]:
    if finished:
        return []
    return [warning(check.name, "took too long and was given up", "Try again; something on the way does not answer.")]


def _sections(checks: Sequence[Check], found: Sequence[Sequence[Finding]]) -> list[Section]:
    titles = list(dict.fromkeys(check.section for check in checks))
    together = [
        (title, [f for check, findings in zip(checks, found, strict=True) if check.section == title for f in findings])
        for title in titles
    ]
    return [Section(title, tuple(findings)) for title, findings in together if findings]


def worst(sections: Iterable[Section]) -> Level:
    """The worst level among all findings; OK where there are none."""
    order = list(Level)
    levels = [finding.level for section in sections for finding in section.findings]
    return max(levels, key=order.index, default=Level.OK)
