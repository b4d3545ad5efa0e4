"""``digest interests import`` and ``digest feedback import``: out of files, standard input, and not twice."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from digest.sources.orcid import works
from tests.cli.calling import call
from tests.sources.server import Reply, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.house import House

ADA = "ada@example.test"
CARBERRY = "0000-0002-1825-0097"
FEEDS = b"""<opml version="2.0"><body>
<outline text="arXiv" xmlUrl="https://rss.arxiv.org/rss/cs.CL+cs.AI"/>
<outline text="A search" xmlUrl="https://search.test/alerts?q=%22state+space%22+-survey"/>
<outline text="A blog" xmlUrl="https://blog.test/feed"/>
</body></opml>"""
INTERESTS = ["cat:cs.CL", "cat:cs.AI", '"state space"', "-survey"]
PAPERS = b"""@article{a, title = {Speed {LLM}s}, doi = {10.1000/ABC}, keywords = {speed; large models}}
@misc{b, year = }"""


@pytest.fixture
def feeds(folder: Path) -> str:
    """The name of a file of feeds."""
    (folder / "feeds.opml").write_bytes(FEEDS)
    return "feeds.opml"


@pytest.mark.usefixtures("folder")
def test_interests_for_a_configuration_need_none(feeds: str) -> None:
    done = call("interests", "import", feeds)
    assert done.code == 0
    assert tomllib.loads(done.out) == {"interests": INTERESTS}
    assert done.err == "digest: skipped A blog: a feed, not an interest\n"
    assert call("interests", "import", "-", "--json", stdin=FEEDS).json == {"kind": "opml", "interests": INTERESTS}


def test_interests_for_a_subscriber(lived_in: House, feeds: str) -> None:
    tried = call("interests", "import", feeds, "--subscriber", ADA, "--dry-run", "--json").json
    assert tried["interests"] == INTERESTS
    assert tried["skipped"] == [{"place": "A blog", "reason": "a feed, not an interest"}]
    (before,) = lived_in.run_json("subscribers", "show", ADA)
    done = call("interests", "import", feeds, "--subscriber", ADA)
    assert (done.code, done.out.splitlines()) == (0, [f"added {interest}" for interest in INTERESTS])
    (after,) = lived_in.run_json("subscribers", "show", ADA)
    assert (before["interests"], after["interests"]) == (
        ["reinforcement learning"],
        ["reinforcement learning", *INTERESTS],
    )
    again = call("interests", "import", feeds, "--subscriber", ADA)
    assert (again.code, again.out) == (0, "known before: 4\n")


@pytest.mark.usefixtures("lived_in")
def test_papers_of_a_reference_manager() -> None:
    tried = call("feedback", "import", "-", "--subscriber", ADA, "--dry-run", stdin=PAPERS)
    assert (tried.code, tried.out) == (0, "likes doi:10.1000/abc: Speed LLMs\n")
    assert tried.err == (
        "digest: skipped the misc at line 2, column 1: a value in braces or quotes expected at line 2, column 17\n"
    )
    assert call("feedback", "list", ADA, "--json").lines == []
    done = call("feedback", "import", "-", "--subscriber", ADA, "--json", stdin=PAPERS).json
    assert (done["liked"], done["interests"]) == ([{"key": "doi:10.1000/abc", "title": "Speed LLMs"}], [])
    (said,) = call("feedback", "list", ADA, "--json").lines
    assert (said["key"], said["origin"], said["opinion"]) == ("doi:10.1000/abc", "import", "liked")
    assert call("feedback", "import", "-", "--subscriber", ADA, stdin=PAPERS).out == "known before: 1\n"


@pytest.mark.usefixtures("lived_in")
def test_a_stored_paper_goes_by_any_name() -> None:
    (key,) = (record["key"] for record in call("papers", "--limit", "1", "--json").lines)
    line = f"https://arxiv.org/pdf/{key.removeprefix('arxiv:')}v3  # good\n".encode()
    done = call("feedback", "import", "-", "--subscriber", ADA, "--json", stdin=line).json
    assert [one["key"] for one in done["liked"]] == [key]
    assert done["liked"][0]["title"]


@pytest.mark.usefixtures("lived_in")
def test_a_researcher_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    work = {"title": {"title": {"value": "Cracked pots"}}, "url": {"value": "https://www.journal.test/p/1"}}
    told = {
        "orcid-identifier": {"path": CARBERRY},
        "person": {"name": {"credit-name": {"value": "Josiah Carberry"}}},
        "activities-summary": {"works": {"group": [{"work-summary": [work]}]}},
    }
    with serving() as web:
        web.replies[f"/{CARBERRY}/record"] = Reply(json.dumps(told).encode())
        monkeypatch.setitem(works.__kwdefaults__, "api", web.url)
        done = call("feedback", "import", f"https://orcid.org/{CARBERRY}", "--subscriber", ADA)
        assert (done.code, done.out) == (0, "likes url:journal.test/p/1: Cracked pots\n")
        assert call("interests", "import", CARBERRY).out == "interests = [\n    'author:\"Josiah Carberry\"',\n]\n"
        web.replies.clear()
        gone = call("interests", "import", CARBERRY)
    assert (gone.code, gone.err) == (2, f"digest: ORCID knows no public record of {CARBERRY}\n")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("interests", "import", "nowhere.bib"), "nowhere.bib: No such file or directory"),
        (("interests", "import", "."), ".: Is a directory"),
        (("interests", "import", "-"), "expected OPML, BibTeX, RIS"),
        (("interests", "import", "0000-0002-1825-0096"), "its last sign does not fit"),
        (("feedback", "import", "feeds.opml", "--subscriber", "eve@example.test"), "no subscriber eve@example.test"),
    ],
)
@pytest.mark.usefixtures("lived_in", "feeds")
def test_called_wrongly(args: tuple[str, ...], said: str) -> None:
    done = call(*args)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.usefixtures("lived_in", "feeds")
def test_what_brings_nothing_is_no_success() -> None:
    assert call("feedback", "import", "feeds.opml", "--subscriber", ADA).code == 1
    done = call("interests", "import", "-", stdin=b"2403.15527\n")
    assert (done.code, done.out) == (1, "")
