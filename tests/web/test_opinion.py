"""More like this, less like this, mute this term."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.mail.links import subscriber_token
from digest.mail.tokens import Purpose
from digest.model import Opinion
from digest.ranking.query import parse
from tests.factories import NOW
from tests.web.conftest import listed
from tests.web.readers import Page, dump, named, paths, reader

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from digest.model import Edition, Subscriber
    from digest.web.site import Site


@pytest.fixture
def read(site: Site) -> tuple[Subscriber, Edition]:
    """Somebody with an edition."""
    return reader(site)


def said(site: Site, known: Subscriber) -> list[tuple[str, Opinion]]:
    """What somebody said: (key, opinion)."""
    return [(one.paper.key, one.opinion) for one in site.store.feedback([known.id]).get(known.id, [])]


@pytest.mark.parametrize(("word", "opinion"), [("more", Opinion.LIKED), ("less", Opinion.DISLIKED)])
def test_the_button_says_it_and_the_link_does_not(
    client: FlaskClient, site: Site, read: tuple[Subscriber, Edition], word: str, opinion: Opinion
) -> None:
    known, edition = read
    place = paths(site).opinion(*named(edition), 1, word)
    asked = Page(client.get(place).text)
    assert (said(site, known), edition.picks[0].paper.title in asked.words) == ([], True)
    assert asked.forms[0].action == place
    answer = client.post(asked.forms[0].action, data=asked.forms[0].fields)
    assert (answer.status_code, "From your next digest on" in answer.text) == (200, True)
    assert said(site, known) == [(edition.picks[0].paper.key, opinion)]


def test_the_last_word_holds(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    known, edition = read
    for word in ("more", "less", "less"):
        client.post(paths(site).opinion(*named(edition), 1, word))
    assert said(site, known) == [(edition.picks[0].paper.key, Opinion.DISLIKED)]


def test_it_is_taken_back_where_it_was_said(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    known, edition = read
    place = paths(site).opinion(*named(edition), 1, "more")
    after = Page(client.post(place).text)
    form = after.form(do="back")
    assert "Taken back" in client.post(form.action, data={**form.fields, "do": "back"}).text
    assert said(site, known) == []
    assert client.post(form.action, data={"do": "back"}).status_code == 200


def test_a_term_is_muted_and_let_in_again(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    known, edition = read
    place = paths(site).opinion(*named(edition), 1, "less")
    form = Page(client.get(place).text).form(do="mute")
    muted = Page(client.post(form.action, data={**form.fields, "term": "protein folding", "do": "mute"}).text)
    assert site.store.subscriber(known.id).interests == parse('diffusion models, -"protein folding"')
    assert 'papers with "protein folding" are kept out' in muted.words
    back = muted.form(do="let in")
    client.post(back.action, data={**back.fields, "do": "let in"})
    assert site.store.subscriber(known.id).interests == known.interests
    assert said(site, known) == []


def test_the_words_of_a_paper_are_offered(client: FlaskClient, site: Site) -> None:
    paper = listed(9, title="Diffusion models of heat", ai_keywords=["heat equation", "solvers"])
    known, edition = reader(site, paper)
    shown = Page(client.get(paths(site).opinion(*named(edition), 1, "less")).text)
    form = shown.form(term="heat equation")
    client.post(form.action, data={**form.fields, "term": "heat equation"})
    assert site.store.subscriber(known.id).interests == parse('diffusion models, -"heat equation"')


@pytest.mark.parametrize("term", ["", "   ", "-", '"', "...", "\x00"])
def test_nothing_is_muted_without_a_word(
    client: FlaskClient, site: Site, read: tuple[Subscriber, Edition], term: str
) -> None:
    known, edition = read
    answer = client.post(paths(site).opinion(*named(edition), 1, "less"), data={"do": "mute", "term": term})
    assert (answer.status_code, "Nothing is muted" in answer.text) == (400, True)
    assert site.store.subscriber(known.id).interests == known.interests


def test_what_is_no_link_of_ours(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    known, edition = read
    token = paths(site).edition(*named(edition)).rpartition("/")[2]
    for place in (
        f"/opinion/{token}/99/more",
        f"/opinion/{token}/0/more",
        f"/opinion/{token}/{10**30}/more",
        f"/opinion/{token}/-1/more",
        f"/opinion/{token}/1/most",
        f"/opinion/{token}/x/more",
        f"/opinion/{'a' * 40}/1/more",
        f"/opinion/{subscriber_token(site.keys, Purpose.MANAGE, known)}/1/more",
    ):
        assert [client.get(place).status_code, client.post(place).status_code] == [404, 404], place
    assert said(site, known) == []


def test_who_left_says_nothing_more(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    known, edition = read
    site.store.remove_subscriber(known.id, NOW)
    place = paths(site).opinion(*named(edition), 1, "more")
    assert Page(client.get(place).text).forms == []
    for do in ("", "back", "mute", "let in"):
        assert client.post(place, data={"do": do, "term": "a"}).status_code == 410
    assert said(site, known) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(do=st.sampled_from(["mute", "let in", "back", "", "x"]), term=st.text(max_size=400))
def test_no_term_breaks_the_page(
    client: FlaskClient, site: Site, read: tuple[Subscriber, Edition], do: str, term: str
) -> None:
    sent = {"do": do, "term": term.encode("utf-8", "replace").decode()}
    assert client.post(paths(site).opinion(*named(read[1]), 1, "less"), data=sent).status_code in (200, 400)


def test_looking_changes_nothing(
    client: FlaskClient, site: Site, read: tuple[Subscriber, Edition], tmp_path: Path
) -> None:
    before = dump(tmp_path / "digest.db")
    for word in ("more", "less"):
        client.get(paths(site).opinion(*named(read[1]), 1, word))
        client.head(paths(site).opinion(*named(read[1]), 1, word))
    assert dump(tmp_path / "digest.db") == before
