"""Commands that come in by any way: taken by the rules of the configuration, and the scheduler is woken."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from digest.app import App
from digest.inbound import intake
from digest.services.taken import TakenKind
from tests.acceptance.house import CONFIG, build
from tests.mail.notices import per_recipient, report
from tests.services.writing import DIGEST, MX, mail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from digest.services.taken import Taken

ADA = "ada@example.test"
SECTIONS = f'[joining]\naddress = "{DIGEST}"\n[inbound]\nauthserv_id = "{MX}"\n'


def today() -> str:
    """The Date of a mail that is written now."""
    return format_datetime(datetime.now(UTC))


@pytest.fixture
def woken() -> list[str]:
    """One word for each time that the scheduler was woken."""
    return []


@pytest.fixture
def take(tmp_path: Path, woken: list[str]) -> Iterator[Callable[[bytes, str], Taken]]:
    """Takes a message in that came to an address."""
    house = build(tmp_path, CONFIG + SECTIONS)
    house.run("subscribers", "add", ADA)
    app = App.load(str(house.config))
    with app.store() as store:
        taking = intake(app, store, lambda: woken.append("up"))
        yield lambda message, to: taking(message, to, ADA)


def test_a_command_is_followed_and_its_answer_need_not_wait(
    take: Callable[[bytes, str], Taken], woken: list[str]
) -> None:
    done = take(mail("pause 2 weeks", sender=ADA, Date=today()), DIGEST)
    assert (done.kind, done.what, woken) == (TakenKind.COMMAND, "pause; answered", ["up"])


def test_nobody_is_woken_for_what_is_not_answered(take: Callable[[bytes, str], Taken], woken: list[str]) -> None:
    assert take(mail("pause", sender=ADA, proved=False), DIGEST).kind is TakenKind.IGNORED
    assert take(report(per_recipient()), "bounces@digest.test").kind is TakenKind.IGNORED
    assert woken == []


def test_strangers_subscribe_by_the_rules_of_the_configuration(
    take: Callable[[bytes, str], Taken], woken: list[str]
) -> None:
    stranger = "bob@example.test"
    told = [take(mail("subscribe", "agents", sender=stranger, Date=today()), DIGEST).what for _ in range(2)]
    assert told == ["subscribe; not answered", "subscribe met the cap on the address; not answered"]
    assert woken == ["up", "up"]
