"""Take the README's pictures of the pages: the sample's papers as a browser shows them. `make picture` calls it.

    python docs/pages.py chromium --headless ...

Its arguments are the command of a browser that takes --window-size, --screenshot and a URL.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from datetime import time as time_of_day
from pathlib import Path

from digest.app import App, make_secret, sample_paths
from digest.services.tick import tick
from digest.sources.spool import day_in
from digest.storage import create_store
from digest.web.server import Pages
from digest.web.site import site

DOCS = Path(__file__).resolve().parent
CONFIG = """
[digest]
title = "Morning Papers"
[mail]
transport = "maildir"
[web]
listen = "127.0.0.1:8421"
[[sources]]
name = "huggingface"
path = "spool"
"""
TRIED = "/try?interests=long+video%0Aagents%0A-survey"
SHOTS = (
    ("web-front.png", "/", "1000,1000", ()),
    ("web-try.png", TRIED, "1000,1250", ()),
    ("web-dark.png", TRIED, "1000,1250", ("--blink-settings=preferredColorScheme=0",)),
)


def main(browser: list[str]) -> None:
    """Make an installation of the sample in a folder that is thrown away, and look at it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "config.toml").write_text(CONFIG, encoding="utf-8")
        (root / "spool").mkdir()
        for sample in sample_paths():
            shutil.copy(sample, root / "spool")
        make_secret(root / "secret")
        latest = day_in(Path(sample_paths()[-1]).name)
        now = datetime.combine(latest or datetime.now(UTC).date(), time_of_day(12), UTC)
        app = App.load(str(root / "config.toml"))
        app.clock = lambda: now
        with create_store(app.config.database_url) as store:
            tick(app.line(store), app.clock)
            pages = Pages(site(app, store), app.config.web.listen, 2)
            pages.look()
            try:
                for name, path, size, more in SHOTS:
                    shot = [f"--window-size={size}", f"--screenshot={DOCS / name}", *more]
                    subprocess.run([*browser, *shot, f"{app.config.pages_url}{path}"], check=True)  # noqa: S603
            finally:
                pages.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
