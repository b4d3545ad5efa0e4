"""A work that comes again under another name: nobody gets it twice, and nobody misses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest.services import publish as module
from tests.services.parts import Clock, Relay, at, deliver, enrolled, key, keys, listed, publish, put

if TYPE_CHECKING:
    import pytest

    from digest.storage import Store

ONE, SAME = "Sparse Attention for Long Documents", "Sparse attention for long documents"
NEXT, LAST = at("05-26 08:00"), at("05-27 08:00")


def entitled(number: int, title: str = ONE) -> dict[str, Any]:
    """A paper of that title, which says the same as all of that title."""
    return listed(number, title=title, summary=f"We present it in full: {' '.join(f'finding{n}' for n in range(30))}.")


def test_a_work_that_somebody_had_does_not_come_again(store: Store) -> None:
    put(store, entitled(1), 2)
    early = enrolled(store)
    publish(store)
    late = enrolled(store, cutoff=store.last_snapshot())
    put(store, entitled(3, SAME), 4, now=at("05-26 06:00"))
    got = {p.subscriber.id: p.edition for p in publish(store, NEXT)}
    assert (keys(got[early.id]), got[early.id].looked_at) == ([key(4)], 1)
    assert sorted(keys(got[late.id])) == [key(3), key(4)]


def test_a_title_that_comes_every_day_is_many_works(store: Store) -> None:
    enrolled(store)
    for day, number in enumerate((1, 2, 3), 25):
        now = at(f"05-{day} 08:00")
        put(store, listed(number, title="This Week in Robotics and Control", summary=f"Part {number}."), now=now)
        assert [keys(p.edition) for p in publish(store, now)] == [[key(number)]]


def test_a_work_whose_mail_was_never_sent_comes_under_one_of_its_names(store: Store) -> None:
    put(store, entitled(1))
    enrolled(store)
    publish(store)
    put(store, entitled(3, SAME), now=at("05-26 06:00"))
    assert store.expire(NEXT) == 1
    (again,) = publish(store, NEXT)
    assert (len(again.edition.picks), again.edition.looked_at, again.edition.left_out) == (1, 2, 1)


def test_a_work_that_waits_in_the_outbox_is_not_lost_if_it_never_leaves(store: Store) -> None:
    put(store, entitled(1))
    enrolled(store)
    publish(store)
    put(store, entitled(3, SAME), 4, now=at("05-26 06:00"))
    (second,) = publish(store, NEXT)
    assert keys(second.edition) == [key(4)]
    assert store.expire(NEXT) == 1
    deliver(store, Relay(), Clock(NEXT))
    (third,) = publish(store, LAST)
    assert len(keys(third.edition)) == 1
    assert set(keys(third.edition)) < {key(1), key(3)}


def test_a_mail_that_comes_late_does_not_bring_what_was_had_since(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, entitled(1), 2)
    reader = enrolled(store)
    publish(store)
    put(store, entitled(3, SAME), now=at("05-26 06:00"))
    with monkeypatch.context() as before:
        before.setattr(module, "other_names", lambda *_: {})  # as if it came under a title that nobody recognised
        publish(store, NEXT)
    assert store.expire(NEXT) == 1
    (third,) = publish(store, LAST)
    assert (third.subscriber.id, keys(third.edition)) == (reader.id, [key(2)])
