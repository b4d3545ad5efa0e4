"""Commands of readers, from the bytes of a mail to what is stored and answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from digest.mail.links import Links
from digest.mail.message import message_id
from digest.model import DeliveryKind, Opinion, SubscriberStatus, Suppression, SuppressionReason
from digest.services import enrol
from digest.services.deliver import deliver_due
from digest.services.round import DeliveryRules
from digest.services.taken import TakenKind
from tests.factories import NOW
from tests.services.guests import ADDRESS, LINKS, joined, kinds, letters_to, writer
from tests.services.parts import BOTH, KEYS, Clock, Relay, enrolled, key, publish, put
from tests.services.writing import COMMANDS, LATER, MX, SOON, command, mail, replies, take

if TYPE_CHECKING:
    from digest.model import Subscriber
    from digest.storage import Store

DATABASES = BOTH

DAY = timedelta(days=1)


@pytest.fixture
def reader(store: Store) -> Subscriber:
    """The guest, who has subscribed and got an edition with three papers."""
    put(store, 1, 2, 3)
    made = enrolled(
        store, address=ADDRESS, interests=enrol.wishes({"interests": ["paper", "diffusion", "-survey"]})["interests"]
    )
    publish(store)
    return made


def me(store: Store) -> Subscriber:
    found = store.subscriber_by_address(ADDRESS)
    assert found is not None
    return found


def interests(store: Store) -> list[str]:
    return [str(one) for one in me(store).interests]


def test_setting_the_hour_and_the_zone(store: Store, reader: Subscriber) -> None:
    said = command(store, "set hour 9:30", "set zone berlin", "set rhythm weekdays")
    after = me(store)
    assert (f"{after.send_at:%H:%M}", after.zone, str(after.rhythm)) == ("09:30", "Europe/Berlin", "weekdays")
    assert said.split("\n") == [
        *("> set hour 9:30", "", "The digest now comes every day at 09:30 (UTC)."),
        "The next one is due on Tuesday, 26 May 2026 at 09:30.",
        *("", "> set zone berlin", "", "The digest now comes every day at 09:30 (Europe/Berlin)."),
        "The next one is due on Tuesday, 26 May 2026 at 09:30.",
        *("", "> set rhythm weekdays", "", "The digest now comes on weekdays at 09:30 (Europe/Berlin)."),
        "The next one is due on Tuesday, 26 May 2026 at 09:30.",
    ]


@pytest.mark.parametrize(
    ("written", "said", "field", "value"),
    [
        ("set papers 20", "You now get at most 20 papers at a time.", "max_papers", 20),
        ("set papers: 7", "You now get at most 7 papers at a time.", "max_papers", 7),
        ("set name Ada", "Your name is now Ada.", "name", "Ada"),
        ("set empty note", "On days without papers you now get a short note.", "empty", "note"),
    ],
)
def test_setting_other_things(
    store: Store, reader: Subscriber, written: str, said: str, field: str, value: object
) -> None:
    assert command(store, written) == f"> {written}\n\n{said}"
    assert getattr(me(store), field) == value


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("set", "Write “set” and one of hour, zone, rhythm, papers, name, empty, interests."),
        ("set colour red", "“colour” cannot be set: write “set” and one of hour, zone, rhythm, papers, name, empty, "),
        ("set hour", "“hour” needs a value, like “set hour 7:30”."),
        ("set hour noon", '"noon" is no time of day; write it like "07:00".'),
        ("set zone Europe/Berln", 'No time zone is called "Europe/Berln"; did you mean "Europe/Berlin"?'),
        ("set papers many", "“many” is no number of papers: they go from 1 to 100."),
        ("set papers 500", "“500” is no number of papers: they go from 1 to 100."),
        ("set rhythm often", '"often" is no rhythm: "often" is no day of the week; '),
        ("add foo:bar", "I cannot read “foo:bar”, at character 1: "),
        ('add "state space', 'I cannot read “"state space”, at character 1: this quote is not closed.'),
        ("drop 9", "You have no interest number 9: “show” lists them."),
        ("drop nothing", "“nothing” is none of your interests: “show” lists them."),
        ("pause until 2026-13-24", "“2026-13-24” is no date: write it like “pause until 2026-12-24”."),
        ("pause until 2020-01-01", "A pause ends in the future: that moment is past."),
        ("pause 999 days", "A pause lasts a year at most: "),
        ("pause until friday", "“until friday” is no time: write “pause 2 weeks”, "),
        ("like 9", "This edition has no paper number 9."),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(store: Store, reader: Subscriber, written: str, told: str) -> None:
    said = command(store, "", written)
    assert said.startswith(f"> {written}\n\n{told}")
    assert me(store) == store.subscriber(reader.id)
    assert interests(store) == ["paper", "diffusion", "-survey"]


def test_interests_are_replaced_added_and_dropped(store: Store, reader: Subscriber) -> None:
    said = command(store, "set interests", "protein folding", "- agents", "cat:cs.CL, -review", "", "Thanks", "Ada")
    assert interests(store) == ["protein folding", "agents", "cat:cs.CL", "-review"]
    assert said.endswith("  1. protein folding\n  2. agents\n  3. cat:cs.CL\n  4. -review")
    assert "Added: state space models^2." in command(store, "add state space models^2")
    assert "Dropped: protein folding, cat:cs.CL." in command(store, "drop 1, 3")
    assert "Dropped: -review." in command(store, "drop review")
    assert interests(store) == ["agents", "state space models^2"]


def test_muting(store: Store, reader: Subscriber) -> None:
    said = command(store, "mute case study")
    assert said.endswith("Papers with “case study” are hidden from now on. “drop 4” takes that back.")
    assert interests(store)[-1] == '-"case study"'
    assert "“drop 4”" in command(store, "mute case study")
    assert "Dropped" in command(store, 'drop -"case study"')


@pytest.mark.parametrize(
    ("written", "until", "said"),
    [
        ("pause", None, "Paused: nothing comes until you write “resume”."),
        ("pause 2 weeks", SOON + 14 * DAY, "Paused until Monday, 8 June 2026: then the digest goes on."),
        ("Pause for two weeks, please.", SOON + 14 * DAY, "Paused until Monday, 8 June 2026: then the digest goes on."),
        ("pause for a month", SOON + 30 * DAY, "Paused until Wednesday, 24 June 2026: then the digest goes on."),
        ("pause 10d", SOON + 10 * DAY, "Paused until Thursday, 4 June 2026: then the digest goes on."),
        ("pause until 2026-12-24", datetime(2026, 12, 24, tzinfo=UTC), "Paused until Thursday, 24 December 2026: "),
    ],
)
def test_pausing(store: Store, reader: Subscriber, written: str, until: datetime | None, said: str) -> None:
    assert said in command(store, written)
    assert (me(store).status, me(store).paused_until) == (SubscriberStatus.PAUSED, until)
    assert command(store, "resume").startswith("> resume\n\nThe digest goes on.")
    assert (me(store).status, me(store).paused_until) == (SubscriberStatus.ACTIVE, None)


@pytest.mark.usefixtures("reader")
def test_a_new_link_ends_the_old_ones(store: Store) -> None:
    assert "have ended" in command(store, "new link")
    assert me(store).link_generation == 1


def said_of(store: Store, reader: Subscriber) -> dict[str, tuple[Opinion, str]]:
    return {one.paper.key: (one.opinion, one.origin) for one in store.feedback([reader.id]).get(reader.id, [])}


def test_opinions_of_the_last_edition(store: Store, reader: Subscriber) -> None:
    (edition,) = store.editions(reader.id)
    first, second, third = (pick.paper for pick in edition.picks)
    said = command(store, "like 1 and 2", "less 3", "like 7")
    assert f"Noted: more like paper 1, “{first.title}”." in said
    assert f"Noted: less like paper 3, “{third.title}”." in said
    assert "This edition has no paper number 7." in said
    assert said_of(store, reader) == {
        first.key: (Opinion.LIKED, "mail"),
        second.key: (Opinion.LIKED, "mail"),
        third.key: (Opinion.DISLIKED, "mail"),
    }


def test_opinions_of_the_edition_that_is_answered_to(store: Store, reader: Subscriber) -> None:
    (first,) = letters_to(store)
    put(store, 8, 9, now=NOW + DAY)
    publish(store, NOW + DAY)
    named = store.editions(reader.id)[1].picks[1].paper.key
    command(store, "Re: papers", "like 2", now=NOW + DAY, In_Reply_To=first.message_id)
    assert list(said_of(store, reader)) == [named]


def test_somebody_elses_edition_is_not_meant(store: Store, reader: Subscriber) -> None:
    enrolled(store, address="eve@example.test", interests=enrol.wishes({"interests": ["paper"]})["interests"])
    put(store, 5, now=NOW + DAY)
    publish(store, NOW + DAY)
    (theirs,) = letters_to(store, "eve@example.test")
    command(store, "Re: papers", "like 1", now=NOW + DAY, References=f"{theirs.message_id} <x@y>")
    assert list(said_of(store, reader)) == [key(5)]


def test_showing_everything(store: Store, reader: Subscriber) -> None:
    rules = replace(COMMANDS, links=LINKS)
    take(store, mail("show"), rules=rules)
    (lines,) = replies(store)
    assert lines[:2] == ["> show", ""]
    assert lines[2:9] == [
        "The digest comes every day at 07:00 (UTC).",
        "The next one is due on Tuesday, 26 May 2026 at 07:00.",
        "",
        "Your interests:",
        *("  1. paper", "  2. diffusion", "  3. -survey"),
    ]
    assert "Your last digest, of 25 May 2026:" in lines
    assert lines[-1] == LINKS.manage(reader)


def test_help_and_what_is_not_understood(store: Store, reader: Subscriber) -> None:
    said = command(store, "help")
    assert "> help" in said
    assert "pause 2 weeks – no digest for so long; also: pause until 2026-12-24, or pause alone" in said
    assert command(store, "What is this?", "I do not get it.") == ""  # they were answered today
    said = command(store, "What is this?", "I do not get it.", now=LATER)
    assert said.startswith("I read no further than this line, which I do not understand: “I do not get it.”.")
    assert "set hour 7:30 – when the digest comes" in said
    assert command(store, "And this?", "No.", now=LATER) == ""


def test_a_line_after_commands_that_is_none(store: Store, reader: Subscriber) -> None:
    said = command(store, "", "set hour 8", "zet zone UTC")
    assert said.endswith("I read no further than this line, which I do not understand: “zet zone UTC”.")


def test_unsubscribing(store: Store, reader: Subscriber) -> None:
    said = command(store, "", "unsubscribe", "set hour 8")
    assert (
        said
        == "> unsubscribe\n\nYou are unsubscribed: no digest comes any more. To come back some day, write “subscribe”."
    )
    assert me(store).status is SubscriberStatus.GONE
    assert [one.status for one in letters_to(store)] == ["cancelled", "pending"]
    assert "changes nothing, as this address does not get the digest" in command(store, "show", now=LATER)


def test_the_answer_goes_to_the_reader_and_belongs_to_their_mail(store: Store, reader: Subscriber) -> None:
    take(store, mail("Re: Show", "show", Message_ID="<a@b.test>", References="<1@x.test> <2@x.test>"))
    answer = letters_to(store)[-1]
    assert (answer.kind, answer.recipient, answer.subscriber_id) == (DeliveryKind.ANSWER, ADDRESS, reader.id)
    assert answer.message_id == message_id(
        KEYS.keys[0], "digest.test", "answer", KEYS.address_hash(ADDRESS), "<a@b.test>"
    )
    relay = Relay()
    deliver_due(store, lambda: relay, writer(store), DeliveryRules("bounces@digest.test", "w"), Clock(SOON))
    sent = next(content.decode() for _, content in relay.taken if b"In-Reply-To: <a@b.test>" in content)
    head, _, _ = sent.partition("\r\n\r\n")
    assert "\r\nSubject: Re: Show\r\n" in head
    assert "\r\nAuto-Submitted: auto-replied\r\n" in head
    assert "<1@x.test>\r\n <2@x.test>\r\n <a@b.test>" in head


def test_our_answers_are_obeyed_by_nobody(store: Store, reader: Subscriber) -> None:
    take(store, mail("show"))
    relay = Relay()
    deliver_due(store, lambda: relay, writer(store), DeliveryRules("bounces@digest.test", "w"), Clock(SOON))
    count = len(replies(store))
    for _, content in relay.taken:
        assert take(store, content, sender="").kind is TakenKind.IGNORED
    assert len(replies(store)) == count


def test_a_mail_that_is_handed_over_twice_is_followed_once(store: Store, reader: Subscriber) -> None:
    once = mail("drop 1")
    assert [take(store, once).what for _ in range(3)] == ["drop; answered", "answered before", "answered before"]
    assert interests(store) == ["diffusion", "-survey"]
    assert len(replies(store)) == 1


def test_so_many_answers_a_day(store: Store, reader: Subscriber) -> None:
    rules = replace(COMMANDS, answers_day=2)
    told = [take(store, mail(f"set papers {n}"), rules=rules).what for n in (5, 6, 7)]
    assert told == ["set; answered", "set; answered", "set; not answered"]
    assert me(store).max_papers == 7
    assert take(store, mail("set papers 8"), LATER, rules=rules).what == "set; answered"


@pytest.mark.parametrize("written", ["subscribe", "confirm"])
def test_a_reader_who_subscribes_once_more(store: Store, reader: Subscriber, written: str) -> None:
    said = command(store, written)
    assert "You get the digest already, and there is nothing to confirm." in said
    assert kinds(store) == ["edition", "answer"]


def test_a_reader_whose_mail_came_back_subscribes_anew(store: Store, reader: Subscriber) -> None:
    store.suppress(Suppression(KEYS.address_hash(ADDRESS), SuppressionReason.BOUNCES, NOW))
    assert command(store, "subscribe") == ""
    assert kinds(store)[-1] == "confirmation"


@pytest.mark.parametrize(
    "message",
    [
        mail("unsubscribe", proved=False),
        mail("unsubscribe", Auto_Submitted="auto-replied"),
        mail("unsubscribe", Precedence="list"),
        mail("unsubscribe", List_Id="<people.example.test>"),
        mail("unsubscribe", From="eve@evil.test"),
        mail("unsubscribe").replace(b"mx.digest.test;", b"mx.evil.test;"),
        mail("unsubscribe", X_Autoreply="1"),
    ],
)
def test_what_is_not_proved_or_no_persons_is_dropped_in_silence(
    store: Store, reader: Subscriber, message: bytes
) -> None:
    assert take(store, message).kind is TakenKind.IGNORED
    assert me(store).status is SubscriberStatus.ACTIVE
    assert kinds(store) == ["edition"]


def test_where_no_address_takes_commands_none_are_followed(store: Store, reader: Subscriber) -> None:
    assert take(store, mail("show"), rules=replace(COMMANDS, address="")).kind is TakenKind.IGNORED
    assert take(store, mail("show"), rules=replace(COMMANDS, authserv_id="")).kind is TakenKind.IGNORED
    assert kinds(store) == ["edition"]


def test_nothing_that_is_logged_names_anybody(
    store: Store, reader: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "digest")
    take(store, mail("add secret wish", "like 1"))
    take(store, mail("show", sender="eve@evil.test"), sender="eve@evil.test")
    told = " ".join(record.getMessage() for record in caplog.records)
    assert "what='add, like; answered'" in told
    assert not {"example.test", "evil.test", "secret"} & set(told.replace("@", " ").replace("'", " ").split())
    assert "@" not in told


def test_a_subject_with_a_token_is_not_repeated(store: Store) -> None:
    reader = joined(store)
    token = Links("", KEYS).manage(reader).rpartition("/")[2]
    take(store, mail(f"about {token}", "show"))
    assert token not in str(letters_to(store)[-1].content)
    assert letters_to(store)[-1].content["subject"] == "Re: about"


@pytest.mark.parametrize(
    ("written", "arrived", "followed"),
    [
        (timedelta(0), None, True),
        (timedelta(days=-6), None, True),
        (timedelta(days=-8), None, False),
        (timedelta(hours=20), None, True),
        (timedelta(days=2), None, False),
        (timedelta(days=-30), timedelta(days=-29), True),  # it lay in a mailbox that nobody looked into
        (timedelta(days=-30), timedelta(hours=-1), False),
    ],
)
def test_a_signed_mail_of_another_time_may_be_sent_again_by_somebody_else(
    store: Store, reader: Subscriber, written: timedelta, arrived: timedelta | None, followed: bool
) -> None:
    message = mail("pause", Date=format_datetime(SOON + written))
    if arrived is not None:
        ours = f"by {MX}; {format_datetime(SOON + arrived)}".encode()
        message = message.replace(f"by {MX}\r\n".encode(), ours + b"\r\n", 1)
    assert (take(store, message).kind is TakenKind.COMMAND) is followed
    assert (me(store).status is SubscriberStatus.PAUSED) is followed


def test_a_mail_is_followed_once_though_it_was_not_answered(store: Store, reader: Subscriber) -> None:
    rules = replace(COMMANDS, answers_day=1)
    take(store, mail("show"), rules=rules)
    pause = mail("pause")
    assert take(store, pause, rules=rules).what == "pause; not answered"
    take(store, mail("resume"), rules=rules)
    again = take(store, pause, SOON + DAY, rules=rules)
    assert (again.what, me(store).status) == ("answered before", SubscriberStatus.ACTIVE)
    store.purge_joining(SOON + 32 * DAY)
    assert not store.was_followed("x")


@pytest.mark.parametrize("to", ["bob@example.test", '"digest@digest.test" <bob@example.test>', "unsubscribe@list.test"])
def test_a_signed_mail_to_somebody_else_that_is_sent_on_to_us_commands_nothing(
    store: Store, reader: Subscriber, to: str
) -> None:
    message = mail("unsubscribe").replace(b"To: digest@digest.test", f"To: {to}".encode())
    done = take(store, message)
    assert (done.kind, me(store).status) == (TakenKind.IGNORED, SubscriberStatus.ACTIVE)
    assert done.what.endswith("its signature does not cover that it is meant for this address")
