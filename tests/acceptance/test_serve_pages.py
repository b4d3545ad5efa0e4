"""The pages as processes: beside the ticks of `digest serve`, and alone as `digest web`."""

from __future__ import annotations

import email.policy
import re
import signal
import socket
import subprocess
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from digest.app import App
from digest.app.pages import links
from digest.mail.tokens import Purpose
from digest.model import SubscriberStatus
from tests.acceptance.house import Recorder, part, subject
from tests.acceptance.serving import ADA, ended, house_with, serving, until, wait_for
from tests.cli.calling import command

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

    from tests.acceptance.house import House

EVE = "eve@example.test"
STOPPED = "stopped"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
pytestmark = pytest.mark.slow


@pytest.fixture
def place() -> str:
    """A free place to listen at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


def _ask(place: str, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and text of an answer."""
    line = HTTPConnection(place, timeout=10)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    line.request(method, path, urlencode(form) if form else None, headers)
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer.status, text


def _answers(place: str) -> bool:
    with suppress(OSError):
        return _ask(place, "GET", "/health")[0] == 200
    return False


def _form(house: House) -> dict[str, str]:
    """What a person sends who took half a minute."""
    app = App.load(str(house.config))
    shown = app.clock() - timedelta(seconds=30)
    token = app.keyring().token(Purpose.FORM, int(shown.timestamp()))
    return {"address": EVE, "interests": "agents", "zone": "Asia/Tokyo", "send_at": "07:00", "token": token}


def _taken(relay: Recorder, address: str) -> Message:
    """The one message that came for an address."""
    until(lambda: [to for to, _ in relay.taken if to == address], 10)
    (found,) = (message for to, message in relay.taken if to == address)
    return found


def test_a_sign_up_leaves_at_once_and_leads_to_a_subscription(tmp_path: Path, place: str) -> None:
    with Recorder() as relay:
        house = house_with(tmp_path, relay, "--send-at", "23:59", listen=place, tick="1h")
        with serving(house) as service:
            until(lambda: _answers(place))
            assert _ask(place, "GET", "/subscribe")[0] == 200
            assert _ask(place, "POST", "/subscribe", _form(house))[0] == 200
            letter = _taken(relay, EVE)
            found = re.search(rf"http://{place}(/confirm/[a-z2-7]+)", part(letter, "text/plain"))
            assert found
            assert _ask(place, "GET", found[1])[0] == 200
            assert house.run_json("status")[0]["open_confirmations"] == 1
            assert _ask(place, "POST", found[1], {"do": "confirm"})[0] == 200
            service.send_signal(signal.SIGTERM)
            code, log = ended(service)
        assert (code, log[-1]) == (0, f"INFO {STOPPED}")
        assert [line for line in log if "ERROR" in line or EVE in line] == []
        (record,) = (one for one in house.run_json("subscribers", "list") if one["address"] == EVE)
        assert (record["status"], record["zone"], record["interests"]) == ("active", "Asia/Tokyo", ["agents"])
    assert subject(letter)
    assert "List-Unsubscribe" not in email.message_from_bytes(letter.as_bytes(), policy=email.policy.default)


def test_one_click_works_while_no_scheduler_runs(tmp_path: Path, place: str) -> None:
    with Recorder() as relay:
        house = house_with(tmp_path, relay, "--send-at", "00:00")
        app = App.load(str(house.config))
        with app.store() as store:
            path = links(app).unsubscribe(store.subscribers()[0]).removeprefix(app.config.pages_url)
        with serving(house, "web", "--listen", place) as service:
            until(lambda: _answers(place))
            assert _ask(place, "GET", path)[0] == 200
            with app.store() as store:
                assert store.subscribers()[0].status is SubscriberStatus.ACTIVE
            assert _ask(place, "POST", path, ONE_CLICK)[0] == 200
            with app.store() as store:
                assert store.subscribers()[0].status is SubscriberStatus.GONE
            service.send_signal(signal.SIGTERM)
            code, log = ended(service)
    assert (code, log[-1]) == (0, f"INFO {STOPPED}")
    assert [line for line in log if "tick" in line or "ERROR" in line] == []
    assert relay.taken == []


def test_a_place_that_is_taken_stops_no_tick(tmp_path: Path) -> None:
    with Recorder() as relay, socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        house = house_with(tmp_path, relay, "--send-at", "00:00", listen=place)
        with serving(house) as service:
            assert service.stderr is not None
            wait_for(service.stderr, "ERROR pages failed: ")
            _taken(relay, ADA)
            service.send_signal(signal.SIGTERM)
            assert ended(service)[0] == 0
        alone = subprocess.run(command("-c", str(house.config), "web"), capture_output=True, text=True, timeout=30)
    assert alone.returncode == 2
    assert f"web.listen: cannot listen at {place}: Address already in use" in alone.stderr
    assert "Traceback" not in alone.stderr
