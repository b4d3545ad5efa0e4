"""Trying interests out: the last days as they would have been ranked, the mail that would come, and nothing changed."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest

from digest.editions.compose import Limits
from digest.model import Profile
from digest.ranking.query import parse
from digest.services import learning, trial
from digest.services.guard import Guard
from digest.services.publish import PublishRules
from digest.services.trial import Trials
from digest.storage import create_store
from tests.factories import NOW, subscriber
from tests.services.parts import KEYS, RANKER, RULES, enrolled, key, keys, listed, publish, put

if TYPE_CHECKING:
    from digest.services.trial import Trial
    from digest.storage import Store

DAY = timedelta(days=1)
TOPICS = ("graph neural networks", "protein folding", "diffusion models", "speech recognition", "sparse attention")


def on(number: int, topic: str) -> dict[str, Any]:
    """A paper about `topic`."""
    return listed(number, title=f"{topic.capitalize()} number {number}", summary=f"We study {topic} in case {number}.")


def filled(store: Store, days: int = 7, a_day: int = 5) -> None:
    """Papers on each topic in turn, `a_day` each day, the latest an hour ago."""
    for back in reversed(range(days)):
        some = range(back * a_day, (back + 1) * a_day)
        put(store, *(on(n + 1, TOPICS[n % 5]) for n in some), now=NOW - back * DAY - timedelta(hours=1))


def tried(store: Store, text: str, days: int = 7, rules: PublishRules = RULES) -> Trial:
    return Trials(store, RANKER, rules).of(Profile(parse(text)), NOW, days)


def dump(store: Store) -> dict[str, list[Any]]:
    """Everything that is stored."""
    from digest.storage.schema import metadata

    with store._db.reading() as connection:
        return {table.name: connection.execute(table.select()).all() for table in metadata.sorted_tables}


def test_the_days_are_ranked_with_reasons(store: Store):
    filled(store)
    found = tried(store, "protein folding")
    assert found.looked_at == 35
    assert found.found == 7
    assert {s.paper.title.partition(" number")[0] for s in found.scored} == {"Protein folding"}
    assert all({m.interest for m in s.matches} == {"protein folding"} for s in found.scored)
    assert [s.score for s in found.scored] == sorted((s.score for s in found.scored), reverse=True)


def test_each_day_tells_how_many_came_and_how_many_the_mail_had_held(store: Store):
    filled(store, days=3)
    put(store, *(on(100 + n, "speech recognition") for n in range(4)), now=NOW - timedelta(minutes=5))
    rules = PublishRules(Limits(max_papers=3, also_trending=0), "sent", DAY, "digest.test", KEYS)
    days = tried(store, "speech recognition", rules=rules).days
    assert [(one.day, one.came, one.picked) for one in days] == [
        (NOW.date(), 9, 3),
        ((NOW - DAY).date(), 5, 1),
        ((NOW - 2 * DAY).date(), 5, 1),
    ]


def test_the_mail_is_that_of_a_newcomer_today(store: Store):
    filled(store)
    learning.catch_up(store)
    person = enrolled(store, interests=parse("protein folding, -speech"), cutoff=store.snapshot_before(NOW - DAY))
    found = tried(store, "protein folding, -speech").edition
    made = publish(store)[0].edition
    assert (keys(found), found.looked_at, found.edition_date) == (keys(made), made.looked_at, made.edition_date)
    assert [p.matches for p in found.picks] == [p.matches for p in made.picks]
    assert person.id != found.subscriber_id == 0


def test_after_a_quiet_day_the_mail_is_that_of_the_latest_day_with_papers(store: Store):
    put(store, on(1, "protein folding"), now=NOW - 3 * DAY)
    found = tried(store, "protein folding")
    assert keys(found.edition) == [key(1)]
    assert found.edition.edition_date == (NOW - 2 * DAY).date()


def test_without_papers_there_is_an_empty_mail(store: Store):
    found = tried(store, "protein folding")
    assert (found.looked_at, found.scored, found.days, found.edition.picks) == (0, (), (), ())


def test_only_the_days_asked_for_count(store: Store):
    filled(store)
    assert [tried(store, "graph", days).looked_at for days in (1, 2, 7, 0, 10_000)] == [5, 10, 35, 5, 35]


def test_what_an_exclusion_hides_is_not_shown_and_not_counted(store: Store):
    filled(store)
    found = tried(store, "protein folding, -number")
    assert (found.found, found.scored, found.edition.picks) == (0, (), ())
    assert "hides" in {str(i): words for i, words in found.advice}["-number"]


def test_nothing_asked_for_ranks_as_trending(store: Store):
    filled(store)
    found = tried(store, "")
    assert found.scored[0].paper.upvotes == 35
    assert found.found == 35


def test_advice_is_given_on_what_is_too_broad_or_matches_nothing(store: Store):
    filled(store)
    found = tried(store, "number, quantum gravity, protien folding, graph neural networks")
    assert [(str(interest), words) for interest, words in found.advice] == [
        ("number", "matches nearly every paper (100%), so it says nothing"),
        ("quantum gravity", "matches nothing"),
        ("protien folding", 'matches nothing; did you mean "protein folding"?'),
    ]


def test_advice_does_not_go_on_for_ever(store: Store):
    filled(store)
    found = tried(store, "\n".join([f"xyzzy{n}" for n in range(60)] + ["y" * 150]))
    assert len(found.advice) == trial.ADVISED


def test_trying_out_changes_nothing(store: Store):
    filled(store)
    learning.catch_up(store)
    before = dump(store)
    trials = Trials(store, RANKER, RULES)
    for text in ("protein folding", "a word never met, -graph, author:Lovelace, cat:cs", ""):
        trials.of(Profile(parse(text)), NOW)
    assert dump(store) == before


def test_what_the_store_learned_of_an_interest_counts(store: Store):
    filled(store)
    learning.catch_up(store)
    store.keep_expansions(35, {"protein folding": {"speech": 0.8, "recognition": 0.6}})
    with_hints = tried(store, "protein folding")
    assert with_hints.found == 7
    trials = Trials(store, RANKER, RULES)
    ranked = trials.of(Profile(parse("protein folding")), NOW)
    assert ranked == with_hints


def test_what_the_store_never_met_is_learned_from_the_days_at_hand_as_a_tick_would(store: Store):
    filled(store)
    learning.catch_up(store)
    taste = Profile(parse("protein folding, diffusion models^2"))
    found = Trials(store, RANKER, RULES).of(taste, NOW)
    past = learning.known(store, RANKER, [taste], Guard())
    index = RANKER.prepare(store.papers_new(0, store.last_snapshot()), past)
    assert list(found.scored) == list(index.rank(taste)[: len(found.scored)])


def test_a_trial_is_the_same_whoever_asked_before(store: Store):
    filled(store)
    learning.catch_up(store)
    trials = Trials(store, RANKER, RULES)
    texts = ("protein folding", "graph^3, -speech", "author:Lovelace", "protein folding, graph")
    first = [trials.of(Profile(parse(text)), NOW) for text in texts]
    again = [trials.of(Profile(parse(text)), NOW) for text in reversed(texts)]
    assert again[::-1] == first == [tried(store, text) for text in texts]


def test_new_papers_are_there_at_once(store: Store):
    filled(store)
    trials, taste = Trials(store, RANKER, RULES), Profile(parse("protein folding"))
    before = trials.of(taste, NOW)
    put(store, on(200, "protein folding"), now=NOW)
    assert trials.of(taste, NOW).looked_at == before.looked_at + 1


def test_a_day_later_the_oldest_day_is_gone(store: Store):
    filled(store)
    trials, taste = Trials(store, RANKER, RULES), Profile(parse("protein folding"))
    assert [trials.of(taste, NOW + n * DAY).looked_at for n in range(3)] == [35, 30, 25]


def test_it_is_tried_for_somebody_with_wishes_of_their_own(store: Store):
    filled(store)
    person = subscriber(id=7, zone="Pacific/Kiritimati", max_papers=1)
    found = Trials(store, RANKER, RULES).of(Profile(parse("number")), NOW, subscriber=person)
    assert found.edition.edition_date == NOW.date()
    assert len(found.edition.picks) == 1
    assert found.subscriber.interests == parse("number")
    assert found.days[0].day == NOW.date()


def test_many_threads_get_what_one_gets(store: Store, file_url: str):
    with create_store(file_url) as shared:
        filled(shared)
        trials = Trials(shared, RANKER, RULES)
        texts = ["protein folding", "graph, -speech", "diffusion models^2", "sparse attention, author:Turing"] * 6
        alone = [tried(shared, text) for text in texts]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda text: trials.of(Profile(parse(text)), NOW), texts)) == alone


def test_what_strangers_ask_does_not_fill_the_memory(store: Store, monkeypatch: pytest.MonkeyPatch):
    filled(store)
    monkeypatch.setattr(trial, "REMEMBERED", 35 * 50)
    trials = Trials(store, RANKER, RULES)

    def ask(numbers: range) -> int:
        for n in numbers:
            trials.of(Profile(parse(f"word{n} graph, other{n} folding, third{n}")), NOW)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first = ask(range(30))
        second = ask(range(30, 150))
    finally:
        tracemalloc.stop()
    assert second < first + 2_000_000


@pytest.mark.slow
def test_a_thousand_papers_are_ranked_fast_and_faster_the_next_time(store: Store):
    words = [word for topic in TOPICS for word in topic.split()] + ["deep"]
    for back in range(5):
        some = [
            listed(
                n,
                title=f"{words[n % len(words)]} {words[n // len(words) % len(words)]} {n}",
                summary=" ".join(words[(n + k) % len(words)] for k in range(150)),
            )
            for n in range(back * 200, back * 200 + 200)
        ]
        put(store, *some, now=NOW - (5 - back) * DAY + timedelta(hours=1))
    learning.catch_up(store)
    trials = Trials(store, RANKER, RULES)
    taken = []
    for text in ("protein folding, graph", "speech, sparse models", "speech, sparse models"):
        begun = process_time()
        assert trials.of(Profile(parse(text)), NOW).looked_at == 1000
        taken.append(process_time() - begun)
    assert taken[0] < 3
    assert max(taken[1:]) < taken[0]
