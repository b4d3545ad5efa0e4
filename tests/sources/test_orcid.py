"""ORCID records: read from a server, and whatever else may come instead."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeed, Throttled, Unreachable, UsageError
from digest.sources.orcid import read_record, works
from digest.sources.polite import Politeness
from tests.sources.server import Reply

if TYPE_CHECKING:
    from digest.imports import Imported
    from tests.sources.server import WebServer

CARBERRY = "0000-0002-1825-0097"


def ids(*named: tuple[str, str], relationship: str = "self") -> dict[str, Any]:
    return {
        "external-id": [
            {"external-id-type": kind, "external-id-value": value, "external-id-relationship": relationship}
            for kind, value in named
        ]
    }


def work(title: str | None, group: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    told = {"title": {"title": {"value": title}} if title else None, "external-ids": None, "url": None, **more}
    return {"external-ids": group, "work-summary": [told, {"title": {"title": {"value": "the same elsewhere"}}}]}


def record(*groups: dict[str, Any], **person: Any) -> dict[str, Any]:
    name = {"given-names": {"value": "Josiah"}, "family-name": {"value": "Carberry"}, "credit-name": None}
    return {
        "orcid-identifier": {"path": CARBERRY},
        "person": {"name": name, "keywords": {"keyword": [{"content": "psychoceramics"}]}, **person},
        "activities-summary": {"works": {"group": list(groups)}},
    }


def read(told: object) -> Imported:
    return read_record(json.dumps(told).encode(), "https://orcid.test/record")


def asked(web: WebServer, orcid: str = CARBERRY) -> Imported:
    return works(orcid, Politeness(sleep=lambda _: None), contact="me@x.test", api=f"{web.url}/v3.0")


def test_a_record(web: WebServer) -> None:
    told = record(
        work("Of <i>cracked</i> pots", ids(("doi", "10.1000/POT"), ("issn", "1234-5678"))),
        work(
            "On arXiv",
            ids(("arxiv", "arXiv:2403.15527v2")),
            **{"external-ids": ids(("doi", "10.48550/arXiv.2403.15527"))},
        ),
        work("A chapter", **{"external-ids": ids(("doi", "10.1000/book"), relationship="part-of")}),
        work(None, url={"value": "https://www.journal.test/p/1"}),
        work(None),
    )
    web.replies[f"/v3.0/{CARBERRY}/record"] = Reply(json.dumps(told).encode())
    found = asked(web, f"https://orcid.org/{CARBERRY}")
    assert (found.kind, [str(one) for one in found.interests]) == (
        "orcid",
        ['author:"Josiah Carberry"', "psychoceramics"],
    )
    assert [paper.key for paper in found.papers][:2] == ["doi:10.1000/pot", "arxiv:2403.15527"]
    assert found.papers[2].title == "A chapter"
    assert found.papers[2].key.startswith("text:")
    assert found.papers[3].key == "url:journal.test/p/1"
    assert found.skipped == (("a work without a title", "it has no title, arXiv id, DOI or URL"),)
    headers = web.asked[0].headers
    assert (headers["accept"], "me@x.test" in headers["user-agent"]) == ("application/json", True)


def test_a_name_of_ones_own() -> None:
    found = read(record(name={"credit-name": {"value": 'J. "S." Carberry'}}, keywords=None))
    assert [str(one) for one in found.interests] == ['author:"J. S. Carberry"']
    assert read(record(name=None, keywords=None)).interests == ()


def test_a_very_long_record_ends() -> None:
    found = read(record(*(work(f"Title number {n}", ids(("doi", f"10.1000/{n}"))) for n in range(2_100))))
    assert (len(found.papers), found.skipped[-1][0]) == (2_000, "the rest")


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(b"{}", 404), UsageError),
        (Reply(b'{"error-code": 9044}', 409), UsageError),
        (Reply(b"busy", 503), Throttled),
        (Reply(b"oh", 500), Unreachable),
        (Reply(b"<html>"), NotAFeed),
        (Reply(b"[]"), NotAFeed),
        (Reply(b'{"person": {}}'), NotAFeed),
        (Reply(b"", 302, {"Location": "http://10.0.0.1/"}), Unreachable),
    ],
)
def test_answers_of_no_use(web: WebServer, reply: Reply, error: type[Exception]) -> None:
    web.replies[f"/v3.0/{CARBERRY}/record"] = reply
    with pytest.raises(error):
        asked(web)


@pytest.mark.parametrize("orcid", ["", "0000-0002-1825-0096", "0000-0002-1825-0097/../../x", "Carberry"])
def test_what_is_no_iD_is_not_asked_for(web: WebServer, orcid: str) -> None:
    with pytest.raises(UsageError, match="is no ORCID iD"):
        asked(web, orcid)
    assert web.asked == []


JSON = st.recursive(
    st.none() | st.text(max_size=8) | st.integers(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)
NAMES = st.sampled_from(["title", "value", "name", "group", "work-summary", "external-ids", "external-id", "keyword"])


@given(
    st.recursive(
        JSON, lambda inner: st.dictionaries(NAMES, inner, max_size=3) | st.lists(inner, max_size=3), max_leaves=20
    )
)
def test_any_shape(told: object) -> None:
    found = read({"orcid-identifier": {"path": CARBERRY}, "person": told, "activities-summary": {"works": told}})
    assert found.kind == "orcid"
