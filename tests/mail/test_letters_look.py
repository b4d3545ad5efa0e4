"""The letters are as legible by day and night, and as well understood by mail programs, as the editions are."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from digest.mail.letters import letter
from digest.mail.specimens import letter_specimens
from digest.mail.templates import environment
from tests.factories import letterhead
from tests.lab.need import need_node
from tests.mail.test_clients import HARMLESS
from tests.mail.test_contrast import Painter, colours, contrast, night

ENV = environment()
LETTERS = {
    specimen.name: letter(specimen.kind, specimen.facts, specimen.letterhead, ENV).html
    for specimen in letter_specimens(letterhead(footer="Example University"))
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", LETTERS)
def test_text_stands_out_from_its_ground(name, dark):
    pairs = Painter(LETTERS[name], night(LETTERS[name]) if dark else {}).pairs
    faint = {words: round(contrast(*pair), 2) for pair, words in pairs.items() if contrast(*pair) < 4.5}
    assert faint == {}
    assert len(pairs) >= 3 - ("answer" in name)


@pytest.mark.parametrize("name", LETTERS)
def test_the_night_has_a_colour_for_everything_that_has_one_by_day(name):
    rules = night(LETTERS[name])
    for attributes in re.findall(r"<(?:body|div|table|td|h\d|p|span|a|b|li)\b[^>]*>", LETTERS[name]):
        wanted = colours("".join(re.findall(r'style="([^"]*)"', attributes)))
        classes = "".join(re.findall(r'class="([^"]*)"', attributes)).split()
        assert set(wanted) <= set().union(*(rules.get(one, {}) for one in classes)), attributes


def test_mail_programs_and_screen_readers_miss_nothing(tmp_path):
    node = need_node()
    files = {name: tmp_path / f"{number}.html" for number, name in enumerate(LETTERS)}
    for name, file in files.items():
        file.write_text(LETTERS[name], encoding="utf-8")
    command = ["node", "emailcheck.mjs", *map(str, files.values())]
    done = subprocess.run(command, cwd=node, capture_output=True, text=True, check=True, timeout=120)
    found = json.loads(done.stdout)
    assert {name: found[str(file)]["broken"] for name, file in files.items() if found[str(file)]["broken"]} == {}
    lacking = {feature for file in files.values() for feature in found[str(file)]["unsupported"]}
    assert lacking - HARMLESS.keys() == set()
