"""Link scanners GET everything in a mail and everything behind that: nothing whatever may come of it."""

from __future__ import annotations

import html
import re
from email import message_from_bytes
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest

from digest.web import create_app
from tests.acceptance.house import part
from tests.acceptance.open_house import HOST, SECOND, OpenHouse, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

BASE = f"https://{HOST}"
MOST = 600
_IN_MAIL = re.compile(rf"{re.escape(BASE)}[^\s<>\"']*")
_IN_PAGE = re.compile(r"""(?:href|src|action)=["']([^"'#]*)""")
STRANGER, READER = "stranger@example.test", "reader@example.test"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenHouse]:
    """A reader with an edition, and a stranger who has asked and not confirmed."""
    made = open_house(tmp_path)
    with made.store:
        made.house.run("subscribers", "add", READER, "--send-at", "00:00", "--interest", "video")
        made.next_day()
        made.tick()
        made.now = SECOND
        made.next_day()
        made.tick()
        client = create_app(made.site()).test_client()
        subscribe(client, made)
        made.tick()
        yield made


def subscribe(client: FlaskClient, made: OpenHouse) -> None:
    """Ask for `STRANGER` to be subscribed, by the form."""
    from digest.model import Origin
    from digest.services.joining import Place, ask_to_join

    rules = made.site().join_rules
    asked = ask_to_join(
        made.store,
        rules,
        STRANGER,
        {"interests": ["robots"]},
        Origin.WEB,
        Place("192.0.2.0/24", "192.0.2.0/24"),
        made.now,
    )
    assert asked is None


def links_of_mails(made: OpenHouse) -> set[str]:
    """Every link to our pages in any part or header of any mail."""
    found: set[str] = set()
    for message in made.house.mails():
        whole = f"{message['List-Unsubscribe'] or ''}\n{part(message, 'text/plain')}\n{part(message, 'text/html')}"
        found |= {html.unescape(url).rstrip(".,)") for url in _IN_MAIL.findall(whole)}
    return found


def crawl(client: FlaskClient, start: set[str]) -> dict[str, int]:
    """path -> status, of every page that can be reached by GET; each is asked for by HEAD, too."""
    waiting, seen = sorted(start), dict[str, int]()
    while waiting and len(seen) < MOST:
        url = waiting.pop(0)
        parsed = urlsplit(url)
        path = f"{parsed.path or '/'}{'?' + parsed.query if parsed.query else ''}"
        if path in seen or parsed.hostname != HOST:
            continue
        answer = client.get(path)
        assert client.head(path).status_code == answer.status_code, path
        seen[path] = answer.status_code
        if answer.mimetype == "text/html":
            waiting += [urljoin(url, html.unescape(link)) for link in _IN_PAGE.findall(answer.text)]
    return seen


def test_getting_everything_changes_nothing(opened: OpenHouse) -> None:
    client = create_app(opened.site()).test_client()
    links, before = links_of_mails(opened), opened.dump()
    visited = crawl(client, links)
    assert opened.dump() == before
    rooms = {path.split("/")[1].partition("?")[0] for path in visited}
    assert {"confirm", "manage", "unsubscribe", "edition", "opinion", "paper", "try", "subscribe"} <= rooms
    assert {path: status for path, status in visited.items() if status not in (200, 405)} == {}


def test_the_mails_hold_links_of_each_kind(opened: OpenHouse) -> None:
    kinds = {urlsplit(link).path.split("/")[1] for link in links_of_mails(opened)}
    assert {"confirm", "manage", "unsubscribe", "edition", "opinion"} <= kinds
    everybody = [message["To"].strip() for message in opened.house.mails()]
    assert everybody == [READER, READER, STRANGER] or sorted(everybody) == sorted([READER, READER, STRANGER])
    assert all(message_from_bytes(bytes(message))["Message-ID"] for message in opened.house.mails())
