"""Letters: an outbox row becomes the bytes that go out.

Nothing rendered is stored. The picks of an edition are frozen and so is everything else that enters,
so that every try of a delivery sends the same message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.mail.message import build
from digest.mail.render import render

if TYPE_CHECKING:
    from jinja2 import Environment

    from digest.model import Delivery, Edition, Letterhead, Rendered
    from digest.storage import Store


class LetterWriter:
    """Renders and builds the messages of one installation.

    Args:
        store: where editions and subscribers are read.
        letterhead: what each message says of its sender.
        environment: the templates.
    """

    def __init__(self, store: Store, letterhead: Letterhead, environment: Environment) -> None:
        self._store, self._letterhead, self._environment = store, letterhead, environment

    def __call__(self, delivery: Delivery) -> bytes:
        """The message of `delivery`: final bytes with CRLF line ends.

        Raises:
            TemplateError: a template does not render.
            MessageError: the result would not be valid on the wire.
        """
        edition = self._store.edition(delivery.edition_id)
        return build(self.rendered(edition), letterhead=self._letterhead, delivery=delivery, edition=edition)

    def rendered(self, edition: Edition) -> Rendered:
        """Subject, text and HTML of an edition."""
        subscriber = self._store.subscriber(edition.subscriber_id)
        return render(edition, subscriber, self._letterhead, self._environment)
