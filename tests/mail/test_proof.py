from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.fitness import unfit
from digest.mail.proof import slips
from digest.mail.render import MAX_MESSAGE
from digest.model import Rendered

FINE = (
    '<!DOCTYPE html><html lang="en"><head><title>T</title><style>.a{color:#000}</style></head><body><div lang="en">'
    '<h1>T</h1><table role="presentation"><tr><td><p>x<br>y</p><a href="https://x.test/">z</a></td></tr></table>'
    "<!--[if mso]></td></tr></table><![endif]--></div></body></html>"
)
WAY = "https://digest.test/unsubscribe/t?a=1&b=2"


def put(words: str) -> str:
    return FINE.replace("<p>", f"{words}<p>")


def test_a_fine_page_has_no_slips():
    assert slips(FINE) == []


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        (FINE.replace('<html lang="en">', "<html>"), "<html> has no lang"),
        (FINE.replace('<div lang="en">', "<div>"), "<div> has no lang"),
        ("<p>only this</p>", "<html> has no lang"),
        (FINE.replace("h1", "p"), "there are 0 h1 headings"),
        (put("<h1>Again</h1>"), "there are 2 h1 headings"),
        (put('<img src="http://x.test/a.png" alt="">'), "an image from the web"),
        (put('<IMG SRC="//x.test/a.png" alt="">'), "an image from the web"),
        (put('<img src="cid:logo">'), "an image without alt"),
        (put("<table><tr><td>x</td></tr></table>"), "a table for layout without its role"),
        (put('<a href="javascript:x()">x</a>'), "a link to 'javascript:x()'"),
        (put('<a href="#top">x</a>'), "a link to '#top'"),
        (put("<a>x</a>"), "a link to ''"),
        (put("<script>x</script>"), "<script> does not work in mail"),
        (put('<form action="x"></form>'), "<form> does not work in mail"),
        (put('<link href="x.css">'), "<link> does not work in mail"),
        (put('<b onclick="x">y</b>'), "a script on <b>"),
        (put('<b style="background:URL (x.png)">y</b>'), "a style that loads something"),
        (FINE.replace(".a{", "@import 'x';.a{"), "a style that loads something"),
        (put('<i style="display: none">y</i>'), "a style that hides text"),
        (put('<i style="mso-hide:all">y</i>'), "a style that hides text"),
        (put("<b>bold"), "<b> is not closed"),
        (put("bold</b>"), "</b> closes nothing"),
    ],
)
def test_a_slip_is_named_once(html, problem):
    assert [slip.problem for slip in slips(html)].count(problem) == 1


@given(
    st.text()
    | st.lists(st.sampled_from(["<b", ">", "</b>", "<html lang=en>", "<a href='", "<!--", "x", "<![if"])).map("".join)
)
def test_any_html_at_all_can_be_looked_at(html):
    assert isinstance(slips(html), list)


def rendered(**fields):
    escaped = WAY.replace("&", "&amp;")
    return Rendered(**{"subject": "S", "text": f"T\n{WAY}\n", "html": f'<a href="{escaped}">U</a>', **fields})


@pytest.mark.parametrize(
    ("fields", "name", "reason"),
    [
        ({"subject": " "}, "mail/subject.txt", "nothing"),
        ({"text": "\n"}, "mail/digest.txt", "nothing"),
        ({"html": ""}, "mail/digest.html", "nothing"),
        ({"text": "T"}, "mail/digest.txt", "unsubscribe"),
        ({"html": "<p>T</p>"}, "mail/digest.html", "unsubscribe"),
        ({"html": f'<a href="{WAY}">{"x " * MAX_MESSAGE}</a>'}, "mail/digest.html", "90000 bytes"),
        ({"text": f"{WAY}\n{'x ' * MAX_MESSAGE}"}, "mail/digest.txt", "90000 bytes"),
    ],
)
def test_what_must_not_be_sent_is_named_with_its_template(fields, name, reason):
    found = unfit(rendered(**fields), [WAY])
    assert found is not None
    assert found[0] == name
    assert reason in found[1]
    assert WAY not in found[1]


def test_one_way_out_in_each_part_is_enough():
    assert unfit(rendered(), [WAY]) is None
    assert unfit(rendered(), ["https://other.test/", WAY]) is None
