"""Refusals in a row that may be about us, with several messages under way."""

from __future__ import annotations

from digest.errors import Refusal
from digest.mail.meaning import Meaning
from digest.services.desk import Ticket
from digest.services.pace import Permit
from digest.services.suspicion import HeldRefusal, Suspicion
from tests.factories import delivery


def refused(number: int, begun: float, domain: str = "") -> HeldRefusal:
    """A refusal of a message that began then."""
    to = f"r{number}@{domain or f'h{number}.test'}"
    return HeldRefusal(Ticket(delivery(recipient=to), Permit("x", begun)), Refusal("no", 550), Meaning.PERMANENT)


def test_three_domains_in_a_row_are_about_us_and_so_is_all_that_follows() -> None:
    suspicion = Suspicion()
    assert [suspicion.hold(refused(n, n)) for n in range(3)] == [False, False, True]
    assert len(suspicion.release()) == 3
    assert suspicion.hold(refused(4, 4))


def test_readers_of_one_domain_need_to_be_more() -> None:
    suspicion = Suspicion()
    assert [suspicion.hold(refused(n, n, "one.test")) for n in range(5)] == [False] * 4 + [True]


def test_what_was_taken_says_nothing_of_messages_that_began_later() -> None:
    suspicion = Suspicion()
    early, late = refused(1, 1.0), refused(2, 3.0)
    suspicion.hold(early)
    suspicion.hold(late)
    assert suspicion.release(2.0) == [early]
    assert suspicion.release() == [late]
