"""TLS with a throw-away authority: verified, never given up, no password without it."""

from __future__ import annotations

import shutil
import ssl
import subprocess

import pytest

from digest.errors import Outage, Refusal
from digest.mail.transports.smtp import SmtpTransport
from tests.mail.peers import FINE, Relay
from tests.mail.test_smtp import ENVELOPE, MESSAGE, nothing, outage, settings

STARTTLS = {
    "EHLO": "250-relay.test\r\n250-STARTTLS\r\n250 AUTH PLAIN",
    "STARTTLS": "220 go",
    "AUTH": "235 2.7.0 welcome",
}


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """(server context, file of its authority) for 127.0.0.1 and localhost."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl program is not here")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def test_starttls_is_verified_and_the_password_goes_over_it(tls):
    context, authority = tls
    fields = {"security": "starttls", "ca_file": authority, "username": "digest", "password": "secret"}
    with Relay(context, **STARTTLS) as relay, SmtpTransport(settings(relay.port, **fields)) as transport:
        assert transport.send(MESSAGE, ENVELOPE, nothing).queue_id == "4F1B2C3D"
    assert relay.verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]
    assert relay.messages == [MESSAGE]


def test_a_line_under_tls_is_kept_as_well(tls):
    """What TLS has to say for itself between messages is no word of the server's."""
    context, authority = tls
    replies = STARTTLS | {
        "EHLO": "250-relay.test\r\n250-STARTTLS\r\n250 PIPELINING",
        "RCPT": ["250 Ok", "550 5.1.1 no"],
    }
    with Relay(context, **replies) as relay:
        with SmtpTransport(settings(relay.port, security="starttls", ca_file=authority)) as transport:
            transport.send(MESSAGE, ENVELOPE, nothing)
            with pytest.raises(Refusal):
                transport.send(MESSAGE, ENVELOPE, nothing)
            transport.send(MESSAGE * 20, ENVELOPE, nothing)
        assert relay.connections == 1
    assert relay.messages == [MESSAGE, MESSAGE * 20]


def test_what_was_said_before_tls_is_not_taken_for_what_was_said_under_it(tls):
    context, authority = tls
    replies = STARTTLS | {"STARTTLS": "220 go\r\n250-injected\r\n250 AUTH PLAIN"}
    with Relay(context, **replies) as relay:
        outage(relay, "words in the clear", security="starttls", ca_file=authority)
    assert relay.verbs == ["EHLO", "STARTTLS"]


def test_an_unknown_authority_is_an_outage(tls):
    context, _ = tls
    with Relay(context, **STARTTLS) as relay:
        outage(relay, r"STARTTLS failed: .*certificate verify failed", security="starttls")
    assert relay.verbs == ["EHLO", "STARTTLS"]


def test_implicit_tls_is_verified_too(tls):
    context, authority = tls
    with Relay() as relay:
        relay.socket = context.wrap_socket(relay.socket, server_side=True)
        with SmtpTransport(settings(relay.port, security="tls", ca_file=authority)) as transport:
            assert transport.send(MESSAGE, ENVELOPE, nothing).code == 250
        with (
            SmtpTransport(settings(relay.port, security="tls")) as transport,
            pytest.raises(Outage, match="verify failed"),
        ):
            transport.send(MESSAGE, ENVELOPE, nothing)
    assert relay.messages == [MESSAGE]


@pytest.mark.parametrize("replies", [{}, {"EHLO": "502 no", "HELO": "250 hello"}])
def test_without_starttls_on_offer_nothing_is_sent(replies):
    with Relay(**replies) as relay:
        outage(relay, "does not offer STARTTLS", security="starttls")
    assert set(relay.verbs) <= {"EHLO", "HELO"}


def test_a_refused_starttls_is_an_outage():
    replies = STARTTLS | {"STARTTLS": "454 4.7.0 not now"}
    with Relay(**replies) as relay:
        outage(relay, r"STARTTLS failed: 4\.7\.0 not now", security="starttls")
    assert relay.verbs == ["EHLO", "STARTTLS"]


def test_a_missing_file_of_authorities_is_an_outage(tmp_path):
    fields = {"security": "starttls", "ca_file": tmp_path / "absent.pem"}
    with Relay(**STARTTLS) as relay:
        outage(relay, "No such file", **fields)


def test_no_password_crosses_an_open_line(monkeypatch):
    from digest.mail.transports import relay as reaching

    monkeypatch.setattr(reaching, "_is_loopback", lambda host: False)
    fields = {"username": "digest", "password": "secret"}
    with Relay(EHLO=STARTTLS["EHLO"]) as relay:
        outage(relay, "never goes over a line without TLS", **fields)
    assert relay.verbs == ["EHLO"]


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("relay.test", False),
        ("10.0.0.1", False),
    ],
)
def test_what_counts_as_loopback(host, loopback):
    from digest.mail.transports.relay import _is_loopback

    assert _is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("fields", "replies", "text"),
    [
        ({"username": "a", "password": "x"}, {"EHLO": FINE["EHLO"]}, "offers no login"),
        (
            {"username": "a", "password": "x"},
            {"EHLO": "250-x\r\n250 AUTH XOAUTH2 NTLM"},
            "XOAUTH2, NTLM alone.*app pass",
        ),
        ({"username": "a", "password": "x"}, {"EHLO": "250-x\r\n250 AUTH LOGIN", "AUTH": "454 4.7.0 later"}, "later"),
        ({"username": "a", "password": "x"}, {"EHLO": STARTTLS["EHLO"], "AUTH": "535 5.7.8 no"}, "refuses user name"),
        ({"username": "a", "password": "x"}, {"EHLO": STARTTLS["EHLO"], "AUTH": "drop"}, "cannot log in"),
        ({"username": "a", "password": "x"}, {"EHLO": "250-x\r\n250 AUTH CRAM-MD5", "AUTH": "334 A"}, "cannot log in"),
    ],
)
def test_a_log_in_that_fails_is_an_outage_that_says_why(fields, replies, text):
    with Relay(**replies) as relay:
        outage(relay, text, **fields)
    assert relay.messages == []
