"""The nouns that do something: writing instants and interests down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from digest.model import Interest, InterestKind, Rhythm, Snapshot, iso

ZURICH = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (None, None),
        (datetime(2026, 5, 25, tzinfo=UTC), "2026-05-25"),
        (datetime(2026, 5, 25, 2, tzinfo=ZURICH), "2026-05-25"),
        (datetime(2026, 5, 25, 7, 30, tzinfo=ZURICH), "2026-05-25T05:30:00Z"),
    ],
)
def test_instants_are_written_in_utc_and_days_as_days(moment: datetime | None, text: str | None) -> None:
    assert iso(moment) == text


@pytest.mark.parametrize(
    ("interest", "text"),
    [
        (Interest(InterestKind.WORDS, "diffusion models"), "diffusion models"),
        (Interest(InterestKind.WORDS, "diffusion", 2), "diffusion^2"),
        (Interest(InterestKind.PHRASE, "protein folding", 0.5), '"protein folding"^0.5'),
        (Interest(InterestKind.AUTHOR, "Yann LeCun"), 'author:"Yann LeCun"'),
        (Interest(InterestKind.CATEGORY, "cs.CL"), "cat:cs.CL"),
        (Interest(InterestKind.WORDS, "benchmark", field="title"), "title:benchmark"),
        (Interest(InterestKind.WORDS, "survey", excluded=True), "-survey"),
    ],
)
def test_an_interest_is_written_in_the_interest_language(interest: Interest, text: str) -> None:
    assert str(interest) == text


def test_a_rhythm_is_written_as_people_say_it() -> None:
    days = [frozenset(range(7)), frozenset(range(5)), frozenset({4}), frozenset({0, 3})]
    assert [str(Rhythm(d)) for d in days] == ["daily", "weekdays", "weekly:fri", "weekly:mon+thu"]


def test_a_snapshot_knows_its_hash() -> None:
    taken = datetime(2026, 5, 25, tzinfo=UTC)
    same = [Snapshot("hf", taken, b"[]", place) for place in ("a.json", "b.json")]
    assert same[0].sha256 == same[1].sha256 == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
