from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from digest.errors import NotAFeed, Throttled
from digest.model import Entry, Links, Reading
from digest.sources import oai
from tests.factories import snapshot

if TYPE_CHECKING:
    from pathlib import Path


def answer(inner: str) -> bytes:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{inner}</OAI-PMH>'.encode()


def record(metadata: str, header: str = "<identifier>oai:arXiv.org:2605.00001</identifier>") -> bytes:
    return answer(
        f"<ListRecords><record><header>{header}</header><metadata>{metadata}</metadata></record></ListRecords>"
    )


def read(content: bytes) -> Reading:
    assert oai.sniff(content, "")
    return oai.read(snapshot(content=content))


def one(content: bytes) -> Entry:
    (entry,) = read(content).entries
    return entry


def test_a_real_record(captures: Path) -> None:
    entry = one((captures / "arxiv_oai" / "hepcrawl__sample_arxiv_record10.xml").read_bytes())
    assert entry.abstract.startswith("The thesis is divided into two parts.")
    assert entry == Entry(
        title="Extreme Regimes in Quantum Gravity",
        abstract=entry.abstract,
        authors=("Emmanuele Battista",),
        categories=("math.AP", "hep-th", "math-ph", "math.DG", "math.MP", "nlin.SI"),
        links=Links(abstract="https://arxiv.org/abs/1606.04259", pdf="https://arxiv.org/pdf/1606.04259"),
        id="1606.04259",
        arxiv_id="1606.04259",
        published=datetime(2016, 6, 14, tzinfo=UTC),
        listed_on=date(2016, 6, 15),
        place="item 1",
    )


def test_twelve_real_records_one_of_another_default_namespace(captures: Path) -> None:
    entries = read((captures / "arxiv_oai" / "hepcrawl__sample_arxiv_record.xml").read_bytes()).entries
    assert len({entry.arxiv_id for entry in entries}) == 12
    assert entries[0].doi == "10.1103/physrevd.93.016005"
    assert entries[0].authors[:2] == ("Planck Collaboration", "Jieci Wang")


def test_arxiv_raw_counts_versions() -> None:
    entry = one(
        record(
            "<arXivRaw><id>2605.00001</id>"
            "<version version='v1'><date>Fri, 1 May 2026 10:00:00 GMT</date></version>"
            "<version version='v3'><date>Mon, 25 May 2026 10:00:00 GMT</date></version>"
            "<title>A title</title><authors>A. One (X, Y), B. Two</authors><doi>10.1000/X</doi></arXivRaw>"
        )
    )
    assert (entry.id, entry.version, entry.doi) == ("2605.00001v3", 3, "10.1000/x")
    assert (entry.published, entry.updated) == (
        datetime(2026, 5, 1, 10, tzinfo=UTC),
        datetime(2026, 5, 25, 10, tzinfo=UTC),
    )
    assert entry.authors == ("A. One", "B. Two")


def test_dublin_core() -> None:
    dc = (
        "<oai_dc:dc xmlns:oai_dc='x' xmlns:dc='y'><dc:title>A title</dc:title><dc:creator>Lovelace, Ada</dc:creator>"
        "<dc:description>Comment: 3 pages</dc:description><dc:description>We study it in full length.</dc:description>"
        "<dc:subject>Logic</dc:subject><dc:date>2026-05-01</dc:date><dc:date>2026-05-25</dc:date>"
        "<dc:identifier>{}</dc:identifier><dc:identifier>doi:10.1000/X</dc:identifier></oai_dc:dc>"
    )
    entry = one(record(dc.format("http://arxiv.org/abs/2605.00001")))
    assert (entry.arxiv_id, entry.doi, entry.authors) == ("2605.00001", "10.1000/x", ("Ada Lovelace",))
    assert (entry.abstract, entry.categories) == ("We study it in full length.", ("Logic",))
    assert (entry.published, entry.updated) == (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 25, tzinfo=UTC))
    other = one(record(dc.format("https://example.org/9"), "<identifier>oai:example.org:9</identifier>"))
    assert (other.id, other.links) == ("oai:example.org:9", Links(abstract="https://example.org/9"))


def test_what_gives_no_entry_is_a_reject() -> None:
    reading = read(
        answer(
            "<ListRecords><record><header status='deleted'/></record><record><header/></record>"
            "<record><metadata><arXiv><id>2605.00001</id></arXiv></metadata></record></ListRecords>"
        )
    )
    assert [(r.place, r.reason) for r in reading.rejects] == [
        ("item 1", "a deleted record"),
        ("item 2", "a record without metadata"),
        ("item 3", "a record without title"),
    ]


def test_nothing_in_the_period_is_a_reading() -> None:
    assert read(answer("<error code='noRecordsMatch'>none</error>")) == Reading("oai-pmh")


def test_an_answer_that_breaks_off_gives_the_records_before() -> None:
    whole = record("<arXiv><id>2605.00001</id><title>A title</title></arXiv>")
    assert one(whole[:-40]).title == "A title"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (answer("<error code='badArgument'>no such set</error>"), "answered with an error: badArgument no such set"),
        (b"<OAI-PMH", "XML that does not parse"),
        (b"<x><OAI-PMH/></x>", "XML whose first element is <x>"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><OAI-PMH>&b;</OAI-PMH>", "a DTD of its own"),
    ],
)
def test_other_answers_are_refused(content: bytes, words: str) -> None:
    with pytest.raises(NotAFeed) as refused:
        oai.read(snapshot(content=content))
    assert words in refused.value.reason


def test_too_many_requests() -> None:
    with pytest.raises(Throttled):
        oai.read(snapshot(content=b"Rate exceeded."))


def test_formats_that_use_the_names_of_dublin_core() -> None:
    own = one(
        record(
            "<x:rec xmlns:x='urn:x'><x:title>Ants dig</x:title><x:creator><x:name>Ann Lee</x:name><x:affiliation>A"
            "</x:affiliation></x:creator><x:creator><x:name>Chen, Bo</x:name></x:creator>"
            "<x:date>2026-05-25T10:00:00Z</x:date><x:description>Ants 2026; Talks</x:description>"
            "<x:relation>isPartOf Ants 2026</x:relation></x:rec>",
            header="<identifier>oai:x.test:1</identifier>",
        )
    )
    assert (own.title, own.authors, own.abstract) == ("Ants dig", ("Ann Lee", "Bo Chen"), "")
    assert own.published == datetime(2026, 5, 25, 10, tzinfo=UTC)
    datacite = one(
        record(
            "<resource><identifier identifierType='DOI'>10.1234/ab</identifier><creators><creator><creatorName>Lee, Ann"
            "</creatorName></creator></creators><titles><title>Ants dig</title></titles><publicationYear>2026"
            "</publicationYear><descriptions><description>We look.</description></descriptions></resource>",
            header="<identifier>oai:x.test:2</identifier>",
        )
    )
    assert (datacite.title, datacite.authors, datacite.abstract) == ("Ants dig", ("Ann Lee",), "We look.")
    assert (datacite.doi, datacite.published) == ("10.1234/ab", datetime(2026, 1, 1, tzinfo=UTC))


def test_markup_within_a_field_glues_no_words() -> None:
    dc = "<dc:title>CO<sub>2</sub> &amp; ants</dc:title><dc:description><p>One.</p><p>Two.</p></dc:description>"
    content = f"<OAI-PMH><ListRecords><record><metadata><dc:dc>{dc}</dc:dc></metadata></record></ListRecords></OAI-PMH>"
    (entry,) = oai.read(snapshot(content=content.encode())).entries
    assert (entry.title, entry.abstract) == ("CO₂ & ants", "One. Two.")
