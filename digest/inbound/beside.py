"""What runs beside the ticks of `digest serve` while mail comes in: the LMTP listener and the looks into a mailbox."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from digest.config.addresses import split_listener
from digest.inbound import intake

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.app import App
    from digest.inbound import Take
    from digest.inbound.imap import ImapSettings
    from digest.inbound.lmtp import Listener
    from digest.storage import Store

log = logging.getLogger("digest.inbound")

_LISTEN_AGAIN = 60


class Listening:
    """Sees that the listener listens: a place that is taken now may be free in a minute."""

    name, every = "lmtp", _LISTEN_AGAIN

    def __init__(self, listener: Listener) -> None:
        self._listener, self._ended = listener, False

    def look(self) -> None:
        """Start the listener if it is not running."""
        if not self._ended and not self._listener.listening:
            self._listener.start()

    def stop(self) -> None:
        """Stop the listener for good."""
        self._ended = True
        self._listener.stop()


class Polling:
    """Looks into a mailbox."""

    name = "imap"

    def __init__(self, settings: ImapSettings, take: Take, every: int) -> None:
        self._settings, self._take, self.every = settings, take, every
        self._ended = threading.Event()

    def look(self) -> None:
        """Take in what is unread."""
        from digest.inbound.imap import poll

        taken = poll(self._settings, self._take, self._ended.is_set)
        log.info("mailbox place=%s taken=%d", self._settings.place, taken)

    def stop(self) -> None:
        """End the look in hand before its next message."""
        self._ended.set()


def beside(app: App, store: Store, nudge: Callable[[], None] | None = None) -> list[Listening | Polling]:
    """What the configuration asks for.

    Args:
        nudge: wakes the scheduler of this process when there is something to answer.

    Raises:
        ConfigError: the password of the mailbox, or the secret, is not to be had.
    """
    inbound, found = app.config.inbound, list[Listening | Polling]()
    if inbound.lmtp:
        from digest.inbound.lmtp import Listener

        found.append(Listening(Listener(*split_listener(inbound.lmtp), intake(app, store, nudge))))
    if inbound.imap_host:
        found.append(Polling(mailbox_of(app), intake(app, store, nudge), inbound.imap_every))
    return found


def mailbox_of(app: App) -> ImapSettings:
    """The mailbox of the configuration.

    Raises:
        ConfigError: there is none, or its password is not to be had.
    """
    from digest.errors import ConfigError
    from digest.inbound.imap import ImapSettings

    inbound = app.config.inbound
    if not inbound.imap_host:
        raise ConfigError(["inbound.imap_host: missing: there is no mailbox to look into"], str(app.config.place))
    return ImapSettings(
        host=inbound.imap_host,
        port=inbound.usual_imap_port,
        username=inbound.imap_username,
        password=app.config.imap_password(),
        security=inbound.imap_security,
        folder=inbound.imap_folder,
        done=inbound.imap_done,
        ca_file=inbound.imap_ca_file,
    )
