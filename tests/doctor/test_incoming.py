"""Bounces: where they go, and a mailbox that is looked into without a trace."""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
from pathlib import Path

import pytest

from digest.doctor import incoming
from digest.doctor.findings import Level
from digest.doctor.incoming import bounce_findings, mailbox_findings

PROGRAM = Path(sys.executable).with_name("digest")
LOGINS = ('LOGIN "u" "hush"', 'LOGIN "a \\"b\\" c" "hush"')


def told(app, **tables):
    return [(finding.level, finding.what) for finding in bounce_findings(app(**tables).config)]


def test_bounces_to_the_sender_are_noted(app):
    (first, said), (second, _) = told(app)
    assert (first, said.startswith("they go to papers@x.test, like answers")) == (Level.NOTE, True)
    assert second is Level.NOTE


def test_the_pipe_that_is_advised_names_this_installation(app):
    *_, finding = bounce_findings(app(mail={"envelope_from": "bounces@x.test"}).config)
    line = finding.todo.splitlines()[-1].strip()
    assert line == f'bounces: "|{PROGRAM} -c {app().config.place} receive"'


def test_without_a_program_beside_python_its_name_must_do(app, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    *_, finding = bounce_findings(app(mail={"envelope_from": "bounces@x.test"}).config)
    assert finding.todo.splitlines()[-1].strip().startswith('bounces: "|digest -c ')


def test_verp_is_good_and_needs_room(app):
    inbound = {"imap_host": "h", "imap_username": "u", "imap_password_env": "X"}
    good = {"mail": {"envelope_from": "bounces@x.test"}, "inbound": inbound}
    assert told(app, **good) == [(Level.OK, "they go to bounces+...@x.test, each with a token of its delivery")]
    assert told(app, mail={"envelope_from": f"{'b' * 30}@x.test"}, inbound=inbound)[0][0] is Level.ERROR
    assert told(app, mail={"envelope_from": "b@x.test", "verp": False}, inbound=inbound)[0][0] is Level.NOTE


def test_a_listener_is_heard(app):
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        assert told(app, inbound={"lmtp": place})[1:] == [
            (Level.OK, f"somebody listens at {place} (inbound.lmtp)"),
            (Level.WARNING, f"every account of this machine can pretend to be any reader at {place}"),
        ]
    assert told(app, inbound={"lmtp": place})[1][0] is Level.WARNING


@pytest.mark.parametrize(
    ("place", "level"), [("127.0.0.1:1", Level.WARNING), ("localhost:1", Level.WARNING), ("192.0.2.1:1", Level.ERROR)]
)
def test_a_listener_that_others_reach(app, monkeypatch, place, level):
    monkeypatch.setattr(incoming, "listens", lambda _: "")
    assert told(app, inbound={"lmtp": place})[2][0] is level


@pytest.mark.parametrize(
    ("mode", "safe"), [(0o660, True), (0o600, True), (0o755, True), (0o666, False), (0o777, False)]
)
def test_a_socket_that_others_may_write_to(app, tmp_path, mode, safe):
    path = tmp_path / "lmtp.sock"
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(path))
        line.listen()
        path.chmod(mode)
        levels = [level for level, _ in told(app, inbound={"lmtp": f"unix:{path}"})[1:]]
    assert levels == [Level.OK] if safe else [Level.OK, Level.WARNING]


class Mailbox(socketserver.ThreadingTCPServer):
    """An IMAP server with one login and one folder."""

    daemon_threads = True

    def __init__(self):
        self.said, self.offers = [], ""
        super().__init__(("127.0.0.1", 0), Session)

    def handle_error(self, *_):
        """Clients that speak TLS to it hang up; that is expected."""


class Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self):
        self.wfile.write(b"* OK [CAPABILITY IMAP4rev1] hello\r\n")
        for raw in self.rfile:
            tag, _, command = raw.decode("ascii", "replace").strip().partition(" ")
            self.server.said.append(command)
            self.wfile.write(self.answer(tag, command).encode())
            if command == "LOGOUT":
                return

    def answer(self, tag, command):
        verb = command.partition(" ")[0]
        if verb == "CAPABILITY":
            return f"* CAPABILITY IMAP4rev1 {self.server.offers}\r\n{tag} OK done\r\n"
        if verb == "AUTHENTICATE":
            self.wfile.write(b"+ \r\n")
            self.server.said.append(self.rfile.readline().decode().strip())
            return f"{tag} OK in\r\n"
        if verb == "LOGIN":
            return f"{tag} OK in\r\n" if command in LOGINS else f"{tag} NO [AUTHENTICATIONFAILED] no\r\n"
        if verb == "EXAMINE":
            return f"* 3 EXISTS\r\n{tag} OK [READ-ONLY]\r\n" if '"INBOX"' in command else f"{tag} NO none\r\n"
        return f"* BYE\r\n{tag} OK bye\r\n" if verb == "LOGOUT" else f"{tag} BAD what\r\n"


@pytest.fixture
def mailbox():
    with Mailbox() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def looked(app, monkeypatch, port, password="hush", **more):
    monkeypatch.setenv("IMAP", password)
    login = {"imap_username": "u", "imap_password_env": "IMAP", "imap_security": "none"}
    config = app(inbound={"imap_host": "127.0.0.1", "imap_port": port, **login, **more}).config
    return [(finding.level, finding.what) for finding in mailbox_findings(config)]


def test_a_mailbox_is_opened_for_reading_alone(app, monkeypatch, mailbox):
    port = mailbox.server_address[1]
    assert looked(app, monkeypatch, port) == [
        (Level.OK, f"127.0.0.1:{port} lets u in"),
        (Level.OK, "the folder INBOX holds 3 messages"),
    ]
    assert {command.split()[0] for command in mailbox.said} == {"CAPABILITY", "LOGIN", "EXAMINE", "LOGOUT"}


def test_a_folder_that_is_not_there_is_an_error(app, monkeypatch, mailbox):
    found = looked(app, monkeypatch, mailbox.server_address[1], imap_done='do"ne')
    assert found[-1] == (Level.ERROR, 'there is no folder do"ne')


def test_a_folder_cannot_smuggle_a_command(app, monkeypatch, mailbox):
    looked(app, monkeypatch, mailbox.server_address[1], imap_folder='a" DELETE "b')
    assert r'EXAMINE "a\" DELETE \"b"' in mailbox.said


def test_a_name_beyond_ascii_is_looked_for_as_it_stands_on_the_line(app, monkeypatch, mailbox):
    found = looked(app, monkeypatch, mailbox.server_address[1], imap_folder="Entwürfe & mehr")
    assert found[-1] == (Level.ERROR, "there is no folder Entwürfe & mehr")
    assert 'EXAMINE "Entw&APw-rfe &- mehr"' in mailbox.said


def test_a_server_that_takes_no_passwords_says_so(app, monkeypatch, mailbox):
    mailbox.offers = "AUTH=XOAUTH2 LOGINDISABLED"
    ((level, what),) = looked(app, monkeypatch, mailbox.server_address[1])
    assert level is Level.ERROR
    assert "only OAuth 2.0 (XOAUTH2)" in what
    assert not any("hush" in line for line in mailbox.said)


def test_any_name_logs_in_as_it_does_when_mail_is_fetched(app, monkeypatch, mailbox):
    found = looked(app, monkeypatch, mailbox.server_address[1], imap_username='a "b" c')
    assert found[0] == (Level.OK, f'127.0.0.1:{mailbox.server_address[1]} lets a "b" c in')


def test_sasl_goes_before_login_where_that_is_forbidden(app, monkeypatch, mailbox):
    mailbox.offers = "AUTH=PLAIN LOGINDISABLED"
    found = looked(app, monkeypatch, mailbox.server_address[1])
    assert found[0][0] is Level.OK
    assert "AHUAaHVzaA==" in mailbox.said


def test_a_wrong_password_is_an_error_and_not_repeated(app, monkeypatch, mailbox):
    ((level, what),) = looked(app, monkeypatch, mailbox.server_address[1], password="wrong")
    assert (level, "AUTHENTICATIONFAILED" in what, "wrong" in what) == (Level.ERROR, True, False)


def test_nobody_there_is_an_error(app, monkeypatch):
    ((level, what),) = looked(app, monkeypatch, 1)
    assert (level, "refused" in what) == (Level.ERROR, True)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_line_that_is_not_safe_is_an_error(app, monkeypatch, mailbox, security):
    ((level, _),) = looked(app, monkeypatch, mailbox.server_address[1], imap_security=security)
    assert level is Level.ERROR
