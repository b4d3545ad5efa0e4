from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.errors import TemplateError
from digest.services.proofread import own_templates, proofread, template_names, template_source
from tests.factories import letterhead

if TYPE_CHECKING:
    from pathlib import Path

HTML, TEXT = "mail/digest.html", "mail/digest.txt"
EXTENDED = '{% extends "default:mail/digest.html" %}'


def put(folder: Path, name: str, source: str | bytes) -> str:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(source if isinstance(source, bytes) else source.encode())
    return str(place)


def found(folder: Path | None) -> list[tuple[str, int, bool]]:
    return [(f.file, f.line, f.grave) for f in proofread(folder, letterhead())]


@pytest.mark.parametrize("web_url", ["", "https://digest.example.test"])
def test_the_built_in_templates_have_no_faults(web_url):
    assert proofread(None, letterhead(web_url=web_url)) == []


def test_an_override_that_works_has_none_either(tmp_path):
    put(tmp_path, HTML, EXTENDED + '{% block footer %}{{ super() }}{% include "mail/room.html" %}{% endblock %}')
    put(tmp_path, "mail/room.html", "<p>Room 4</p>")
    put(tmp_path, ".git/config", "hidden")
    assert proofread(tmp_path, letterhead()) == []


@pytest.mark.parametrize(
    ("name", "source", "line", "problem"),
    [
        (HTML, "\n{% if %}", 2, "Expected an expression"),
        (TEXT, "\n\n{{ colour }}", 3, "'colour' is not defined"),
        (HTML, EXTENDED + "\n{% block header %}{{ 1 // (more - more) }}{% endblock %}", 2, "by zero"),
        (TEXT, "{{ sections[0].title }} {{ unsubscribe_url }}", 1, "no element 0"),
        ("mail/subject.txt", "{{ headline.upper(1) }}", 1, "takes no arguments"),
        (HTML, '{% extends "mail/digest.html" %}', 1, "it builds on itself"),
        (HTML, EXTENDED + "{% block footer %}Bye{% endblock %}", 0, "the way to unsubscribe is gone"),
        (TEXT, "{{ preview }}", 0, "the way to unsubscribe is gone"),
        ("mail/subject.txt", "{# nothing #}", 0, "renders to nothing"),
        (HTML, EXTENDED + "{% block header %}" + "words " * 20_000 + "{% endblock %}", 0, "over 90000 bytes"),
        (TEXT, b"caf\xe9", 0, "cannot be read as UTF-8"),
        (
            "mail/macros.html",
            "{% macro section(section) %}{{ section.colour }}{% endmacro %}",
            1,
            "no attribute 'colour'",
        ),
    ],
)
def test_what_cannot_be_sent_is_grave(tmp_path, name, source, line, problem):
    place = put(tmp_path, name, source)
    findings = proofread(tmp_path, letterhead())
    assert findings[0].grave
    assert (findings[0].file, findings[0].line) == (place, line)
    assert problem in findings[0].problem
    assert findings[0].advice


@pytest.mark.parametrize(
    ("name", "source", "line", "problem"),
    [
        (
            HTML,
            EXTENDED + '\n{% block style %}</style><img src="https://x.test/a" alt=""><style>{% endblock %}',
            2,
            "image",
        ),
        (HTML, '<html><body lang="en"><h1>{{ unsubscribe_url }}</h1></body></html>', 1, "<html> has no lang"),
        ("mail/digst.html", "x", 0, "nothing uses it"),
        ("digest.html", "x", 0, "nothing uses it"),
        ("mail/digest.html.bak", b"\xff", 0, "nothing uses it"),
        (TEXT, "{{ preview }}\n{{ unsubscribe_url }}", 0, "papers are missing"),
    ],
)
def test_what_is_sent_as_it_stands_is_a_warning(tmp_path, name, source, line, problem):
    place = put(tmp_path, name, source)
    first = proofread(tmp_path, letterhead())[0]
    assert not first.grave
    assert (first.file, first.line) == (place, line)
    assert problem in first.problem


def test_a_file_of_another_name_is_told_its_own(tmp_path):
    put(tmp_path, "digest.html", "x")
    (finding,) = proofread(tmp_path, letterhead())
    assert finding.advice == "did you mean mail/digest.html?"


def test_a_finding_says_on_which_days_it_shows(tmp_path):
    put(
        tmp_path,
        TEXT,
        EXTENDED.replace("html", "txt")
        + "{% block footer %}{{ super() }}{% if note %}{{ 1 // 0 }}{% endif %}{% endblock %}",
    )
    (finding,) = proofread(tmp_path, letterhead())
    assert finding.days == ("a day without papers", "a day without papers and interests")


def test_every_broken_file_is_found_at_once(tmp_path):
    places = [put(tmp_path, name, "{% if %}") for name in (HTML, TEXT, "mail/macros.html", "mail/subject.txt")]
    assert found(tmp_path) == [(place, 1, True) for place in places]


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(TemplateError, match="does not exist"):
        proofread(tmp_path / "absent", letterhead())


def test_the_built_in_ones_are_listed_and_printed():
    assert {HTML, TEXT, "mail/macros.html", "mail/subject.txt"} <= set(template_names())
    assert template_source("digest.html") == template_source(HTML) == template_source(f"default:{HTML}")
    with pytest.raises(TemplateError, match=r"did you mean mail/digest\.html\?"):
        template_source("digst.html")
    with pytest.raises(TemplateError):
        template_source("../pyproject.toml")


def test_own_templates_are_files_that_are_not_hidden(tmp_path):
    put(tmp_path, HTML, "x")
    put(tmp_path, ".cache/x.html", "x")
    put(tmp_path, "mail/.digest.html.swp", "x")
    assert list(own_templates(tmp_path)) == [HTML]
    assert own_templates(None) == {}
