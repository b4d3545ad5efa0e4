"""When an address is given up: tables of histories, and what holds for every history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.scoring import BounceRules
from digest.model import Bounce, BounceKind, SuppressionReason

DAY = timedelta(days=1)
START = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
RULES = BounceRules()
DEAD, BOUNCES, COMPLAINT = SuppressionReason.DEAD, SuppressionReason.BOUNCES, SuppressionReason.COMPLAINT


def day(number: float) -> datetime:
    """So many days after the first of these tests."""
    return START + number * DAY


def history(kind: str, *days: float) -> list[Bounce]:
    """Bounces of one kind on these days."""
    return [Bounce("hash", BounceKind(kind), day(number)) for number in days]


def judged(*bounces: Bounce, took: float | None = -1, rules: BounceRules = RULES, after: float = 0) -> object:
    """The judgement at the last bounce, or so many days after it."""
    now = max((bounce.at for bounce in bounces), default=START) + after * DAY
    return rules.judge(bounces, None if took is None else day(took), now)


def test_nothing_bad_is_no_reason() -> None:
    assert judged() is None
    assert judged(took=None) is None


@pytest.mark.parametrize(
    ("days", "took", "reason"),
    [
        ([0], None, DEAD),  # it never took anything
        ([0], -1, None),  # it did, yesterday: ask once more
        ([0, 0.99], -1, None),  # too soon to be sure
        ([0, 1], -1, DEAD),
        ([1, 0], -1, DEAD),  # whatever the order
        ([0, 30], -1, DEAD),  # nothing got through between them
        ([0, 2], 1, None),  # something did
        ([0, 2, 3], 1, DEAD),  # the count began anew
        ([0, 1], 5, None),  # it takes mail again
        ([0], 0, None),  # that very moment
    ],
)
def test_hard_bounces(days: list[float], took: float | None, reason: object) -> None:
    assert judged(*history("hard", *days), took=took) is reason


def test_without_confirmation_the_first_hard_bounce_is_enough() -> None:
    rules = BounceRules(confirm=timedelta(0))
    assert judged(*history("hard", 0), rules=rules) is DEAD
    assert judged(*history("hard", 0), took=1, rules=rules) is None


@pytest.mark.parametrize(
    ("days", "after", "reason"),
    [
        ([0, 1, 2, 3], 0, None),
        ([0, 1, 2, 3, 4], 0, BOUNCES),
        ([4, 0, 3, 1, 2], 0, BOUNCES),
        ([0, 0.1, 0.2, 0.3, 0.4, 0.5], 0, None),  # one day is one point
        ([0.70, 0.72], 0, None),
        ([0, 7, 14, 21, 28], 0, BOUNCES),  # never more than a week between two
        ([0, 1, 2, 3, 10.1], 0, None),  # more than a week: begins anew
        ([0, 1, 2, 3, 4], 7, BOUNCES),
        ([0, 1, 2, 3, 4], 7.1, None),  # past and forgotten
    ],
)
def test_soft_bounces(days: list[float], after: float, reason: object) -> None:
    assert judged(*history("soft", *days), after=after) is reason


def test_a_day_is_a_day_in_utc() -> None:
    before_midnight = START.replace(hour=23, minute=59)
    two = [
        Bounce("hash", BounceKind.SOFT, before_midnight),
        Bounce("hash", BounceKind.SOFT, before_midnight + timedelta(minutes=2)),
    ]
    assert judged(*two, rules=BounceRules(threshold=2)) is BOUNCES
    assert judged(*two, rules=BounceRules(threshold=3)) is None


def test_refusals_for_policy_never_count() -> None:
    assert judged(*history("policy", *range(100)), took=None) is None


def test_kinds_do_not_add_up() -> None:
    assert judged(*history("soft", 0, 1, 2, 3), *history("hard", 4)) is None


def test_one_complaint_is_enough_whatever_else_happened() -> None:
    assert judged(*history("complaint", 0), took=5) is COMPLAINT
    assert judged(*history("complaint", 0), *history("hard", 1), took=None) is COMPLAINT


kinds = st.sampled_from(list(BounceKind))
bounces = st.builds(
    lambda kind, days: Bounce("hash", kind, day(days)), kinds, st.floats(0, 60, allow_nan=False).map(float)
)
histories = st.lists(bounces, max_size=12)
moments = st.none() | st.floats(-5, 65, allow_nan=False).map(day)
rules = st.builds(
    BounceRules,
    threshold=st.integers(1, 8),
    stale=st.integers(1, 20).map(lambda days: days * DAY),
    confirm=st.integers(0, 5).map(lambda days: days * DAY),
)


@given(histories, moments, rules, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(
    past: list[Bounce], took: datetime | None, rules: BounceRules, chance
) -> None:
    shuffled = past * 2
    chance.shuffle(shuffled)
    assert rules.judge(shuffled, took, day(60)) is rules.judge(past, took, day(60))


@given(histories, bounces, st.none() | st.floats(-5, 0).map(day), rules)
def test_worse_news_never_helps(past: list[Bounce], more: Bounce, took: datetime | None, rules: BounceRules) -> None:
    now = day(60)
    if rules.judge(past, took, now) is not None:
        assert rules.judge([*past, more], took, now) is not None


@given(histories, moments, rules)
def test_a_reason_has_bounces_of_its_kind(past: list[Bounce], took: datetime | None, rules: BounceRules) -> None:
    reason = rules.judge(past, took, day(60))
    needed = {DEAD: BounceKind.HARD, BOUNCES: BounceKind.SOFT, COMPLAINT: BounceKind.COMPLAINT}
    if reason is not None:
        assert needed[reason] in {bounce.kind for bounce in past}


@given(histories, rules)
def test_mail_that_is_taken_now_saves_from_death(past: list[Bounce], rules: BounceRules) -> None:
    assert rules.judge(past, day(61), day(61)) is not DEAD
