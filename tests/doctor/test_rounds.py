"""The rounds: side by side, each check alone, and an end in time."""

from __future__ import annotations

import threading
import time

from digest.doctor.findings import Finding, Level, listed, ok
from digest.doctor.names import LookupFailed
from digest.doctor.rounds import Check, Section, examine, worst
from digest.errors import StorageError


def fine(name, section="s"):
    return Check(section, name, lambda: [ok(name, "fine")])


def test_sections_keep_the_order_of_the_checks():
    assert examine([fine("a", "one"), fine("b", "two"), fine("c", "one"), Check("none", "d", list)]) == [
        Section("one", (ok("a", "fine"), ok("c", "fine"))),
        Section("two", (ok("b", "fine"),)),
    ]


def failing(error):
    def run():
        yield ok("x", "before")
        raise error

    return run


def test_a_check_that_fails_stops_no_other():
    checks = [
        Check("s", "lost", failing(LookupFailed("x.test: no answer"))),
        Check("s", "stored", failing(StorageError("no database"))),
        Check("s", "bug", failing(ZeroDivisionError("oh"))),
        fine("last"),
    ]
    (section,) = examine(checks)
    assert [(f.check, f.level) for f in section.findings] == [
        ("x", Level.OK),
        ("lost", Level.WARNING),
        ("x", Level.OK),
        ("stored", Level.ERROR),
        ("x", Level.OK),
        ("bug", Level.WARNING),
        ("last", Level.OK),
    ]
    assert section.findings[5].what == "this check itself failed: ZeroDivisionError: oh"


def test_checks_wait_together():
    begun = time.monotonic()
    barrier = threading.Barrier(8)
    checks = [Check("s", str(n), lambda n=n: [ok(str(n), str(barrier.wait(5) >= 0))]) for n in range(8)]
    (section,) = examine(checks)
    assert [f.what for f in section.findings] == ["True"] * 8
    assert time.monotonic() - begun < 5


def test_what_hangs_is_given_up():
    never = threading.Event()
    seen = []
    checks = [Check("s", "hangs", lambda: [ok("x", str(never.wait(30)))]), fine("quick")]
    (section,) = examine(checks, seen.append, limit=0.3)
    assert [(f.check, f.level) for f in section.findings] == [("hangs", Level.WARNING), ("quick", Level.OK)]
    assert seen[-1] == "looking at hangs"
    never.set()


def test_the_worst_counts():
    assert worst([]) is Level.OK
    assert (
        worst([Section("s", (ok("a", ""), Finding("b", Level.WARNING, ""), Finding("c", Level.NOTE, "")))]) == "warning"
    )


def test_words_are_listed():
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
