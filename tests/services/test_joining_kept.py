"""What is kept of strangers: networks and no addresses, whole or not at all, and nothing in the log."""

from __future__ import annotations

import json
import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv6Address
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import DeliveryStatus
from digest.services import joining
from digest.services.deliver import deliver_due
from digest.services.joining import Place, place_of
from digest.storage import joining as rows
from digest.storage import open_store
from tests.factories import NOW
from tests.services.guests import ADDRESS, RULES, WEB, ask, joined, letters_to, token, writer
from tests.services.parts import BOTH, KEYS, SENDING, Clock, Relay, enrolled

DATABASES = BOTH


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("192.0.2.7:51000", "192.0.2.0/24"),
        ("[2001:db8:1:2:3:4:5:6]:51000", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2::/64"),
    ],
)
def test_a_place_is_a_network_and_no_address(ip, network):
    assert place_of(ip) == Place(network, network)


@given(st.one_of(st.text(max_size=60), st.ip_addresses().map(str)))
def test_every_place_on_the_web_is_counted_as_some_network(ip):
    place = place_of(ip)
    assert place.block
    assert not ip or ip not in (place.block, place.shown) or ip == "unknown"


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_a_whole_64_of_ipv6_is_one_place(address, host):
    if address.ipv4_mapped is None and int(address) >> 64:
        other = IPv6Address(int(address) >> 64 << 64 | host)
        assert place_of(str(address)) == place_of(str(other))


def test_nothing_in_the_log_says_who(store, caplog):
    with caplog.at_level(logging.DEBUG, "digest"):
        joined(store)
        ask(store)
        joining.ask_for_link(store, RULES, ADDRESS, WEB, NOW)
    said = caplog.text.casefold()
    assert "asked way=web letter=confirmation" in said
    assert not [word for word in ("guest", "example.test", "192.0.2", KEYS.address_hash(ADDRESS)) if word in said]


def test_the_ids_of_requests_are_not_to_be_guessed(store, monkeypatch):
    for _ in range(5):
        ask(store)
    ids = [letter.confirmation_id for letter in letters_to(store)]
    assert len(set(ids)) == 5
    assert all(0 <= one < 2**62 for one in ids)
    assert len({letter.message_id for letter in letters_to(store)}) == 5
    monkeypatch.setattr(secrets, "randbits", lambda _bits: 2**62 - 1)
    ask(store, "last@example.test")
    word = token(store, "last@example.test")
    assert joining.confirm(store, RULES, word, "", NOW).kind == "new"


def test_a_process_that_dies_between_the_rows_leaves_nothing(file_url, monkeypatch):
    def die(*_given):
        raise KeyboardInterrupt

    with open_store(file_url) as store, monkeypatch.context() as patched:
        patched.setattr(rows, "add_delivery", die)
        with pytest.raises(KeyboardInterrupt):
            ask(store)
    with open_store(file_url) as store:
        assert (store.demands_since(NOW), store.open_confirmations(NOW), store.deliveries()) == (0, 0, [])
        assert ask(store) is None


def test_what_is_kept_of_a_request_is_json_and_small(store):
    ask(store, wishes={"interests": ["# only a remark", "x" * 200, "diffusion models^2"], "name": "n" * 5000})
    (letter,) = letters_to(store)
    kept = json.dumps(dict(store.confirmation(letter.confirmation_id).wishes))
    assert len(kept) < 1000
    assert "remark" not in kept


def test_the_letters_leave_as_anything_else_does(store):
    enrolled(store, address="known@example.test")
    for address in ("known@example.test", ADDRESS):
        ask(store, address)
    relay = Relay()
    for sent in (2, 0):
        done = deliver_due(store, lambda: relay, writer(store), SENDING, Clock())
        assert done.outcomes[DeliveryStatus.ACCEPTED] == sent
    assert sorted(relay.recipients) == [ADDRESS, "known@example.test"]


def test_of_many_clicks_at_once_one_subscribes(file_url):
    with open_store(file_url) as store:
        ask(store)
        word = token(store)
    barrier = Barrier(6)

    def click(_number: int) -> str:
        with open_store(file_url) as store:
            barrier.wait()
            return joining.confirm(store, RULES, word, WEB.shown, NOW).kind

    with ThreadPoolExecutor(6) as pool:
        done = sorted(pool.map(click, range(6)))
    assert done == ["already"] * 5 + ["new"]
    with open_store(file_url) as store:
        (made,) = store.subscribers()
        assert len(store.consents(made.id)) == 1
