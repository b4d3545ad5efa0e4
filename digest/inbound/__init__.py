"""Mail that comes in: from a pipe, over LMTP, out of a mailbox; each message goes to `services.intake`.

The pipe is `digest receive`; `lmtp.py` listens and `imap.py` looks into a mailbox while `digest serve` runs.
All of them say "done" only when a message has been taken in, so that what fails is handed over again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from digest.app import App
    from digest.services.taken import Taken
    from digest.storage import Store

Take: TypeAlias = Callable[[bytes, str, str | None], object]
"""Takes in a message, its recipient ("" where not known) and its sender (None where not known).

Raises StorageError where it must be handed over again.
"""

MAX_MESSAGE = 10_000_000
"""The largest message, in bytes, that a listener takes."""


def intake(
    app: App, store: Store, nudge: Callable[[], None] | None = None
) -> Callable[[bytes, str, str | None], Taken]:
    """What takes a message in, for this installation.

    Args:
        nudge: asks for a tick at once, so that whoever writes need not wait for the answer.

    Raises:
        ConfigError: there is no secret.
    """
    from digest.app.pages import command_rules
    from digest.services.intake import TakenKind, take_in

    keys, rules, commands = app.keyring(), app.bounce_rules(), command_rules(app)

    def take(message: bytes, recipient: str, sender: str | None) -> Taken:
        now = app.clock()
        taken = take_in(store, keys, rules, message, now, recipient=recipient, sender=sender, commands=commands)
        if nudge is not None and taken.kind in (TakenKind.COMMAND, TakenKind.CONFIRM):
            nudge()
        return taken

    return take
