from __future__ import annotations

import subprocess
import sys

import pytest

from digest.errors import TemplateError
from digest.mail.render import render
from digest.mail.templates import built_in, environment
from tests.factories import edition, letterhead, paper, subscriber


def rendered(overrides, **fields):
    return render(edition(paper(**fields)), subscriber(), letterhead(), environment(overrides))


def put(folder, name, text):
    path = folder / "mail" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_an_override_may_extend_what_it_replaces(tmp_path):
    put(
        tmp_path,
        "digest.html",
        '{% extends "default:mail/digest.html" %}{% block footer %}{{ super() }}<p>Room 4</p>{% endblock %}',
    )
    html = rendered(tmp_path).html
    assert "<p>Room 4</p>" in html
    assert ">Unsubscribe</a>" in html


def test_a_part_can_be_replaced_alone(tmp_path):
    put(tmp_path, "subject.txt", "{{ masthead }} of\n{{ short_day }}\n")
    own, built = rendered(tmp_path, arxiv_id="2605.1", title="x"), rendered(None, arxiv_id="2605.1", title="x")
    assert own.subject == "Paper Digest of 25 May"
    assert own.html.count("<h3") == built.html.count("<h3") == 1


def test_overrides_are_escaped_too(tmp_path):
    put(
        tmp_path,
        "digest.html",
        "{% for s in sections %}{% for c in s.cards %}{{ c.plain_title }}{% endfor %}{% endfor %}",
    )
    put(
        tmp_path,
        "digest.txt",
        "{% for s in sections %}{% for c in s.cards %}{{ c.plain_title }}{% endfor %}{% endfor %}",
    )
    made = rendered(tmp_path, title="a <b> & c")
    assert made.html == "a &lt;b&gt; &amp; c\n"
    assert made.text == "a <b> & c\n"


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("one\n{% if %}\n", 2, "Expected an expression"),
        ("one\ntwo\n{{ no_such_thing }}\n", 3, "'no_such_thing' is undefined"),
        ("one\n\n\n{{ page.nothing }}\n", 4, "has no attribute 'nothing'"),
        ("{{ 1 // 0 }}\n", 1, "by zero"),
    ],
)
@pytest.mark.parametrize("name", ["digest.html", "digest.txt", "subject.txt"])
def test_a_broken_override_names_file_and_line(tmp_path, source, line, reason, name):
    path = put(tmp_path, name, source)
    with pytest.raises(TemplateError) as caught:
        rendered(tmp_path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert reason in str(caught.value)


def test_a_missing_template_or_folder_is_named(tmp_path):
    put(tmp_path, "digest.html", '{% extends "mail/nothing.html" %}')
    with pytest.raises(TemplateError, match=r"mail/nothing\.html"):
        rendered(tmp_path)
    with pytest.raises(TemplateError, match="does not exist"):
        environment(tmp_path / "absent")


def test_no_built_in_template_switches_escaping_off():
    for path in built_in().rglob("*.*"):
        source = path.read_text(encoding="utf-8")
        assert "safe" not in source.replace("unsafe", ""), path
        assert "autoescape" not in source, path


def test_jinja_is_imported_on_first_use_only():
    code = "import sys, digest.mail.render, digest.mail.message; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=built_in().parent).returncode == 0
