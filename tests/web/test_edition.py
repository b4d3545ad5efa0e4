"""Read on the web: one's own edition, whole."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.mail.links import edition_token, subscriber_token
from digest.mail.tokens import Keyring, Purpose
from digest.model import EmptyPolicy, Feedback, Match, Opinion, Pick, SubscriberStatus
from digest.web.edition import shown
from tests.factories import NOW, paper
from tests.web.conftest import listed, put
from tests.web.readers import Page, dump, enrolled, named, paths, published, reader

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from digest.model import Edition, Subscriber
    from digest.web.site import Site

LONG = " ".join(f"Sentence number {n} of a long abstract speaks of diffusion." for n in range(60))


@pytest.fixture
def read(site: Site) -> tuple[Subscriber, Edition]:
    """Somebody with an edition."""
    return reader(site)


def test_all_picks_are_there_with_their_reasons(
    client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]
) -> None:
    _, edition = read
    answer = client.get(paths(site).edition(*named(edition)))
    words = Page(answer.text).words
    assert answer.status_code == 200
    assert [pick.paper.title in words for pick in edition.picks] == [True] * len(edition.picks)
    assert "Why: diffusion models in title and abstract" in words
    assert "<mark>Diffusion models</mark> for protein folding" in answer.text


def test_an_abstract_is_shown_whole(client: FlaskClient, site: Site) -> None:
    _, edition = reader(site, listed(7, title="Diffusion models", summary=LONG))
    assert LONG in Page(client.get(paths(site).edition(*named(edition))).text).words


def test_what_did_not_fit_into_the_mail_is_here(client: FlaskClient, site: Site) -> None:
    papers = [listed(n, title=f"Diffusion models, part {n}", summary=LONG) for n in range(1, 90)]
    _, edition = reader(site, *papers, max_papers=80)
    shown = client.get(paths(site).edition(*named(edition))).text
    assert [f'id="paper-{n}"' in shown for n in range(1, 81)] == [True] * 80


def test_each_pick_can_be_judged(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    known, edition = read
    place = paths(site).edition(*named(edition))
    actions = [form.action for form in Page(client.get(place).text).forms]
    for pick in edition.picks:
        assert paths(site).opinion(*named(edition), pick.rank, "more") in actions
        assert paths(site).opinion(*named(edition), pick.rank, "less") in actions
    client.post(paths(site).opinion(*named(edition), 1, "more"))
    assert site.store.feedback([known.id])[known.id][0].paper.key == edition.picks[0].paper.key
    assert client.get(place).text.count('aria-pressed="true"') == 1


def test_it_turns_to_the_edition_before_and_after(client: FlaskClient, site: Site) -> None:
    _, first = reader(site)
    second, third = (next(iter(_of_day(site, day, listed(10 + day, title="Diffusion models again")))) for day in (1, 2))
    links = Page(client.get(paths(site).edition(*named(second))).text).links
    assert paths(site).edition(*named(first)) in links
    assert paths(site).edition(*named(third)) in links
    assert paths(site).edition(*named(third)) not in Page(client.get(paths(site).edition(*named(first))).text).links


def _of_day(site: Site, day: int, *papers: dict[str, object]) -> list[Edition]:
    put(site.store, *papers, now=NOW + timedelta(days=day, hours=-2))
    return published(site, NOW + timedelta(days=day))


def test_it_leads_to_no_page_that_can_do_more(
    client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]
) -> None:
    """Somebody may pass the address of an edition on."""
    known, edition = read
    shown = client.get(paths(site).edition(*named(edition))).text
    for purpose in (Purpose.MANAGE, Purpose.UNSUBSCRIBE, Purpose.FEED):
        assert subscriber_token(site.keys, purpose, known) not in shown
    assert known.address not in shown


def test_nobody_keeps_or_lists_it(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    answer = client.get(paths(site).edition(*named(read[1])))
    told = {name: answer.headers.get(name) for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")}
    assert told == {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


def test_who_left_reads_on_but_judges_no_more(
    client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]
) -> None:
    known, edition = read
    site.store.remove_subscriber(known.id, NOW)
    answer = client.get(paths(site).edition(*named(edition)))
    assert (answer.status_code, Page(answer.text).forms) == (200, [])


def test_what_is_erased_is_not_shown(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    known, edition = read
    site.store.erase_subscriber(known.id, NOW)
    answer = client.get(paths(site).edition(*named(edition)))
    assert answer.status_code == 404
    assert site.store.subscriber(known.id).status is SubscriberStatus.GONE


def test_a_link_that_is_not_ours(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    known, edition = read
    for token in (
        "a" * 40,
        subscriber_token(site.keys, Purpose.MANAGE, known),
        edition_token(site.keys, known, edition.edition_date + timedelta(days=1)),
        edition_token(Keyring(b"other"), known, edition.edition_date),
    ):
        assert client.get(f"/edition/{token}").status_code == 404


def test_an_edition_without_picks_says_why(client: FlaskClient, site: Site) -> None:
    known = enrolled(site, empty=EmptyPolicy.NOTE)
    (edition,) = published(site)
    assert (edition.subscriber_id, edition.picks) == (known.id, ())
    words = Page(client.get(paths(site).edition(*named(edition))).text).words
    assert "No new papers came in since your last digest." in words


def test_the_summary_is_not_told_twice() -> None:
    text = "We propose diffusion of diffusion. Then nobody came. In the end it worked well for everybody involved."
    match = Match("diffusion", "abstract", 2, ((11, 20), (24, 33)))
    view = shown(Pick(1, paper(abstract=text), 1.0, (match,)), {})
    assert view.card.plain_summary + " " + "".join(part for part, _ in view.text) == text


def test_marks_stand_where_the_interest_hit() -> None:
    text = "Nothing of it here at first. We propose diffusion of heat."
    match = Match("diffusion", "abstract", 1, ((40, 49),))
    view = shown(Pick(1, paper(abstract=text), 1.0, (match,)), {})
    assert [part for part, marked in view.text if marked] == ["diffusion"]


def test_hostile_papers_stay_text(client: FlaskClient, site: Site) -> None:
    _, edition = reader(
        site,
        listed(
            5, title="<script>alert(1)</script> diffusion models", summary="</p><img src=x onerror=y> diffusion models"
        ),
    )
    shown = client.get(paths(site).edition(*named(edition))).text
    assert ("<script>alert" in shown, "<img" in shown) == (False, False)


def test_reading_changes_nothing(
    client: FlaskClient, site: Site, read: tuple[Subscriber, Edition], tmp_path: Path
) -> None:
    known, edition = read
    site.store.set_feedback(Feedback(known.id, edition.picks[0].paper, Opinion.LIKED, NOW, "web"))
    before = dump(tmp_path / "digest.db")
    client.get(paths(site).edition(*named(edition)))
    client.head(paths(site).edition(*named(edition)))
    assert dump(tmp_path / "digest.db") == before
