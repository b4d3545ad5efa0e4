"""The pages that are the same for everybody."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import quote, unquote

import pytest

from digest.mail.links import paper_path
from digest.services import browse
from digest.web import create_app
from tests.factories import NOW
from tests.web.conftest import listed, put, site_of

DAY = timedelta(days=1)
PAGES = ("/", "/days", "/day/2026-05-25", "/week/2026-W22", "/month/2026-05", "/trending", "/search")
VOID = {"meta", "link", "input", "br"}


class Outline(HTMLParser):
    """What a page is made of; a tag that is not closed, or closed twice, fails."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open, self.tags, self.links, self.ids, self.words = [], [], [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append((tag, values))
        self.links += [values["href"]] if tag == "a" else []
        self.ids += [values["id"]] if "id" in values else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def count(self, wanted):
        return sum(tag == wanted for tag, _ in self.tags)


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, path
    return Outline(answer.text)


def titles(outline):
    return [link for link in outline.links if link.startswith("/paper/")]


def rel(outline, wanted):
    return [values["href"] for tag, values in outline.tags if tag == "a" and values.get("rel") == wanted]


def test_the_front_page_is_the_latest_day_with_the_most_upvotes_first(client, add):
    add(7, 8, now=NOW - DAY)
    add(1, 30, 4)
    front = page(client, "/")
    assert titles(front) == ["/paper/arxiv:2605.00030", "/paper/arxiv:2605.00004", "/paper/arxiv:2605.00001"]
    assert "Today’s papers" in front.words
    assert "Monday, 25 May 2026 · 3 papers, most upvotes first" in front.words
    assert set(rel(front, "prev")) == {"/day/2026-05-24"}


def test_the_front_page_of_a_quiet_day_does_not_say_today(client, add):
    add(1, now=NOW - DAY)
    assert "The latest papers" in page(client, "/").words


def test_a_paper_is_shown_with_authors_sources_upvotes_links_and_a_line(client, add):
    add(listed(5, githubRepo="https://github.com/ada/engine", projectPage="https://engine.example/"))
    front = page(client, "/")
    assert {"Ada Lovelace, Alan Turing", "hf", "Paper number 5", " upvotes"} <= set(front.words)
    assert any(word.startswith("We study case 5 of the matter at hand.") for word in front.words)
    outside = [link for link in front.links if link.startswith("https://")]
    assert outside == [
        "https://arxiv.org/abs/2605.00005",
        "https://arxiv.org/pdf/2605.00005",
        "https://github.com/ada/engine",
        "https://engine.example/",
    ]


@pytest.mark.parametrize("path", PAGES)
def test_an_empty_store_says_what_to_do(client, path):
    outline = page(client, path)
    assert outline.count("h1") == 1
    assert titles(outline) == []


def test_nothing_yet_names_the_command(client):
    assert "digest run" in client.get("/").text


def test_earlier_and_later_days_are_those_that_have_papers(client, add):
    for days in (0, 1, 80):
        add(days + 1, now=NOW - days * DAY)
    assert set(rel(page(client, "/day/2026-05-24"), "prev")) == {"/day/2026-03-06"}
    assert set(rel(page(client, "/day/2026-05-24"), "next")) == {"/day/2026-05-25"}
    assert set(rel(page(client, "/day/2026-03-06"), "next")) == {"/day/2026-05-24"}
    assert rel(page(client, "/day/2026-03-06"), "prev") == rel(page(client, "/day/2026-05-25"), "next") == []


def test_weeks_and_months_hold_their_days(client, add):
    for days in (0, 1, 7, 30):
        add(days + 1, now=NOW - days * DAY)
    assert titles(page(client, "/week/2026-W21")) == ["/paper/arxiv:2605.00008", "/paper/arxiv:2605.00002"]
    assert set(rel(page(client, "/week/2026-W21"), "prev")) == {"/week/2026-W17"}
    assert set(rel(page(client, "/week/2026-W21"), "next")) == {"/week/2026-W22"}
    may = page(client, "/month/2026-05")
    assert len(titles(may)) == 3
    assert set(rel(may, "prev")) == {"/month/2026-04"}
    assert {"/day/2026-05-18", "/day/2026-05-24", "/day/2026-05-25"} <= set(may.links)


def test_trending_is_the_last_week_by_upvotes(client, add):
    for days, votes in ((0, 3), (6, 9), (7, 50)):
        add(listed(days + 1, upvotes=votes), now=NOW - days * DAY)
    assert titles(page(client, "/trending")) == ["/paper/arxiv:2605.00007", "/paper/arxiv:2605.00001"]


def test_the_days_are_listed_by_month_and_go_on(client, store, add, monkeypatch):
    monkeypatch.setattr("digest.web.papers.DAYS_SHOWN", 2)
    for days in (0, 1, 40):
        add(days + 1, now=NOW - days * DAY)
    first = page(client, "/days")
    assert {"/day/2026-05-25", "/day/2026-05-24", "/month/2026-05", "/days?before=2026-05-24"} <= set(first.links)
    second = page(client, "/days?before=2026-05-24")
    assert "/day/2026-04-15" in second.links
    assert "/day/2026-05-24" not in second.links


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/day/2026-02-30",
            "/day/2026-5-1",
            "/day/tomorrow",
            "/day/99999-01-01",
            "/day/0000-01-01",
            "/day/２０２６-01-01",
        ),
        *("/week/2026-W54", "/week/2026-22", "/week/2026-W00", "/week/0000-W01", "/month/2026-13", "/month/2026-5"),
        *("/month/0000-01", "/year/2026", "/days?before=x", "/paper/arxiv:9999.99999", "/paper/", "/paper/%00"),
        *("/?page=0", "/?page=x", "/?page=21", "/?page=-1", "/?page=²", "/trending?page=2", "/nothing", "/day/"),
    ],
)
def test_what_is_not_there_is_a_page_too(client, add, path):
    add(1)
    outline = page(client, path, 404)
    assert outline.count("h1") == 1
    assert "/" in outline.links


@pytest.mark.parametrize(
    "path",
    ["/day/0001-01-01", "/day/9999-12-31", "/week/0001-W01", "/week/9999-W52", "/month/9999-12", "/month/0001-01"],
)
def test_the_ends_of_the_calendar_are_days_like_others(client, add, path):
    add(1)
    assert "No source listed a paper then." in "".join(page(client, path).words)


def test_long_lists_have_pages(client, add, monkeypatch):
    monkeypatch.setattr(browse, "PER_PAGE", 2)
    add(1, 2, 3, 4, 5)
    assert titles(page(client, "/")) == ["/paper/arxiv:2605.00005", "/paper/arxiv:2605.00004"]
    second = page(client, "/?page=2")
    assert titles(second) == ["/paper/arxiv:2605.00003", "/paper/arxiv:2605.00002"]
    assert ("/" in rel(second, "prev"), "/?page=3" in rel(second, "next")) == (True, True)
    assert "3" in second.words  # the numbers go on
    assert titles(page(client, "/?page=3")) == ["/paper/arxiv:2605.00001"]
    page(client, "/?page=4", 404)


def test_a_paper_has_everything_that_is_known_of_it(client, store, add):
    names = [{"name": f"Author Number {n}"} for n in range(40)]
    add(listed(5, authors=names, upvotes=2))
    later = put(store, listed(5, authors=names, upvotes=41), now=NOW + 3 * DAY)
    assert later
    outline = page(client, "/paper/arxiv:2605.00005")
    words = "".join(outline.words)
    assert ", ".join(name["name"] for name in names) in words
    assert "We study case 5 of the matter at hand. It works well in practice." in words
    assert "2 upvotes on 25 May, 41 on 28 May." in words
    assert "seen from 25 May 2026 to 28 May 2026, 41 upvotes" in words
    assert {"https://arxiv.org/abs/2605.00005", "https://arxiv.org/pdf/2605.00005"} <= set(outline.links)
    assert outline.count("svg") == 1


def test_a_paper_without_a_past_has_no_plot(client, add):
    add(5)
    assert page(client, "/paper/arxiv:2605.00005").count("svg") == 0


@pytest.mark.parametrize(
    "name", ["2605.00005", "arxiv:2605.00005v2", "https://arxiv.org/abs/2605.00005", "ARXIV:2605.00005"]
)
def test_other_names_lead_to_the_paper(client, add, name):
    add(5)
    answer = client.get(f"/paper/{quote(name, safe='')}")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/paper/arxiv:2605.00005")


def test_keys_with_slashes_and_signs_are_found(client, store, add):
    add(listed(5, id="", title="No id here"))
    key = next(iter(store.papers())).paper.key
    assert "No id here" in "".join(page(client, f"/paper/{quote(key, safe=':')}").words)


def test_hostile_text_stays_text(client, add):
    evil = '<script>alert(1)</script> & "quotes" </title><!-- {{ 7*7 }}'
    add(listed(5, title=evil, summary=f"{evil} " * 9, authors=[{"name": evil}], projectPage="javascript:alert(1)"))
    for path in ("/", "/paper/arxiv:2605.00005", "/search?q=quotes", f"/search?q={quote(evil)}"):
        answer = client.get(path)
        assert "<script>alert" not in answer.text
        assert "javascript:" not in answer.text
        Outline(answer.text)


def all_paths(client):
    seen, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen or not path.startswith("/"):
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code in (200, 301), path
        if answer.mimetype == "text/html":
            waiting += Outline(answer.text).links
    return seen


def test_a_crawler_finds_no_dead_link_and_changes_nothing(client, store, add):
    for days in range(3):
        add(days + 1, days + 11, now=NOW - days * DAY)
    before = store.counts()
    seen = all_paths(client)
    assert {"/days", "/trending", "/search", "/atom", "/week/2026-W21", "/paper/arxiv:2605.00011"} <= seen
    assert store.counts() == before


@pytest.mark.parametrize("path", [*PAGES, "/search?q=case", "/paper/arxiv:2605.00001", "/nothing"])
def test_every_page_has_what_readers_of_all_kinds_need(client, add, path):
    add(1, 2)
    outline = Outline(client.get(path).text)
    assert [outline.count(tag) for tag in ("h1", "main", "header", "footer", "title")] == [1, 1, 1, 1, 1]
    assert outline.links[0] == "#main"
    assert "main" in outline.ids
    assert len(outline.ids) == len(set(outline.ids))
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    labels = {values.get("for") for tag, values in outline.tags if tag == "label"}
    fields = {values.get("id") for tag, values in outline.tags if tag in ("input", "select", "textarea")}
    assert fields <= labels
    assert not [values for _, values in outline.tags if "style" in values or any(name[:2] == "on" for name in values)]


def test_links_take_the_path_that_the_pages_are_found_under(store, tmp_path):
    client = create_app(site_of(store, tmp_path, digest={"web_url": "https://example.test/papers"})).test_client()
    put(store, 1, 2)
    outline = page(client, "/")
    ours = [link for link in outline.links if not link.startswith(("https://", "#"))]
    assert all(link.startswith("/papers/") for link in ours)
    assert {"/papers/days", "/papers/paper/arxiv:2605.00001"} <= set(ours)
    sheets = [values["href"] for tag, values in outline.tags if values.get("rel") == "stylesheet"]
    assert [sheet.partition("?")[0] for sheet in sheets] == ["/papers/static/style.css"]
    assert client.get("/paper/2605.00001").headers["Location"] == "/papers/paper/arxiv:2605.00001"


def test_nobody_is_asked_to_subscribe_where_only_the_operator_adds(store, tmp_path):
    client = create_app(site_of(store, tmp_path, joining={"open": False})).test_client()
    put(store, 1)
    assert "/try" not in page(client, "/").links


@pytest.mark.parametrize("key", ["doi:10.1234/abc.5", "arxiv:hep-th/9901001", "doi:10.1002/(sici)1097<1::aid-x>3.0;2"])
def test_the_slash_of_a_key_stays_one_in_links(key):
    """Apache httpd refuses an encoded one by default (AllowEncodedSlashes)."""
    assert "%2F" not in paper_path(key)
    assert unquote(paper_path(key)) == f"/paper/{key}"
