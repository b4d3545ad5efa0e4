"""The style sheet: legible by day and by night (WCAG 2.2, 1.4.3 and 1.4.11), small, and of our own only."""

from __future__ import annotations

import re

import pytest

from digest.mail.templates import built_in
from tests.mail.test_contrast import contrast

SHEET = (built_in() / "web" / "style.css").read_text(encoding="utf-8")
TEXT = [
    *((ink, ground) for ink in ("ink", "soft", "quiet", "link", "error") for ground in ("ground", "surface")),
    *((f"{kind}-ink", kind) for kind in ("source", "badge", "mark", "button", "danger", "good", "bad")),
    *(("button-ink", "button-over"), ("ink", "source"), ("ink", "badge"), ("link", "badge"), ("quiet", "surface")),
]
SHAPES = [(edge, ground) for edge in ("field-edge", "link", "button", "danger") for ground in ("ground", "surface")]


def colours(sheet):
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", sheet))


DAY = colours(SHEET.partition("@media")[0])
NIGHT = colours(SHEET.partition("@media (prefers-color-scheme: dark)")[2].partition("\n}\n")[0])


def test_the_night_has_every_colour_of_the_day():
    assert set(DAY) == set(NIGHT)


@pytest.mark.parametrize("scheme", [DAY, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize(("least", "pairs"), [(4.5, TEXT), (3.0, SHAPES)], ids=["text", "shapes"])
def test_everything_stands_out_from_its_ground(scheme, least, pairs):
    faint = {pair: round(found, 2) for pair in pairs if (found := contrast(scheme[pair[0]], scheme[pair[1]])) < least}
    assert faint == {}


def test_every_colour_has_a_name():
    body = re.sub(r"@media print \{.*?\n\}", "", SHEET.partition("*, *::before")[2], flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(", body) == []


def test_names_that_are_used_are_defined():
    assert set(re.findall(r"var\(--([\w-]+)\)", SHEET)) <= set(re.findall(r"--([\w-]+):", SHEET))


def test_it_is_small_and_asks_for_nothing():
    assert len(SHEET.encode()) <= 16 * 1024
    assert not re.search(r"url\(|@import|@font-face|expression|https?:", SHEET)


def test_who_wants_no_motion_gets_none():
    still = re.sub(r"@media \(prefers-reduced-motion: no-preference\) \{.*?\n\}", "", SHEET, flags=re.DOTALL)
    assert not re.search(r"transition|animation|scroll-behavior", still)
