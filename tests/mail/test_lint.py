from __future__ import annotations

import pytest

from digest.mail.lint import lint, references, suggestion
from digest.mail.templates import DEFAULT, built_in, environment

ENV = environment()
NAMES = ["mail/digest.html", "mail/digest.txt"]


@pytest.mark.parametrize("name", sorted(path.relative_to(built_in()).as_posix() for path in built_in().rglob("mail/*")))
def test_the_built_in_templates_are_fine(name):
    assert lint(ENV, name, (built_in() / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "line", "problem"),
    [
        ("one\n{% if %}", 2, "Expected an expression"),
        ("one\n\n{{ preview | upcase }}", 3, "No filter named 'upcase'"),
        ("{% if more == 9 %}\n{{ colour }}\n{% endif %}", 2, "'colour' is not defined"),
        ('\n{% extends "mail/digest.html" %}', 2, "it builds on itself"),
        ('{% include "mail/nothing.html" %}', 1, "there is no template 'mail/nothing.html'"),
        ("{{ preview", 1, "unexpected end of template"),
    ],
)
def test_a_mistake_is_found_with_its_line(source, line, problem):
    (mistake,) = lint(ENV, "mail/digest.html", source)
    assert mistake.line == line
    assert problem in mistake.problem
    assert mistake.advice


@pytest.mark.parametrize(
    "source",
    [
        '{% extends "default:mail/digest.html" %}{% block sections %}{{ pieces.section(sections[0]) }}{% endblock %}',
        "{{ preview }}{{ page.masthead }}{% for n in range(3) %}{{ n }}{% endfor %}{% set x = 1 %}{{ x }}",
        "{% macro mine(card) %}{{ card.number }}{% endmacro %}{{ mine(sections[0].cards[0]) }}",
        '{% import "mail/macros.html" as bits %}{{ bits.marked([]) }}',
        "plain words",
    ],
)
def test_what_works_is_no_mistake(source):
    assert lint(ENV, "mail/digest.html", source) == []


def test_references_are_the_templates_that_a_source_builds_on():
    source = '{% extends "a" %}{% include "b" %}{% import "c" as c %}{% from "d" import e %}{% include x %}'
    assert references(ENV, source) == {"a", "b", "c", "d"}
    assert references(ENV, "{% if %}") == set()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("digest.html", "did you mean mail/digest.html?"),
        ("mail/digst.txt", "did you mean mail/digest.txt?"),
        ("zzz", "there are mail/digest.html, mail/digest.txt"),
    ],
)
def test_a_suggestion_names_the_nearest_or_all(name, said):
    assert suggestion(name, NAMES) == said


def test_a_name_with_the_prefix_of_the_built_in_ones_is_known():
    assert lint(ENV, "mail/digest.txt", f'{{% extends "{DEFAULT}mail/digest.txt" %}}') == []
