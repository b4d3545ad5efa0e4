"""A preview shows the very bytes that the tick then sends, and changes nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, time
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest

from digest.editions.timetable import parse_rhythm
from digest.errors import UsageError
from digest.model import Block, EmptyPolicy, Opinion, SubscriberStatus
from digest.ranking.query import parse_all
from digest.services import enrol
from digest.services.preview import NOBODY, Preview, Request, preview
from digest.services.tick import tick
from digest.storage import create_store, open_store, scratch_store
from tests.conftest import CHECKOUT
from tests.factories import NOW
from tests.services.meaning import ByMeaning, HashedWords
from tests.services.parts import (
    RANKER,
    RULES,
    Clock,
    Relay,
    at,
    drop,
    enrolled,
    key,
    keys,
    letters,
    line,
    listed,
    say,
    spool,
)

if TYPE_CHECKING:
    from pathlib import Path

    from digest.ranking import Ranker

READER = "reader@example.test"
FOR_READER = Request(address=READER)


def show(
    url: str | None,
    *folders: Path,
    request: Request = FOR_READER,
    now: datetime = NOW,
    ranker: Ranker = RANKER,
    **more: Any,
) -> Preview:
    """A preview on a copy of that store (None: on an empty one)."""
    sources = [spool(folder) for folder in folders]
    with scratch_store(url) as store:
        return preview(store, sources, ranker, RULES, letters(store), request, now, **more)


def run(url: str, folder: Path, now: datetime = NOW, ranker: Ranker = RANKER) -> dict[str, bytes]:
    """A tick on the store itself; what was sent to whom."""
    relay = Relay()
    with open_store(url) as store:
        tick(line(store, folder, transport=relay, ranker=ranker), Clock(now))
    return dict(relay.taken)


def enrol_reader(url: str, **fields: Any) -> None:
    with create_store(url) as store:
        enrolled(store, address=READER, **fields)


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder: when it was changed, and its bytes."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in [folder, *folder.rglob("*")]
    }


SUBJECTS = ("zebrafish larvae brain", "compiler register allocation", "tidal energy turbine")


def about(*numbers: int) -> list[dict[str, Any]]:
    """Papers on one of three subjects each, by their numbers; not all use the first word of theirs."""
    words = [SUBJECTS[n % 3].split() for n in numbers]
    return [
        listed(n, title=f"Number {n}", summary=f"We look into {' '.join(named if n % 2 else named[1:])}, case {n}.")
        for n, named in zip(numbers, words, strict=True)
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"interests": parse_all(["case", "author:lovelace^2"])},
        {"zone": "Pacific/Auckland", "max_papers": 2},
        {"interests": parse_all(["zeppelins"]), "empty": EmptyPolicy.NOTE},
    ],
)
def test_the_tick_sends_what_the_preview_showed(file_url: str, spool_folder: Path, fields: dict[str, Any]) -> None:
    enrol_reader(file_url, **fields)
    drop(spool_folder, "2026-05-25.json", 1, 2, 3)
    shown = show(file_url, spool_folder)
    assert run(file_url, spool_folder) == {READER: shown.message}


@pytest.mark.parametrize("ranker", [RANKER, ByMeaning()])
def test_the_tick_sends_what_the_preview_showed_also_where_there_is_something_to_learn(
    file_url: str, spool_folder: Path, ranker: Ranker, tmp_path: Path
) -> None:
    drop(spool_folder, "2026-05-24.json", *about(*range(1, 31)))
    run(file_url, spool_folder, ranker=ranker)
    with open_store(file_url) as store:
        reader = enrolled(store, address=READER, interests=parse_all(["zebrafish", "-register"]), cutoff=1)
        say(store, reader, 2, 5)
        say(store, reader, 4, opinion=Opinion.DISLIKED)
    drop(spool_folder, "2026-05-25.json", *about(*range(31, 43)))
    before = state(tmp_path)
    shown = show(file_url, spool_folder, ranker=ranker)
    assert (state(tmp_path), shown.problems) == (before, [])
    assert shown.edition.block(Block.RANKED)
    assert run(file_url, spool_folder, ranker=ranker) == {READER: shown.message}
    with open_store(file_url) as store:
        assert (store.counted_papers(), set(store.expansions(["zebrafish", "register"]))) == (
            42,
            {"zebrafish", "register"},
        )


def test_the_next_day_is_shown_as_it_will_be_sent(file_url: str, spool_folder: Path) -> None:
    enrol_reader(file_url)
    drop(spool_folder, "2026-05-25.json", listed(1, version=1), 2)
    run(file_url, spool_folder)
    drop(spool_folder, "2026-05-26.json", listed(1, version=2), 2, 3)
    shown = show(file_url, spool_folder, now=at("05-26 05:00"))
    assert shown.edition.edition_date == date(2026, 5, 26)
    assert [(p.block, p.paper.key) for p in shown.edition.picks] == [
        (Block.TRENDING, key(3)),
        (Block.REVISED, key(1)),
    ]
    assert run(file_url, spool_folder, at("05-26 07:00")) == {READER: shown.message}


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({"send_at": time(10, 0)}, "05-25 10:00"),
        ({"rhythm": parse_rhythm("weekly:fri")}, "05-29 07:00"),
        ({"zone": "America/New_York"}, "05-25 11:00"),
    ],
)
def test_a_newcomer_is_shown_the_edition_of_the_first_due_time(
    file_url: str, spool_folder: Path, fields: dict[str, Any], due: str
) -> None:
    enrol_reader(file_url, **fields)
    drop(spool_folder, "2026-05-25.json", 1)
    shown = show(file_url, spool_folder)
    assert shown.edition.edition_date == at(due).date()
    assert run(file_url, spool_folder) == {}
    assert run(file_url, spool_folder, at(due)) == {READER: shown.message}


def test_nothing_on_disk_changes(file_url: str, spool_folder: Path, tmp_path: Path) -> None:
    enrol_reader(file_url)
    drop(spool_folder, "2026-05-25.json", 1)
    run(file_url, spool_folder)
    drop(spool_folder, "2026-05-26.json", 2)
    before = state(tmp_path)
    for request in (FOR_READER, Request(), Request(address=READER, on=date(2026, 5, 25))):
        show(file_url, spool_folder, request=request, now=at("05-26 08:00"))
    assert state(tmp_path) == before


HOLD = """
import sys
from digest.storage import open_store
from tests.services.parts import enrolled
with open_store(sys.argv[1]) as store:
    enrolled(store, id=0, address="other@example.test")
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_nothing_on_disk_changes_while_another_process_has_the_store_open(
    file_url: str, spool_folder: Path, tmp_path: Path
) -> None:
    enrol_reader(file_url)
    drop(spool_folder, "2026-05-25.json", 1)
    command = [sys.executable, "-c", HOLD, file_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=CHECKOUT) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        before = state(tmp_path)
        shown = show(file_url, spool_folder, request=Request("other@example.test"))
        assert (keys(shown.edition), state(tmp_path)) == ([key(1)], before)


def test_an_unknown_address_is_said_before_anything_is_looked_at(file_url: str, tmp_path: Path) -> None:
    class Untouched:
        spec = spool(tmp_path).spec
        validators: dict[str, object] = {}  # noqa: RUF012

        def fetch(self, *_: object) -> Any:
            raise AssertionError("looked at")

    asked = Request(address="stranger@example.test")
    with scratch_store(file_url) as store, pytest.raises(UsageError, match=r"stranger@example\.test"):
        preview(store, [Untouched()], RANKER, RULES, letters(store), asked, NOW)


def test_the_stored_edition_of_a_date_is_shown_as_it_was_sent(file_url: str, spool_folder: Path) -> None:
    enrol_reader(file_url)
    drop(spool_folder, "2026-05-25.json", 1, 2)
    sent = run(file_url, spool_folder)
    drop(spool_folder, "2026-05-26.json", listed(1, version=3, title="Another title", upvotes=99), 3)
    run(file_url, spool_folder, at("05-26 08:00"))
    shown = show(file_url, spool_folder, request=Request(READER, on=date(2026, 5, 25)), now=at("05-27 08:00"))
    assert shown.message == sent[READER]


def test_a_date_to_come(file_url: str, spool_folder: Path) -> None:
    enrol_reader(file_url, rhythm=parse_rhythm("weekly:fri"))
    drop(spool_folder, "2026-05-25.json", 1)
    shown = show(file_url, spool_folder, request=Request(READER, on=date(2026, 5, 29)))
    assert (shown.edition.edition_date, shown.edition.created_at) == (date(2026, 5, 29), at("05-29 07:00"))
    with pytest.raises(UsageError, match=r"no edition is due on 2026-05-27, a Wednesday: .* weekly:fri"):
        show(file_url, spool_folder, request=Request(READER, on=date(2026, 5, 27)))


def test_after_todays_edition_the_next_one_is_shown(file_url: str, spool_folder: Path) -> None:
    enrol_reader(file_url)
    drop(spool_folder, "2026-05-25.json", 1)
    run(file_url, spool_folder)
    drop(spool_folder, "more.json", 2)
    shown = show(file_url, spool_folder, now=at("05-25 12:00"))
    assert (shown.edition.edition_date, keys(shown.edition)) == (date(2026, 5, 26), [key(2)])


def test_who_came_back_on_the_same_day_is_told_that_the_edition_is_made(file_url: str, spool_folder: Path) -> None:
    enrol_reader(file_url)
    run(file_url, spool_folder)
    with open_store(file_url) as store:
        enrol.remove(store, READER, NOW)
        enrol.add(store, READER, {}, {}, NOW, again=True)
    with pytest.raises(UsageError, match="2026-05-25 is made already: ask for it with --date"):
        show(file_url, spool_folder)


def test_wishes_may_be_tried_out(file_url: str, spool_folder: Path) -> None:
    enrol_reader(file_url, interests=parse_all(["zeppelins"]))
    drop(spool_folder, "2026-05-25.json", listed(1, title="On balloons"), 2, 3)
    assert keys(show(file_url, spool_folder).edition) == []
    balloons = show(file_url, spool_folder, request=Request(READER, interests=parse_all(["balloons"])))
    assert keys(balloons.edition) == [key(1)]
    assert [s.paper.key for s in balloons.left_out] == [key(3), key(2)]
    one = show(file_url, spool_folder, request=Request(READER, interests=(), max_papers=1))
    assert keys(one.edition) == [key(3)]
    with open_store(file_url) as store:
        assert store.subscribers()[0].interests == parse_all(["zeppelins"])


def test_somebody_without_a_past(spool_folder: Path) -> None:
    drop(spool_folder, "2026-05-25.json", 1, 2)
    shown = show(None, spool_folder, request=Request())
    assert message_from_bytes(shown.message)["To"] == NOBODY
    assert keys(shown.edition) == [key(2), key(1)]
    assert [result.look.new for result in shown.looks] == [2]
    early = show(None, spool_folder, request=Request(), now=at("05-25 06:00"))
    assert early.edition.edition_date == date(2026, 5, 25)


def test_what_was_seen_before_is_not_new(spool_folder: Path, tmp_path: Path) -> None:
    yesterday = tmp_path / "yesterday"
    yesterday.mkdir()
    drop(yesterday, "a.json", 1, 2)
    drop(spool_folder, "b.json", 2, 3)
    shown = show(None, spool_folder, request=Request(), seen=[spool(yesterday)])
    assert keys(shown.edition) == [key(3)]
    assert [[result.look.new for result in looks] for looks in (shown.seen, shown.looks)] == [[2], [1]]
    assert shown.edition.looked_at == 1


@pytest.mark.parametrize(("empty", "would_send"), [(EmptyPolicy.SKIP, False), (EmptyPolicy.NOTE, True)])
def test_an_empty_edition_tells_whether_it_would_be_sent(
    file_url: str, spool_folder: Path, empty: EmptyPolicy, would_send: bool
) -> None:
    enrol_reader(file_url, empty=empty)
    shown = show(file_url, spool_folder)
    assert (shown.edition.picks, shown.would_send) == ((), would_send)
    assert (READER in run(file_url, spool_folder)) is would_send


def test_a_paused_subscriber_is_shown_what_they_would_get(file_url: str, spool_folder: Path) -> None:
    enrol_reader(file_url, status=SubscriberStatus.PAUSED)
    drop(spool_folder, "2026-05-25.json", 1)
    assert keys(show(file_url, spool_folder).edition) == [key(1)]


def test_a_bad_file_is_told_and_the_rest_is_shown(spool_folder: Path) -> None:
    drop(spool_folder, "a.json", 1)
    (spool_folder / "b.json").write_text("{")
    shown = show(None, spool_folder, request=Request())
    assert keys(shown.edition) == [key(1)]
    assert [problem.place for problem in shown.looks[0].problems] == [str(spool_folder / "b.json")]


def test_likes_may_be_tried_out(file_url: str, spool_folder: Path) -> None:
    enrol_reader(file_url, interests=parse_all(["zeppelins"]))
    drop(spool_folder, "2026-05-25.json", *about(1, 2, 3, 4, 5, 6))
    asked = Request(READER, liked=("https://arxiv.org/abs/2605.00003v2", key(4)))
    liked = show(file_url, spool_folder, request=asked, ranker=ByMeaning())
    assert set(keys(liked.edition)[:4]) == {key(n) for n in (3, 4, 6, 1)}
    with pytest.raises(UsageError, match=r"2605\.00099: no such paper"):
        show(file_url, spool_folder, request=Request(READER, liked=("2605.00099",)))
    with open_store(file_url) as store:
        assert store.feedback([1]) == {}


def test_what_could_not_be_learned_is_a_problem_and_the_rest_is_shown(spool_folder: Path) -> None:
    drop(spool_folder, "2026-05-25.json", *about(1, 2, 3))
    ranker = ByMeaning(HashedWords(spoilt="zebrafish"))
    shown = show(None, spool_folder, request=Request(interests=parse_all(["zebrafish"])), ranker=ranker)
    assert shown.problems == ["learning what texts mean: ZeroDivisionError: zebrafish"]
    assert shown.edition.looked_at == 3


def test_what_is_left_out_is_told_without_what_was_had_under_another_name(file_url: str, spool_folder: Path) -> None:
    enrol_reader(file_url, max_papers=1)
    same = {"title": "Sparse Attention for Long Documents", "summary": " ".join(f"finding{n}" for n in range(30))}
    drop(spool_folder, "2026-05-25.json", listed(1, **same))
    assert len(run(file_url, spool_folder)) == 1
    drop(spool_folder, "2026-05-26.json", listed(2, **same), 3, 4)
    shown = show(file_url, spool_folder, now=at("05-26 08:00"))
    assert (keys(shown.edition), [s.paper.key for s in shown.left_out]) == ([key(4)], [key(3)])
    assert (shown.edition.looked_at, shown.edition.left_out) == (2, 1)
