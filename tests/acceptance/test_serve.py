"""`digest serve` as a process of its own: mail at the subscriber's hour, once, and a clean end on SIGTERM."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from digest.app import App
from digest.errors import StorageError
from digest.scheduler import guarded_tick
from tests.acceptance.house import House, Recorder, build
from tests.acceptance.serving import ADA, ended, house_with, serving, until, wait_for
from tests.cli.calling import command

if TYPE_CHECKING:
    from pathlib import Path

SERVING = "serving tick=1s sources=1"
STOPPED = "stopped"


class Slow(Recorder):
    """A mail server that thinks for a while about each message before it takes it."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds, self.asked = seconds, threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take it in the end."""
        import asyncio

        self.asked.set()
        await asyncio.sleep(self.seconds)
        return await super().handle_DATA(server, session, envelope)


def _past() -> str:
    """A time of day, in UTC, that has been today."""
    return f"{max(datetime.now(UTC).hour - 1, 0):02}:00"


def _odd_zone() -> ZoneInfo:
    """A zone of odd minutes, so that a wrong zone is a wrong minute, where midnight is not near."""
    zones = [ZoneInfo(name) for name in ("Asia/Kathmandu", "Pacific/Marquesas")]
    return next(zone for zone in zones if 1 <= datetime.now(zone).hour < 23)


def _rename(house: House, table: str, to: str) -> None:
    with sqlite3.connect(house.root / "digest.db", timeout=10) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO {to}")
    connection.close()


@pytest.mark.slow
def test_mail_comes_at_the_local_minute_and_once(tmp_path: Path) -> None:
    zone = _odd_zone()
    due = (datetime.now(zone) + timedelta(seconds=66)).replace(second=0, microsecond=0)
    with Recorder() as relay:
        house = house_with(tmp_path, relay, "--zone", zone.key, "--send-at", f"{due:%H:%M}")
        with serving(house) as service:
            until(lambda: house.run_json("status")[0]["next_due"])
            (status,) = house.run_json("status")
            assert status["next_due"] == {"subscriber": ADA, "at": f"{due.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
            until(lambda: relay.taken, 75)
            came = datetime.now(zone)
            time.sleep(2.5)
            service.send_signal(signal.SIGTERM)
            code, _ = ended(service)
    assert code == 0
    assert due <= came < due + timedelta(seconds=10)
    assert [to for to, _ in relay.taken] == [ADA]
    (delivery,) = house.run_json("deliveries")
    assert delivery["status"] == "accepted"
    assert datetime.fromisoformat(delivery["sent_at"]) >= due


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_delivery(tmp_path: Path, number: signal.Signals) -> None:
    with Slow(2) as relay:
        house = house_with(tmp_path, relay, "--send-at", _past())
        with serving(house) as service:
            assert relay.asked.wait(20)
            service.send_signal(number)
            code, log = ended(service)
        assert code == 0
        assert [line for line in log if "Traceback" in line or "ERROR" in line] == []
        assert log[0] == f"INFO {SERVING}"
        assert log[-1] == f"INFO {STOPPED}"
        assert [d["status"] for d in house.run_json("deliveries")] == ["accepted"]
        again = house.run_json("run")[0]
        assert (again["editions"], again["deliveries"]) == ([], {})
    assert [to for to, _ in relay.taken] == [ADA]


@pytest.mark.slow
def test_a_second_signal_leaves_the_rest_for_later(tmp_path: Path) -> None:
    with Slow(1) as relay:
        house = house_with(tmp_path, relay, "--send-at", _past())
        for n in range(4):
            house.run("subscribers", "add", f"reader{n}@example.test", "--send-at", _past())
        with serving(house) as service:
            assert relay.asked.wait(20)
            service.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            service.send_signal(signal.SIGTERM)
            assert ended(service)[0] == 0
        early = len(relay.taken)
        assert 1 <= early < 5
        assert house.run_json("status")[0]["deliveries"] == {"accepted": early, "pending": 5 - early}
        relay.seconds = 0
        house.run("run")
    assert len({to for to, _ in relay.taken}) == len(relay.taken) == 5


@pytest.mark.slow
def test_a_tick_that_fails_does_not_end_the_service(tmp_path: Path) -> None:
    with Recorder() as relay:
        house = house_with(tmp_path, relay, "--send-at", "23:59")
        with serving(house) as service:
            assert service.stderr is not None
            wait_for(service.stderr, SERVING)
            _rename(house, "sources", "elsewhere")
            wait_for(service.stderr, "ERROR tick failed: ")
            _rename(house, "elsewhere", "sources")
            wait_for(service.stderr, "INFO tick looks=1")
            service.send_signal(signal.SIGTERM)
            code, log = ended(service)
    assert (code, log[-1]) == (0, f"INFO {STOPPED}")


@pytest.mark.parametrize(
    ("error", "traceback"),
    [(StorageError("the disk is full"), False), (ZeroDivisionError("nobody thought of it"), True)],
)
def test_a_failure_with_a_reason_is_one_line_and_any_other_a_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, traceback: bool
) -> None:
    def fails() -> datetime:
        raise error

    app = App.load(str(build(tmp_path).config))
    with app.store() as store:
        guarded_tick(app.line(store), fails, lambda: False)
    (record,) = (record for record in caplog.records if record.levelname == "ERROR")
    assert record.getMessage().startswith("tick failed")
    assert (str(error) in record.getMessage()) is not traceback
    assert bool(record.exc_info) is traceback


def test_the_service_starts_only_where_mail_may_be_sent(tmp_path: Path) -> None:
    house = build(tmp_path)
    text = house.config.read_text().replace("papers@example.test", "digest@example.org")
    house.config.write_text(text.replace('"maildir"', '"smtp"') + '[smtp]\nhost = "mail.example.test"\n')
    done = subprocess.run(command("-c", str(house.config), "serve"), capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "mail.from: " in done.stderr
    assert App.load(str(house.config)).config.mail.transport == "smtp"
