"""Strangers join by their own word and their address's; nobody learns from us who is here already."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from digest.errors import QueryError, TokenError, UsageError
from digest.mail.tokens import Purpose
from digest.model import (
    Caps,
    DeliveryStatus,
    Origin,
    SubscriberStatus,
    Suppression,
    SuppressionReason,
    TurnedAway,
)
from digest.services import enrol, joining
from digest.services.joining import WORDING
from tests.factories import NOW
from tests.services.guests import ADDRESS, MAIL, RULES, WEB, ask, joined, kinds, letters_to, token
from tests.services.parts import BOTH, KEYS, enrolled, put

DATABASES = BOTH

HOUR = timedelta(hours=1)


def suppress(store, reason, address=ADDRESS):
    store.suppress(Suppression(KEYS.address_hash(address), reason, NOW))


def confirm(store, address=ADDRESS, now=NOW, word=None):
    return joining.confirm(store, RULES, word or token(store, address), "198.51.100.0/24", now)


def test_who_asks_is_nobody_before_the_address_confirms(store):
    assert ask(store) is None
    assert store.subscribers() == []
    (letter,) = letters_to(store)
    assert (letter.kind, letter.status, letter.edition_id) == ("confirmation", DeliveryStatus.PENDING, None)
    assert letter.expires_at == NOW + RULES.expires
    assert store.open_confirmations(NOW) == 1


def test_who_confirms_is_a_subscriber_with_the_wishes_that_were_shown(store):
    before = put(store, 1, now=NOW - timedelta(days=2))
    put(store, 2)
    made = joined(store, name="Ada")
    assert made == store.subscriber_by_address(ADDRESS)
    assert (made.status, made.cutoff, made.created_at, made.next_due_at) == ("active", before, NOW, None)
    assert enrol.as_wishes(made) == {
        **{"name": "Ada", "zone": "Europe/Berlin", "send_at": "06:30", "rhythm": "daily", "empty": "skip"},
        **{"max_papers": None, "min_score": None, "interests": ["diffusion", "-survey"]},
    }


def test_who_names_no_interests_gets_those_of_the_house(store):
    assert joined(store).interests != joined(store, "other@example.test", interests=None).interests
    ask(store, "third@example.test", {})
    made = confirm(store, "third@example.test").subscriber
    assert [str(one) for one in made.interests] == ["agents"]


def test_the_proof_says_what_was_agreed_to_when_and_where_from(store):
    ask(store)
    made = confirm(store, now=NOW + HOUR).subscriber
    (proof,) = store.consents(made.id)
    assert (proof.wording, proof.origin, proof.asked_from) == (WORDING, Origin.WEB, "192.0.2.0/24")
    assert (proof.asked_at, proof.confirmed_at, proof.confirmed_from) == (NOW, NOW + HOUR, "198.51.100.0/24")
    assert proof.wishes == enrol.as_wishes(made)


def test_a_second_click_says_that_it_is_done(store):
    ask(store)
    first = confirm(store)
    again = confirm(store, now=NOW + timedelta(days=30))
    assert (first.kind, again.kind) == ("new", "already")
    assert again.subscriber == first.subscriber
    assert len(store.subscribers()) == 1


def test_a_link_that_expired_makes_nobody_a_subscriber(store):
    ask(store)
    late = confirm(store, now=NOW + RULES.life)
    assert (late.kind, late.subscriber, store.subscribers()) == ("over", None, [])
    word = token(store)
    store.purge_joining(NOW + RULES.life)
    assert joining.looked_up(store, KEYS, word) is None
    assert confirm(store, now=NOW, word=word).kind == "over"


def test_a_link_of_somebody_who_has_left_does_not_bring_them_back(store):
    made = joined(store)
    word = token(store)
    store.remove_subscriber(made.id, NOW)
    assert confirm(store, word=word).kind == "over"
    assert store.subscriber(made.id).status is SubscriberStatus.GONE


def test_a_link_of_somebody_who_was_erased_leads_to_nobody(store):
    made = joined(store)
    word = token(store)
    store.erase_subscriber(made.id, NOW)
    assert confirm(store, word=word).kind == "over"
    assert joining.looked_up(store, KEYS, word) is None


def test_it_was_not_me_forgets_the_request_and_stops_its_letter(store):
    ask(store)
    word = token(store)
    assert [joining.decline(store, KEYS, word, NOW) for _ in range(2)] == [True, False]
    assert confirm(store, word=word).kind == "over"
    assert [letter.status for letter in letters_to(store)] == [DeliveryStatus.CANCELLED]


def test_a_subscription_that_was_confirmed_is_not_declined(store):
    made = joined(store)
    assert joining.decline(store, KEYS, token(store), NOW) is False
    assert store.subscriber(made.id).status is SubscriberStatus.ACTIVE


@pytest.mark.parametrize("purpose", [one for one in Purpose if one is not Purpose.CONFIRM])
def test_no_other_token_confirms(store, purpose):
    ask(store)
    (letter,) = letters_to(store)
    forged = KEYS.token(purpose, letter.confirmation_id)
    for act in (
        lambda: joining.confirm(store, RULES, forged, "", NOW),
        lambda: joining.decline(store, KEYS, forged, NOW),
        lambda: joining.looked_up(store, KEYS, forged),
    ):
        with pytest.raises(TokenError):
            act()


@pytest.mark.parametrize("status", [SubscriberStatus.ACTIVE, SubscriberStatus.PAUSED])
def test_who_is_here_already_is_told_so_and_nothing_changes(store, status):
    known = enrolled(store, address=ADDRESS, status=status)
    assert ask(store, ADDRESS.upper()) is None
    (letter,) = letters_to(store)
    assert (letter.kind, letter.subscriber_id, letter.recipient) == ("known", known.id, ADDRESS)
    assert store.open_confirmations(NOW) == 0
    assert store.subscriber(known.id) == known


def test_a_confirmation_of_who_came_in_another_way_meanwhile_changes_nothing(store):
    ask(store)
    known = enrolled(store, address=ADDRESS, send_at=enrol.parse_send_at("21:00"))
    late = confirm(store)
    assert (late.kind, late.subscriber) == ("already", known)
    assert store.subscriber(known.id) == known


def test_who_left_comes_back_as_the_same_subscriber_and_gets_no_paper_twice(store):
    made = joined(store)
    store.set_cutoff(made.id, 7)
    store.remove_subscriber(made.id, NOW)
    ask(store, now=NOW + HOUR, wishes={"interests": ["robots"]})
    again = confirm(store, now=NOW + HOUR)
    assert (again.kind, again.subscriber.id, again.subscriber.cutoff) == ("new", made.id, 7)
    assert [str(one) for one in again.subscriber.interests] == ["robots"]


@pytest.mark.parametrize("reason", SuppressionReason)
def test_a_confirmation_lifts_only_what_came_of_bounces(store, reason):
    lasting = reason in (SuppressionReason.COMPLAINT, SuppressionReason.OPERATOR)
    suppress(store, reason)
    assert ask(store) is None
    assert kinds(store) == ([] if lasting else ["confirmation"])
    if not lasting:
        assert confirm(store).kind == "new"
        assert store.suppression(KEYS.address_hash(ADDRESS)) is None


def test_a_complaint_between_asking_and_confirming_holds(store):
    ask(store)
    suppress(store, SuppressionReason.COMPLAINT)
    confirm(store)
    assert store.suppression(KEYS.address_hash(ADDRESS)) is not None


def test_who_bounced_and_is_still_subscribed_confirms_to_be_written_to_again(store):
    known = enrolled(store, address=ADDRESS)
    suppress(store, SuppressionReason.DEAD)
    ask(store)
    assert kinds(store) == ["confirmation"]
    assert (confirm(store).subscriber, store.suppression(KEYS.address_hash(ADDRESS))) == (known, None)


def everybody(store):
    """One address for each thing that may be known of one."""
    addresses = {"new": "new@example.test"}
    for status in ("active", "paused", "gone"):
        addresses[status] = enrolled(store, address=f"{status}@example.test", status=SubscriberStatus(status)).address
    for reason in SuppressionReason:
        addresses[reason.value] = f"{reason.value}@example.test"
        suppress(store, reason, addresses[reason.value])
    return addresses


def test_the_answer_and_the_count_are_the_same_whatever_is_known_of_an_address(store):
    rules = replace(RULES, caps=Caps(block_hour=100, block_day=100))
    for address in everybody(store).values():
        before = store.demands_since(NOW)
        answers = [ask(store, address, rules=rules, now=NOW) for _ in range(2)]
        answers += [joining.ask_for_link(store, rules, address, WEB, NOW)]
        assert answers == [None, TurnedAway.ADDRESS, TurnedAway.ADDRESS], address
        assert store.demands_since(NOW) == before + 1


def test_about_the_same_is_asked_of_the_store_for_every_address(store, monkeypatch):
    asked = Counter()
    for name in ("subscriber_by_address", "suppression", "ask"):
        real = getattr(store, name)
        monkeypatch.setattr(
            store, name, lambda *given, _real=real, _name=name: (asked.update([_name]), _real(*given))[1], raising=True
        )
    seen = set()
    for address in everybody(store).values():
        for way in (ask, lambda s, a: joining.ask_for_link(s, RULES, a, WEB, NOW)):
            asked.clear()
            way(store, address)
            seen.add(tuple(sorted(asked.items())))
    assert seen == {(("ask", 1), ("subscriber_by_address", 1), ("suppression", 1))}


def test_nothing_goes_to_an_address_that_has_not_confirmed_but_the_confirmation(store):
    everybody(store)
    for address in everybody_else(store):
        ask(store, address)
        joining.ask_for_link(store, RULES, address, WEB, NOW)
    sent = {(letter.recipient, letter.kind.value) for letter in store.deliveries(limit=100)}
    assert sent == {
        *((f"{name}@example.test", "confirmation") for name in ("new", "gone", "dead", "bounces")),
        *((f"{name}@example.test", kind) for name in ("active", "paused") for kind in ("known", "link")),
    }


def everybody_else(store):
    return [f"{name}@example.test" for name in ("new", "active", "paused", "gone", *map(str, SuppressionReason))]


@pytest.mark.parametrize(
    ("caps", "met"),
    [
        (Caps(address_day=2), TurnedAway.ADDRESS),
        (Caps(address_day=9, address_month=2), TurnedAway.ADDRESS),
        (Caps(address_day=9, address_month=9, block_hour=2), TurnedAway.BLOCK),
        (Caps(address_day=9, address_month=9, domain_hour=2), TurnedAway.DOMAIN),
        (Caps(address_day=9, address_month=9, hour=2), TurnedAway.HOUR),
    ],
)
def test_what_is_over_a_cap_leaves_no_row(store, caps, met):
    rules = replace(RULES, caps=caps)
    assert [ask(store, rules=rules) for _ in range(4)] == [None, None, met, met]
    assert (len(letters_to(store)), store.open_confirmations(NOW)) == (2, 2)


def test_a_flood_on_the_web_leaves_the_way_by_mail_open(store):
    rules = replace(RULES, caps=Caps(hour=1))
    assert ask(store, rules=rules) is None
    assert ask(store, "b@example.test", rules=rules) is TurnedAway.HOUR
    assert ask(store, "b@example.test", rules=rules, place=MAIL) is None


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "a b@example.test", "a\r\nBcc: x@example.test", "x" * 300])
def test_what_is_no_address_is_told_before_anything_is_counted(store, address):
    with pytest.raises(UsageError):
        ask(store, address)
    with pytest.raises(UsageError):
        joining.ask_for_link(store, RULES, address, WEB, NOW)
    assert store.demands_since(NOW) == 0


@pytest.mark.parametrize(
    ("wishes", "error"),
    [
        ({"zone": "Nowhere/Here"}, UsageError),
        ({"send_at": "25:00"}, UsageError),
        ({"password": "x"}, UsageError),
        ({"interests": ['"open']}, QueryError),
        ({"interests": [f"{'word ' * 30} {n}" for n in range(50)]}, UsageError),
    ],
)
def test_a_wish_that_cannot_be_is_told_whoever_it_is_for(store, wishes, error):
    enrolled(store, address=ADDRESS)
    said = set()
    for address in (ADDRESS, "new@example.test"):
        with pytest.raises(error) as caught:
            ask(store, address, wishes)
        said.add(str(caught.value))
    assert len(said) == 1
    assert store.demands_since(NOW) == 0


def test_where_strangers_may_not_join_they_are_told(store):
    with pytest.raises(UsageError, match="nobody can subscribe here"):
        ask(store, rules=replace(RULES, open=False))


def test_the_link_goes_to_who_is_here_and_to_nobody_else(store):
    known = enrolled(store, address=ADDRESS)
    for address in (ADDRESS, "stranger@example.test"):
        assert joining.ask_for_link(store, replace(RULES, open=False), address, WEB, NOW) is None
    assert [(one.kind.value, one.subscriber_id) for one in store.deliveries()] == [("link", known.id)]
