"""Manners: turns, pauses, and leaving a host alone."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from digest.errors import Throttled
from digest.sources.polite import UNTOLD, Politeness, group
from tests.factories import NOW


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def polite(time) -> Politeness:
    return Politeness(clock=time.clock, sleep=time.sleep)


def ask(polite: Politeness, url: str) -> None:
    with polite.turn(url):
        pass


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("arxiv.org", ("arxiv.org", 3.0)),
        ("RSS.arXiv.org.", ("arxiv.org", 3.0)),
        ("export.arxiv.org", ("arxiv.org", 3.0)),
        ("notarxiv.org", ("notarxiv.org", 1.0)),
        ("arxiv.org.test", ("arxiv.org.test", 1.0)),
        ("huggingface.co", ("huggingface.co", 1.0)),
        ("127.0.0.1", ("127.0.0.1", 0.0)),
        ("localhost", ("localhost", 0.0)),
        ("::1", ("::1", 0.0)),
    ],
)
def test_groups_and_their_pauses(host, expected):
    assert group(host) == expected


def test_all_of_arxiv_is_asked_every_three_seconds(polite, time):
    for host in ("rss.arxiv.org", "export.arxiv.org", "arxiv.org"):
        ask(polite, f"https://{host}/")
    assert time.slept == [3.0, 3.0]


def test_hosts_do_not_wait_for_each_other(polite, time):
    ask(polite, "https://rss.arxiv.org/")
    ask(polite, "https://huggingface.co/")
    ask(polite, "https://feeds.test/")
    assert time.slept == []
    ask(polite, "https://feeds.test/other")
    assert time.slept == [1.0]


def test_time_that_has_passed_counts(polite, time):
    ask(polite, "https://arxiv.org/")
    time.now += timedelta(seconds=2)
    ask(polite, "https://arxiv.org/")
    time.now += timedelta(seconds=9)
    ask(polite, "https://arxiv.org/")
    assert time.slept == [1.0]


def test_the_pause_counts_from_the_end_of_a_request_even_a_failed_one(polite, time):
    def fail() -> None:
        with polite.turn("https://arxiv.org/"):
            time.now += timedelta(seconds=20)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    ask(polite, "https://arxiv.org/")
    assert time.slept == [3.0]


def test_a_clock_that_was_set_back_does_not_make_it_wait_for_long(polite, time):
    ask(polite, "https://arxiv.org/")
    time.now -= timedelta(days=1)
    ask(polite, "https://arxiv.org/")
    assert time.slept == [3.0]


def test_a_held_host_is_not_asked(polite, time):
    polite.hold("https://export.arxiv.org/api", NOW + timedelta(seconds=60))
    with pytest.raises(Throttled, match="not asked") as caught:
        ask(polite, "https://rss.arxiv.org/rss/cs.AI")
    assert caught.value.retry_at == NOW + timedelta(seconds=60)
    ask(polite, "https://huggingface.co/")
    time.now += timedelta(seconds=60)
    ask(polite, "https://rss.arxiv.org/rss/cs.AI")


def test_a_host_that_names_no_time_is_left_alone_for_a_while(polite):
    polite.hold("https://feeds.test/", None)
    with pytest.raises(Throttled) as caught:
        ask(polite, "https://feeds.test/")
    assert caught.value.retry_at == NOW + UNTOLD


def test_a_shorter_wish_does_not_undo_a_longer_one(polite):
    polite.hold("https://feeds.test/", NOW + timedelta(seconds=60))
    polite.hold("https://feeds.test/", NOW + timedelta(seconds=5))
    with pytest.raises(Throttled) as caught:
        ask(polite, "https://feeds.test/")
    assert caught.value.retry_at == NOW + timedelta(seconds=60)


def test_one_request_at_a_time_from_all_threads():
    polite = Politeness(sleep=lambda _: None)
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with polite.turn("http://127.0.0.1/"):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_who_waits_for_a_turn_hears_of_throttling_meanwhile(polite):
    waiting = threading.Event()
    heard: list[Throttled] = []

    def second() -> None:
        waiting.set()
        try:
            ask(polite, "http://127.0.0.1/b")
        except Throttled as error:
            heard.append(error)

    thread = threading.Thread(target=second)
    with polite.turn("http://127.0.0.1/a"):
        thread.start()
        waiting.wait()
        polite.hold("http://127.0.0.1/a", None)
    thread.join()
    assert [error.place for error in heard] == ["http://127.0.0.1/b"]
