"""LMTP (RFC 2033), over TCP and unix sockets, with a real server and scripted ones."""

from __future__ import annotations

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal
from digest.mail.transports.lmtp import LmtpTransport
from digest.model import Envelope, Receipt
from tests.mail.peers import DROP, Relay
from tests.mail.test_smtp import ENVELOPE, MESSAGE, Box, nothing


class LmtpController(Controller):
    def factory(self):
        return LMTP(self.handler)


def lmtp(relay: Relay, **fields) -> LmtpTransport:
    return LmtpTransport("127.0.0.1", relay.port, local_hostname="client.test", **{"timeout": 1, **fields})


def test_a_real_server_gets_the_very_bytes(unused_port):
    box = Box()
    controller = LmtpController(box, hostname="127.0.0.1", port=unused_port)
    controller.start()
    try:
        with LmtpTransport("127.0.0.1", unused_port, local_hostname="client.test") as transport:
            for _ in range(2):
                assert transport.send(MESSAGE, ENVELOPE, nothing).queue_id == "0A1B2C"
    finally:
        controller.stop()
    assert box.envelopes == [("bounces@example.test", ["ada@example.test"], MESSAGE)] * 2


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_unix_socket_will_do(tmp_path):
    place = tmp_path / "lmtp"
    with Relay(path=place) as relay, LmtpTransport(str(place), 0, local_hostname="client.test") as transport:
        assert transport.send(MESSAGE, ENVELOPE, nothing) == Receipt(250, "2.0.0 Ok: queued as 4F1B2C3D", "4F1B2C3D")
        assert relay.verbs[0] == "LHLO"
    assert relay.messages == [MESSAGE]


def test_a_socket_that_is_not_there_is_an_outage(tmp_path):
    with (
        LmtpTransport(str(tmp_path / "absent"), 0) as transport,
        pytest.raises(Outage, match="absent: cannot") as caught,
    ):
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert caught.value.step == "connect"


def test_there_is_no_step_down_to_helo():
    with (
        Relay(LHLO="502 no LMTP here", HELO="250 hello") as relay,
        lmtp(relay) as transport,
        pytest.raises(Outage, match="no LMTP here"),
    ):
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert relay.verbs == ["LHLO"]


@pytest.mark.parametrize(
    ("replies", "error", "step"),
    [
        ({"RCPT": ["550 5.1.1 unknown"]}, Refusal, "rcpt"),
        ({"RCPT": ["452 4.2.2 full"]}, Deferral, "rcpt"),
        ({"DOT": ["552 5.2.2 full"]}, Refusal, "dot"),
        ({"DOT": ["451 4.3.0 later"]}, Deferral, "dot"),
    ],
)
def test_a_refused_message_leaves_a_clean_line(replies, error, step):
    """Behind a refused recipient, the DATA that was said ahead is answered with 503 (RFC 2033 4.2)."""
    with Relay(**replies) as relay, lmtp(relay) as transport:
        with pytest.raises(error) as caught:
            transport.send(MESSAGE, ENVELOPE, nothing)
        transport.send(MESSAGE, ENVELOPE, nothing)
        assert (relay.connections, caught.value.step) == (1, step)
    assert relay.messages == [MESSAGE]


def test_data_let_in_without_a_recipient_would_never_be_answered():
    with Relay(lenient=True, RCPT=["550 5.1.1 unknown"]) as relay, lmtp(relay) as transport:
        with pytest.raises(Refusal):
            transport.send(MESSAGE, ENVELOPE, nothing)
        transport.send(MESSAGE, ENVELOPE, nothing)
        assert (relay.connections, relay.bodies) == (2, 1)


def test_a_line_lost_after_the_dot_leaves_the_outcome_unknown():
    with Relay(DOT=[DROP]) as relay, lmtp(relay) as transport:
        with pytest.raises(OutcomeUnknown):
            transport.send(MESSAGE, ENVELOPE, nothing)
        transport.send(MESSAGE, ENVELOPE, nothing)


def test_an_address_that_needs_smtputf8_is_refused_where_it_is_not_offered():
    with Relay() as relay, lmtp(relay) as transport, pytest.raises(Refusal) as caught:
        transport.send(MESSAGE, Envelope("", "jörg@example.test"), nothing)
    assert (caught.value.enhanced, relay.verbs) == ("5.6.7", ["LHLO", "QUIT"])
