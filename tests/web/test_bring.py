"""Bringing interests along: shown first, taken when chosen."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import Unreachable, UsageError
from digest.imports import Imported
from digest.model import Paper
from digest.ranking.query import parse
from digest.web import MAX_UPLOAD, create_app
from digest.web.bring import packed, unpacked
from tests.factories import NOW
from tests.web.readers import Page, dump, enrolled, named, paths, reader

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from digest.model import Subscriber
    from digest.web.site import Site

BIBTEX = """
@article{a, title={Attention is all you need}, author={Vaswani, Ashish}, eprint={1706.03762}, archivePrefix={arXiv},
  keywords={transformers, attention}}
@article{b, title={Deep residual learning}, author={He, Kaiming}, doi={10.1109/CVPR.2016.90}, keywords={transformers}}
"""


@pytest.fixture
def ada(site: Site) -> Subscriber:
    """Somebody who is subscribed."""
    return enrolled(site, interests="diffusion models, transformers")


@pytest.fixture
def place(site: Site, ada: Subscriber) -> str:
    """Where she brings interests along."""
    return f"{paths(site).manage(ada)}/import"


def upload(client: FlaskClient, place: str, content: bytes, name: str = "library.bib") -> TestResponse:
    """Send a file, as a browser does."""
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    rest = b'\r\n--b\r\nContent-Disposition: form-data; name="do"\r\n\r\nlook\r\n--b--\r\n'
    return client.post(place, data=head + content + rest, content_type="multipart/form-data; boundary=b")


def liked(site: Site, known: Subscriber) -> set[str]:
    """The keys of the papers that somebody likes."""
    return {one.paper.key for one in site.store.feedback([known.id]).get(known.id, [])}


def test_what_was_found_is_shown_and_nothing_taken(client: FlaskClient, place: str, tmp_path: Path) -> None:
    before = dump(tmp_path / "digest.db")
    answer = upload(client, place, BIBTEX.encode())
    form = Page(answer.text).form(do="take")
    assert answer.status_code == 200
    assert set(form.fields["paper"]) == {"arxiv:1706.03762", "doi:10.1109/cvpr.2016.90"}
    assert form.fields["interest"] == ["attention"]
    assert "transformers you have already" in Page(answer.text).words
    assert dump(tmp_path / "digest.db") == before


def test_what_is_chosen_is_taken(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    form = Page(upload(client, place, BIBTEX.encode()).text).form(do="take")
    sent = {**form.fields, "paper": ["arxiv:1706.03762"], "do": "take"}
    answer = client.post(form.action, data=sent)
    assert "1 interest and 1 liked paper came along." in Page(answer.text).words
    assert liked(site, ada) == {"arxiv:1706.03762"}
    assert site.store.subscriber(ada.id).interests == parse("diffusion models, transformers, attention")


def test_nothing_chosen_takes_nothing(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    form = Page(upload(client, place, BIBTEX.encode()).text).form(do="take")
    sent = {**form.fields, "paper": [], "interest": [], "do": "take"}
    assert "0 interests and 0 liked papers" in Page(client.post(form.action, data=sent).text).words
    assert (liked(site, ada), site.store.subscriber(ada.id)) == (set(), ada)


def test_only_what_was_sent_can_be_chosen(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    form = Page(upload(client, place, BIBTEX.encode()).text).form(do="take")
    sent = {**form.fields, "paper": ["arxiv:9999.99999"], "interest": ["anything"], "do": "take"}
    client.post(form.action, data=sent)
    assert (liked(site, ada), site.store.subscriber(ada.id)) == (set(), ada)


def test_pasted_ids(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    text = "2605.00001\r\nhttps://arxiv.org/abs/2605.00002v3\r\n"
    form = Page(client.post(place, data={"text": text, "do": "look"}).text).form(do="take")
    client.post(form.action, data={**form.fields, "do": "take"})
    assert liked(site, ada) == {"arxiv:2605.00001", "arxiv:2605.00002"}


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"text": ""}, "Choose a file, or paste something."),
        ({"do": "take", "content": ""}, "did not come back whole"),
        ({"do": "take", "content": "not base64!"}, "did not come back whole"),
        ({"do": "take", "content": "AAAA"}, "did not come back whole"),
        ({"do": "take", "content": packed(b"x" * 1000)[:-8]}, "did not come back whole"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_read_is_told(client: FlaskClient, place: str, sent: dict[str, Any], told: str) -> None:
    answer = client.post(place, data={"do": "look", **sent}, content_type="multipart/form-data")
    assert (answer.status_code, told in answer.text) == (400, True)


def test_an_empty_file_is_told(client: FlaskClient, place: str) -> None:
    answer = upload(client, place, b"")
    assert (answer.status_code, "Choose a file, or paste something." in answer.text) == (400, True)


def test_a_mistake_keeps_what_was_pasted(client: FlaskClient, place: str) -> None:
    answer = client.post(place, data={"text": "<html><body>\nno outline", "do": "look"})
    assert answer.status_code == 400
    assert Page(answer.text).form(do="look").fields["text"] == ["<html><body>\nno outline"]


def test_what_is_too_large_is_not_read(client: FlaskClient, place: str) -> None:
    assert upload(client, place, b"x" * (MAX_UPLOAD + 1)).status_code == 413
    with pytest.raises(UsageError, match="in parts"):
        packed(random.Random(1).randbytes(MAX_UPLOAD))


def test_a_bomb_does_not_unfold() -> None:
    bomb = packed(b"\x00" * 50_000_000)
    with pytest.raises(UsageError):
        unpacked(bomb)


@given(st.binary(max_size=2_000))
def test_what_is_packed_comes_back(content: bytes) -> None:
    assert unpacked(packed(content)) == content


@given(st.text(max_size=200))
def test_what_was_not_packed_is_refused(text: str) -> None:
    try:
        content = unpacked(text)
    except UsageError:
        return
    assert len(content) <= 2 * 2**20


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), name=st.sampled_from(["", "a.opml", "a.bib", "a.ris", "a.txt", "%00.bib"]))
def test_no_file_breaks_the_page(client: FlaskClient, place: str, content: bytes, name: str) -> None:
    assert upload(client, place, content, name).status_code in (200, 400)


ORCID = "0000-0002-1825-0097"


def test_an_orcid_id_brings_its_works(site: Site, ada: Subscriber, place: str) -> None:
    asked: list[str] = []

    def works(orcid: str) -> Imported:
        asked.append(orcid)
        return Imported("orcid", parse('author:"Josiah Carberry"'), (Paper("doi:10.1/x", "On pottery"),))

    client = create_app(replace(site, works=works)).test_client()
    form = Page(client.post(place, data={"text": f"https://orcid.org/{ORCID}", "do": "look"}).text).form(do="take")
    client.post(form.action, data={**form.fields, "do": "take"})
    assert (asked, liked(site, ada)) == ([ORCID, ORCID], {"doi:10.1/x"})
    assert parse('author:"Josiah Carberry"')[0] in site.store.subscriber(ada.id).interests


def test_orcid_that_does_not_answer(site: Site, place: str) -> None:
    def works(_orcid: str) -> Imported:
        raise Unreachable("https://pub.orcid.org", "no answer")

    client = create_app(replace(site, works=works)).test_client()
    answer = client.post(place, data={"text": ORCID, "do": "look"})
    assert (answer.status_code, "ORCID does not answer" in answer.text) == (502, True)
    assert Page(answer.text).form(do="look").fields["text"] == [ORCID]


def test_orcid_is_not_asked_too_often(site: Site, place: str) -> None:
    client = create_app(replace(site, works=lambda _orcid: Imported("orcid"))).test_client()
    answers = [client.post(place, data={"text": ORCID, "do": "look"}).status_code for _ in range(8)]
    assert answers == [200] * 6 + [429] * 2


def test_who_left_brings_nothing(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    site.store.remove_subscriber(ada.id, NOW)
    for answer in (client.get(place), upload(client, place, BIBTEX.encode())):
        assert (answer.status_code, "You are unsubscribed" in answer.text) == (200, True)
    for answer in (client.get(f"/manage/{'a' * 40}/import"), upload(client, f"/manage/{'a' * 40}/import", b"x")):
        assert answer.status_code == 404
    assert liked(site, ada) == set()


def test_what_one_said_oneself_holds(client: FlaskClient, site: Site) -> None:
    known, edition = reader(site, interests="diffusion models")
    key = edition.picks[0].paper.key
    client.post(paths(site).opinion(*named(edition), 1, "less"))
    place = f"{paths(site).manage(known)}/import"
    form = Page(client.post(place, data={"text": key.removeprefix("arxiv:"), "do": "look"}).text).form(do="take")
    assert "1 you had already" in client.post(form.action, data={**form.fields, "do": "take"}).text
    assert [one.opinion.value for one in site.store.feedback([known.id])[known.id]] == ["disliked"]
