"""Real days replayed through a spool folder: every paper reaches a subscriber at most once, and none is lost."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.house import House, build, part

if TYPE_CHECKING:
    from pathlib import Path

ARXIV = re.compile(r"https://arxiv\.org/abs/(\d{4}\.\d{5})")
READERS = {
    "interested@example.test": ("--interest", "diffusion^2", "--interest", '"reinforcement learning"'),
    "plain@example.test": (),
    "weekly@example.test": ("--rhythm", "weekly:fri", "--zone", "Asia/Kathmandu", "--send-at", "06:30"),
}


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = build(tmp_path)
    for address, wishes in READERS.items():
        house.run("subscribers", "add", address, "--max-papers", "100", *wishes)
    return house


def _picked(house: House) -> dict[str, Counter[str]]:
    """How often each reader got each paper, by arXiv id, read out of the mails themselves."""
    got: dict[str, Counter[str]] = {address: Counter() for address in READERS}
    for message in house.mails():
        text = part(message, "text/plain")
        ids = set(ARXIV.findall(text))
        assert ids == set(ARXIV.findall(part(message, "text/html")))
        got[message["To"].strip()].update(ids)
    return got


def _replay(house: House, captures: Path, first: date, last: date, hour: str = "08:00:00Z") -> set[str]:
    """Drop the days' files one by one and tick each morning; the ids that were listed."""
    listed: set[str] = set()
    day = first
    while day <= last:
        source = captures / "hf_daily_json" / f"{day}.json"
        if source.exists():
            shutil.copy(source, house.spool)
            listed |= {item["paper"]["id"] for item in json.loads(source.read_text())}
        house.tick(f"{day}T{hour}")
        day += timedelta(days=1)
    return listed


def test_every_paper_once(house: House, captures: Path) -> None:
    listed = _replay(house, captures, date(2026, 4, 27), date(2026, 5, 8))
    got = _picked(house)
    assert set(got["plain@example.test"]) == listed
    assert set(got["weekly@example.test"]) == listed
    assert 0 < len(got["interested@example.test"]) <= len(listed)
    for address, counts in got.items():
        assert not [arxiv_id for arxiv_id, times in counts.items() if times > 1], address
    assert len(house.mails()) == 10 + 10 + 2


def test_a_second_tick_changes_nothing(house: House, captures: Path) -> None:
    shutil.copy(captures / "hf_daily_json" / "2026-05-25.json", house.spool)
    first = house.tick("2026-05-25T08:00:00Z")
    again = house.tick("2026-05-25T08:00:30Z")
    assert len(first["editions"]) == 2
    assert (again["editions"], again["deliveries"]) == ([], {})
    assert len(house.mails()) == 2


def test_late_arrivals_arrive_and_listed_again_does_not(house: House, captures: Path) -> None:
    day = json.loads((captures / "hf_daily_json" / "2026-05-25.json").read_text())
    early, late = day[:-2], day[-2:]
    (house.spool / "2026-05-25.json").write_text(json.dumps(early))
    house.tick("2026-05-25T08:00:00Z")
    (house.spool / "2026-05-26.json").write_text(json.dumps(day))
    summary = house.tick("2026-05-26T08:00:00Z")
    assert [(look["entries"], look["new"]) for look in summary["sources"]] == [(len(day), 2)]
    latest = [m for m in house.mails() if m["To"] == "plain@example.test"]
    ids = [set(ARXIV.findall(part(m, "text/plain"))) for m in latest]
    assert sorted(ids, key=len) == [{x["paper"]["id"] for x in late}, {x["paper"]["id"] for x in early}]


def test_a_missed_week_is_made_up_with_one_edition(house: House, captures: Path) -> None:
    for name in ("2026-05-18", "2026-05-19", "2026-05-20"):
        shutil.copy(captures / "hf_daily_json" / f"{name}.json", house.spool)
    house.tick("2026-05-18T08:00:00Z")
    house.tick("2026-05-24T08:00:00Z")
    mine = [m for m in house.mails() if m["To"] == "plain@example.test"]
    assert len(mine) == 2


def test_copies_from_arxiv_and_hugging_face_are_one(house: House, captures: Path) -> None:
    day = json.loads((captures / "hf_daily_json" / "2026-05-25.json").read_text())[:3]
    (house.spool / "2026-05-25.json").write_text(json.dumps(day))
    items = "".join(
        f"<item><title>{x['paper']['title'].replace('&', '&amp;').replace('<', '&lt;')}</title>"
        f"<link>https://arxiv.org/abs/{x['paper']['id']}</link>"
        f"<guid isPermaLink='false'>oai:arXiv.org:{x['paper']['id']}v1</guid><category>cs.AI</category>"
        f"<description>arXiv:{x['paper']['id']}v1 Announce Type: new \nAbstract: Short.</description>"
        "<arxiv:announce_type>new</arxiv:announce_type></item>"
        for x in day
    )
    (house.spool / "arxiv-2026-05-25.xml").write_text(
        "<?xml version='1.0'?><rss xmlns:arxiv='http://arxiv.org/schemas/atom' version='2.0'><channel>"
        "<title>cs.AI updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.AI</link>"
        f"{items}</channel></rss>"
    )
    house.tick("2026-05-25T08:00:00Z")
    papers = house.run_json("papers")
    assert len(papers) == 3
    assert {tuple(p["categories"]) for p in papers} == {("cs.AI",)}
    assert all(p["upvotes"] is not None for p in papers)
