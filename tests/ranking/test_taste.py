"""Liked and disliked papers: what is like them rises and falls, and chance alone moves nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from digest.model import LIKED, Interest, InterestKind, Match, Paper, Profile
from digest.ranking import Past, prepare
from digest.ranking.background import count
from digest.ranking.taste import blended

if TYPE_CHECKING:
    from pathlib import Path

FROG = "Frogs call at night near ponds. Males sing louder where ponds are small."
NEWT = "Newts sing at night near ponds, louder where males are many and ponds small."
BOND = "Bonds are priced by the interest that lenders expect when markets are calm."
LOAN = "Lenders expect interest on loans that markets price when banks are calm."


def papers() -> list[Paper]:
    """Two on pond life, two on money; those on money with more votes."""
    rows = {"frog": FROG, "newt": NEWT, "bond": BOND, "loan": LOAN}
    return [Paper(key, key.title(), abstract=text, upvotes=n) for n, (key, text) in enumerate(rows.items())]


def liking(*keys: str, disliked: str = "", interests: tuple[Interest, ...] = ()) -> Profile:
    by_key = {p.key: p for p in papers()}
    return Profile(interests, tuple(by_key[k] for k in keys), (by_key[disliked],) if disliked else ())


def order(profile: Profile) -> list[str]:
    return [scored.paper.key for scored in prepare(papers()).rank(profile)]


def test_what_is_like_a_liked_paper_comes_first() -> None:
    assert order(liking("frog")) == ["frog", "newt", "loan", "bond"]
    assert order(liking("bond"))[:2] == ["bond", "loan"]


def test_what_is_like_a_disliked_paper_falls() -> None:
    wanted = (Interest(InterestKind.WORDS, "night"), Interest(InterestKind.WORDS, "markets"))
    before, after = order(liking(interests=wanted)), order(liking(disliked="frog", interests=wanted))
    assert set(before[:2]) != {"bond", "loan"} or before == after
    assert after[:2] == ["loan", "bond"]


def test_a_pick_says_which_liked_paper_it_is_like() -> None:
    first, second, *rest = prepare(papers()).rank(liking("frog", "bond"))
    assert {s.paper.key: s.matches for s in (first, second)} == {
        "frog": (Match("Frog", LIKED, 1),),
        "bond": (Match("Bond", LIKED, 1),),
    }
    assert [s.aspects for s in (first, second, *rest) if s.matches] == [
        ((LIKED, pytest.approx(s.score)),) for s in (first, second, *rest) if s.matches
    ]


def test_likes_and_interests_add_up() -> None:
    wanted = (Interest(InterestKind.WORDS, "ponds"),)
    both = {s.paper.key: s for s in prepare(papers()).rank(liking("frog", interests=wanted))}
    assert [name for name, _ in both["newt"].aspects] in (["ponds", LIKED], [LIKED, "ponds"])
    assert {m.interest for m in both["newt"].matches} == {"ponds", "Frog"}
    alone = {s.paper.key: s for s in prepare(papers()).rank(Profile(wanted))}
    assert both["newt"].score > alone["newt"].score


def test_an_aspect_is_the_score_that_it_would_give_alone() -> None:
    wanted = (Interest(InterestKind.WORDS, "ponds", 2.0),)
    both = {s.paper.key: dict(s.aspects) for s in prepare(papers()).rank(liking("frog", interests=wanted))}
    alone = {s.paper.key: s for s in prepare(papers()).rank(Profile(wanted))}
    assert both["newt"]["ponds^2"] == pytest.approx(alone["newt"].score)
    assert dict(alone["newt"].aspects) == {"ponds^2": pytest.approx(alone["newt"].score)}


def test_few_papers_are_like_others_by_chance(captures: Path) -> None:
    found: dict[str, Paper] = {}
    for file in sorted((captures / "hf_daily_json").glob("*.json"))[:40]:
        for entry in json.loads(file.read_text("utf-8")):
            row = entry["paper"]
            found[row["id"]] = Paper(row["id"], row["title"], abstract=row.get("summary") or "")
    known = list(found.values())
    index = prepare(known[:300], Past(count(known)))
    for liked in (known[-1:], known[-20::4], known[-100::5]):
        like = [s for s in index.rank(Profile(liked=tuple(liked))) if s.matches]
        assert len(like) < 0.15 * 300


def test_the_nearest_two_count() -> None:
    each = np.array([[0.0, 0.9], [0.5, 0.1], [1.0, 0.2]])
    assert blended(np.zeros(2), each).tolist() == pytest.approx([0.35 * 0.75, 0.35 * 0.55])
    assert blended(np.zeros(2), each[:1]).tolist() == pytest.approx([0.0, 0.35 * 0.9])


def test_liked_papers_without_words_like_nothing() -> None:
    found = prepare(papers()).rank(Profile(liked=(Paper("empty", ""),)))
    assert {(s.score, s.matches) for s in found} == {(0.0, ())}
    assert [s.paper.key for s in found] == ["loan", "bond", "newt", "frog"]


def test_nothing_to_rank() -> None:
    assert list(prepare([]).rank(liking("frog", disliked="bond"))) == []
