"""From where the mail leaves, as far as that can be known."""

from __future__ import annotations

import socket

import pytest

from digest.doctor import sending
from digest.doctor.sending import Sending, own_addresses, sending_of
from digest.sources.address import is_public
from tests.doctor.zones import OUT_OF_ORDER, Zone, ip

HERE = ip("198.41.0.4")


def of(app, host, given=None):
    zone = Zone({"relay.x.test": [HERE], "lost.x.test": [OUT_OF_ORDER]})
    return sending_of(app(mail={"transport": "smtp"}, smtp={"host": host}).config, zone, given)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("relay.x.test", Sending((HERE,), "relay.x.test", False, "relay.x.test")),
        ("198.41.0.4", Sending((HERE,), "198.41.0.4", False, "198.41.0.4")),
        ("lost.x.test", Sending((), "lost.x.test", False, "lost.x.test")),
    ],
)
def test_a_relay_is_a_guess(app, host, expected):
    assert of(app, host) == expected


def test_what_the_operator_says_is_certain(app):
    assert of(app, "relay.x.test", HERE) == Sending((HERE,), "the address that you named", True, "relay.x.test")


def test_a_server_on_this_machine_sends_from_here(app, monkeypatch):
    monkeypatch.setattr(sending, "own_addresses", lambda: [HERE])
    assert of(app, "localhost") == Sending((HERE,), "this machine")


def test_only_public_addresses_are_ours(monkeypatch):
    assert all(is_public(str(address)) for address in own_addresses())
    monkeypatch.setattr(sending, "is_public", lambda _: True)
    monkeypatch.setattr(sending, "_FAR_AWAY", {socket.AF_INET: "127.0.0.1"})
    assert own_addresses() == [ip("127.0.0.1")]
