"""A real browser: Debian's Chromium, driven by Playwright, which finds one host alone and that on loopback."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from tests.lab.need import need, need_node
from tests.lab.process import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextlib.contextmanager
def chromium(host: str, port: int) -> Iterator[Browser]:
    """A browser for which https://`host` is `port` of loopback, and nothing else is anywhere."""
    program = need("chromium", "chromium")
    from playwright.sync_api import sync_playwright

    rules = f"MAP {host}:443 {LOOPBACK}:{port}, MAP * ~NOTFOUND, EXCLUDE {LOOPBACK}"
    arguments = [f"--host-resolver-rules={rules}", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*arguments, "--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is shown, a line for each rule."""
    script = need_node() / "node_modules" / "axe-core" / "axe.min.js"
    # By the debugger's way, which a page's Content-Security-Policy does not concern.
    page.evaluate(script.read_text(encoding="utf-8"))
    options = {"runOnly": {"type": "tag", "values": RULES}}
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {json.dumps(options)})")
    return [
        f"{one['id']}: {one['help']} ({'; '.join(str(node['target']) for node in one['nodes'][:3])})"
        for one in found["violations"]
    ]
