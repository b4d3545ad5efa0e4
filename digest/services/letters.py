"""Letters: an outbox row becomes the bytes that go out.

Nothing rendered is stored. The picks of an edition are frozen and so is everything else that enters,
so that every try of a delivery sends the same message. The letters that are no editions (`mail/letters.py`) stand in
the same outbox, and are made of the request, the subscriber or the words that their row names.

Templates are the operator's to edit, and no slip of theirs costs readers a day: where an override fails, or
makes what must not be sent, that message is made with the built-in templates and the fault is remembered.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar

from digest.errors import MessageError, TemplateError
from digest.mail.fields import by_mail
from digest.mail.fitness import unfit
from digest.mail.letters import answer_facts, confirm_facts, letter, subscriber_facts
from digest.mail.letters import unfit as unfit_letter
from digest.mail.message import build, build_letter
from digest.mail.page import page_links, ways_out
from digest.mail.render import render
from digest.mail.verp import unsubscribe_ways
from digest.model import DeliveryKind, Subscriber
from digest.services import enrol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jinja2 import Environment

    from digest.mail.dkim import Signer
    from digest.mail.links import Links
    from digest.mail.tokens import Keyring
    from digest.model import Delivery, Edition, Letterhead, Rendered, Unsubscribe
    from digest.storage import Store

log = logging.getLogger("digest.letters")

MAX_FAULTS = 50
_TO_SUBSCRIBERS = (DeliveryKind.KNOWN, DeliveryKind.LINK)
Made = TypeVar("Made")


class LetterWriter:
    """Renders, builds and signs the messages of one installation.

    Args:
        store: where editions and subscribers are read.
        letterhead: what each message says of its sender.
        environment: the templates.
        keys: sign the links by which a subscriber leaves; without them there is one way for all.
        plus: whether the unsubscribe address takes a token behind a plus sign.
        signers: sign the final bytes, in this order.
        spare: the built-in templates, for messages that `environment` fails at; None where those are the only ones.
        summary: the line that sums up each paper: "sentence", "source" or "none".
        links: where pages are found that letters lead to; None (or paths alone) where there are none.
    """

    def __init__(
        self,
        store: Store,
        letterhead: Letterhead,
        environment: Environment,
        *,
        keys: Keyring | None = None,
        plus: bool = False,
        signers: Sequence[Signer] = (),
        spare: Environment | None = None,
        summary: str = "sentence",
        links: Links | None = None,
    ) -> None:
        self._store, self._letterhead = store, letterhead
        self._environment, self._spare = environment, spare
        self._summary = summary
        self._links = links if links is not None and links.base else None
        self._keys, self._plus, self._signers = keys, plus, tuple(signers)
        self._faults: dict[str, None] = {}

    @property
    def faults(self) -> list[str]:
        """What was wrong with the operator's templates so far, each thing once, at most `MAX_FAULTS`."""
        return list(self._faults)

    def __call__(self, delivery: Delivery) -> bytes:
        """The message of `delivery`: final bytes with CRLF line ends.

        Raises:
            TemplateError: the built-in templates fail, too.
            MessageError: the result would not be valid on the wire, or what it is about is gone.
        """
        if delivery.kind is DeliveryKind.EDITION:
            return self._with_edition(delivery)
        return self._letter(delivery)

    def rendered(self, edition: Edition) -> Rendered:
        """Subject, text and HTML of an edition, as in its message.

        Raises:
            TemplateError: the built-in templates fail, too.
        """
        return self._made(self._drafting(edition, *self._reader(edition)), lambda rendered: rendered)

    def _with_edition(self, delivery: Delivery) -> bytes:
        if delivery.edition_id is None:
            raise MessageError(f"the delivery {delivery.id} has no edition")
        edition = self._store.edition(delivery.edition_id)
        subscriber, unsubscribe = self._reader(edition)

        def built(rendered: Rendered) -> bytes:
            return build(
                rendered,
                letterhead=self._letterhead,
                delivery=delivery,
                edition=edition,
                unsubscribe=unsubscribe,
                signers=self._signers,
            )

        return self._made(self._drafting(edition, subscriber, unsubscribe), built)

    def _letter(self, delivery: Delivery) -> bytes:
        """The message of a letter that is no edition."""
        to = delivery.subscriber_id if delivery.kind in _TO_SUBSCRIBERS else None
        unsubscribe = self._unsubscribe(self._store.subscriber(to)) if to is not None else None
        facts = self._facts(delivery, unsubscribe)

        def drafted(environment: Environment) -> Rendered:
            rendered = letter(delivery.kind, facts, self._letterhead, environment)
            _demand_fit(unfit_letter(delivery.kind, facts, rendered))
            return rendered

        def built(rendered: Rendered) -> bytes:
            return build_letter(
                rendered,
                letterhead=self._letterhead,
                delivery=delivery,
                unsubscribe=unsubscribe,
                signers=self._signers,
            )

        return self._made(drafted, built)

    def _facts(self, delivery: Delivery, unsubscribe: Unsubscribe | None) -> dict[str, Any]:
        """What a letter says.

        Raises:
            MessageError: whom or what it is about is gone, or nothing could be done with it.
        """
        if delivery.kind is DeliveryKind.ANSWER:
            return answer_facts(delivery.content)
        if delivery.kind is DeliveryKind.CONFIRMATION:
            return self._asking(delivery)
        if delivery.subscriber_id is None:
            raise MessageError(f"the delivery {delivery.id} has no subscriber")
        subscriber = self._store.subscriber(delivery.subscriber_id)
        ways = unsubscribe or by_mail(self._letterhead)
        return subscriber_facts(subscriber, self._letterhead, self._links, ways, delivery.content, delivery.created_at)

    def _asking(self, delivery: Delivery) -> dict[str, Any]:
        number = delivery.confirmation_id
        asked = self._store.confirmation(number) if number is not None else None
        if asked is None or self._keys is None:
            raise MessageError(f"the delivery {delivery.id} asks for what is not to be confirmed")
        wishes = Subscriber(id=0, address=asked.address, **enrol.wishes(asked.wishes))
        facts = confirm_facts(asked, wishes, self._letterhead, self._keys, self._links)
        if not facts["confirm_url"] and not facts["confirm_mail"]:
            raise MessageError("there is no way to confirm: digest.web_url and joining.address are both missing")
        return facts

    def _reader(self, edition: Edition) -> tuple[Subscriber, Unsubscribe | None]:
        """Whom an edition is for, and how they leave."""
        subscriber = self._store.subscriber(edition.subscriber_id)
        return subscriber, self._unsubscribe(subscriber)

    def _unsubscribe(self, subscriber: Subscriber) -> Unsubscribe | None:
        if self._keys is None:
            return None
        return unsubscribe_ways(subscriber, self._letterhead, self._keys, plus=self._plus)

    def _drafting(
        self, edition: Edition, subscriber: Subscriber, unsubscribe: Unsubscribe | None
    ) -> Callable[[Environment], Rendered]:
        """What renders `edition` in an environment, if the result may be sent."""
        links = page_links(self._links, edition, subscriber)

        def drafted(environment: Environment) -> Rendered:
            about = (edition, subscriber, self._letterhead, environment, unsubscribe)
            rendered = render(*about, summary=self._summary, links=links)
            _demand_fit(unfit(rendered, ways_out(self._letterhead, unsubscribe)))
            return rendered

        return drafted

    def _made(self, draft: Callable[[Environment], Rendered], finish: Callable[[Rendered], Made]) -> Made:
        """What `finish` makes of the draft; with the built-in templates if it comes to nothing else."""
        try:
            return finish(draft(self._environment))
        except (TemplateError, MessageError) as error:
            if self._spare is None:
                raise
            made = finish(draft(self._spare))
            self._remember(str(error))
            return made

    def _remember(self, fault: str) -> None:
        """Keep `fault` and log it, the first time it is met."""
        if fault in self._faults or len(self._faults) >= MAX_FAULTS:
            return
        self._faults[fault] = None
        log.error("template fault=%r, the built-in templates are used; see `digest templates check`", fault)


def _demand_fit(fault: tuple[str, str] | None) -> None:
    if fault is not None:
        raise TemplateError(": ".join(fault))
