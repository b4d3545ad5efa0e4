from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.calling import call

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def own(folder: Path) -> Path:
    """A folder for templates, and a configuration that names it."""
    place = folder / "mine"
    (place / "mail").mkdir(parents=True)
    (folder / "config.toml").write_text('[mail]\ntemplates = "mine"\n', encoding="utf-8")
    return place


def spoil(own: Path) -> Path:
    place = own / "mail" / "digest.html"
    place.write_text('{% extends "default:mail/digest.html" %}\n{% block header %}{{ colour }}{% endblock %}')
    return place


def test_without_a_configuration_the_built_in_ones_are_checked():
    done = call("templates", "check")
    assert (done.code, done.out, done.err) == (0, "the templates are fine\n", "")


def test_a_broken_template_is_told_with_file_and_line(own):
    place = spoil(own)
    done = call("templates", "check")
    assert done.code == 1
    assert done.out.startswith(f"{place}:2: error: 'colour' is not defined\n    ")


def test_findings_for_programs(own):
    place = spoil(own)
    (record,) = call("templates", "check", "--json").lines
    assert (record["file"], record["line"], record["grave"]) == (str(place), 2, True)
    assert set(record) == {"file", "line", "problem", "advice", "grave", "days"}


def test_a_warning_says_on_which_days(own):
    (own / "mail" / "digest.txt").write_text("{{ preview }} {{ unsubscribe_url }}")
    done = call("templates", "check")
    assert done.code == 1
    assert "warning: papers are missing in it\n" in done.out
    assert (
        "    on an ordinary day and 1 more\n" in done.out or "    on an ordinary day, new versions only\n" in done.out
    )


def test_another_folder_can_be_checked(own, tmp_path):
    spoil(own)
    (tmp_path / "other").mkdir()
    assert call("templates", "check", "--folder", str(tmp_path / "other")).code == 0
    missing = call("templates", "check", "--folder", "nowhere")
    assert (missing.code, missing.err) == (1, "digest: nowhere: the folder of templates does not exist\n")


def test_the_list_says_which_are_replaced(own):
    place = spoil(own)
    records = {r["name"]: r["replaced_by"] for r in call("templates", "list", "--json").lines}
    assert records["mail/digest.html"] == str(place)
    assert records["mail/digest.txt"] is None
    listed = call("templates", "list").out
    assert listed.startswith("name\treplaced_by\nmail/answer.html\t")
    assert f"\nmail/digest.html\t{place}\n" in listed


def test_a_built_in_template_is_printed_to_start_from(own):
    spoil(own)
    shown = call("templates", "show", "subject.txt")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("{# One line. #}\n")
    (own / "mail" / "digest.html").write_text(call("templates", "show", "digest.html").out, encoding="utf-8")
    assert call("templates", "check").code == 0
    wrong = call("templates", "show", "sobject.txt")
    assert (wrong.code, wrong.err) == (1, "digest: no template 'sobject.txt': did you mean mail/subject.txt?\n")
