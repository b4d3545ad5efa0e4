"""/try: the last days as they would have been ranked by what is typed, and the mail; looking changes nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from digest.mail.links import Links
from digest.ranking.query import parse
from digest.web import create_app
from digest.web.trying import EXAMPLES
from tests.factories import NOW
from tests.web.conftest import listed, site_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask.testing import FlaskClient

    from digest.storage import Store
    from digest.web.site import Site

FOLDING = listed(7, title="Protein folding <fast>", summary="We fold proteins. Protein folding works well.")
SPEECH = listed(8, title="Speech recognition at night", summary="We listen. It works.")


def shown(client: FlaskClient, interests: str, **query: str) -> str:
    """The page for these interests."""
    answer = client.get("/try", query_string={"interests": interests, **query})
    assert answer.status_code == 200
    return answer.text


def told(page: str) -> str:
    """The sentence that sums the page up."""
    found = re.search(r'<p id="told"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert found
    return unescape(found[1].strip())


def titles(page: str) -> list[str]:
    """The papers in their order, without marks."""
    return [
        unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in re.findall(r"<h2 dir.*?>(.*?)</h2>", page, re.DOTALL)
    ]


def test_without_interests_there_is_a_field_and_examples(client: FlaskClient):
    page = shown(client, "")
    assert titles(page) == []
    assert told(page) == ""
    assert [unescape(link) for link in re.findall(r'href="(/try\?interests=[^"]+)"', page)] == [
        f"/try?interests={quote(example, safe='').replace('%20', '+')}" for example in EXAMPLES
    ]


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_can_be_read(example: str):
    assert len(parse(example)) == 2


def test_papers_are_ranked_with_reasons_and_marks(client: FlaskClient, add: Callable[..., int]):
    add(FOLDING, SPEECH, *range(10, 20))
    page = shown(client, "protein folding")
    assert titles(page) == ["Protein folding <fast>"]
    assert told(page) == "1 of the 12 papers of the last 7 days answers to these interests."
    assert "<mark>Protein folding</mark> &lt;fast&gt;" in page
    assert re.search(r'<p class="why">Why: <b>protein folding</b> in title and abstract', page)


def test_each_day_tells_how_many_would_have_been_in_the_mail(client: FlaskClient, add: Callable[..., int]):
    add(SPEECH, 1, 2, now=NOW - timedelta(days=2, hours=1))
    add(FOLDING, 3, now=NOW - timedelta(hours=1))
    rows = re.findall(
        r'<th scope="row">(.*?)</th><td class="number">(\d+)</td><td class="number">(\d+)</td>',
        shown(client, "speech, protein folding"),
    )
    assert rows == [("Monday, 25 May", "2", "1"), ("Saturday, 23 May", "3", "1")]


def test_so_many_days_are_looked_at_as_are_asked_for(client: FlaskClient, add: Callable[..., int]):
    add(SPEECH, now=NOW - timedelta(days=10))
    add(FOLDING, now=NOW - timedelta(hours=1))
    found = [told(shown(client, "speech", days=days)) for days in ("1", "14", "x", "٧", "-3", "99999")]
    usual = "0 of the 1 papers of the last 7 days answer to these interests."
    assert found == [
        "0 of the 1 papers of the last 24 hours answer to these interests.",
        "1 of the 2 papers of the last 14 days answers to these interests.",
        *(usual, usual, usual, usual),
    ]


def test_advice_tells_what_looks_wrong(client: FlaskClient, add: Callable[..., int]):
    add(*range(1, 12))
    page = shown(client, "paper, quantum <gravity>")
    assert "<li><b>paper</b> matches nearly every paper (100%), so it says nothing.</li>" in page
    assert "<li><b>quantum &lt;gravity&gt;</b> matches nothing.</li>" in page


def test_before_any_paper_it_says_so(client: FlaskClient):
    page = shown(client, "protein folding")
    assert told(page) == "No papers came in during the last 7 days, so there is nothing to rank yet."
    assert titles(page) == []


def test_a_mistake_stands_by_the_field_and_keeps_what_was_typed(client: FlaskClient):
    answer = client.get("/try", query_string={"interests": 'graph, "open <b>'})
    assert answer.status_code == 400
    assert "graph, &#34;open &lt;b&gt;</textarea>" in answer.text
    assert "This quote is not closed" in answer.text
    assert 'aria-describedby="interests-hint interests-error"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_the_form_to_subscribe_carries_the_interests(client: FlaskClient, add: Callable[..., int]):
    add(FOLDING)
    page = shown(client, "protein folding\n-speech")
    assert '<input type="hidden" name="interests" id="kept" value="protein folding\n-speech">' in page
    assert "With these interests: <b>protein folding, -speech</b>" in page
    assert 'action="/subscribe"' in page


def test_where_nobody_may_join_there_is_no_form(store: Store, tmp_path: Path):
    closed = create_app(site_of(store, tmp_path, joining={"open": False})).test_client()
    page = shown(closed, "protein folding")
    assert 'action="/subscribe"' not in page
    assert "Nobody can subscribe here at the moment." in page


def test_the_mail_is_framed_and_may_do_nothing(client: FlaskClient, add: Callable[..., int]):
    add(FOLDING)
    page = shown(client, "protein folding, a & b")
    frame = re.search(r"<iframe[^>]+>", page)
    assert frame
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame[0]
    source = re.search(r'src="([^"]+)"', frame[0])
    assert source
    answer = client.get(unescape(source[1]))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_the_mail_is_the_one_that_would_be_sent(client: FlaskClient, add: Callable[..., int]):
    add(FOLDING, SPEECH)
    mail = client.get("/try/mail?interests=protein+folding").text
    assert mail.startswith('<!DOCTYPE html>\n<html lang="en" dir="ltr">\n<head>\n<base target="_blank">')
    assert "Monday, 25 May 2026" in mail
    assert "you@example.org" in mail
    assert "Protein folding" in mail
    assert "Speech recognition" not in mail


def test_an_operators_template_that_fails_shows_the_built_in_mail(
    store: Store, tmp_path: Path, add: Callable[..., int]
):
    add(FOLDING)
    (tmp_path / "own" / "mail").mkdir(parents=True)
    (tmp_path / "own" / "mail" / "digest.html").write_text("{{ colour }}")
    own = create_app(site_of(store, tmp_path, mail={"templates": "own"})).test_client()
    answer = own.get("/try/mail?interests=protein+folding")
    assert (answer.status_code, "Protein folding" in answer.text) == (200, True)


def test_a_mail_for_interests_that_cannot_be_read_is_a_mistake(client: FlaskClient):
    assert client.get("/try/mail", query_string={"interests": '"open'}).status_code == 400


def test_looking_changes_nothing(client: FlaskClient, store: Store, add: Callable[..., int]):
    from tests.services.test_trial import dump

    add(FOLDING, SPEECH)
    before = dump(store)
    for place in (
        "/try",
        "/try?interests=protein+folding",
        "/try/mail?interests=protein+folding",
        "/subscribe",
        "/link",
    ):
        assert client.get(place).status_code == 200
        assert client.head(place).status_code == 200
    assert dump(store) == before


def test_pages_of_somebodys_interests_are_not_kept(client: FlaskClient):
    assert client.get("/try").headers["Cache-Control"] == "public, max-age=60"
    assert client.get("/try?interests=graphs").headers["Cache-Control"] == "no-store"


def test_one_network_cannot_have_the_machine_rank_for_ever(client: FlaskClient, add: Callable[..., int]):
    add(FOLDING)
    answers = [client.get(f"/try?interests=word{n}") for n in range(70)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200] * 60 + [429] * 10
    assert int(answers[-1].headers["Retry-After"]) >= 1
    elsewhere = client.get("/try?interests=graphs", environ_base={"REMOTE_ADDR": "198.51.100.7"})
    assert elsewhere.status_code == 200
    assert client.get("/try").status_code == 200


def test_a_very_long_list_is_a_mistake_and_no_burden(client: FlaskClient, add: Callable[..., int]):
    add(FOLDING)
    answer = client.get("/try", query_string={"interests": "\n".join(f"word{n}" for n in range(300))})
    assert answer.status_code == 400
    assert "More than 200 interests" in answer.text


def test_links_lead_to_our_own_pages(client: FlaskClient, site: Site, add: Callable[..., int]):
    add(FOLDING)
    assert f'href="{Links("", site.keys).paper("arxiv:2605.00007")}"' in shown(client, "protein folding")
