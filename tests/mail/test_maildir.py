from __future__ import annotations

import mailbox
import os

import pytest

from digest.errors import Outage, OutcomeUnknown
from digest.mail.transports.console import ConsoleTransport
from digest.mail.transports.maildir import MaildirTransport, file_name
from digest.model import Envelope
from tests.mail.test_message import DELIVERY, SIMPLE, built, replace

ENVELOPE = Envelope("bounces@example.test", "ada@example.test")
MESSAGE = built()


def nothing() -> None:
    return None


def files(path) -> dict[str, list[str]]:
    return {folder: sorted(os.listdir(path / folder)) for folder in ("tmp", "new", "cur")}


def test_a_mail_reader_finds_the_message_with_its_very_bytes(tmp_path):
    with MaildirTransport(tmp_path / "box") as transport:
        receipt = transport.send(MESSAGE, ENVELOPE, nothing)
    (found,) = mailbox.Maildir(tmp_path / "box")
    assert found["Subject"] == SIMPLE.subject
    assert (tmp_path / "box" / "new" / receipt.queue_id).read_bytes() == MESSAGE
    assert files(tmp_path / "box") == {"tmp": [], "new": [file_name(MESSAGE)], "cur": []}


@pytest.mark.parametrize("moved", [None, "{}", "{}:2,S"])
def test_a_second_delivery_of_one_message_makes_no_second_copy(tmp_path, moved):
    transport = MaildirTransport(tmp_path)
    receipt = transport.send(MESSAGE, ENVELOPE, nothing)
    if moved:
        (tmp_path / "new" / receipt.queue_id).rename(tmp_path / "cur" / moved.format(receipt.queue_id))
    dots = []
    again = transport.send(MESSAGE, ENVELOPE, lambda: dots.append(1))
    assert (again.text, again.queue_id, dots) == ("already there", receipt.queue_id, [1])
    assert sum(map(len, files(tmp_path).values())) == 1


def test_messages_with_other_ids_lie_side_by_side(tmp_path):
    transport = MaildirTransport(tmp_path)
    for number in range(3):
        transport.send(built(row=replace(DELIVERY, message_id=f"<{number}@digest.test>")), ENVELOPE, nothing)
    assert len(files(tmp_path)["new"]) == 3


def test_at_dot_stands_before_the_message_is_visible_and_may_stop_it(tmp_path):
    transport = MaildirTransport(tmp_path)
    seen = []
    transport.send(MESSAGE, ENVELOPE, lambda: seen.append(files(tmp_path)["new"]))
    assert seen == [[]]

    def refuse() -> None:
        raise RuntimeError("the claim was lost")

    with pytest.raises(RuntimeError):
        transport.send(built(row=replace(DELIVERY, message_id="<2@digest.test>")), ENVELOPE, refuse)
    assert files(tmp_path) == {"tmp": [], "new": [file_name(MESSAGE)], "cur": []}


def test_a_place_that_is_no_folder_is_an_outage(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(Outage, match="maildir"):
        MaildirTransport(tmp_path / "file").send(MESSAGE, ENVELOPE, nothing)


def test_a_rename_that_fails_after_the_dot_is_unknown(tmp_path):
    def vanish() -> None:
        (tmp_path / "new").rmdir()

    with pytest.raises(OutcomeUnknown):
        MaildirTransport(tmp_path).send(MESSAGE, ENVELOPE, vanish)
    assert os.listdir(tmp_path / "tmp") == []


def test_names_follow_the_message_id_only():
    assert file_name(MESSAGE) == file_name(MESSAGE.replace(b"Some text.", b"Other text"))
    assert file_name(b"no header") != file_name(b"no header either")
    assert len(file_name(MESSAGE)) == 47


def test_the_console_shows_headers_and_text_decoded(capsys):
    import sys

    message = built(replace(SIMPLE, subject="Große Modelle", text="Über 漢字.\n"))
    with ConsoleTransport(sys.stdout) as transport:
        assert transport.send(message, ENVELOPE, nothing).code == 250
    assert capsys.readouterr().out == (
        "Date: Mon, 25 May 2026 08:00:00 +0000\nFrom: Paper Digest <digest@example.test>\n"
        "To: ada@example.test\nSubject: Große Modelle\n\nÜber 漢字.\n"
    )


def test_the_console_shows_the_message_itself_on_demand(capsys):
    import sys

    ConsoleTransport(sys.stdout, raw=True).send(MESSAGE, ENVELOPE, nothing)
    assert capsys.readouterr().out.encode() == MESSAGE.replace(b"\r\n", b"\n")


def test_each_trouble_says_at_which_step(tmp_path, monkeypatch):
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Outage, match="No space left") as caught:
        MaildirTransport(tmp_path).send(MESSAGE, ENVELOPE, nothing)
    assert (caught.value.step, os.listdir(tmp_path / "tmp")) == ("body", [])


def test_trouble_in_writing_down_is_not_taken_for_trouble_with_the_maildir(tmp_path):
    transport = MaildirTransport(tmp_path)
    transport.send(MESSAGE, ENVELOPE, nothing)

    def refuse() -> None:
        raise OSError("the database is gone")

    with pytest.raises(OSError, match="the database is gone"):
        transport.send(MESSAGE, ENVELOPE, refuse)
