"""Against a real SMTP server, and scripted ones that behave."""

from __future__ import annotations

import re
import socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import Deferral, MessageError, Outage, Refusal
from digest.mail.transports.conversation import stuffed
from digest.mail.transports.line import Line
from digest.mail.transports.mechanisms import MECHANISMS
from digest.mail.transports.smtp import SmtpSettings, SmtpTransport
from digest.model import Envelope, Receipt
from tests.mail.peers import FINE, PIPELINING, Relay
from tests.mail.test_message import built

ENVELOPE = Envelope("bounces@example.test", "ada@example.test")
MESSAGE = built()


def nothing() -> None:
    return None


def settings(port: int, **fields) -> SmtpSettings:
    defaults = {"host": "127.0.0.1", "port": port, "security": "none", "timeout": 5, "local_hostname": "client.test"}
    return SmtpSettings(**{**defaults, **fields})


def outage(relay: Relay, match: str | None = None, **fields) -> Outage:
    """The Outage that sending over `relay` ends in."""
    with SmtpTransport(settings(relay.port, **fields)) as transport, pytest.raises(Outage, match=match) as caught:
        transport.send(MESSAGE, ENVELOPE, nothing)
    return caught.value


class Box:
    def __init__(self) -> None:
        self.envelopes: list[tuple[str | None, list[str], bytes]] = []

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 Ok: queued as 0A1B2C"


def login(server, session, envelope, mechanism, data):
    return AuthResult(handled=False, success=(data.login, data.password) == (b"digest", b"secret"))


@pytest.fixture
def real():
    box = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, authenticator=login, auth_require_tls=False)
    controller.start()
    yield box, port
    controller.stop()


def test_a_real_server_gets_the_very_bytes(real):
    box, port = real
    with SmtpTransport(settings(port)) as transport:
        assert transport.send(MESSAGE, ENVELOPE, nothing) == Receipt(250, "2.0.0 Ok: queued as 0A1B2C", "0A1B2C")
    assert box.envelopes == [("bounces@example.test", ["ada@example.test"], MESSAGE)]


@pytest.mark.parametrize("hidden", [("PLAIN",), ("LOGIN",), ()])
@pytest.mark.parametrize("password", ["secret", "pässwörd 密码", "w\udcff"])
def test_a_real_server_takes_any_name_and_password_in_either_way(hidden, password):
    said = []

    def remember(server, session, envelope, mechanism, data):
        said.append((data.login.decode(), data.password))
        return AuthResult(handled=False, success=True)

    options = {"authenticator": remember, "auth_require_tls": False, "auth_exclude_mechanism": hidden}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Box(), hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        with SmtpTransport(settings(port, username="jörg", password=password)) as transport:
            transport.send(MESSAGE, ENVELOPE, nothing)
    finally:
        controller.stop()
    assert said == [("jörg", password.encode("utf-8", "surrogateescape"))]


def test_a_challenge_is_answered_with_the_password_as_key():
    # the example of RFC 2195 section 2
    (answer,) = MECHANISMS["CRAM-MD5"](b"tim", b"tanstaaftanstaaf")
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"
    assert answer(challenge) == b"tim b913a602c7eda7a495b4e6e7334d3890"


def test_a_real_server_takes_user_name_and_password_over_loopback(real):
    box, port = real
    with SmtpTransport(settings(port, username="digest", password="secret")) as transport:
        assert transport.send(MESSAGE, ENVELOPE, nothing).code == 250
    with (
        SmtpTransport(settings(port, username="digest", password="wrong")) as transport,
        pytest.raises(Outage) as caught,
    ):
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert caught.value.code == 535
    assert "refuses user name or password" in str(caught.value)
    assert "wrong" not in str(caught.value)
    assert len(box.envelopes) == 1


def test_one_connection_carries_many_messages_up_to_its_limit():
    with Relay() as relay, SmtpTransport(settings(relay.port), max_messages=2) as transport:
        for _ in range(5):
            transport.send(MESSAGE, ENVELOPE, nothing)
        assert relay.connections == 3
    assert relay.messages == [MESSAGE] * 5
    assert relay.verbs.count("QUIT") == 3
    assert "RSET" not in relay.verbs


def test_every_step_is_spoken_once_and_at_dot_stands_before_the_dot():
    with Relay() as relay, SmtpTransport(settings(relay.port)) as transport:
        bodies_at_dot = []
        transport.send(MESSAGE, ENVELOPE, lambda: bodies_at_dot.append(relay.bodies))
    size = len(MESSAGE)
    mail, rcpt = f"MAIL FROM:<bounces@example.test> SIZE={size}", "RCPT TO:<ada@example.test>"
    assert relay.verbs == ["EHLO", mail, rcpt, "DATA", "QUIT"]
    assert bodies_at_dot == [0]


def test_lines_that_start_with_a_dot_arrive_whole():
    body = MESSAGE.partition(b"\r\n\r\n")[0] + b"\r\n\r\n.\r\n..\r\n.x\r\n"
    with Relay() as relay, SmtpTransport(settings(relay.port)) as transport:
        transport.send(body, ENVELOPE, nothing)
    assert relay.messages == [body]


@given(st.lists(st.sampled_from([b".", b"\r\n", b"\n", b"x", b"\r"])).map(b"".join))
def test_every_dot_that_begins_a_line_is_doubled_and_no_line_is_a_lone_dot(message):
    wire = stuffed(message)
    assert wire.endswith(b"\r\n")
    assert re.sub(rb"(?m)^\.", b"", wire) == (message if message.endswith(b"\r\n") else message + b"\r\n")
    assert not re.search(rb"(?m)^\.\r?$", wire)


def test_no_command_holds_a_line_break():
    with pytest.raises(ValueError, match="a line break in a command"):
        Line(1, 1, "client.test").say(b"MAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>")


def test_a_plain_server_without_ehlo_will_do():
    with Relay(EHLO="502 no", HELO="250 hello") as relay, SmtpTransport(settings(relay.port)) as transport:
        transport.send(MESSAGE, Envelope("", "ada@bücher.example"), nothing)
    assert relay.verbs[2:4] == ["MAIL FROM:<>", "RCPT TO:<ada@xn--bcher-kva.example>"]


def test_an_announced_size_is_respected_before_mail():
    with Relay(EHLO="250-relay.test\r\n250 SIZE 100") as relay, SmtpTransport(settings(relay.port)) as transport:
        with pytest.raises(Refusal) as caught:
            transport.send(MESSAGE, ENVELOPE, nothing)
        transport.send(b"x: y\r\n\r\n", ENVELOPE, nothing)
    assert (caught.value.code, caught.value.enhanced, caught.value.step) == (552, "5.3.4", "mail")
    assert relay.connections == 1
    assert len(relay.messages) == 1


@pytest.mark.parametrize("offers", [FINE["EHLO"], PIPELINING], ids=["plain", "pipelined"])
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(
    ("reply", "error", "code", "enhanced"),
    [
        ("450 4.2.1 try again later", Deferral, 450, "4.2.1"),
        ("550 5.1.1 no such user", Refusal, 550, "5.1.1"),
        ("554 rejected", Refusal, 554, ""),
        ("452-4.2.2 mailbox\r\n452 4.2.2 full", Deferral, 452, "4.2.2"),
    ],
)
def test_a_refused_message_leaves_a_clean_line_for_the_next(offers, step, reply, error, code, enhanced):
    with Relay(EHLO=offers, **{step: [reply]}) as relay, SmtpTransport(settings(relay.port)) as transport:
        with pytest.raises(error) as caught:
            transport.send(MESSAGE, ENVELOPE, nothing)
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert (caught.value.code, caught.value.enhanced, caught.value.step) == (code, enhanced, step.lower())
    assert type(caught.value) is error
    assert relay.connections == 1
    assert relay.verbs.count("RSET") == 1
    assert relay.messages == [MESSAGE]


@pytest.mark.parametrize("recipient", ["jörg jörg@example.test", "a@x.test>\r\nRCPT TO:<b@x.test", "nobody"])
def test_an_address_that_cannot_travel_is_refused_before_any_connection(recipient):
    with Relay() as relay, SmtpTransport(settings(relay.port)) as transport:
        with pytest.raises(Refusal) as caught:
            transport.send(MESSAGE, Envelope("bounces@example.test", recipient), nothing)
        assert relay.connections == 0
    assert isinstance(caught.value.__cause__, MessageError)
    assert (caught.value.enhanced, caught.value.step) == ("5.1.3", "mail")


def test_the_settings_do_not_show_their_password():
    assert "secret" not in repr(SmtpSettings("relay.test", password="secret"))
