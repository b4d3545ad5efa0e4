"""Suspicion: whether refusals that say nothing certain are about readers, or about us.

No table knows all the words with which a mail server may refuse us. But no mail server refuses, one after another,
readers of different domains for faults of their own, with nothing taken in between. So a refusal that might be ours is
not written down at once: the next message that is taken says that it was about its reader, and a few more refusals in
other domains that it was not. Nothing was taken, so what is lost with this memory is only tried once more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.errors import TransportError
    from digest.mail.meaning import Meaning
    from digest.services.desk import Ticket

DOMAINS, READERS = 3, 5
"""So many different domains, or readers, refused in a row are no accident of theirs."""


@dataclass(frozen=True, slots=True)
class HeldRefusal:
    """A refusal that is not written down yet."""

    ticket: Ticket
    error: TransportError
    meaning: Meaning


@dataclass(slots=True)
class Suspicion:
    """The refusals in a row since a message was taken. Not for several threads at a time."""

    held: list[HeldRefusal] = field(default_factory=list)

    certain: bool = False
    """Whether it is known that the refusals of this round are about us."""

    def hold(self, refusal: HeldRefusal) -> bool:
        """Keep a refusal; whether those that are kept now must be about us."""
        self.held.append(refusal)
        refused = [kept.ticket.delivery for kept in self.held]
        domains, readers = {one.domain for one in refused}, {one.recipient for one in refused}
        self.certain = self.certain or len(domains) >= DOMAINS or len(readers) >= READERS
        return self.certain

    def release(self, begun: float = math.inf) -> list[HeldRefusal]:
        """Those that were kept, and are not any more: of messages that began before one that `begun` then.

        Several are under way at a time: one that began before the refusals, and was taken, says nothing of them.
        """
        released = [kept for kept in self.held if kept.ticket.permit.started <= begun]
        self.held = [kept for kept in self.held if kept not in released]
        return released
