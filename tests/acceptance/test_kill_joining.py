"""kill -9 between any two steps from a stranger's wish to the first edition: one letter, one edition, no more.

The process dies for real before its n-th call of the store or of the transport, for every n: while somebody asks,
while their letter goes out, while they confirm, and while their first edition is made and sent. Then they do again
what they saw no answer to, and another process runs to the end.
"""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.app import App, sample_paths
from digest.app.pages import join_rules
from digest.mail.links import subscriber_token
from digest.mail.tokens import Purpose
from digest.model import DeliveryKind, DeliveryStatus, Origin, SubscriberStatus
from digest.services import joining, leaving
from digest.services.look import look_at
from digest.services.publish import publish_due
from digest.services.tick import tick
from tests.acceptance.house import CONFIG, House, build
from tests.acceptance.test_kill import Mortal, _MortalTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from digest.storage import Store

NOW = datetime.fromisoformat("2026-05-22T08:00:00+00:00")
LATER = NOW + timedelta(hours=1)
ADDRESS = "guest@example.test"
HOUSE = CONFIG.replace('title = "Morning Papers"', 'title = "Morning Papers"\nweb_url = "https://digest.example.test"')
PAPERS = {"interests": [], "send_at": "07:00", "zone": "UTC"}


def _live(house: House, before_call: Callable[[], None], act: Callable[[App, Store, Callable[[datetime], None]], None]):
    """Let `act` happen in this process, which dies when `before_call` says so."""
    app = App.load(str(house.config))
    with app.store() as store:
        mortal = Mortal(store, before_call)
        line = app.line(store)
        mortals = replace(line, store=mortal, transports=lambda: _MortalTransport(line.transports(), before_call))
        act(app, mortal, lambda moment: tick(mortals, lambda: moment))


def _join(app: App, store: Store, ticked: Callable[[datetime], None]) -> None:
    """From the wish to the first edition; who sees no answer does it again."""
    rules = join_rules(app)
    if store.subscriber_by_address(ADDRESS) is None:
        joining.ask_to_join(store, rules, ADDRESS, PAPERS, Origin.WEB, joining.place_of("192.0.2.7"), NOW)
    ticked(NOW)
    letters = [one for one in store.deliveries() if one.kind is DeliveryKind.CONFIRMATION]
    assert len(letters) == 1
    token = app.keyring().token(Purpose.CONFIRM, letters[0].confirmation_id or 0)
    assert joining.confirm(store, rules, token, "192.0.2.0/24", LATER).kind in ("new", "already")
    ticked(LATER)


def _leave(app: App, store: Store, ticked: Callable[[datetime], None]) -> None:
    """Unsubscribe while an edition waits, undo that, and get its papers a day or two later, once."""
    keys, who = app.keyring(), store.subscriber_by_address(ADDRESS)
    assert who is not None
    token = subscriber_token(keys, Purpose.UNSUBSCRIBE, who)
    if store.deliveries_to(who.id)[0].status is DeliveryStatus.PENDING:
        leaving.unsubscribe(store, keys, token, NOW)
    ticked(NOW)
    if store.subscriber(who.id).status is SubscriberStatus.GONE:
        assert leaving.undo(store, keys, token, LATER)
    ticked(LATER)
    for days in (1, 2):
        ticked(NOW + timedelta(days=days))


def _in_a_process(house: House, calls_to_live: int | None, act: Callable[..., None]) -> int:
    """The wait status of a forked process in which `act` happens."""
    left = [calls_to_live]

    def before_call() -> None:
        if left[0] is not None:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    pid = os.fork()
    if pid == 0:
        try:
            _live(house, before_call, act)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def _rehearsed(template: House, tmp_path: Path, act: Callable[..., None]) -> None:
    """Let `act` happen here once, so that no forked process has to load what it needs."""
    house = House(tmp_path / "rehearsal")
    shutil.copytree(template.root, house.root)
    _live(house, lambda: None, act)


def _deaths(template: House, tmp_path: Path, act: Callable[..., None]) -> Iterator[tuple[int, House]]:
    """For every step: the house in which `act` died before that step and was then done again, to its end."""
    _rehearsed(template, tmp_path, act)
    for calls in range(1000):
        house = House(tmp_path / str(calls))
        shutil.copytree(template.root, house.root)
        status = _in_a_process(house, calls, act)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert os.WEXITSTATUS(_in_a_process(house, None, act)) == 0, calls
        yield calls, house
        shutil.rmtree(house.root)


def _mailed(house: House) -> list[str]:
    """The papers of all editions that went out."""
    with App.load(str(house.config)).store() as store:
        sent = [one.edition_id for one in store.deliveries(DeliveryStatus.ACCEPTED) if one.edition_id is not None]
        return sorted(pick.paper.key for number in sent for pick in store.edition(number).picks)


@pytest.fixture
def template(tmp_path: Path) -> House:
    """An installation without readers, and a day in the spool."""
    (tmp_path / "template").mkdir()
    house = build(tmp_path / "template", HOUSE)
    shutil.copy(sample_paths()[1], house.spool)
    return house


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_killed_at_every_step_from_the_wish_to_the_first_edition(template: House, tmp_path: Path) -> None:
    steps = 0
    for calls, house in _deaths(template, tmp_path, _join):
        kinds = sorted("List-Unsubscribe" in mail for mail in house.mails())
        assert kinds == [False, True], calls  # The letter, and the edition.
        assert len({mail["Message-ID"] for mail in house.mails()}) == 2, calls
        assert {mail["To"].strip() for mail in house.mails()} == {ADDRESS}, calls
        with App.load(str(house.config)).store() as store:
            (who,) = store.subscribers()
            assert len(store.consents(who.id)) == 1, calls
            assert store.open_confirmations(NOW) == 0, calls
        steps += 1
    assert steps > 60


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_killed_at_every_step_of_leaving_and_coming_back(template: House, tmp_path: Path) -> None:
    template.run("subscribers", "add", ADDRESS)
    app = App.load(str(template.config))
    with app.store() as store:
        line = app.line(store)
        look_at(store, line.sources[0], NOW)
        (waiting,) = publish_due(store, line.ranker, line.publish_rules, NOW)
    wanted = sorted(pick.paper.key for pick in waiting.edition.picks)
    steps = 0
    for calls, house in _deaths(template, tmp_path, _leave):
        assert len(house.mails()) == 1, calls
        assert _mailed(house) == wanted, calls
        steps += 1
    assert steps > 60
