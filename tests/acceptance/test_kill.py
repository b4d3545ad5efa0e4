"""kill -9 between any two steps of a tick, then the tick again: nobody missed, nobody mailed twice.

The process dies for real: a fork runs the tick and kills itself before its n-th call of the store or of
the transport, for every n. Then another process runs the tick to its end.
"""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from digest.app import App, sample_paths
from digest.services.tick import tick
from tests.acceptance.house import CONFIG, House, Recorder, build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# With more lines at once more can be past the dot at a death: see test_kill_thousand.py.
ONE_LINE = "[sending]\nconnections = 1\n"
NOW = "2026-05-22T08:00:00+00:00"
READERS = ("one@example.test", "two@example.test", "three@example.test")


class Mortal:
    """Stands before an object and kills the process before the n-th call of any of its methods."""

    def __init__(self, target: Any, before_call: Callable[[], None]) -> None:
        self._target, self._before_call = target, before_call

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        return self._counted(found) if callable(found) else found

    def __enter__(self) -> Mortal:
        self._before_call()
        return Mortal(self._target.__enter__(), self._before_call)

    def __exit__(self, *error: object) -> None:
        self._before_call()
        self._target.__exit__(*error)

    def _counted(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            self._before_call()
            result = method(*args, **named)
            # What a transaction is worth is decided while it is open.
            return Mortal(result, self._before_call) if hasattr(result, "__enter__") else result

        return call


def _tick(house: House, calls_to_live: int | None) -> None:
    """Run one tick in this process; die before call number `calls_to_live`."""
    from dataclasses import replace
    from datetime import datetime

    left = [calls_to_live]

    def before_call() -> None:
        if left[0] is not None:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    app = App.load(str(house.config))
    with app.store() as store:
        line = app.line(store)
        mortal = replace(
            line,
            store=Mortal(store, before_call),
            transports=lambda: _MortalTransport(line.transports(), before_call),
        )
        tick(mortal, lambda: datetime.fromisoformat(NOW))


class _MortalTransport(Mortal):
    """Also dies right after the message is away, before anybody is told."""

    def send(self, message: bytes, envelope: Any, at_dot: Callable[[], None]) -> Any:
        """Dies before, in the middle of, or just after sending."""

        def dot() -> None:
            self._before_call()
            at_dot()
            self._before_call()

        self._before_call()
        receipt = self._target.send(message, envelope, dot)
        self._before_call()
        return receipt


def _in_a_process(house: House, calls_to_live: int | None) -> int:
    """The wait status of a forked process that runs the tick."""
    pid = os.fork()
    if pid == 0:
        try:
            _tick(house, calls_to_live)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with three readers and a day in the spool."""
    root = tmp_path_factory.mktemp("template")
    house = build(root, CONFIG.replace("max_papers = 100", "max_papers = 5"))
    for address in READERS:
        house.run("subscribers", "add", address)
    shutil.copy(sample_paths()[1], house.spool)
    return root


def _deaths(template: Path, tmp_path: Path, change: Callable[[str], str] = str) -> Iterator[tuple[int, House]]:
    """For every step: the house in which a tick died before that step and another tick then ran to its end."""
    for calls in range(1000):
        house = House(tmp_path / str(calls))
        shutil.copytree(template, house.root)
        house.config.write_text(change(house.config.read_text()))
        status = _in_a_process(house, calls)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert os.WEXITSTATUS(_in_a_process(house, None)) == 0, calls
        yield calls, house
        shutil.rmtree(house.root)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_killed_before_every_step_into_a_maildir(template: Path, tmp_path: Path) -> None:
    steps = 0
    for calls, house in _deaths(template, tmp_path):
        mails = [(m["To"].strip(), m["Message-ID"]) for m in house.mails()]
        assert sorted(to for to, _ in mails) == sorted(READERS), calls
        assert len({message_id for _, message_id in mails}) == len(READERS), calls
        steps += 1
    assert steps > 40


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_killed_before_every_step_into_a_relay(template: Path, tmp_path: Path) -> None:
    steps = twice = 0
    with Recorder() as relay:
        smtp = relay.config + ONE_LINE
        for calls, _ in _deaths(template, tmp_path, lambda text: text.replace('"maildir"', '"smtp"') + smtp):
            taken = [(to, message["Message-ID"]) for to, message in relay.taken]
            assert {to for to, _ in taken} == set(READERS), calls
            # A second copy is possible only of a message whose fate nobody could know, and is the same message.
            assert len(set(taken)) == len(READERS), calls
            assert len(taken) <= len(READERS) + 1, calls
            twice += len(taken) - len(READERS)
            steps += 1
            relay.taken.clear()
    assert steps > 40
    assert 0 < twice <= 2 * len(READERS)
