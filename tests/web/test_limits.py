"""Pages that cost something: so many for each network, so many at a time, whoever asks and however often."""

from __future__ import annotations

from dataclasses import replace
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from digest.web import create_app
from digest.web.limits import Buckets, Costly
from digest.web.turns import Turns
from tests.web.readers import paths, reader

if TYPE_CHECKING:
    from digest.web.site import Site


def test_a_network_takes_its_burst_at_once_and_then_waits_for_what_drips_in():
    buckets = Buckets(burst=3, rate=0.5)
    assert [buckets.wait("a", 100.0) for _ in range(4)] == [0, 0, 0, 2.0]
    assert buckets.wait("a", 101.0) == 1.0
    assert buckets.wait("a", 102.0) == 0
    assert buckets.wait("a", 102.0) == 2.0


def test_networks_do_not_wait_for_each_other():
    buckets = Buckets(burst=1, rate=1)
    assert [buckets.wait(network, 5.0) for network in "abab"] == [0, 0, 1.0, 1.0]


def test_who_waited_long_has_a_full_bucket_and_no_more():
    buckets = Buckets(burst=2, rate=1)
    buckets.wait("a", 0.0)
    assert [buckets.wait("a", 1e9) for _ in range(3)] == [0, 0, 1.0]


def test_a_clock_that_goes_back_takes_nothing_away():
    buckets = Buckets(burst=2, rate=1)
    assert [buckets.wait("a", at) for at in (100.0, 50.0, 50.0)] == [0, 0, 1.0]


def test_so_many_networks_are_remembered_and_no_more():
    buckets = Buckets(burst=1, rate=0.001, most=100)
    for number in range(10_000):
        assert buckets.wait(f"network {number}", 1.0) == 0
    assert len(buckets) == 100
    assert buckets.wait("network 9999", 1.0) > 0
    assert buckets.wait("network 1", 1.0) == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 100)), max_size=60))
def test_no_network_ever_gets_more_than_burst_and_what_drips_in(asked: list[tuple[str, float]]):
    buckets, got = Buckets(burst=4, rate=0.5), dict.fromkeys("abc", 0)
    for network, at in sorted(asked, key=lambda pair: pair[1]):
        got[network] += buckets.wait(network, at) == 0
    assert max(got.values()) <= 4 + 100 * 0.5


def test_only_so_many_are_in_at_a_time_and_a_place_is_free_again():
    turns, inside, leave = Turns(1, patience=0.01), Event(), Event()

    def stay() -> None:
        with turns.turn():
            inside.set()
            leave.wait(5)

    thread = Thread(target=stay)
    thread.start()
    inside.wait(5)
    with pytest.raises(TimeoutError), turns.turn():
        pass
    leave.set()
    thread.join()
    with turns.turn():
        pass


def test_who_finds_others_waiting_is_sent_away_at_once():
    turns = Turns(1, patience=60, waiting=0)
    with turns.turn("a"), pytest.raises(TimeoutError), turns.turn("b"):
        pass
    with turns.turn("b"):
        pass


def test_one_network_leaves_places_to_others():
    turns = Turns(4, patience=60, each=2)
    with turns.turn("a"), turns.turn("a"):
        with pytest.raises(TimeoutError), turns.turn("a"):
            pass
        with turns.turn("b"), turns.turn("b"):
            pass
    with turns.turn("a"), turns.turn("a"):
        pass


def test_pages_that_rank_share_their_turns_and_take_none_from_the_others(site: Site):
    site = replace(site, turns=Turns(1, patience=60, waiting=0))
    client, (ada, _) = create_app(site).test_client(), reader(site)
    own = paths(site).manage(ada)
    with site.turns.turn("somebody else"):
        for place in ("/search?q=bird", "/search.atom?q=bird", "/try?interests=bird", "/try/mail?interests=bird"):
            answer = client.get(place)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10"), place
        assert client.post(f"{own}/import", data={"text": "2605.00001"}).status_code == 503
        assert "cannot be ranked at the moment" in client.get(own).text
        assert [client.get(place).status_code for place in ("/", "/subscribe", "/trending")] == [200] * 3
        assert client.post(paths(site).unsubscribe(ada)).status_code == 200
    assert client.get("/search?q=bird").status_code == 200


def test_a_place_is_free_again_after_a_mistake():
    turns = Turns(1, patience=0.01)
    for _ in range(3):
        with pytest.raises(KeyError), turns.turn():
            raise KeyError


def test_too_many_of_one_network_are_told_when_to_come_back():
    costly = Costly(burst=1, rate=0.1)
    with costly.page("a", 0.0):
        pass
    with pytest.raises(TooManyRequests) as told, costly.page("a", 0.0):
        pass
    assert told.value.retry_after == 11


def test_too_many_at_a_time_are_told_to_come_back():
    costly = Costly(Turns(1, patience=0.01))
    with costly.page("a", 0.0), pytest.raises(ServiceUnavailable) as told, costly.page("b", 0.0):
        pass
    assert told.value.retry_after == 10


def test_a_place_of_a_page_is_free_again_after_a_mistake():
    costly = Costly(Turns(1, patience=0.01))
    for _ in range(3):
        with pytest.raises(KeyError), costly.page("a", 0.0):
            raise KeyError
