"""One real message to one address, and nothing kept of it."""

from __future__ import annotations

import email
import email.utils
from pathlib import Path
from urllib.parse import unquote

import dkim
import pytest

from digest.doctor.trial import ADVICE, carrier, ending, prepare, send
from digest.errors import ConfigError, Deferral, Outage, OutcomeUnknown, Refusal, StorageError, UsageError
from digest.mail.dkim import make_key, public_record
from digest.mail.meaning import Meaning
from digest.mail.tokens import Purpose, find_tokens
from digest.model import SubscriberStatus
from digest.services.enrol import add
from tests.cli.calling import SECOND, drop
from tests.factories import NOW
from tests.mail.peers import Relay

READER = "ada@y.test"


def relayed(app, server, **tables):
    return app(
        mail={"transport": "smtp"},
        smtp={"host": "127.0.0.1", "port": server.port, "security": "none"},
        **tables,
    )


def ignore(_mark, _text):
    """Nobody looks."""


def test_a_trial_is_a_real_message(app):
    with Relay() as server:
        made = relayed(app, server)
        trial = prepare(made, READER, sample=True)
        heard = []
        ended = send(trial, carrier(made, lambda *step: heard.append(step)))
        assert (ended.accepted, ended.word) == (True, "accepted")
        assert "4F1B2C3D" in ended.what
        assert server.messages == [trial.message]
    message = email.message_from_bytes(trial.message)
    assert (message["To"], trial.papers > 3) == (READER, True)
    assert email.utils.parsedate_to_datetime(message["Date"]) == NOW.replace(microsecond=0)
    assert {mark for mark, _ in heard} == {">", "<", "*"}


def test_nothing_is_kept(app, tmp_path):
    made = app()
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*"))}
    prepare(made, READER)
    prepare(made, READER, sample=True)
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*"))} == before


def test_each_trial_is_a_message_of_its_own(app):
    made = app()
    first, second = (email.message_from_bytes(prepare(made, READER).message)["Message-ID"] for _ in range(2))
    assert first != second


def test_the_day_s_papers_are_in_it(app, tmp_path):
    spool = tmp_path / "spool"
    spool.mkdir()
    drop(SECOND, spool)
    made = app(sources=[{"name": "hf", "path": "spool"}])
    assert prepare(made, READER).papers > 0
    assert prepare(app(), READER).papers == 0


def leave_token(trial):
    (token,) = set(find_tokens(unquote(email.message_from_bytes(trial.message)["List-Unsubscribe"])))
    return token


def test_the_links_of_a_stranger_stand_for_nobody(app):
    made = app()
    token = leave_token(prepare(made, READER))
    with pytest.raises(Exception, match="not a token of this installation"):
        made.keyring().number(Purpose.UNSUBSCRIBE, token)


def test_the_links_of_a_subscriber_are_theirs(app):
    made = app()
    with made.store() as store:
        reader = add(store, READER, {}, made.default_wishes(), NOW)
    token = leave_token(prepare(made, READER))
    assert made.keyring().number(Purpose.UNSUBSCRIBE, token, reader.salt) == reader.id


def test_one_who_left_is_a_stranger(app):
    made = app()
    with made.store() as store:
        reader = add(store, READER, {}, made.default_wishes(), NOW)
        store.remove_subscriber(reader.id, NOW)
    trial = prepare(made, READER)
    assert trial.envelope.recipient == READER
    with made.store() as store:
        assert store.subscriber_by_address(READER).status is SubscriberStatus.GONE


def test_it_is_signed_as_the_digest_is(app, tmp_path):
    pem = make_key("rsa")
    (tmp_path / "dkim.pem").write_bytes(pem)
    trial = prepare(app(dkim={"selector": "s1"}), READER, sample=True)
    record = public_record(pem).encode()
    assert dkim.verify(trial.message, dnsfunc=lambda name, timeout=5: record)


def test_the_envelope_is_that_of_a_delivery(app):
    made = app(mail={"envelope_from": "bounces@x.test"})
    sender = prepare(made, READER).envelope.sender
    assert sender.startswith("bounces+")
    assert prepare(app(), READER).envelope.sender == "papers@x.test"


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b@c", "a b@x.test", "x" * 70 + "@x.test", "a@x.test\r\nBcc: b@x.test"]
)
def test_what_is_no_address_is_refused(app, address):
    with pytest.raises(UsageError):
        prepare(app(), address)


def test_the_examples_sender_sends_nothing(app):
    with pytest.raises(ConfigError, match="the example's sender"):
        prepare(app(mail={"from": "d@example.org", "transport": "sendmail"}), READER)


def test_without_a_database_there_is_the_sample(app, tmp_path):
    made = app()
    (tmp_path / "digest.db").unlink()
    with pytest.raises(StorageError):
        prepare(made, READER)
    assert prepare(made, READER, sample=True).papers > 0


@pytest.mark.parametrize(
    ("replies", "word", "advice"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, "refused", Meaning.DEAD),
        ({"RCPT": "450 4.2.1 later"}, "put off", Meaning.SLOW_DOWN),
        ({"MAIL": "550 5.7.1 not you"}, "refused", Meaning.SENDER),
        ({"DOT": "554 5.7.1 spam"}, "refused", Meaning.POLICY),
        ({"DOT": "451 4.3.0 try again"}, "put off", Meaning.TEMPORARY),
        ({"DOT": "552 5.3.4 too big"}, "refused", Meaning.SIZE),
        ({"DOT": "552 5.2.2 full"}, "refused", Meaning.FULL),
    ],
)
def test_every_other_end_says_what_to_do(app, replies, word, advice):
    with Relay(**replies) as server:
        made = relayed(app, server)
        ended = send(prepare(made, READER), carrier(made, ignore))
    assert (ended.accepted, ended.word, ended.todo) == (False, word, ADVICE[advice])


def test_no_conversation_leads_to_the_doctor():
    ended = ending(Outage("nobody there"))
    assert (ended.word, ended.todo.splitlines()[-1].strip()) == ("no conversation", "digest doctor")


def test_a_lost_line_is_told_as_such():
    assert ending(OutcomeUnknown("the line broke")).word == "unknown"


@pytest.mark.parametrize("error", [Refusal("5.6.7 no", 553, "5.6.7", "mail"), Deferral("full", 452, "4.2.2", "rcpt")])
def test_all_meanings_have_an_advice(error):
    assert ending(error).todo in ADVICE.values()
    assert set(ADVICE) == set(Meaning)


def test_a_maildir_says_where_the_file_is(app, tmp_path):
    made = app()
    ended = send(prepare(made, READER), carrier(made, ignore))
    (file,) = Path(tmp_path / "maildir" / "new").iterdir()
    assert (ended.accepted, str(file.parent) in ended.what, file.name in ended.what) == (True, True, True)
