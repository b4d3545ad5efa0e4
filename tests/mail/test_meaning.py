"""What a server's answer means: the status first, words last, and never the address's fault if it is ours."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.meaning import DSN, LONGEST_WAIT, OURS, Meaning, is_greylisting, meaning, wait_asked

DEAD, FULL, POLICY, SLOW_DOWN = Meaning.DEAD, Meaning.FULL, Meaning.POLICY, Meaning.SLOW_DOWN
THROTTLED, QUOTA = Meaning.THROTTLED, Meaning.QUOTA
SIZE, ADDRESS, SENDER = Meaning.SIZE, Meaning.ADDRESS, Meaning.SENDER
TEMPORARY, PERMANENT = Meaning.TEMPORARY, Meaning.PERMANENT
STEPS = ["connect", "auth", "mail", "rcpt", "data", "body", "dot", DSN, ""]

ANSWERS = [
    # (code, enhanced, words, step) and what it means
    *((550, status, "no", "rcpt", DEAD) for status in ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")),
    (550, "5.1.1", "spam blocked by policy", "rcpt", DEAD),
    (550, "5.1.1", "no such user", "dot", DEAD),
    (556, "", "Domain does not accept mail", "rcpt", DEAD),
    (550, "", "User unknown", "rcpt", DEAD),
    (550, "", "No such user here", "rcpt", DEAD),
    (550, "5.0.0", "sorry, no mailbox here by that name", "rcpt", DEAD),
    (550, "5.1.0", "Recipient address rejected: user unknown in virtual mailbox table", "rcpt", DEAD),
    (553, "", "mailbox not found", "rcpt", DEAD),
    (550, "", "Requested action not taken: mailbox unavailable", "rcpt", PERMANENT),
    (550, "", "No", "rcpt", PERMANENT),
    (550, "", "no such user", "dot", PERMANENT),
    (550, "", "user unknown, or blocked by our policy", "rcpt", POLICY),
    (550, "", "rejected: listed by zen.spamhaus.org, see RBL", "rcpt", POLICY),
    (550, "5.4.1", "Recipient address rejected: user unknown", "rcpt", PERMANENT),
    (452, "4.2.2", "over quota", "rcpt", FULL),
    (552, "5.2.2", "over quota", "rcpt", FULL),
    (552, "5.2.2", "over quota", "dot", FULL),
    (552, "", "mailbox full", "rcpt", FULL),
    (552, "", "too much", "dot", SIZE),
    (552, "", "too much", "mail", SIZE),
    (552, "5.3.4", "message too big", "mail", SIZE),
    (554, "5.3.4", "message too big", "dot", SIZE),
    (552, "5.2.3", "over the limit", "dot", SIZE),
    (550, "5.7.1", "our policy", "rcpt", POLICY),
    (550, "5.7.26", "unauthenticated mail", "dot", POLICY),
    (554, "5.6.0", "malformed", "dot", POLICY),
    (554, "", "transaction failed", "dot", POLICY),
    (554, "5.0.0", "transaction failed", "dot", POLICY),
    (554, "", "no valid recipients", "rcpt", PERMANENT),
    (553, "5.1.8", "sender domain not found", "rcpt", SENDER),
    (451, "4.7.500", "server busy", "mail", THROTTLED),
    (454, "4.7.0", "TLS not available", "mail", POLICY),
    (421, "", "closing", "rcpt", THROTTLED),
    (421, "5.7.32", "from header is not aligned", "dot", THROTTLED),
    (421, "4.7.28", "unusual rate", "rcpt", THROTTLED),
    (450, "4.2.1", "receiving mail at a rate that ...", "rcpt", SLOW_DOWN),
    (450, "4.7.1", "come back later", "rcpt", SLOW_DOWN),
    (451, "", "too many messages from you", "rcpt", THROTTLED),
    (450, "4.2.0", "Greylisted, see the help", "rcpt", TEMPORARY),
    (451, "4.7.1", "Greylisting in action, please come back later", "rcpt", TEMPORARY),
    (451, "4.3.0", "local error", "dot", TEMPORARY),
    (452, "4.3.1", "out of disk", "mail", TEMPORARY),
    (450, "", "mailbox busy", "rcpt", TEMPORARY),
    (553, "5.6.7", "needs SMTPUTF8", "mail", ADDRESS),
    (0, "5.1.3", "cannot stand on the wire", "mail", ADDRESS),
    (0, "5.6.7", "needs SMTPUTF8", "", ADDRESS),
    (0, "5.3.4", "too big", "mail", SIZE),
    (550, "5.7.1", "you may not send", "mail", SENDER),
    (550, "5.1.1", "you", "mail", SENDER),
    (530, "5.7.0", "authenticate first", "rcpt", SENDER),
    (535, "5.7.8", "bad credentials", "", SENDER),
    (500, "5.5.1", "what?", "data", PERMANENT),
    (0, "5.1.1", "", DSN, DEAD),
    (0, "5.1.1", "sendmail ended with 67: no such mailbox", "body", DEAD),
    (0, "5.1.2", "sendmail ended with 68: no such host", "dot", DEAD),
    (0, "5.6.0", "sendmail ended with 65: the message is not as it should be", "dot", POLICY),
    (0, "4.4.1", "no answer", DSN, TEMPORARY),
    (0, "5.7.1", "", DSN, POLICY),
    (0, "5.1.8", "", DSN, POLICY),
    (0, "5.2.2", "", DSN, FULL),
    (0, "5.0.0", "550 user unknown", DSN, PERMANENT),
]


@pytest.mark.parametrize(("code", "enhanced", "text", "step", "means"), ANSWERS)
def test_what_an_answer_means(code: int, enhanced: str, text: str, step: str, means: Meaning) -> None:
    assert meaning(code, enhanced, text, step) is means


ABOUT_US = [
    # what servers say to whoever sends through them, at whichever step
    (QUOTA, "550 5.4.5 Daily user sending limit exceeded"),
    (QUOTA, "550 5.7.1 Daily SMTP relay limit exceeded for customer"),
    (QUOTA, "454 Throttling failure: Daily message quota exceeded"),
    (QUOTA, "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException"),
    (QUOTA, "550 5.1.90 You have reached your daily limit for message recipients"),
    (QUOTA, "550 Domain example.org has exceeded the max emails per hour (100/100) allowed"),
    (QUOTA, "554 5.7.1 <ada@example.net>: Recipient address rejected: Policy Rejection- Quota exceeded"),
    (QUOTA, "550 Domain frequency limited"),
    (QUOTA, "451 Authentication failed: Maximum credits exceeded"),
    (QUOTA, "550 5.7.1 rate limit exceeded"),
    (THROTTLED, "454 Throttling failure: Maximum sending rate exceeded."),
    (THROTTLED, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
    (THROTTLED, "450 Mail send limit exceeded"),
    (THROTTLED, "450 4.7.1 Error: too much mail from 192.0.2.1"),
    (THROTTLED, "451 4.3.2 rate limit: try again in 20 seconds"),
    (THROTTLED, "421 4.7.0 Try again later, closing connection"),
    (SENDER, "554 5.2.252 SendAsDenied; digest@example.org not allowed to send as"),
    (SENDER, "550 5.7.60 Client does not have permissions to send as this sender"),
    (SENDER, "550 5.7.1 Client was not authenticated"),
    (SENDER, "550 SMTP AUTH required"),
    (SENDER, "525 5.7.1 Unauthorized IP address"),
    (SENDER, "554 5.7.1 <ada@example.net>: Relay access denied"),
    (SENDER, "550 relay not permitted"),
    (SENDER, "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied"),
    (SENDER, "450 4.7.25 Client host rejected: cannot find your hostname"),
    (SENDER, "550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using a list"),
    (SENDER, "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname"),
    (SENDER, "550 5.1.0 <d@example.org>: Sender address rejected: User unknown in local table"),
    (SENDER, "553 5.7.1 <d@example.org>: Sender address rejected: not owned by user x"),
    (SENDER, "450 4.1.8 <d@example.org>: Sender address rejected: Domain not found"),
    (SENDER, "501 Invalid MAIL FROM address provided"),
    (SENDER, "554 Message rejected: Email address is not verified. The following identities failed the check"),
    (SENDER, "550 The from address does not match a verified Sender Identity"),
    (SENDER, "554 Sending paused for this account. For more, look into the inbox of its address"),
    (SENDER, "502 5.7.0 Your SMTP account is not yet activated."),
    (SENDER, "553 Mail from must equal authorized user"),
]
NOT_ABOUT_US = [
    "550 5.2.1 The email account that you tried to reach is disabled.",
    "552 5.2.2 The recipient's inbox is out of storage space",
    "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
    "550 5.2.121 The recipient's per hour message receive limit exceeded",
    "550 5.7.129 Not authorized to send to the recipient",
    "550 5.7.1 Message rejected as spam",
    "450 4.1.1 <a@b.test>: Recipient address rejected: unverified address: host x said: 550 Client host blocked",
    "451 4.7.1 Greylisted, too many messages from unknown hosts",
    "550 5.4.1 Recipient address rejected: Access denied",
]


def heard(reply: str) -> tuple[int, str, str]:
    """The code, status and words of a reply in one line."""
    code, _, words = reply.partition(" ")
    status = words.partition(" ")[0]
    return int(code), status if re.fullmatch(r"[245]\.\d+\.\d+", status) else "", words


@pytest.mark.parametrize("step", ["rcpt", "data", "dot"])
@pytest.mark.parametrize(("means", "reply"), ABOUT_US)
def test_what_is_about_us_is_known_at_every_step(means: Meaning, reply: str, step: str) -> None:
    assert meaning(*heard(reply), step) is means


@pytest.mark.parametrize("step", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("reply", NOT_ABOUT_US)
def test_what_is_about_the_reader_is_not_about_us(reply: str, step: str) -> None:
    assert meaning(*heard(reply), step) not in OURS


def test_before_a_recipient_is_named_every_refusal_is_about_us() -> None:
    assert {meaning(550, "", "no", step) for step in ("connect", "auth", "mail")} == {SENDER}


CODES, STATUSES = st.integers(400, 599), st.from_regex(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})?", fullmatch=True)
FOR_GOOD = {DEAD, SIZE, ADDRESS, PERMANENT}
FOR_NOW = {SLOW_DOWN, TEMPORARY, THROTTLED}


@given(CODES, STATUSES, st.text(), st.sampled_from(STEPS))
def test_the_first_digit_of_the_code_decides_whether_to_try_again(
    code: int, enhanced: str, text: str, step: str
) -> None:
    means = meaning(code, enhanced, text, step)
    assert means not in (FOR_GOOD if code < 500 else FOR_NOW)


@given(CODES, st.sampled_from(["4.7", "5.7", "4.6", "5.6"]), st.integers(0, 999), st.text(), st.sampled_from(STEPS))
def test_nothing_about_policy_or_content_makes_an_address_dead(
    code: int, subject: str, detail: int, text: str, step: str
) -> None:
    assert meaning(code, f"{subject}.{detail}", text + "no such user", step) not in (DEAD, PERMANENT)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4.7.1 Please try again in 300 seconds", 300),
        ("Greylisted for 60 seconds", 60),
        ("try again in 5 minutes.", 300),
        ("Retry after 1 hour", 3600),
        ("wait 90s", 90),
        ("try again in 9 hours", LONGEST_WAIT.total_seconds()),
        ("try again in 999999 seconds", LONGEST_WAIT.total_seconds()),
        ("try again in 0 seconds", None),
        ("try again later", None),
        ("try again in 5 parsecs", None),
        ("we saw 300 seconds of silence", None),
        ("", None),
    ],
)
def test_how_long_a_server_asks_to_wait(text: str, seconds: float | None) -> None:
    assert wait_asked(text) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(("text", "is_it"), [("Greylisted", True), ("graylisting", True), ("grey", False)])
def test_greylisting_is_named(text: str, is_it: bool) -> None:
    assert is_greylisting(text) is is_it


def test_hostile_words_cost_no_time() -> None:
    started = time.process_time()
    blows = (
        "sender x " * 20_000,
        "sender " + "x" * 100_000,
        "sender" + " " * 100_000,
        "exceed " * 20_000,
        "<>" * 50_000,
    )
    for text in (*blows, "again " * 20_000, "retry" + " " * 100_000, "user " * 20_000, "again " + "1" * 100_000):
        wait_asked(text)
        meaning(550, "", text, "rcpt")
    assert time.process_time() - started < 2
