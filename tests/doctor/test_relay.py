"""The way out: a relay that answers in many ways, and the others."""

from __future__ import annotations

import socket
import ssl
from datetime import timedelta

import pytest

from digest.doctor import plan, relay
from digest.doctor.findings import Level
from digest.doctor.handover import handover_findings, listens
from digest.doctor.relay import relay_findings, relay_trouble
from digest.errors import Outage
from digest.mail.transports.relay import RelayFacts
from tests.factories import NOW
from tests.mail.peers import Relay

ALL = "250-relay.test\r\n250-SIZE 10240000\r\n250-PIPELINING\r\n250-DSN\r\n250-SMTPUTF8\r\n250 8BITMIME"


def told(app, **smtp):
    made = app(mail={"transport": "smtp"}, smtp={"host": "127.0.0.1", "security": "none", **smtp})
    (check,) = plan._way_out(made)
    return [(finding.level, finding.what) for finding in check.run()]


def test_a_good_relay_is_good(app):
    with Relay(EHLO=ALL) as server:
        assert told(app, port=server.port) == [
            (Level.OK, f"127.0.0.1:{server.port} answers: relay.test ready"),
            (Level.OK, "the line is not encrypted and does not leave this machine"),
            (Level.OK, "it takes messages of up to 10,240,000 bytes"),
            (Level.OK, "it offers PIPELINING, DSN, 8BITMIME and SMTPUTF8"),
        ]
        assert server.messages == []


def test_what_is_not_offered_is_noted(app):
    with Relay(EHLO="250 relay.test") as server:
        found = told(app, port=server.port)
    assert [level for level, _ in found] == [Level.OK, Level.OK, *[Level.NOTE] * 4]
    assert found[2][1] == "it does not offer PIPELINING: each message takes twice as many round trips"


def test_a_relay_for_small_messages_is_an_error(app):
    with Relay(EHLO="250-relay.test\r\n250 SIZE 50000") as server:
        levels = [level for level, what in told(app, port=server.port) if "SIZE" in what]
    assert levels == [Level.ERROR]


def test_a_login_is_tried(app, monkeypatch):
    monkeypatch.setenv("PW", "hush")
    login = {"username": "u", "password_env": "PW"}
    with Relay(EHLO="250-relay.test\r\n250 AUTH PLAIN", AUTH="235 2.7.0 Welcome") as server:
        assert (Level.OK, f"127.0.0.1:{server.port} lets u in") in told(app, port=server.port, **login)
    with Relay(EHLO="250-relay.test\r\n250 AUTH PLAIN", AUTH="535 5.7.8 no") as server:
        ((level, what),) = told(app, port=server.port, **login)
    assert (level, "hush" in what) == (Level.ERROR, False)


def test_the_certificate_is_looked_at(app, certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    offer = "250-relay.test\r\n250 STARTTLS"
    with Relay(context, EHLO=offer, STARTTLS="220 go on") as server:
        found = told(app, port=server.port, security="starttls", ca_file=str(certificates.authority))
        assert found[1] == (Level.OK, "the line is encrypted (TLSv1.3) and its certificate is good for 127.0.0.1")
        ((level, what),) = told(app, port=server.port, security="starttls")
        assert (level, "certificate verify failed" in what) == (Level.ERROR, True)


def test_nobody_there(app):
    ((level, what),) = told(app, port=1)
    assert (level, "refused" in what.lower()) == (Level.ERROR, True)


@pytest.mark.parametrize(
    ("outage", "remedy"),
    [
        (Outage("h:587 refuses user name or password: no", 535), "Check username and password"),
        (Outage("h:587: certificate verify failed: certificate has expired"), "renew the certificate"),
        (Outage("h:587: certificate verify failed: Hostname mismatch"), "Set host to the name"),
        (Outage("h:587 does not offer STARTTLS; ..."), "Port and security do not fit"),
        (Outage("h:465: cannot connect: [SSL: WRONG_VERSION_NUMBER] wrong version number"), "Port and security"),
        (Outage("h:587: cannot connect: [Errno 111] Connection refused"), "Nothing listens at"),
        (Outage("h:25: cannot connect: timed out"), "many networks let nobody out to port 25"),
        (Outage("h:25: cannot connect: [Errno -2] Name or service not known"), "The name h has no address"),
        (Outage("h:25: no greeting: go away"), "ask the server's operator"),
    ],
)
def test_each_trouble_has_its_remedy(app, outage, remedy):
    finding = relay_trouble(outage, app(smtp={"host": "h"}).config.smtp)
    assert (finding.level, remedy in finding.todo) == (Level.ERROR, True)


def facts(**more):
    return RelayFacts(
        **{"greeting": "", "features": {}, "tls": "", "certificate_until": None, "logged_in": False, **more}
    )


def level_of(app, words, host="relay.x.test", **more):
    smtp = app(smtp={"host": host, "security": "none"}).config.smtp
    return [f.level for f in relay_findings(facts(**more), smtp, NOW) if words in f.what]


def test_a_line_in_the_clear_to_somewhere_else_is_a_warning(app):
    assert level_of(app, "is not encrypted") == [Level.WARNING]
    assert level_of(app, "is not encrypted", host="localhost") == [Level.OK]


def test_a_missing_login_is_noted(app):
    assert level_of(app, "offers to log in", features={"auth": "PLAIN"}) == [Level.NOTE]
    assert level_of(app, "offers to log in", features={"auth": "PLAIN"}, host="localhost") == []


@pytest.mark.parametrize(("tls", "level"), [("TLSv1.1", Level.ERROR), ("TLSv1.2", Level.OK), ("TLSv1.3", Level.OK)])
def test_old_encryption_is_an_error(app, tls, level):
    assert level_of(app, tls, tls=tls) == [level]


@pytest.mark.parametrize(("days", "levels"), [(13, [Level.WARNING]), (15, [])])
def test_a_certificate_that_ends_soon(app, days, levels):
    assert level_of(app, "certificate of", certificate_until=NOW + timedelta(days=days)) == levels


def test_the_doctor_does_not_wait_for_long(app):
    made = app(mail={"transport": "smtp"}, smtp={"timeout": "10m"})
    settings = relay.impatient(made.transport().settings)
    assert (settings.timeout, settings.total_timeout) == (20, 40)


def handed(app, kind, **tables):
    return [(f.level, f.what) for f in handover_findings(app(mail={"transport": kind}, **tables).config)]


def test_a_maildir_is_to_be_written_to(app, tmp_path):
    assert handed(app, "maildir")[0] == (Level.OK, f"mail is put into {tmp_path / 'maildir'}")
    (tmp_path / "maildir").write_text("a file")
    assert handed(app, "maildir") == [(Level.ERROR, f"{tmp_path / 'maildir'} cannot be written to")]


def test_the_console_is_always_there(app):
    assert [level for level, _ in handed(app, "console")] == [Level.OK, Level.NOTE]


def test_sendmail_is_a_program(app, tmp_path):
    place = tmp_path / "sendmail"
    ask = {"sendmail": {"path": str(place)}}
    assert handed(app, "sendmail", **ask) == [(Level.ERROR, f"there is no program {place}")]
    place.write_text("#!/bin/sh\n")
    assert handed(app, "sendmail", **ask) == [(Level.ERROR, f"{place} cannot be run")]
    place.chmod(0o700)
    assert handed(app, "sendmail", **ask) == [(Level.OK, f"{place} is there and can be run")]


def test_lmtp_is_greeted(app, tmp_path):
    place = tmp_path / "lmtp.sock"
    assert handed(app, "lmtp", lmtp={"address": str(place)})[0][0] is Level.ERROR
    with Relay(path=place) as server:
        assert handed(app, "lmtp", lmtp={"address": str(place)}) == [(Level.OK, f"{place} answers: relay.test ready")]
        assert server.messages == []


def test_a_listener_is_heard(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert listens(f"127.0.0.1:{server.getsockname()[1]}") == ""
    assert listens("127.0.0.1:1") == "Connection refused"
    assert listens(str(tmp_path / "none.sock")) == "No such file or directory"
