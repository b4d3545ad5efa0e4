"""What mail clients and screen readers make of the HTML part, by the data of caniemail.com and by html-validate."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from digest.mail.links import Links
from digest.mail.page import page_links
from digest.mail.render import render
from digest.mail.specimens import specimens
from digest.mail.templates import environment
from digest.mail.tokens import Keyring
from tests.factories import letterhead
from tests.lab.need import need_node

if TYPE_CHECKING:
    from pathlib import Path

# What some client lacks, and why a reader there misses nothing.
HARMLESS = {
    "<style> element": "all colours stand in line as well; without the sheet there is no dark mode of our own",
    "Class selector": "the same",
    "@media": "the same; the layout is fluid without it",
    "@media (prefers-color-scheme)": "the client's own dark mode takes over",
    "<body> element": "replaced by a div; the ground has its colour on our div, too",
    "border-radius": "square corners",
    "white-space": "a badge may break at its space",
    "word-break": "only a word longer than a line runs over",
    "role attribute": "removed with every other role; classic Windows Mail is gone",
    "dir attribute": "the direction is then taken from the text's first letter",
    "lang attribute": "removed",
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Specimen -> what the checkers found in its HTML part."""
    node, folder, env = need_node(), tmp_path_factory.mktemp("parts"), environment()
    files: dict[str, Path] = {}
    pages = Links("https://digest.example.org", Keyring(b"a key for tests"))
    for n, case in enumerate(specimens(letterhead(footer="Example University"))):
        files[case.name] = folder / f"{n}.html"
        links = page_links(pages, case.edition, case.subscriber) if case.letterhead.web_url else None
        made = render(case.edition, case.subscriber, case.letterhead, env, case.unsubscribe, links=links)
        files[case.name].write_text(made.html, encoding="utf-8")
    command = ["node", "emailcheck.mjs", *map(str, files.values())]
    done = subprocess.run(command, cwd=node, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {name: found[str(file)] for name, file in files.items()}


def test_nothing_is_used_that_a_client_lacks_and_readers_would_miss(findings):
    missed = {
        (feature, client)
        for found in findings.values()
        for feature, clients in found["unsupported"].items()
        for client in clients
        if feature not in HARMLESS
    }
    assert missed == set()


def test_every_specimen_is_accessible_and_well_formed(findings):
    assert {name: found["broken"] for name, found in findings.items() if found["broken"]} == {}
    assert len(findings) >= 10


def test_the_checkers_do_find_what_is_wrong(tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text('<html><body><img src="x"><h3>y</h3><p style="position:fixed">z</p></body></html>', encoding="utf-8")
    done = subprocess.run(
        ["node", "emailcheck.mjs", str(bad)], cwd=need_node(), capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)[str(bad)]
    assert "position" in " ".join(found["unsupported"])
    assert {"wcag/h37", "heading-level", "element-required-attributes"} & {
        line.split(": ")[1] for line in found["broken"]
    }
