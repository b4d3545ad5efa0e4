"""``digest deliveries``: listed, tried again, and sent to a domain again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.app import App, system_clock
from digest.model import (
    Delivery,
    DeliveryStatus,
    Outcome,
    Subscriber,
    SubscriberStatus,
    Suppression,
    SuppressionReason,
)
from tests.cli.calling import call
from tests.storage.joining import ask
from tests.storage.steps import LEASE, enrol, put_in_outbox

if TYPE_CHECKING:
    from tests.acceptance.house import House

S = DeliveryStatus
REFUSED = Outcome(S.FAILED, 554, "5.7.1 not today")


@pytest.fixture
def app(house: House) -> App:
    """The installation, from the inside."""
    return App.load(str(house.config))


def sent(app: App, outcome: Outcome, person: Subscriber | None = None, **fields: object) -> Delivery:
    """A delivery that came to that just now."""
    now = system_clock()
    with app.store() as store:
        number = put_in_outbox(store, person=person, due_at=now, expires_at=now + LEASE, **fields).id
        store.claim(now, LEASE, 1, "w")
        store.step(number, "w", S.SENDING)
        assert store.settle(number, "w", outcome, now)
        found = store.delivery(number)
    assert found is not None
    return found


def enrolled(app: App, **fields: object) -> Subscriber:
    with app.store() as store:
        return enrol(store, **fields)


def test_the_bare_command_lists(app: App) -> None:
    failed = sent(app, REFUSED, recipient="reader@Refusing.test")
    done = sent(app, Outcome(S.ACCEPTED, 250, "ok"))
    records = call("deliveries", "--json").lines
    assert [(r["id"], r["domain"], r["last_error"]) for r in records] == [
        (done.id, "example.test", ""),
        (failed.id, "refusing.test", "5.7.1 not today"),
    ]
    for words in (("--status", "failed"), ("--domain", "Refusing.test"), ("--status", "failed", "--limit", "5")):
        assert call("deliveries", *words, "--json").lines == records[1:]
        assert call("deliveries", "list", *words, "--json").lines == records[1:]
        assert call("deliveries", *words).out == call("deliveries", "list", *words).out
    assert call("deliveries", "--limit", "1").out.splitlines()[1].startswith(f"{done.id}\treader")


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(("option", "named"), [(("--limit", "1"), "--limit"), (("--json",), "--json")])
def test_an_option_before_a_command_is_not_lost(option: tuple[str, ...], named: str) -> None:
    done = call("deliveries", *option, "retry", "1")
    assert done.code == 2
    assert f"{named} goes behind 'retry'" in done.err


def test_retry(app: App) -> None:
    failed, accepted = sent(app, REFUSED), sent(app, Outcome(S.ACCEPTED, 250, "ok"))
    assert "failed within a day: 1 (`digest deliveries --status failed`)" in call("status").out.splitlines()
    done = call("deliveries", "retry", str(failed.id), str(accepted.id), "99", str(failed.id))
    assert (done.code, done.out) == (1, f"{failed.id}: due again\n")
    assert done.err == f"{accepted.id}: it is accepted\n99: there is no such delivery\n"
    (waiting,) = call("deliveries", "--status", "pending", "--json").lines
    assert (waiting["id"], waiting["attempts"]) == (failed.id, 1)
    assert waiting["expires_at"] > failed.expires_at.isoformat()
    assert call("status", "--json").json["failed_last_day"] == 0


def test_retry_as_json(app: App) -> None:
    failed = sent(app, REFUSED)
    assert call("deliveries", "retry", str(failed.id), "--json").json == {
        "id": failed.id,
        "retried": True,
        "reason": "",
    }
    assert call("deliveries", "retry", str(failed.id), "--json").json["reason"] == "it is pending"


def test_retry_of_what_nobody_should_get(app: App) -> None:
    person = enrolled(app, address="ada@example.test")
    failed = sent(app, REFUSED, person, address_hash=app.keyring().address_hash(person.address))
    call("suppressions", "add", person.address)
    assert call("deliveries", "retry", str(failed.id)).err == (
        f"{failed.id}: ada@example.test is suppressed: `digest suppressions lift` first\n"
    )
    call("suppressions", "lift", person.address)
    with app.store() as store:
        store.update_subscriber(replace(person, status=SubscriberStatus.PAUSED))
    assert "its subscriber is not active" in call("deliveries", "retry", str(failed.id)).err


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("numbers", [(), ("0",), ("x",), ("-1",), ("9" * 30,)])
def test_retry_called_wrongly(numbers: tuple[str, ...]) -> None:
    done = call("deliveries", "retry", *numbers)
    assert (done.code, done.out) == (2, "")


def test_resume(app: App) -> None:
    with app.store() as store:
        store.strike("refusing.test", "no", system_clock(), lambda _: timedelta(hours=2))
    assert call("deliveries", "resume", "Refusing.TEST").out == "Refusing.TEST may get mail again\n"
    again = call("deliveries", "resume", "refusing.test")
    assert again.code == 2
    assert "refusing.test is not paused" in again.err


def test_a_letter_that_nobody_waits_for_is_not_tried_again(app: App) -> None:
    with app.store() as store:
        now = system_clock()
        asked, letter = ask(store, asked_at=now, expires_at=now + LEASE)
        assert store.expire(letter.expires_at) == 1
        assert store.decline(asked.id, now)
        store.suppress(Suppression(letter.address_hash, SuppressionReason.DEAD, now))
    told = call("deliveries", "retry", str(letter.id))
    assert told.code == 1
    assert told.err.startswith(f"{letter.id}: nobody waits for that letter any more")
