"""Commands of strangers: they get as far as one letter that asks to confirm, and no robot gets further."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.mail.tokens import Purpose
from digest.model import SubscriberStatus
from digest.services import enrol
from digest.services.deliver import deliver_due
from digest.services.taken import TakenKind
from tests.factories import NOW
from tests.services.guests import ADDRESS, LINKS, RULES, joined, kinds, letters_to, token, writer
from tests.services.parts import KEYS, SENDING, Clock, Relay
from tests.services.writing import COMMANDS, DIGEST, LATER, SOON, command, mail, replies, take

if TYPE_CHECKING:
    from digest.model import Confirmation, Subscriber
    from digest.storage import Store

DAY = timedelta(days=1)
WISHES = (
    *("My interests are:", "protein folding^2", "* state space models", "zone: Europe/Berlin", "hour 6:30"),
    *("rhythm analysis", "-survey"),
)


def request(store: Store) -> Confirmation:
    asked = store.confirmation(KEYS.number(Purpose.CONFIRM, token(store)))
    assert asked is not None
    return asked


def subscribers(store: Store) -> list[Subscriber]:
    return store.subscribers()


def confirming(store: Store) -> str:
    """The address to which a mail confirms."""
    return f"digest+{token(store)}@digest.test"


def test_subscribing(store: Store) -> None:
    assert command(store, "subscribe", *WISHES, "", "Thanks", "Ada") == ""
    assert kinds(store) == ["confirmation"]
    asked = request(store)
    assert (asked.origin, asked.asked_from) == ("mail", "example.test")
    wishes = enrol.wishes(asked.wishes)
    assert [str(one) for one in wishes["interests"]] == [
        *("protein folding^2", "state space models", "rhythm analysis", "-survey")
    ]
    assert (wishes["zone"], f"{wishes['send_at']:%H:%M}") == ("Europe/Berlin", "06:30")
    assert subscribers(store) == []


def test_subscribing_at_an_address_of_that_name(store: Store) -> None:
    to = "digest-subscribe@digest.test"
    take(store, mail("", "interests: agents, -survey", to=to), to=to)
    assert [str(one) for one in enrol.wishes(request(store).wishes)["interests"]] == ["agents", "-survey"]


def test_without_interests_the_defaults_hold(store: Store) -> None:
    command(store, "", "subscribe")
    assert [str(one) for one in enrol.wishes(request(store).wishes)["interests"]] == ["agents"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["agents", 'x "state space'], 'I cannot read “x "state space”, at character 3: this quote is not closed.'),
        (["zone: Atlantis"], 'No time zone is called "Atlantis"'),
        (["set hour late"], '"late" is no time of day; write it like "07:00".'),
        (["papers = 0"], "“0” is no number of papers: they go from 1 to 100."),
        ([f"term {'x' * 150} {n}" for n in range(40)], "More than 4,000 characters of interests: "),
    ],
)
def test_a_mistake_is_shown_and_nothing_is_asked(store: Store, lines: list[str], told: str) -> None:
    said = command(store, "subscribe", *lines)
    assert said.startswith(f"> subscribe\n\n{told}")
    assert said.endswith("\n\nNothing was done: please write once more.")
    assert kinds(store) == ["answer"]


def test_where_nobody_can_subscribe(store: Store) -> None:
    rules = replace(COMMANDS, join=replace(RULES, open=False))
    take(store, mail("subscribe"), rules=rules)
    closed = "Nobody can subscribe here by themselves: ask whoever runs it to add you."
    assert replies(store)[0] == ["> subscribe", "", closed]
    take(store, mail("help", sender="bob@example.test"), rules=rules)
    assert replies(store, "bob@example.test")[0] == [closed]


def test_confirming_by_the_address_in_the_letter(store: Store) -> None:
    command(store, "subscribe", "agents")
    to = confirming(store)
    done = take(store, mail("confirm", to=to), to=to)
    (made,) = subscribers(store)
    assert (done.kind, done.what, done.subscriber_id) == (TakenKind.CONFIRM, "confirmed", made.id)
    assert made.status is SubscriberStatus.ACTIVE
    assert store.consents(made.id)[0].confirmed_from == "example.test"
    (welcome,) = replies(store)
    assert welcome[0] == f"You are subscribed. The digest comes to {ADDRESS}, every day at 07:00 (UTC)."
    assert take(store, mail("confirm", to=to), to=to).what == "had confirmed before"
    assert len(replies(store)) == 1


@pytest.mark.parametrize("sender", ["elsewhere@other.test", ADDRESS])
def test_a_token_confirms_whoever_sends_it(store: Store, sender: str) -> None:
    command(store, "subscribe")
    message = mail(f"confirm {token(store)}", sender=sender, proved=False)
    assert take(store, message, sender=sender).kind is TakenKind.CONFIRM
    assert [one.address for one in subscribers(store)] == [ADDRESS]
    assert replies(store, "elsewhere@other.test") == []


def test_confirming_too_late(store: Store) -> None:
    command(store, "subscribe")
    to = confirming(store)
    done = take(store, mail("confirm", to=to), SOON + RULES.life + DAY, to=to)
    assert (done.kind, done.what, subscribers(store)) == (TakenKind.CONFIRM, "came too late to confirm", [])
    assert replies(store) == []


def test_a_token_for_something_else_confirms_nothing(store: Store) -> None:
    command(store, "subscribe")
    for purpose in set(Purpose) - {Purpose.CONFIRM}:
        to = f"digest+{KEYS.token(purpose, request(store).id)}@digest.test"
        take(store, mail("confirm", to=to), to=to)
    assert subscribers(store) == []


def letter(store: Store) -> tuple[str, str]:
    """(Message-ID, text) of the letter that asks to confirm, as it went out."""
    relay = Relay()
    deliver_due(store, lambda: relay, writer(store), SENDING, Clock(SOON))
    ((_, content),) = relay.taken
    return letters_to(store)[0].message_id, content.decode()


ROBOTS = {
    "out of office": {"Auto_Submitted": "auto-replied"},
    "exchange": {"X_Auto_Response_Suppress": "All", "X_MS_Exchange_Generated_Message_Source": "Mailbox Rules Agent"},
    "bulk": {"Precedence": "bulk"},
    "list": {"List_Id": "<people.example.test>"},
    "report": {"Content_Type": "multipart/report; boundary=x"},
}


@pytest.mark.parametrize("how", [*ROBOTS, "no sender"])
@pytest.mark.parametrize("where", ["reply-to", "token", "subject"])
def test_no_robot_confirms_or_is_answered(store: Store, how: str, where: str) -> None:
    command(store, "subscribe")
    name, text = letter(store)
    to = confirming(store) if where == "token" else DIGEST
    subject = f"confirm {token(store)}" if where == "subject" else "Away: Please confirm"
    quoted = [f"> {line}" for line in text.split("\r\n")]
    away = mail(subject, "confirm", *quoted, to=to, In_Reply_To=name, **ROBOTS.get(how, {}))
    done = take(store, away, to=to, sender="" if how == "no sender" else ADDRESS)
    assert done.kind is TakenKind.IGNORED
    assert subscribers(store) == []
    assert kinds(store) == ["confirmation"]


@pytest.mark.parametrize("words", ["yes", "confirm", "I confirm.", "Thank you"])
def test_an_answer_that_quotes_the_token_is_told_how_to_confirm_once(store: Store, words: str) -> None:
    command(store, "subscribe")
    name, text = letter(store)
    said = command(store, "Re: Please confirm", words, "", *text.split("\r\n"), In_Reply_To=name)
    assert said.startswith("To confirm, follow the link in the mail that asks you to, ")
    assert command(store, "Re: Please confirm", words, In_Reply_To=name) == ""
    assert subscribers(store) == []


def test_a_confirmation_whose_plus_part_a_provider_took_off(store: Store) -> None:
    command(store, "subscribe")
    done = take(store, mail(f"confirm {token(store)}", proved=False))
    assert (done.kind, done.what) == (TakenKind.CONFIRM, "confirmed")
    assert len(subscribers(store)) == 1


def test_a_token_in_the_text_or_in_a_longer_subject_confirms_nothing(store: Store) -> None:
    command(store, "subscribe")
    word = token(store)
    take(store, mail("confirm", f"confirm {word}", f"digest+{word}@digest.test"))
    take(store, mail(f"Re: confirm {word}"), SOON + DAY)
    take(store, mail("confirm", to=f"digest+{word}@digest.test"), SOON + 2 * DAY)  # only the header says so
    assert subscribers(store) == []


@pytest.mark.parametrize("written", ["show", "set hour 8", "unsubscribe", "pause", "like 1"])
def test_other_commands_change_nothing_and_tell_how_to_subscribe(store: Store, written: str) -> None:
    take(store, mail(written), rules=replace(COMMANDS, links=LINKS))
    (lines,) = replies(store)
    assert lines[0] == f"“{written}” changes nothing, as this address does not get the digest."
    assert lines[2].startswith(f"To get the digest, write to {DIGEST} with the subject “subscribe”")
    assert lines[-1] == LINKS.base


def test_a_stranger_is_helped_once_a_day(store: Store) -> None:
    assert command(store, "help").startswith("To get the digest, write to")
    assert command(store, "help") == ""
    assert command(store, "Hello?", "Who are you?") == ""
    assert "Who are you?" in command(store, "Hello?", "Who are you?", now=LATER)


def test_nobody_unproved_learns_or_causes_anything(store: Store) -> None:
    for subject in ("subscribe", "help", "show", "unsubscribe", "what?"):
        assert take(store, mail(subject, proved=False)).kind is TakenKind.IGNORED
    assert store.deliveries() == []
    assert store.demands_since(NOW - DAY) == 0


def test_caps_hold_for_mail_too_and_nobody_is_told(store: Store) -> None:
    rules = replace(COMMANDS, join=replace(RULES, caps=replace(RULES.caps, address_day=1)))
    told = [take(store, mail("subscribe"), rules=rules).what for _ in range(2)]
    assert told == ["subscribe; not answered", "subscribe met the cap on the address; not answered"]
    assert kinds(store) == ["confirmation"]


def test_who_signs_for_a_domain_gets_no_more_answers_than_confirmations(store: Store) -> None:
    rules = replace(COMMANDS, join=replace(RULES, caps=replace(RULES.caps, domain_hour=3, hour=5)))

    def told(domain: str, count: int, subject: str = "help") -> int:
        senders = [f"{subject}{number}@{domain}" for number in range(count)]
        done = [take(store, mail(subject, sender=one), sender=one, rules=rules).what for one in senders]
        return sum(not what.endswith("not answered") for what in done)

    assert told("evil.test", 10) == 3
    assert told("other.test", 1) == 1
    assert told("more.evil.test", 10) == 1
    assert len(store.deliveries()) == 5
    assert command(store, "subscribe") == ""
    assert kinds(store) == ["confirmation"]


def test_who_asked_for_help_subscribes_on_the_same_day(store: Store) -> None:
    rules = replace(COMMANDS, join=replace(RULES, caps=replace(RULES.caps, address_day=1)))
    for subject in ("help", "subscribe", "subscribe"):
        take(store, mail(subject), rules=rules)
    assert kinds(store) == ["answer", "confirmation"]


def test_who_left_comes_back_by_mail(store: Store) -> None:
    before = joined(store)
    command(store, "unsubscribe")
    assert command(store, "subscribe", "agents") == ""
    to = confirming(store)
    take(store, mail("", to=to), SOON + DAY, to=to)
    (after,) = subscribers(store)
    assert (after.id, after.status) == (before.id, SubscriberStatus.ACTIVE)
