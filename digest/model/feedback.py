"""What a subscriber said of single papers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from digest.model.papers import Paper


class Opinion(StrEnum):
    """What a subscriber thinks of a paper."""

    LIKED = "liked"
    DISLIKED = "disliked"


@dataclass(frozen=True, slots=True)
class Feedback:
    """One subscriber's opinion of one paper; the later of two on the same paper holds, and it can be taken back.

    `paper` is a stored one, or one that was imported: then only its key, title and abstract are known.
    `origin` says where the opinion was given: "cli", "web", "mail" or "import".
    """

    subscriber_id: int
    paper: Paper
    opinion: Opinion
    at: datetime
    origin: str
