"""Letters: an outbox row becomes the bytes that go out.

Nothing rendered is stored. The picks of an edition are frozen and so is everything else that enters,
so that every try of a delivery sends the same message.

Templates are the operator's to edit, and no slip of theirs costs readers a day: where an override fails, or
makes what must not be sent, that message is made with the built-in templates and the fault is remembered.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from digest.errors import MessageError, TemplateError
from digest.mail.fitness import unfit
from digest.mail.message import build
from digest.mail.page import ways_out
from digest.mail.render import render
from digest.mail.verp import unsubscribe_ways

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jinja2 import Environment

    from digest.mail.dkim import Signer
    from digest.mail.tokens import Keyring
    from digest.model import Delivery, Edition, Letterhead, Rendered, Unsubscribe
    from digest.storage import Store

log = logging.getLogger("digest.letters")

MAX_FAULTS = 50
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
    ) -> None:
        self._store, self._letterhead = store, letterhead
        self._environment, self._spare = environment, spare
        self._summary = summary
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
            MessageError: the result would not be valid on the wire.
        """
        edition = self._store.edition(delivery.edition_id)
        unsubscribe = self._unsubscribe(edition)

        def built(rendered: Rendered) -> bytes:
            return build(
                rendered,
                letterhead=self._letterhead,
                delivery=delivery,
                edition=edition,
                unsubscribe=unsubscribe,
                signers=self._signers,
            )

        return self._made(edition, unsubscribe, built)

    def rendered(self, edition: Edition) -> Rendered:
        """Subject, text and HTML of an edition, as in its message.

        Raises:
            TemplateError: the built-in templates fail, too.
        """
        return self._made(edition, self._unsubscribe(edition), lambda rendered: rendered)

    def _unsubscribe(self, edition: Edition) -> Unsubscribe | None:
        if self._keys is None:
            return None
        return unsubscribe_ways(edition.subscriber_id, self._letterhead, self._keys, plus=self._plus)

    def _made(self, edition: Edition, unsubscribe: Unsubscribe | None, finish: Callable[[Rendered], Made]) -> Made:
        """What `finish` makes of the rendered edition; with the built-in templates if it comes to nothing else."""
        try:
            return finish(self._fit(edition, unsubscribe, self._environment))
        except (TemplateError, MessageError) as error:
            if self._spare is None:
                raise
            made = finish(self._fit(edition, unsubscribe, self._spare))
            self._remember(str(error))
            return made

    def _fit(self, edition: Edition, unsubscribe: Unsubscribe | None, environment: Environment) -> Rendered:
        subscriber = self._store.subscriber(edition.subscriber_id)
        rendered = render(edition, subscriber, self._letterhead, environment, unsubscribe, summary=self._summary)
        if fault := unfit(rendered, ways_out(self._letterhead, unsubscribe)):
            raise TemplateError(": ".join(fault))
        return rendered

    def _remember(self, fault: str) -> None:
        """Keep `fault` and log it, the first time it is met."""
        if fault in self._faults or len(self._faults) >= MAX_FAULTS:
            return
        self._faults[fault] = None
        log.error("template fault=%r, the built-in templates are used; see `digest templates check`", fault)
