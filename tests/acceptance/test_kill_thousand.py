"""kill -9 at every step between claim and settle, with 1,000 deliveries over four connections.

Processes run one after another and each is killed for real: before or after a chosen call of the store or
of the letters in whichever thread makes it, or by the mail server in the middle of a conversation.
Every subscriber has the digest in the end. Only what was past the final dot at a death can have come twice,
as the same message. What was past the dot at two deaths is shown as unknown, and sent when the operator says so.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import traceback
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from digest.app import App, sample_paths
from digest.model import DeliveryStatus
from digest.services.deliver import deliver_due
from digest.services.look import look_at
from digest.services.publish import publish_due
from tests.acceptance.house import CONFIG, House, Recorder, build
from tests.factories import subscriber

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from digest.model import Delivery
    from digest.services.round import Delivered

NOW = datetime.fromisoformat("2026-05-22T08:00:00+00:00")
READERS = 1000
CONNECTIONS = 4
SENDING = f"[sending]\nconnections = {CONNECTIONS}\ndomain_connections = {CONNECTIONS}\nper_connection = 7\n"

BY_ITSELF = [
    f"{when} {what}"
    for what in ("claim", "letter", "sending", "dot_sent", "settle", "clear_strikes")
    for when in ("before", "after")
]
BY_THE_SERVER = ["MAIL", "RCPT", "dot"]
# A claim is of up to fifty, everything else of one.
DEATHS = [
    (moment, min(count, 2) if moment.endswith(" claim") else count)
    for count in (1, 6, 23)
    for moment in (*BY_ITSELF, *BY_THE_SERVER)
]


class Reaper:
    """Kills this process at the `count`-th time that `moment` comes, in whichever thread."""

    def __init__(self, moment: str, count: int) -> None:
        self._moment, self._left, self._lock = moment, count, threading.Lock()

    def passing(self, moment: str) -> None:
        """The process is at `moment`."""
        if moment == self._moment:
            with self._lock:
                self._left -= 1
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

    def around(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call` with a moment before it and one after it."""

        def wrapped(*args: Any, **named: Any) -> Any:
            name = args[2].value if what == "step" else what
            self.passing(f"before {name}")
            result = call(*args, **named)
            self.passing(f"after {name}")
            return result

        return wrapped


class MortalStore:
    """A store whose every call may be the last."""

    def __init__(self, store: Any, reaper: Reaper) -> None:
        self._store, self._reaper = store, reaper

    def __getattr__(self, name: str) -> Any:
        return self._reaper.around(name, getattr(self._store, name))


class Executioner(Recorder):
    """Also kills the process `victim` at the `count`-th `verb`, before it answers that."""

    def __init__(self) -> None:
        super().__init__()
        self.victim, self.verb, self.count = 0, "", 0

    def condemn(self, verb: str, count: int) -> None:
        """Whoever comes next dies at the `count`-th `verb`."""
        self.victim, self.verb, self.count = 0, verb, count

    def _at(self, verb: str) -> None:
        if verb == self.verb:
            self.count -= 1
            if self.count == 0:
                assert self.victim > 0
                os.kill(self.victim, signal.SIGKILL)

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take the sender."""
        self._at("MAIL")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take the recipient."""
        self._at("RCPT")
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take the message: it is here, whatever becomes of the one who sent it."""
        answer = await super().handle_DATA(server, session, envelope)
        self._at("dot")
        return answer


def _deliver(house: House, now: datetime, reaper: Reaper) -> Delivered:
    app = App.load(str(house.config))
    with app.store() as store:
        line = app.line(store)
        letters = reaper.around("letter", line.letters)
        mortal: Any = MortalStore(store, reaper)
        return deliver_due(mortal, line.transports, letters, line.delivery_rules, lambda: now, pace=line.pace)


def _in_a_process(house: House, now: datetime, server: Executioner, moment: str = "", count: int = 0) -> int:
    """The wait status of a forked process that delivers until it dies at the `count`-th `moment`."""
    server.condemn(moment, count)
    pid = os.fork()
    if pid == 0:
        try:
            _deliver(house, now, Reaper(moment, count))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    server.victim = pid
    return os.waitpid(pid, 0)[1]


@pytest.fixture
def server() -> Any:
    """A mail server that keeps what it takes."""
    with Executioner() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, server: Executioner) -> House:
    """An installation with an edition waiting for each of a thousand readers."""
    config = CONFIG.replace("max_papers = 100", "max_papers = 3").replace('"maildir"', '"smtp"')
    house = build(tmp_path, config + server.config + SENDING)
    shutil.copy(sample_paths()[1], house.spool)
    app = App.load(str(house.config))
    with app.store() as store:
        for number in range(READERS):
            store.add_subscriber(subscriber(address=f"reader{number}@example.test", created_at=NOW))
        (source,) = app.sources()
        store.sync_sources([source.spec.name])
        look_at(store, source, NOW)
        list(publish_due(store, app.ranker(), app.publish_rules(), NOW))
        assert store.delivery_counts() == {DeliveryStatus.PENDING: READERS}
        # What is imported here need not be imported by every process.
        app.line(store).letters(store.deliveries(limit=1)[0])
    return house


def _in(status: DeliveryStatus, house: House) -> list[Delivery]:
    with App.load(str(house.config)).store() as store:
        return store.deliveries(status, READERS)


def _requeue(house: House, deliveries: list[Delivery]) -> None:
    with App.load(str(house.config)).store() as store:
        assert all(store.requeue(delivery.id, NOW, NOW + timedelta(hours=1)) for delivery in deliveries)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_thousand_deliveries_and_a_death_at_every_step(
    house: House, server: Executioner, record_property: Callable[[str, object], None]
) -> None:
    past_dot: Counter[str] = Counter()
    deaths = 0
    for moment, count in DEATHS:
        status = _in_a_process(house, NOW + timedelta(seconds=deaths), server, moment, count)
        assert os.WIFSIGNALED(status), (moment, count, "lived")
        assert os.WTERMSIG(status) == signal.SIGKILL
        past_dot.update(d.recipient for d in _in(DeliveryStatus.DOT_SENT, house))
        deaths += 1
    assert os.WEXITSTATUS(_in_a_process(house, NOW + timedelta(minutes=10), server)) == 0
    unknown = _in(DeliveryStatus.UNKNOWN, house)
    assert {d.recipient for d in unknown} == {reader for reader, often in past_dot.items() if often > 1}
    _requeue(house, unknown)
    assert os.WEXITSTATUS(_in_a_process(house, NOW + timedelta(minutes=20), server)) == 0

    copies = Counter(to for to, _ in server.taken)
    assert copies.keys() == {f"reader{number}@example.test" for number in range(READERS)}
    assert all(often <= 1 + past_dot[reader] for reader, often in copies.items())
    assert len({(to, message["Message-ID"], message.as_bytes()) for to, message in server.taken}) == READERS
    assert len(_in(DeliveryStatus.ACCEPTED, house)) == READERS
    again = sum(copies.values()) - READERS
    assert 0 < again <= past_dot.total() <= deaths * CONNECTIONS
    counts = {"deaths": deaths, "past the dot at a death": past_dot.total(), "left unknown": len(unknown)}
    for name, number in (counts | {"sent again": again}).items():
        record_property(name, number)
        print(f"{name}: {number}")  # noqa: T201
