"""What a message that came in was taken for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.model import Suppression


class TakenKind(StrEnum):
    """What a message turned out to be; `IGNORED` is everything that is not acted on."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    CONFIRM = "confirm"
    COMMAND = "command"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Taken:
    """What was done with a message: `what` in one sentence without any address, and to whom.

    `suppression` is given where one came of it.
    """

    kind: TakenKind
    what: str
    delivery_id: int | None = None
    subscriber_id: int | None = None
    suppression: Suppression | None = None
