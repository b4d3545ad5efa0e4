"""The nouns: frozen values that the whole package speaks in. No I/O, no clock.

Every instant is an aware `datetime` in UTC; where a source knows only a day, the instant is that
day's midnight UTC (`iso` writes such an instant as the bare date). Text in these values is plain
Unicode: white space folded, no markup, no control or bidi characters; it is *not* escaped.
Empty means unknown: "" for text, () for lists, None for numbers and dates.

One module for each group of nouns; everybody imports them from here.
"""

from __future__ import annotations

from digest.model.bounces import Bounce, BounceKind, DomainPause, Suppression, SuppressionReason
from digest.model.editions import Block, Edition, Letterhead, Pick, Rendered, Unsubscribe
from digest.model.feedback import Feedback, Opinion
from digest.model.interests import LIKED, MEANING, Interest, InterestKind, Match, Profile, Scored
from digest.model.joining import MONTH, SHARES, Caps, Confirmation, Demand, Origin, TurnedAway
from digest.model.moments import iso, midnight
from digest.model.outbox import Delivery, DeliveryKind, DeliveryStatus, Envelope, Outcome, Receipt
from digest.model.papers import Change, Freshness, Paper, Sighting, Standing, VoteCount
from digest.model.sources import (
    Announcement,
    Entry,
    Links,
    Look,
    Reading,
    Reject,
    Snapshot,
    SourceSpec,
    SourceState,
    Verdict,
)
from digest.model.subscribers import DAILY, WEEKDAYS, EmptyPolicy, Rhythm, Subscriber, SubscriberStatus

__all__ = [
    "DAILY",
    "LIKED",
    "MEANING",
    "MONTH",
    "SHARES",
    "WEEKDAYS",
    "Announcement",
    "Block",
    "Bounce",
    "BounceKind",
    "Caps",
    "Change",
    "Confirmation",
    "Delivery",
    "DeliveryKind",
    "DeliveryStatus",
    "Demand",
    "DomainPause",
    "Edition",
    "EmptyPolicy",
    "Entry",
    "Envelope",
    "Feedback",
    "Freshness",
    "Interest",
    "InterestKind",
    "Letterhead",
    "Links",
    "Look",
    "Match",
    "Opinion",
    "Origin",
    "Outcome",
    "Paper",
    "Pick",
    "Profile",
    "Reading",
    "Receipt",
    "Reject",
    "Rendered",
    "Rhythm",
    "Scored",
    "Sighting",
    "Snapshot",
    "SourceSpec",
    "SourceState",
    "Standing",
    "Subscriber",
    "SubscriberStatus",
    "Suppression",
    "SuppressionReason",
    "TurnedAway",
    "Unsubscribe",
    "Verdict",
    "VoteCount",
    "iso",
    "midnight",
]
