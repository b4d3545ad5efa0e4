"""A stranger's whole life in a real browser and a real mailbox: from the front page to the undo of an unsubscribe."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from digest.model import Opinion, SubscriberStatus
from digest.web.server import Pages
from tests.acceptance.house import part
from tests.acceptance.open_house import HOST, SECOND, OpenHouse, open_house
from tests.lab.browser import DESKTOP, PHONE, chromium, violations
from tests.lab.frontdoor import front_door
from tests.lab.process import LOOPBACK, free_port, listens, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from tests.lab.certificates import Certificates
    from tests.lab.dovecot import Dovecot, Mailbox
    from tests.lab.postfix import Postfix

pytestmark = pytest.mark.xdist_group("postfix")

BASE = f"https://{HOST}"
READER = "carol@example.test"
VIEWS = (("phone", PHONE, "dark"), ("desktop", DESKTOP, "light"))


@pytest.fixture
def opened(tmp_path: Path, postfix: Postfix) -> Iterator[OpenHouse]:
    """An installation with the papers of one day, whose mail goes to a real server."""
    made = open_house(tmp_path, port=postfix.smtp, transport="smtp")
    with made.store:
        made.next_day()
        made.tick()
        yield made


@pytest.fixture
def browsing(opened: OpenHouse, certificates: Certificates) -> Iterator[BrowserContext]:
    """A browser before those pages, behind TLS; whatever the pages' console says is an error of the test."""
    opened.port = port = free_port()
    pages = Pages(opened.site(), f"{LOOPBACK}:{port}", 4)
    pages.look()
    until(lambda: listens(port), "the pages")
    try:
        with front_door(certificates, port) as door, chromium(HOST, door) as browser:
            context = browser.new_context(
                ignore_https_errors=True, viewport=DESKTOP, timezone_id="Europe/Zurich", reduced_motion="reduce"
            )
            context.set_default_timeout(10_000)
            yield context
    finally:
        pages.stop()


class Visitor:
    """Somebody at a browser, who looks at each page as a desktop and as a phone shows it."""

    def __init__(self, context: BrowserContext, pictures: Path) -> None:
        self.page: Page = context.new_page()
        self.said: list[str] = []
        self.asked: set[str] = set()
        self._pictures, self._number = pictures, 0
        self.page.on("console", lambda line: self.said.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.add(request.url))

    def look(self, name: str) -> None:
        """Take pictures of the page and let axe-core look at it, as `VIEWS` show it."""
        self._number += 1
        for width, size, scheme in VIEWS:
            self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
            self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            self.page.screenshot(path=self._pictures / f"{self._number:02}-{name}-{width}-{scheme}.png", full_page=True)
            assert violations(self.page) == [], f"{name}, {width}, {scheme}"
            wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{name} is wider than a {width}"

    def go(self, url: str, name: str) -> None:
        """Open a page and look at it."""
        answer = self.page.goto(url)
        assert answer is not None
        assert answer.status == 200, url
        self.look(name)

    def press(self, button: str, exact: bool = True) -> None:
        """Press the first button with that name."""
        self.page.get_by_role("button", name=button, exact=exact).first.click()
        self.page.wait_for_load_state()

    def reads(self, text: str) -> None:
        """The page says `text`."""
        assert text in self.page.inner_text("main")


def newest(mailbox: Mailbox, count: int) -> Message:
    """The newest of so many messages in the mailbox, as soon as they are there."""
    import email

    return email.message_from_bytes(
        until(lambda: got if len(got := mailbox.all()) >= count else [], f"{count} mails")[-1]
    )


def link(message: Message, kind: str) -> str:
    """The first link of that kind in a mail, taken from its HTML part."""
    found = re.search(rf"{re.escape(BASE)}/{kind}/[^\"]*", part(message, "text/html"))
    assert found, kind
    return html.unescape(found.group())


def one_click(port: int, url: str) -> int:
    """What the pages at `port` answer to a mail provider's POST (RFC 8058 3.2)."""
    asked = Request(f"http://{LOOPBACK}:{port}{urlsplit(url).path}", data=b"List-Unsubscribe=One-Click", method="POST")
    with urlopen(asked, timeout=10) as answer:
        assert (answer.url, answer.headers["Set-Cookie"]) == (asked.full_url, None)
        return int(answer.status)


def test_a_life_on_the_web(opened: OpenHouse, browsing: BrowserContext, dovecot: Dovecot, tmp_path: Path) -> None:
    mailbox = dovecot.mailbox(READER)
    mailbox.clear()
    visitor = Visitor(browsing, tmp_path)

    _subscribes(visitor, opened)
    opened.tick()
    asked = newest(mailbox, 1)
    assert asked["List-Unsubscribe"] is None
    assert opened.store.subscriber_by_address(READER) is None, "nobody is subscribed before they confirm"

    _confirms(visitor, link(asked, "confirm"))
    reader = opened.store.subscriber_by_address(READER)
    assert reader is not None
    assert (reader.zone, [str(interest) for interest in reader.interests]) == ("Europe/Zurich", ["video", "agents"])

    opened.now = SECOND
    opened.next_day()
    opened.tick()
    digest = newest(mailbox, 2)
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    visitor.go(link(digest, "edition"), "edition")
    visitor.reads("Why:")

    _says_what_they_like(visitor, opened, reader.id, link(digest, "opinion"))
    _changes_their_wishes(visitor, opened, reader.id, link(digest, "manage"))
    _leaves_and_comes_back(visitor, opened, reader.id, digest)

    assert visitor.said == []
    assert {url for url in visitor.asked if not url.startswith((BASE, "data:", "about:"))} == set()
    assert browsing.cookies() == []


def _subscribes(visitor: Visitor, opened: OpenHouse) -> None:
    visitor.go(f"{BASE}/", "front")
    visitor.page.get_by_role("navigation").get_by_role("link", name="Subscribe").first.click()
    visitor.look("subscribe")
    visitor.go(f"{BASE}/try", "try")
    visitor.page.get_by_label("Your interests").fill("video\nagents")
    visitor.page.get_by_role("heading", name="Your mail, day by day").wait_for()
    visitor.reads("Why:")
    visitor.look("tried")
    visitor.page.get_by_label("Your mail address").fill(READER)
    opened.now += timedelta(seconds=5)  # nobody fills in a form at once
    visitor.press("Subscribe")
    visitor.reads("If a letter can be sent to this address, it is on its way.")
    visitor.look("sent")


def _confirms(visitor: Visitor, url: str) -> None:
    visitor.go(url, "confirm")
    visitor.reads(READER)
    visitor.press("Yes, subscribe me")
    visitor.look("confirmed")
    visitor.reads("Your first mail")
    visitor.go(url, "confirmed-again")
    visitor.reads("You are subscribed already")


def _says_what_they_like(visitor: Visitor, opened: OpenHouse, reader: int, url: str) -> None:
    visitor.go(url, "opinion")
    assert opened.store.feedback([reader]) == {}, "GET changes nothing"
    visitor.press("More like this")
    visitor.look("said")
    (liked,) = opened.store.feedback([reader])[reader]
    assert (liked.opinion, liked.origin) == (Opinion.LIKED, "web")


def _changes_their_wishes(visitor: Visitor, opened: OpenHouse, reader: int, url: str) -> None:
    visitor.go(url, "manage")
    visitor.reads("Papers you liked")
    visitor.page.locator("[name=send_at]").fill("06:30")
    visitor.press("Save")
    visitor.look("saved")
    assert f"{opened.store.subscriber(reader).send_at:%H:%M}" == "06:30"
    visitor.press("Pause")
    visitor.look("paused")
    assert opened.store.subscriber(reader).status is SubscriberStatus.PAUSED
    visitor.press("Go on now")
    assert opened.store.subscriber(reader).status is SubscriberStatus.ACTIVE


def _leaves_and_comes_back(visitor: Visitor, opened: OpenHouse, reader: int, digest: Message) -> None:
    url = str(digest["List-Unsubscribe"]).partition("<")[2].partition(">")[0]
    assert one_click(opened.port, url) == 200
    assert opened.store.subscriber(reader).status is SubscriberStatus.GONE
    visitor.go(url, "left")
    visitor.press("Undo")
    visitor.look("back")
    assert opened.store.subscriber(reader).status is SubscriberStatus.ACTIVE
    visitor.go(link(digest, "unsubscribe"), "unsubscribe")
    visitor.press("Unsubscribe")
    visitor.reads("You are unsubscribed")
    assert opened.store.subscriber(reader).status is SubscriberStatus.GONE


def test_the_pages_work_without_scripts(opened: OpenHouse, browsing: BrowserContext) -> None:
    browser = browsing.browser
    assert browser is not None
    plain = browser.new_context(ignore_https_errors=True, java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{BASE}/try?interests=video")
    assert "Your mail, day by day" in page.inner_text("main")
    page.get_by_label("Your mail address").fill("bob@example.test")
    opened.now += timedelta(seconds=5)
    page.get_by_role("button", name="Subscribe", exact=True).click()
    assert "it is on its way" in page.inner_text("main")
    assert opened.store.open_confirmations(opened.now) == 1
