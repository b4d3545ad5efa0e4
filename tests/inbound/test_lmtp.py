"""The LMTP listener before real clients: the standard library's, and raw sockets for what no client would do."""

from __future__ import annotations

import os
import smtplib
import socket
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from digest.errors import ConfigError, StorageError
from digest.inbound import MAX_MESSAGE
from digest.inbound.lmtp import BUSY, LATER, MOST_CONNECTIONS, MOST_RECIPIENTS, TAKEN, Listener
from tests.lab.process import until
from tests.mail.notices import POSTFIX, VERP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.inbound.conftest import Taker

HOST = "127.0.0.1"
MESSAGE = b"Subject: a\r\n\r\n.dot\r\n"


@pytest.fixture
def listener(taker: Taker) -> Iterator[Listener]:
    """A listener at a free port."""
    made = Listener(HOST, 0, taker)
    made.start()
    yield made
    made.stop()


def connect(listener: Listener) -> smtplib.LMTP:
    """A client that has said hello."""
    client = smtplib.LMTP(listener.address, listener.port) if listener.port else smtplib.LMTP(listener.address)
    assert client.ehlo()[0] == 250
    return client


def send(listener: Listener, message: bytes, *recipients: str, sender: str = "<>") -> list[bytes]:
    """Hand a message over; the answers of its end, one for each recipient."""
    with connect(listener) as client:
        client.docmd("MAIL", f"FROM:{sender}")
        for recipient in recipients:
            assert client.docmd("RCPT", f"TO:<{recipient}>")[0] == 250
        assert client.docmd("DATA")[0] == 354
        client.send(message.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
        return [b"%d %s" % client.getreply() for _ in recipients]


def test_a_bounce_comes_with_its_recipient_and_without_a_sender(listener: Listener, taker: Taker) -> None:
    assert send(listener, POSTFIX.rstrip(), VERP) == [TAKEN.encode()]
    assert taker.taken == [(POSTFIX.rstrip() + b"\r\n", VERP, "<>")]


def test_a_letter_comes_with_its_sender(listener: Listener, taker: Taker) -> None:
    send(listener, MESSAGE, "a@digest.test", sender="<ada@reader.test>")
    assert taker.taken == [(MESSAGE + b"\r\n", "a@digest.test", "ada@reader.test")]


def test_each_recipient_has_an_answer_of_its_own(listener: Listener, taker: Taker) -> None:
    taker.trouble[b"b@"] = StorageError("in use")
    answers = send(listener, MESSAGE, "a@digest.test", "b@digest.test", "c@digest.test")
    assert answers == [TAKEN.encode(), LATER.encode(), TAKEN.encode()]
    assert taker.recipients == ["a@digest.test", "c@digest.test"]


@pytest.mark.parametrize("error", [StorageError("in use"), ZeroDivisionError("a bug")])
def test_what_cannot_be_taken_in_is_kept_by_the_server_in_front(
    listener: Listener, taker: Taker, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    taker.trouble[b"Subject"] = error
    assert send(listener, MESSAGE, "a@digest.test") == [LATER.encode()]
    (record,) = [r for r in caplog.records if r.name == "digest.inbound.lmtp" and r.levelname == "ERROR"]
    assert bool(record.exc_info) is isinstance(error, ZeroDivisionError)
    taker.trouble.clear()
    assert send(listener, MESSAGE, "a@digest.test") == [TAKEN.encode()]


def test_a_long_line_and_eight_bits_are_no_trouble(listener: Listener, taker: Taker) -> None:
    message = b"Subject: a\r\n\r\n" + b"\xff\xc3\xa4" * 100_000
    assert send(listener, message, "a@digest.test") == [TAKEN.encode()]
    assert taker.taken[0][0] == message + b"\r\n"


def test_what_is_too_large_is_refused_for_each_recipient(listener: Listener, taker: Taker) -> None:
    huge = (b"x" * 998 + b"\r\n") * (MAX_MESSAGE // 1000 + 2)
    answers = send(listener, huge, "a@digest.test", "b@digest.test")
    assert [answer[:3] for answer in answers] == [b"552", b"552"]
    assert taker.taken == []
    with connect(listener) as client:
        assert client.docmd("MAIL", f"FROM:<> SIZE={MAX_MESSAGE + 1}")[0] == 552


def test_several_messages_over_one_connection_and_many_connections(listener: Listener, taker: Taker) -> None:
    def run() -> None:
        with connect(listener) as client:
            for _ in range(5):
                client.sendmail("", ["a@digest.test"], MESSAGE)

    clients = [threading.Thread(target=run) for _ in range(6)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(20)
    assert len(taker.taken) == 30


def test_whoever_floods_is_turned_away_and_the_rest_goes_on(listener: Listener, taker: Taker) -> None:
    flood = [socket.create_connection((HOST, listener.port)) for _ in range(MOST_CONNECTIONS)]
    assert all(line.recv(100).startswith(b"220 ") for line in flood)
    with socket.create_connection((HOST, listener.port)) as late:
        assert late.makefile().read() == f"{BUSY}\n"
    for line in flood:
        line.close()
    until(lambda: attempt(listener), "room")
    assert taker.recipients == ["a@digest.test"]


def attempt(listener: Listener) -> bool:
    """Whether a message got through."""
    try:
        return send(listener, MESSAGE, "a@digest.test") == [TAKEN.encode()]
    except smtplib.SMTPConnectError:
        return False


def test_a_message_has_so_many_recipients_and_the_others_later(listener: Listener) -> None:
    with connect(listener) as client:
        client.docmd("MAIL", "FROM:<>")
        codes = [client.docmd("RCPT", f"TO:<a{n}@digest.test>")[0] for n in range(MOST_RECIPIENTS + 1)]
    assert codes == [250] * MOST_RECIPIENTS + [452]


def test_a_unix_socket(tmp_path: Path, taker: Taker) -> None:
    place = tmp_path / "digest.lmtp"
    listener = Listener(str(place), 0, taker)
    for _ in range(2):
        listener.start()
        assert stat.S_ISSOCK(place.stat().st_mode)
        assert send(listener, MESSAGE, "a@digest.test") == [TAKEN.encode()]
        listener.stop()
        assert not place.exists()
    assert len(taker.taken) == 2


def test_a_socket_is_for_its_owner_and_group(tmp_path: Path, taker: Taker) -> None:
    before = os.umask(0)
    try:
        listener = Listener(str(tmp_path / "socket"), 0, taker)
        listener.start()
        assert stat.S_IMODE((tmp_path / "socket").stat().st_mode) == 0o660
    finally:
        os.umask(before)
    with pytest.raises(ConfigError, match="cannot listen at"):
        Listener(str(tmp_path / "socket"), 0, taker).start()
    listener.stop()
    assert not (tmp_path / "socket").exists()


def test_a_socket_that_a_killed_process_left_is_no_hindrance(tmp_path: Path, taker: Taker) -> None:
    place = tmp_path / "digest.lmtp"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(place))
    listener = Listener(str(place), 0, taker)
    listener.start()
    assert send(listener, MESSAGE, "a@digest.test") == [TAKEN.encode()]
    listener.stop()


def test_a_place_that_cannot_be_listened_at(listener: Listener, taker: Taker, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"inbound.lmtp: cannot listen at {HOST}:{listener.port}: "):
        Listener(HOST, listener.port, taker).start()
    with pytest.raises(ConfigError, match=r"cannot listen at /.*/nowhere/socket"):
        Listener(str(tmp_path / "nowhere" / "socket"), 0, taker).start()
    with pytest.raises(ConfigError, match="cannot listen at"):
        Listener("no-such-host.invalid", 1, taker).start()


def test_it_ends_while_somebody_is_connected_and_can_begin_again(listener: Listener, taker: Taker) -> None:
    client = connect(listener)
    listener.stop()
    listener.stop()
    assert not listener.listening
    assert client.sock is not None
    assert client.sock.recv(100) == b""
    client.close()
    listener.start()
    assert send(listener, MESSAGE, "a@digest.test") == [TAKEN.encode()]


@pytest.mark.parametrize(
    "lines",
    [b"GET / HTTP/1.1\r\n", b"\x00\xff\r\n", b"A" * 5000 + b"\r\n", b"DATA\r\n", b"RCPT TO:<a@b>\r\n", b"EHLO x\r\n"],
)
def test_nonsense_is_answered_with_an_error_and_takes_nothing_in(
    listener: Listener, taker: Taker, lines: bytes
) -> None:
    with socket.create_connection((HOST, listener.port), timeout=10) as line:
        answers = line.makefile("rb")
        assert answers.readline().startswith(b"220 ")
        line.sendall(lines)
        assert answers.readline()[:1] in (b"4", b"5")
    assert taker.taken == []


def test_a_line_that_breaks_in_the_middle_takes_nothing_in(listener: Listener, taker: Taker) -> None:
    with socket.create_connection((HOST, listener.port), timeout=10) as line:
        line.sendall(b"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@digest.test>\r\nDATA\r\nSubject: half")
        assert line.recv(10_000)
    assert send(listener, MESSAGE, "b@digest.test") == [TAKEN.encode()]
    assert taker.recipients == ["b@digest.test"]
