"""Who may say what of a paper: a hostile feed neither rewrites, nor takes first, nor hides what it names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.model import Announcement, Entry, Links, Standing
from digest.papers.authority import Provenance, provenance_of
from digest.papers.identity import identify
from tests.factories import reading, snapshot
from tests.papers.memory import Memory, freshness

ARXIV, HF = Provenance("rss.arxiv.org"), Provenance("huggingface.co")
CROSSREF = Provenance("api.crossref.org")
NATURE, JOURNAL = Provenance("nature.com"), Provenance("journal.test")
EVIL, FOLDER = Provenance("evil.test"), Provenance()

TITLE = "Ant locomotion in narrow tunnels under changing light"
TEXT = "We film ants that walk through glass tunnels while the light changes, and measure their speed and their turns."
LIE = "Cheap watches and pills for everybody, shipped from our shop within a day, no questions asked by anyone."
REAL = Entry(
    TITLE,
    TEXT,
    ("Jane Doe", "Max Moth"),
    links=Links(abstract="https://arxiv.org/abs/2605.00001", pdf="https://arxiv.org/pdf/2605.00001"),
    arxiv_id="2605.00001",
    version=1,
)
FAKE = Entry(
    "Buy cheap watches now",
    LIE,
    ("Eve", "Mallory", "Trudy"),
    links=Links(abstract="https://evil.test/a", pdf="https://evil.test/a.pdf", code="https://evil.test/code"),
    id="evil-12345",
    arxiv_id="2605.00001",
    version=9,
    upvotes=100_000,
    summary="Watches.",
)


def named(entry: Entry, doi: str, link: str = "https://doi.org/x") -> Entry:
    """The same entry under a DOI instead."""
    return replace(entry, arxiv_id="", version=None, doi=doi, links=Links(abstract=link))


@pytest.mark.parametrize(
    ("provenance", "name", "link", "standing"),
    [
        (ARXIV, "arxiv", "", Standing.AUTHORITY),
        (HF, "arxiv", "", Standing.AUTHORITY),
        (Provenance("arxiv.org.evil.test"), "arxiv", "", Standing.STRANGER),
        (CROSSREF, "arxiv", "", Standing.STRANGER),
        (Provenance(kind="arxiv"), "arxiv", "", Standing.AUTHORITY),
        (Provenance(kind="huggingface-json"), "arxiv", "", Standing.AUTHORITY),
        (Provenance("mirror.test", "arxiv"), "arxiv", "", Standing.AUTHORITY),
        (Provenance(kind="feed"), "arxiv", "", Standing.STRANGER),
        (CROSSREF, "10.1234/a", "", Standing.AUTHORITY),
        (Provenance("api.datacite.org"), "10.1234/a", "", Standing.AUTHORITY),
        (Provenance(kind="oai-pmh"), "10.1234/a", "", Standing.AUTHORITY),
        (NATURE, "10.1038/a", "https://www.nature.com/articles/a", Standing.AUTHORITY),
        (NATURE, "10.1016/a", "https://www.nature.com/articles/a", Standing.STRANGER),
        (EVIL, "10.1038/a", "https://evil.test/a", Standing.STRANGER),
        (JOURNAL, "10.1234/a", "https://www.journal.test/a", Standing.PUBLISHER),
        (JOURNAL, "10.1234/a", "https://elsewhere.test/a", Standing.STRANGER),
        (JOURNAL, "", "https://journal.test/a", Standing.PUBLISHER),
        (EVIL, "", "https://journal.test/a", Standing.STRANGER),
        (FOLDER, "", "https://journal.test/a", Standing.PUBLISHER),
    ],
)
def test_by_what_right_a_source_speaks(provenance, name, link, standing):
    entry = Entry("T", links=Links(abstract=link))
    entry = replace(entry, arxiv_id="2605.00001") if name == "arxiv" else replace(entry, doi=name)
    assert provenance.standing(entry, identify(entry, "s")) is standing


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"place": "https://export.arxiv.org/rss/cs"}, Provenance("export.arxiv.org", "")),
        ({"place": "https://evil.test/rss"}, Provenance("evil.test", "")),
        ({"place": "https://mirror.test/rss", "kind": "arxiv"}, Provenance("mirror.test", "arxiv")),
        ({"place": "spool/day.xml"}, Provenance("", "arxiv")),
    ],
)
def test_a_source_is_known_by_its_host_and_not_by_what_it_looks_like(fields, expected):
    assert provenance_of(snapshot(**fields), reading(kind="arxiv")) == expected


def test_a_stranger_adds_a_sighting_and_nothing_else():
    store = Memory()
    (first,) = store.ingest(REAL, source="arxiv", provenance=ARXIV)
    (change,) = store.ingest(FAKE, source="evil", provenance=EVIL)
    assert (change.freshness.value, change.paper.sources) == ("known", ("arxiv", "evil"))
    assert replace(change.paper, aliases=first.paper.aliases, sources=("arxiv",)) == first.paper
    (revised,) = store.ingest(replace(REAL, version=2), source="arxiv", provenance=ARXIV)
    assert (revised.freshness.value, revised.paper.revision) == ("revised", 2)


def test_a_stranger_announces_no_version():
    store = Memory()
    store.ingest(replace(REAL, announcement=Announcement.REPLACE), source="arxiv", provenance=ARXIV)
    assert freshness(store.ingest(FAKE, source="evil", provenance=EVIL)) == ["known"]
    assert freshness(store.ingest(REAL, source="arxiv", provenance=ARXIV)) == ["new"]


@pytest.mark.parametrize(
    ("fake", "real", "provenance"),
    [
        (FAKE, REAL, ARXIV),
        (replace(FAKE, title=TITLE), REAL, HF),
        (replace(FAKE, title=TITLE, abstract=""), REAL, ARXIV),
        (named(FAKE, "10.1234/a"), named(REAL, "10.1234/a"), CROSSREF),
        (named(FAKE, "10.1038/a", "https://evil.test/a"), named(REAL, "10.1038/a", "https://nature.com/a"), NATURE),
        (
            replace(named(FAKE, "10.1234/a"), title=TITLE),
            named(REAL, "10.1234/a", "https://journal.test/a"),
            JOURNAL,
        ),
        (
            replace(FAKE, title=TITLE, arxiv_id="", version=None, links=Links(abstract="https://journal.test/a")),
            replace(REAL, arxiv_id="", version=None, links=Links(abstract="https://journal.test/a")),
            JOURNAL,
        ),
    ],
)
def test_what_a_stranger_took_first_is_the_authoritys_when_it_speaks(fake, real, provenance):
    store = Memory()
    assert freshness(store.ingest(fake, source="evil", provenance=EVIL)) == ["new"]
    (change,) = store.ingest(real, source="good", provenance=provenance)
    assert change.freshness.value == "new"  # for those it was not sent to
    told = change.paper
    assert (told.title, told.abstract, told.authors, told.links) == (TITLE, TEXT, real.authors, real.links)
    assert (told.upvotes, told.summary, told.revision) == (None, "", real.version or 0)
    assert freshness(store.ingest(fake, source="evil", provenance=EVIL)) == ["known"]
    assert freshness(store.ingest(real, source="good", provenance=provenance)) == ["known"]
    assert store.papers[told.key].abstract == TEXT


def test_a_stranger_who_told_the_same_made_it_known():
    store = Memory()
    store.ingest(replace(REAL, links=Links(abstract="https://evil.test/a")), source="blog", provenance=EVIL)
    (change,) = store.ingest(REAL, source="arxiv", provenance=ARXIV)
    assert (change.freshness.value, change.again, change.paper.links) == ("known", False, REAL.links)


def test_two_strangers_who_give_one_name_to_two_works_have_two_papers():
    fake, real = named(FAKE, "10.1234/a"), named(REAL, "10.1234/a")
    store = Memory()
    store.ingest(fake, source="evil", provenance=EVIL)
    (change,) = store.ingest(real, source="folder", provenance=FOLDER)
    assert (change.freshness.value, change.known, change.paper.abstract) == ("new", False, TEXT)
    assert freshness(store.ingest(real, source="folder", provenance=FOLDER)) == ["known"]
    assert freshness(store.ingest(fake, source="evil", provenance=EVIL)) == ["known"]


def test_the_first_stranger_to_tell_a_work_stands_until_an_authority_speaks():
    store = Memory()
    store.ingest(named(REAL, "10.1234/a"), source="blog", provenance=EVIL)
    reworded = replace(
        named(REAL, "10.1234/a", "https://other.test"), title=f"{TITLE}, or pills", abstract=f"{TEXT} Buy!"
    )
    (change,) = store.ingest(reworded, source="other", provenance=Provenance("other.org"))
    assert (change.freshness.value, change.paper.title, change.paper.abstract) == ("known", TITLE, TEXT)


def test_a_stub_is_new_once_more_when_its_text_comes_from_elsewhere():
    store = Memory()
    stub = replace(named(REAL, "10.1234/a", "https://journal.test/a"), abstract="", authors=())
    store.ingest(stub, source="journal", provenance=JOURNAL)
    (change,) = store.ingest(named(REAL, "10.1234/a"), source="crossref", provenance=CROSSREF)
    assert (change.freshness.value, change.again, change.known, change.paper.abstract) == ("new", True, True, TEXT)
    assert freshness(store.ingest(named(REAL, "10.1234/a"), source="crossref", provenance=CROSSREF)) == ["known"]


def test_a_stranger_gives_no_text_to_what_an_authority_told_without():
    store = Memory()
    store.ingest(replace(named(REAL, "10.1234/a"), abstract=""), source="crossref", provenance=CROSSREF)
    (change,) = store.ingest(named(FAKE, "10.1234/a"), source="evil", provenance=EVIL)
    assert (change.freshness.value, change.paper.abstract) == ("known", "")


def test_a_stranger_joins_no_two_names():
    """Neither may a second name be hung on a known paper, nor a text of one work on another."""
    other = Entry("Bees that dance in the dark of winter hives", f"{TEXT} But with bees.", doi="10.1234/bees")
    store = Memory()
    store.ingest(REAL, source="arxiv", provenance=ARXIV)
    store.ingest(replace(FAKE, doi="10.1234/bees"), source="evil", provenance=EVIL)
    store.ingest(replace(FAKE, title=other.title, abstract=other.abstract), source="evil", provenance=EVIL)
    (change,) = store.ingest(other, source="crossref", provenance=CROSSREF)
    assert (change.freshness.value, change.known, change.paper.key) == ("new", False, "doi:10.1234/bees")


def test_an_authority_on_both_joins_a_preprint_and_its_print():
    store = Memory()
    store.ingest(REAL, source="arxiv", provenance=ARXIV)
    store.ingest(replace(REAL, doi="10.1234/a"), source="openalex", provenance=Provenance("api.openalex.org"))
    (change,) = store.ingest(named(REAL, "10.1234/a"), source="journal", provenance=JOURNAL)
    assert (change.freshness.value, change.paper.key) == ("known", "arxiv:2605.00001")


def test_a_publishers_own_feed_mends_its_text():
    store = Memory()
    post = Entry(TITLE, TEXT, id="post-12345", links=Links(abstract="https://journal.test/a"))
    store.ingest(post, source="journal", provenance=JOURNAL)
    (change,) = store.ingest(replace(post, abstract=f"{TEXT} Mended."), source="journal", provenance=JOURNAL)
    assert (change.freshness.value, change.paper.abstract) == ("known", f"{TEXT} Mended.")


def test_what_an_older_version_stored_is_not_new_again():
    store = Memory()
    (change,) = store.ingest(FAKE, source="blog", provenance=EVIL)
    store.papers[change.paper.key] = replace(change.paper, standing=Standing.AUTHORITY, told_by="")
    (again,) = store.ingest(REAL, source="arxiv", provenance=ARXIV)
    assert (again.freshness.value, again.again) == ("known", False)
