"""One's own page: every wish, the pause, what was learned, mistakes, hostile input."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.mail.links import subscriber_token
from digest.mail.tokens import Purpose
from digest.model import DeliveryKind, EmptyPolicy, Feedback, Opinion, SubscriberStatus
from digest.ranking.query import parse
from digest.web import create_app
from digest.web.manage import pause_end
from tests.factories import NOW
from tests.web.conftest import site_of
from tests.web.readers import Page, dump, enrolled, paths

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from flask.testing import FlaskClient

    from digest.model import Subscriber
    from digest.web.site import Site


def wishes(client: FlaskClient, place: str, **changed: Any) -> dict[str, Any]:
    """The form of wishes as it is shown, with some of it changed."""
    return {**Page(client.get(place).text).form(do="save").fields, **changed, "do": "save"}


def test_saving_what_is_shown_changes_nothing(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    answer = client.post(place, data=wishes(client, place))
    assert (answer.status_code, answer.location) == (303, f"{place}?said=saved")
    assert site.store.subscriber(ada.id) == ada
    assert "Your wishes are saved." in client.get(answer.location).text


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"interests": 'graphs^2\r\n"a space"\r\n\r\n-bird'}, {"interests": parse('graphs^2, "a space", -bird')}),
        ({"interests": ""}, {"interests": ()}),
        ({"send_at": "18:30"}, {"send_at": time(18, 30)}),
        ({"zone": "America/New_York"}, {"zone": "America/New_York"}),
        ({"max_papers": "25"}, {"max_papers": 25}),
        ({"empty": "note"}, {"empty": EmptyPolicy.NOTE}),
    ],
    ids=lambda value: str(value)[:30],
)
def test_each_wish(
    client: FlaskClient, site: Site, ada: Subscriber, place: str, changed: dict[str, str], fields: dict[str, Any]
) -> None:
    assert client.post(place, data=wishes(client, place, **changed)).status_code == 303
    after = site.store.subscriber(ada.id)
    assert {name: getattr(after, name) for name in fields} == fields
    kept = ("send_at", "zone", "rhythm", "max_papers", "empty", "interests", "address", "name")
    assert [n for n in kept if n not in fields and getattr(after, n) != getattr(ada, n)] == []


@pytest.mark.parametrize(
    ("days", "rhythm"),
    [
        (["mon"], "weekly:mon"),
        (["tue", "thu"], "weekly:tue+thu"),
        (["mon", "tue", "wed", "thu", "fri"], "weekdays"),
        (["sun", "sat", "fri", "thu", "wed", "tue", "mon"], "daily"),
        (["fri", "never", ""], "weekly:fri"),
    ],
)
def test_the_days(client: FlaskClient, site: Site, ada: Subscriber, place: str, days: list[str], rhythm: str) -> None:
    assert client.post(place, data=wishes(client, place, day=days)).status_code == 303
    assert str(site.store.subscriber(ada.id).rhythm) == rhythm


def test_a_new_hour_moves_the_next_edition(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    client.post(place, data=wishes(client, place, send_at="21:00"))
    # Today's is out, so it is tomorrow's, at 21:00 in Berlin.
    assert site.store.subscriber(ada.id).next_due_at == datetime(2026, 5, 26, 19, tzinfo=UTC)
    assert "tomorrow at 21:00" in client.get(place).text


def test_the_number_of_the_house_stays_that_of_the_house(site: Site, ada: Subscriber, place: str) -> None:
    client = create_app(site).test_client()
    client.post(place, data=wishes(client, place))
    assert site.store.subscriber(ada.id).max_papers is None


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"interests": 'fine\r\n"not closed'}, "Line 2: this quote is not closed."),
        ({"interests": "x" * 10_001}, "These are too many"),
        ({"interests": "\r\n".join(f"word{n}" for n in range(201))}, "more than 200 interests"),
        ({"send_at": "25:00"}, "is no time of day"),
        ({"send_at": ""}, "Write a time of day"),
        ({"zone": "Berlinn"}, "did you mean &#34;Europe/Berlin&#34;?"),
        ({"zone": ""}, "Write the name of your time zone"),
        ({"max_papers": "0"}, "Write a whole number from 1 to 100."),
        ({"max_papers": "101"}, "Write a whole number from 1 to 100."),
        ({"max_papers": "²"}, "Write a whole number from 1 to 100."),
        ({"day": []}, "Tick at least one day."),
        ({"empty": "often"}, "Empty must be"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_mistake_is_told_and_keeps_what_was_typed(
    client: FlaskClient, site: Site, ada: Subscriber, place: str, changed: dict[str, Any], told: str
) -> None:
    sent = wishes(client, place, **{"send_at": "09:15", **changed})
    answer = client.post(place, data=sent)
    assert answer.status_code == 400
    assert told in answer.text
    assert site.store.subscriber(ada.id) == ada
    kept = Page(answer.text).form(do="save").fields
    shown = {name: value.replace("\r\n", "\n") if isinstance(value, str) else value for name, value in sent.items()}
    names = {"interests", "send_at", "max_papers", "day"} & (sent.keys() - (set(changed) & {"zone", "empty"}))
    assert {name: kept.get(name, []) for name in names} == {
        name: shown[name] if isinstance(shown[name], list) else [shown[name]] for name in names
    }


def test_the_place_of_a_mistake_is_shown(client: FlaskClient, place: str) -> None:
    shown = client.post(place, data=wishes(client, place, interests="fine\nbird colour:red\nmore")).text
    assert '<pre class="slip" aria-label="where it is">bird <mark>colour:red</mark></pre>' in shown


def test_all_mistakes_are_told_at_once(client: FlaskClient, place: str) -> None:
    shown = client.post(place, data=wishes(client, place, interests='"', send_at="x", max_papers="x", day=[])).text
    assert shown.count('class="error"') == 4


def test_the_last_days_are_ranked_by_what_is_stored(client: FlaskClient, place: str) -> None:
    shown = Page(client.get(place).text)
    assert "4 papers came in the last 7 days, and 1 of them would have been good enough." in shown.words
    assert "/paper/arxiv:2605.00001" in shown.links
    assert "/paper/arxiv:2605.00004" not in shown.links


def test_trying_ranks_by_what_is_typed_and_saves_nothing(
    client: FlaskClient, site: Site, ada: Subscriber, place: str, tmp_path: Path
) -> None:
    before = dump(tmp_path / "digest.db")
    answer = client.post(place, data={**wishes(client, place, interests="bird song"), "do": "try"})
    shown = Page(answer.text)
    assert answer.status_code == 200
    assert ("/paper/arxiv:2605.00004" in shown.links, "/paper/arxiv:2605.00001" in shown.links) == (True, False)
    assert shown.form(do="save").fields["interests"] == ["bird song"]
    assert dump(tmp_path / "digest.db") == before


def test_liked_papers_count_in_the_ranking(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    paper = site.store.paper("arxiv:2605.00004")
    assert paper is not None
    site.store.set_feedback(Feedback(ada.id, paper, Opinion.LIKED, NOW, "web"))
    shown = Page(client.post(place, data={**wishes(client, place, interests=""), "do": "try"}).text)
    assert "/paper/arxiv:2605.00004" in shown.links
    assert "which you liked" in shown.words


def test_what_was_learned_is_shown_and_taken_back(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    for number, opinion in ((3, Opinion.LIKED), (4, Opinion.DISLIKED)):
        paper = site.store.paper(f"arxiv:2605.0000{number}")
        assert paper is not None
        site.store.set_feedback(Feedback(ada.id, paper, opinion, NOW, "web"))
    words = Page(client.get(place).text).words
    assert "Papers you liked New papers like these rise. Graph transformers at scale" in words
    assert "Papers you want less of New papers like these sink. Bird song" in words
    form = Page(client.get(place).text).form(key="arxiv:2605.00003")
    answer = client.post(form.action, data={**form.fields, "do": "forget"})
    assert answer.location == f"{place}?said=forgotten"
    assert [one.paper.title for one in site.store.feedback([ada.id])[ada.id]] == ["Bird song"]


def test_what_is_kept_out_is_let_in_again(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    form = Page(client.get(place).text).form(interest="-survey")
    assert client.post(form.action, data={**form.fields, "do": "drop"}).location == f"{place}?said=dropped"
    assert site.store.subscriber(ada.id).interests == parse("diffusion models")


@pytest.mark.parametrize(
    ("sent", "until"),
    [
        ({"for": "1"}, NOW + timedelta(weeks=1)),
        ({"for": "2"}, NOW + timedelta(weeks=2)),
        ({"for": "4"}, NOW + timedelta(weeks=4)),
        ({"for": "ever"}, None),
        ({"for": "date", "until": "2026-06-10"}, datetime(2026, 6, 9, 22, tzinfo=UTC)),
    ],
)
def test_a_pause_and_its_end(
    client: FlaskClient, site: Site, ada: Subscriber, place: str, sent: dict[str, str], until: datetime | None
) -> None:
    assert client.post(place, data={**sent, "do": "pause"}).location == f"{place}?said=paused"
    during = site.store.subscriber(ada.id)
    assert (during.status, during.paused_until) == (SubscriberStatus.PAUSED, until)
    shown = Page(client.get(place).text)
    assert "Paused until" in shown.words
    client.post(place, data={"do": "resume"})
    assert site.store.subscriber(ada.id).status is SubscriberStatus.ACTIVE


@pytest.mark.parametrize(
    ("choice", "until"),
    [
        ("", ""),
        ("5", ""),
        ("-1", ""),
        ("date", ""),
        ("date", "2026-05-25"),
        ("date", "2026-05-01"),
        ("date", "2027-12-01"),
        ("date", "9999-12-31"),
        ("date", "0001-01-01"),
        ("date", "today"),
    ],
)
def test_no_pause_without_an_end_that_can_be(choice: str, until: str) -> None:
    for zone in ("UTC", "Pacific/Kiritimati"):
        with pytest.raises(UsageError):
            pause_end(choice, until, zone, NOW)


def test_a_pause_that_cannot_be_is_told_and_keeps_what_was_chosen(
    client: FlaskClient, site: Site, ada: Subscriber, place: str
) -> None:
    answer = client.post(place, data={"do": "pause", "for": "date", "until": "2026-05-01"})
    assert (answer.status_code, "lies ahead" in answer.text) == (400, True)
    assert Page(answer.text).form(do="pause").fields == {"for": ["date"], "until": ["2026-05-01"]}
    assert site.store.subscriber(ada.id).status is SubscriberStatus.ACTIVE


def test_who_left_finds_the_way_back(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    site.store.remove_subscriber(ada.id, NOW)
    for answer in (client.get(place), client.post(place, data={"do": "pause", "for": "ever"})):
        shown = Page(answer.text)
        assert answer.status_code == 200
        assert [form.action for form in shown.forms] == [f"{paths(site).unsubscribe(ada)}/undo"]
        assert {"/try", f"{place}/account"} <= set(shown.links)
    assert site.store.subscriber(ada.id).status is SubscriberStatus.GONE


def test_a_new_link_is_sent_by_mail_and_ends_the_old_one(client: FlaskClient, site: Site, ada: Subscriber) -> None:
    """Whoever came by a mail that was passed on is out, and does not see the new one."""
    old, leave = paths(site).manage(ada), paths(site).unsubscribe(ada)
    assert "Make a new link" in client.get(old).text
    answer = client.post(old, data={"do": "renew"})
    renewed = paths(site).manage(site.store.subscriber(ada.id))
    assert (answer.status_code, "have ended" in answer.text, renewed in answer.text) == (200, True, False)
    assert [client.get(place).status_code for place in (old, renewed, leave)] == [404, 200, 200]
    assert site.store.deliveries(limit=1)[0].kind is DeliveryKind.LINK
    assert client.post(old, data={"do": "renew"}).status_code == 404


def test_a_link_that_is_not_ours_shows_nothing_of_anybody(client: FlaskClient, site: Site, ada: Subscriber) -> None:
    tokens = [
        "a" * 40,
        subscriber_token(site.keys, Purpose.UNSUBSCRIBE, ada),
        site.keys.token(Purpose.MANAGE, 10**6),
        "%0d%0a",
    ]
    for token in tokens:
        for answer in (client.get(f"/manage/{token}"), client.post(f"/manage/{token}", data={"do": "save"})):
            assert (answer.status_code, ada.address in answer.text) == (404, False)
    assert site.store.subscriber(ada.id) == ada


def test_an_unknown_deed_changes_nothing(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    for do in ("", "delete", "save "):
        answer = client.post(place, data={"do": do} if do != "save " else {"do": "\x00"})
        assert answer.status_code == 400
    assert site.store.subscriber(ada.id) == ada


def test_nobody_keeps_or_lists_the_page(client: FlaskClient, place: str) -> None:
    answer = client.get(place)
    told = {name: answer.headers.get(name) for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")}
    assert told == {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
    assert "Set-Cookie" not in answer.headers


def test_the_page_stands_when_the_ranking_fails(site: Site, ada: Subscriber, place: str) -> None:
    class Broken:
        def prepare(self, *_: object) -> None:
            raise ZeroDivisionError("a bug in a ranker")

    shown = create_app(replace(site, ranker=Broken())).test_client().get(place)  # type: ignore[arg-type]
    assert (shown.status_code, "cannot be ranked at the moment" in shown.text) == (200, True)


TEXT = st.text(st.characters(codec="utf-8"), max_size=80) | st.sampled_from(
    ["ever", "date", "07:00", "UTC", "1", "9" * 400, "\x00", "a" * 2_000, '"', "-", "^" * 50, "cat:"]
)
NAMES = st.sampled_from(
    ["interests", "send_at", "zone", "max_papers", "empty", "day", "for", "until", "key", "interest"]
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["save", "try", "pause", "resume", "forget", "drop"]), st.dictionaries(NAMES, TEXT, max_size=8))
def test_no_input_breaks_the_page(
    client: FlaskClient, site: Site, ada: Subscriber, place: str, do: str, sent: dict[str, str]
) -> None:
    answer = client.post(place, data={"do": do, **sent})
    assert answer.status_code in (200, 303, 400)
    assert client.get(place).status_code == 200


def test_interests_in_any_script_fit(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    lines = "\n".join("蛋白质折叠" * 10 for _ in range(190))
    assert client.post(place, data=wishes(client, place, interests=lines)).status_code == 303
    assert site.store.subscriber(ada.id).interests == parse(lines)


def test_somebody_new_sees_when_the_first_one_comes(client: FlaskClient, site: Site) -> None:
    known = enrolled(site, next_due_at=NOW + timedelta(hours=30))
    shown = Page(client.get(paths(site).manage(known)).text)
    assert "There is none yet. The first is due tomorrow at 14:00." in shown.words


def test_under_a_path_of_another_site(site: Site, ada: Subscriber, place: str, tmp_path: Path) -> None:
    below = site_of(site.store, tmp_path, digest={"web_url": "https://example.test/papers"})
    client = create_app(below).test_client()
    shown = Page(client.get(place).text)
    assert [link for link in shown.links if not link.startswith(("/papers/", "https://", "#"))] == []
    assert {form.action for form in shown.forms} == {f"/papers{place}"}
    assert client.post(place, data={"do": "resume"}).location == f"/papers{place}?said=resumed"
