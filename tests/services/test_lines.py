"""Several lines at once: each message once, nobody held up, and whatever ends a round leaves nothing half-done."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.errors import Outage, StorageError
from digest.mail.transports.smtp import Security, SmtpSettings, SmtpTransport
from digest.model import DeliveryStatus, Receipt
from digest.services import attempt
from digest.services.deliver import deliver_due
from digest.services.desk import PATIENCE
from digest.services.pace import Pace
from digest.services.round import Delivered
from digest.storage import Store, open_store
from tests.mail import peers
from tests.services.parts import SENDING, Clock, Relay, deliver, enrolled, letters, publish, put
from tests.storage.databases import clean_postgresql, clean_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.mail.transports import Transport
    from digest.model import Envelope
    from digest.services.round import DeliveryRules

CHECKOUT = Path(__file__).resolve().parents[2]
ACCEPTED, PENDING = DeliveryStatus.ACCEPTED, DeliveryStatus.PENDING
FOUR = replace(SENDING, connections=4)


@dataclass
class Lines:
    """Makes transports that note who sends what at the same time; `during` happens before the dot."""

    during: Callable[[Envelope], None] = lambda _envelope: time.sleep(0.002)
    taken: list[str] = field(default_factory=list)
    most: Counter[str] = field(default_factory=Counter)
    made: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    now: Counter[str] = field(default_factory=Counter)

    def __call__(self) -> Transport:
        self.made += 1
        return _OneLine(self)

    @contextmanager
    def busy(self, domain: str) -> Iterator[None]:
        """One more message to `domain` is under way."""
        with self.lock:
            for what in (domain, "all"):
                self.now[what] += 1
                self.most[what] = max(self.most[what], self.now[what])
        try:
            yield
        finally:
            with self.lock:
                self.now.subtract((domain, "all"))


class _OneLine(Relay):
    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines

    def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        """Not twice at a time."""
        with self._lines.busy(envelope.recipient.partition("@")[2]):
            self._lines.during(envelope)
            receipt = super().send(message, envelope, at_dot)
            self._lines.taken.append(envelope.recipient)
        return receipt


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store of each kind."""
    return clean_sqlite(tmp_path) if request.param == "sqlite" else clean_postgresql()


@pytest.fixture
def shared(url: str) -> Iterator[Store]:
    """An empty store of each kind."""
    with open_store(url) as opened:
        yield opened


def waiting(store: Store, *domains: str, each: int = 1) -> list[str]:
    """The addresses of readers in these domains, for each of whom an edition waits."""
    put(store, 1)
    readers = [enrolled(store, address=f"r{n}@{domain}").address for n in range(each) for domain in domains]
    publish(store)
    return readers


def send(
    store: Store, lines: Callable[[], Transport], rules: DeliveryRules = FOUR, pace: Pace | None = None
) -> Delivered:
    return deliver_due(store, lines, letters(store), rules, Clock(), pace=pace)


def test_each_message_once_over_as_many_lines_as_allowed(shared: Store) -> None:
    readers = waiting(shared, "a.test", "b.test", "c.test", each=20)
    lines = Lines()
    done = send(shared, lines)
    assert Counter(lines.taken) == Counter(readers)
    assert done == Delivered(Counter({ACCEPTED: 60}))
    assert lines.made == 4
    assert 2 <= lines.most["all"] <= 4
    assert max(lines.most[domain] for domain in ("a.test", "b.test", "c.test")) == 2


def test_a_real_server_sees_four_connections_and_each_message_once(shared: Store) -> None:
    readers = waiting(shared, "a.test", "b.test", each=20)
    with peers.Relay() as server:
        settings = SmtpSettings("127.0.0.1", server.port, Security.NONE, local_hostname="here.test")
        assert send(shared, lambda: SmtpTransport(settings)).outcomes == {ACCEPTED: 40}
    told = Counter(verb.split("<")[1].rstrip(">").split(">")[0] for verb in server.verbs if verb.startswith("RCPT"))
    assert told == Counter(readers)
    assert len(set(server.messages)) == 40
    assert server.connections <= 4


def test_two_hosts_on_one_outbox_send_each_message_once(url: str) -> None:
    with open_store(url) as one, open_store(url) as two:
        readers = waiting(one, "a.test", "b.test", each=30)
        lines = Lines()
        hosts = [
            threading.Thread(target=send, args=(store, lines, replace(FOUR, worker=f"host-{n}")))
            for n, store in enumerate((one, two))
        ]
        for host in hosts:
            host.start()
        for host in hosts:
            host.join()
        assert Counter(lines.taken) == Counter(readers)
        assert one.delivery_counts() == {ACCEPTED: 60}


def test_a_slow_domain_holds_up_nobody_else(store: Store) -> None:
    waiting(store, "slow.test", each=25)
    quick = waiting(store, "a.test", "b.test", each=5)
    lines = Lines(lambda envelope: time.sleep(0.05 if envelope.recipient.endswith("slow.test") else 0))
    send(store, lines, replace(FOUR, domain_connections=1))
    assert lines.most["slow.test"] == 1
    assert len(lines.taken) == 35
    assert set(quick) <= set(lines.taken[:20])


def test_a_server_that_takes_two_lines_gets_everything_over_two(store: Store) -> None:
    readers = waiting(store, "a.test", "b.test", each=10)
    doors = threading.Semaphore(2)
    inside = threading.local()

    def enter(_envelope: Envelope) -> None:
        inside.ok = getattr(inside, "ok", False) or doors.acquire(blocking=False)
        if not inside.ok:
            raise Outage("4.7.0 too many connections", 421, step="connect")
        time.sleep(0.005)

    lines = Lines(enter)
    done = send(store, lines)
    assert (done.outage, done.outcomes) == ("", {ACCEPTED: 20})
    assert Counter(lines.taken) == Counter(readers)
    assert {d.attempts for d in store.deliveries()} == {1}


def test_no_relay_at_all_is_an_outage_and_counts_nothing(shared: Store) -> None:
    waiting(shared, "a.test", "b.test", each=10)

    def refuse(_envelope: Envelope) -> None:
        raise Outage("connection refused", step="connect")

    done = send(shared, Lines(refuse))
    assert (done.outage, done.outcomes) == ("connection refused", {})
    assert {(d.status, d.attempts, d.claimed_by) for d in shared.deliveries()} == {(PENDING, 0, "")}


def test_a_failure_of_the_store_in_one_thread_ends_the_round_and_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(store, "a.test", "b.test", each=20)
    settle, calls = store.settle, iter(range(1000))

    def failing(*args: object, **named: object) -> bool:
        if next(calls) >= 5:
            raise StorageError("disk full")
        return settle(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "settle", failing)
    monkeypatch.setattr(attempt, "_PAUSES", (0.0, 0.0))
    pace = Pace(FOUR.limits)
    with pytest.raises(StorageError, match="disk full"):
        send(store, Lines(), pace=pace)
    assert pace.blocked() == {}, "a later round would wait for ever"
    counts = store.delivery_counts()
    assert counts[ACCEPTED] == 5
    assert 1 <= counts[DeliveryStatus.DOT_SENT] <= 4
    assert counts[PENDING] == 40 - 5 - counts[DeliveryStatus.DOT_SENT]


def test_an_answer_that_cannot_be_written_down_for_a_while_is_not_lost(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(store, "a.test")
    settle, failures = store.settle, [StorageError("in use"), StorageError("in use")]

    def failing(*args: object, **named: object) -> bool:
        if failures:
            raise failures.pop()
        return settle(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "settle", failing)
    monkeypatch.setattr(attempt, "_PAUSES", (0.0, 0.0))
    assert send(store, Lines()).outcomes == {ACCEPTED: 1}


def test_stop_lets_what_is_under_way_be_settled(store: Store) -> None:
    waiting(store, "a.test", "b.test", each=20)
    stopped = threading.Event()
    lines = Lines(lambda _envelope: (time.sleep(0.02), stopped.set())[0])
    done = deliver_due(store, lines, letters(store), FOUR, Clock(), stopped.is_set)
    assert len(lines.taken) == done.outcomes[ACCEPTED] <= 8
    assert store.delivery_counts() == {ACCEPTED: len(lines.taken), PENDING: 40 - len(lines.taken)}


def test_an_interruption_waits_for_what_is_under_way() -> None:
    """In a process of its own: the signal is for a process as a whole."""
    command = [sys.executable, "-W", "error", "-m", "tests.services.interrupted"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=CHECKOUT)
    interrupted, taken, counts = json.loads(told.stdout)
    assert interrupted
    assert 1 <= taken <= 4
    assert counts == {ACCEPTED.value: taken, PENDING.value: 40 - taken}


def test_a_transport_that_is_not_parallel_is_used_alone(store: Store) -> None:
    waiting(store, "a.test", "b.test", each=10)
    here = threading.current_thread()
    threads: set[threading.Thread] = set()
    lines = Lines(lambda _envelope: threads.add(threading.current_thread()))

    def alone() -> Transport:
        line = lines()
        line.parallel = False  # type: ignore[attr-defined]
        return line

    send(store, alone)
    assert (lines.made, lines.most["all"], threads) == (1, 1, {here})


def test_the_rate_holds_over_all_lines(store: Store) -> None:
    waiting(store, "a.test", "b.test", each=6)
    started = time.monotonic()
    assert send(store, Lines(), replace(FOUR, rate=600)).outcomes == {ACCEPTED: 12}
    assert 1.0 <= time.monotonic() - started < 5


def test_a_domain_that_is_slower_than_patience_is_left_for_the_next_round(store: Store) -> None:
    readers = waiting(store, "slow.test", "a.test", each=5)
    pace = Pace(FOUR.limits)
    for _ in range(9):
        ahead = pace._clock
        pace._clock = lambda ahead=ahead: ahead() + 2 * PATIENCE  # type: ignore[misc]
        permit = pace.begin("slow.test")
        assert permit is not None
        pace.end(permit, slow_down=True)
    lines = Lines()
    done = send(store, lines, pace=pace)
    assert sorted(lines.taken) == [reader for reader in sorted(readers) if reader.endswith("a.test")]
    assert done.left == "slowed down: slow.test"
    assert store.delivery_counts() == {ACCEPTED: 5, PENDING: 5}


def test_the_warm_up_lets_so_many_leave_and_twice_as_many_the_next_day(store: Store, clock: Clock) -> None:
    waiting(store, "a.test", "b.test", each=20)
    rules, relay = replace(SENDING, warm_up=4), Relay()
    done = deliver(store, relay, clock, rules)
    assert (done.outcomes, len(relay.taken)) == ({ACCEPTED: 4}, 4)
    assert done.left == "the warm-up lets 4 leave today"
    assert deliver(store, relay, clock, rules).outcomes == {}
    clock.turn(hours=17)
    assert deliver(store, relay, clock, rules).outcomes == {ACCEPTED: 8}


def test_no_warm_up_note_where_nothing_waits(full: Store, clock: Clock) -> None:
    assert deliver(full, Relay(), clock, replace(SENDING, warm_up=3)).left == ""
