"""The templates of letters are tried as those of editions are; those of pages are left alone but for their grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.mail.letters import LETTERS
from digest.mail.specimens import letter_specimens
from digest.model import DeliveryKind
from digest.services.proofread import proofread, template_names, template_source
from tests.factories import letterhead

if TYPE_CHECKING:
    from pathlib import Path

LETTER = '{% extends "default:mail/letter.html" %}'


def put(folder: Path, name: str, source: str) -> str:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(source, encoding="utf-8")
    return str(place)


def found(folder: Path) -> list[tuple[str, int, bool, str]]:
    return [(one.file, one.line, one.grave, one.problem) for one in proofread(folder, letterhead())]


def test_every_kind_of_letter_is_tried_and_every_template_of_letters_is_there():
    kinds = {specimen.kind for specimen in letter_specimens(letterhead())}
    assert kinds == set(DeliveryKind) - {DeliveryKind.EDITION}
    assert set(LETTERS) <= set(template_names())


def test_a_letter_in_words_of_ones_own_has_no_faults(tmp_path):
    put(tmp_path, "mail/confirm.html", '{% extends "default:mail/confirm.html" %}{% block wishes %}{% endblock %}')
    put(tmp_path, "mail/letter.html", LETTER + "{% block footer %}<p>Room 4, {{ masthead }}</p>{% endblock %}")
    put(tmp_path, "mail/known.subject.txt", "{{ masthead }}: you are on it")
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "source", "line", "problem"),
    [
        ("mail/confirm.html", "{% if %}", 1, "Expected an expression"),
        ("mail/confirm.txt", "\n{{ unsubscribe }}", 2, "'unsubscribe' is not defined"),
        ("mail/digest.txt", "\n{{ confirm_url }}", 2, "'confirm_url' is not defined"),
        ("mail/link.txt", "{{ paragraphs[0] }}{{ manage_url }}", 1, "no element 0"),
        ("mail/answer.subject.txt", " ", 0, "it renders to nothing"),
        ("mail/known.html", LETTER, 0, "the link that the letter is for is gone"),
        ("mail/confirm.html", LETTER, 0, "{{ confirm_url }} or {{ confirm_mail }} has to stand in it"),
        ("mail/answer.html", LETTER + "{% block content %}" + "words " * 20_000 + "{% endblock %}", 0, "over 90000"),
    ],
)
def test_what_cannot_be_sent_is_grave(tmp_path, name, source, line, problem):
    file = put(tmp_path, name, source)
    told = [one for one in found(tmp_path) if one[:3] == (file, line, True)]
    assert [problem in one[3] for one in told] == [True]


def test_an_image_in_a_letter_is_told_with_its_line(tmp_path):
    place = put(
        tmp_path,
        "mail/letter.html",
        LETTER + '\n{% block header %}<h1>x</h1><img src="https://x.test/1.gif">{% endblock %}',
    )
    told = {one[3]: one[:3] for one in found(tmp_path)}
    assert told["an image from the web"] == (place, 2, False)


def test_pages_are_read_for_their_grammar_alone(tmp_path):
    put(tmp_path, "web/day.html", "{{ whatever_a_page_is_given }}")
    put(tmp_path, "web/style.css", "a {% b {{ c }")
    assert found(tmp_path) == []
    file = put(tmp_path, "web/paper.html", "\n{% if %}")
    assert [one[:3] for one in found(tmp_path)] == [(file, 2, True)]


def test_a_name_that_mail_and_pages_share_is_that_of_the_mail():
    assert template_source("confirm.html") == template_source("mail/confirm.html")
    assert template_source("web/confirm.html") != template_source("mail/confirm.html")
