"""What the papers taught: how common words are, acronyms, words that go with an interest, and embeddings.

Papers are counted in the order of their ids, each once, as it reads at that time. The mark says how far: it only
moves in the transaction that adds the counts, and only from where whoever counted found it, so that of two
processes that count the same papers one comes to nothing.

Nobody waits to write down what was learned, for it can be learned again: a preview on PostgreSQL is one long
transaction, and must not hold up a tick.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from digest.ranking.background import Background
from digest.storage.bulk import add_numbers, read_numbers
from digest.storage.codec import HAS_ABSTRACT
from digest.storage.engine import Room, insert, try_turn
from digest.storage.papers import chunked, paper_of, whole_papers
from digest.storage.schema import acronyms, embeddings, expansions, learned, paper_records, papers, words
from digest.storage.types import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from digest.model import Paper

LONGEST_KEY = 100
"""A word key of more characters is left out of the counts: it is no word, and both databases index it whole."""
LONGEST_FORM = 200
"""So is an acronym whose short or long form has more characters than this."""

COUNTED, THROUGH = "papers", "through"
"""The numbers that are kept about the counts: how many papers are counted, and the id of the last of them."""

_COUNTING, _EXPANDING, _EMBEDDING = 0x64696765_7374_0003, 0x64696765_7374_0004, 0x64696765_7374_0005
"""One process at a time writes down each of these."""


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Papers that are not yet counted, in the order of their ids.

    Attributes:
        after: the mark before them.
        through: the mark behind them, the id of the last; `after` where there are none.
        papers: the papers.
    """

    after: int
    through: int
    papers: list[Paper]


@dataclass(frozen=True, slots=True)
class Expanded:
    """The words that go with a term, strongest first, each with its weight; learned when `papers` were counted."""

    papers: int
    words: dict[str, float]


class Learned(Room):
    """The store's words for what the papers taught."""

    def uncounted(self, limit: int = 2000) -> Uncounted:
        """The next papers to count, `limit` at most; none when all are counted."""
        with self._db.reading() as connection:
            after = learned_number(connection, THROUGH)
            query = whole_papers().where(papers.c.id > after).order_by(papers.c.id).limit(limit)
            rows = connection.execute(query).all()
        return Uncounted(after, rows[-1].id if rows else after, [paper_of(row) for row in rows])

    def add_counts(
        self, after: int, through: int, background: Background, acronyms: Mapping[tuple[str, str], int]
    ) -> bool:
        """Add the counts of the papers of (after, through]. False, and nothing is changed, where others did or do it.

        Keys longer than `LONGEST_KEY` and acronyms longer than `LONGEST_FORM` are left out.
        """
        with self._db.writing() as connection:
            if not (try_turn(connection, _COUNTING) and _move(connection, after, through)):
                return False
            counted = learned.c.value + background.papers
            connection.execute(learned.update().where(learned.c.name == COUNTED).values(value=counted))
            _add_words(connection, background.frequency)
            _add_acronyms(connection, acronyms)
        return True

    def background(self, least: int = 2) -> Background:
        """How common the words are that stand in at least `least` of the counted papers."""
        with self._db.reading() as connection:
            frequency = read_numbers(connection, words.c.key, words.c.papers, least)
            # Last, lest a word stand in more papers than there are where others count meanwhile.
            return Background(learned_number(connection, COUNTED), frequency)

    def acronyms(self, least: int = 2) -> dict[tuple[str, str], int]:
        """In how many papers each (short form, long form) was defined, where that is at least `least`."""
        query = select(acronyms).where(acronyms.c.papers >= least).order_by(acronyms.c.short, acronyms.c.long)
        with self._db.reading() as connection:
            return {(row.short, row.long): row.papers for row in connection.execute(query)}

    def counted_papers(self) -> int:
        """How many papers are counted."""
        with self._db.reading() as connection:
            return learned_number(connection, COUNTED)

    def expansions(self, terms: Iterable[str]) -> dict[str, Expanded]:
        """What was learned to go with these terms; those of which nothing was learned are absent."""
        asked = {term: storable(term) for term in terms}
        with self._db.reading() as connection:
            rows = chunked(connection, select(expansions), expansions.c.term, set(asked.values()))
            found = {row.term: Expanded(row.papers, dict(row.words)) for row in rows}
        return {term: found[name] for term, name in asked.items() if name in found}

    def keep_expansions(self, papers: int, found: Mapping[str, Mapping[str, float]]) -> None:
        """Keep what goes with each term, in this order, learned when `papers` were counted; the latest holds.

        Nothing is kept where another process is just at it.
        """
        lists = {storable(term): list(map(list, weights.items())) for term, weights in found.items()}
        rows = [{"term": term, "papers": papers, "words": lists[term]} for term in sorted(lists)]
        if not rows:
            return
        with self._db.writing() as connection:
            if not try_turn(connection, _EXPANDING):
                return
            statement = insert(connection, expansions)
            told = {"papers": statement.excluded.papers, "words": statement.excluded.words}
            connection.execute(statement.on_conflict_do_update(index_elements=["term"], set_=told), rows)

    def embeddings(self, model: str, keys: Iterable[str]) -> dict[str, bytes]:
        """The vectors that `model` made of the texts with these keys; those it never saw are absent."""
        query = select(embeddings.c.text_key, embeddings.c.vector).where(embeddings.c.model == model)
        with self._db.reading() as connection:
            rows = chunked(connection, query, embeddings.c.text_key, set(keys))
            return {row.text_key: row.vector for row in rows}

    def keep_embeddings(self, model: str, vectors: Mapping[str, bytes]) -> None:
        """Keep the vectors that `model` made, by the keys of their texts; one that is there stays as it is.

        Nothing is kept where another process is just at it.
        """
        rows = [{"model": model, "text_key": key, "vector": vectors[key]} for key in sorted(vectors)]
        if not rows:
            return
        with self._db.writing() as connection:
            if try_turn(connection, _EMBEDDING):
                connection.execute(insert(connection, embeddings).on_conflict_do_nothing(), rows)

    def archive(self, limit: int) -> list[Paper]:
        """The last `limit` papers that have an abstract, in the order in which they came."""
        told = func.substr(paper_records.c.record, 1, len(HAS_ABSTRACT)) == HAS_ABSTRACT
        query = whole_papers().where(told).order_by(papers.c.id.desc()).limit(limit)
        with self._db.reading() as connection:
            return [paper_of(row) for row in reversed(connection.execute(query).all())]


def learned_number(connection: Connection, name: str) -> int:
    """A number that is kept about the counts; 0 before the first."""
    return connection.scalar(select(learned.c.value).where(learned.c.name == name)) or 0


def _move(connection: Connection, after: int, through: int) -> bool:
    """Move the mark, and keep it locked; False where it stood elsewhere."""
    blank = [{"name": name, "value": 0} for name in (COUNTED, THROUGH)]
    connection.execute(insert(connection, learned).on_conflict_do_nothing(), blank)
    here = (learned.c.name == THROUGH) & (learned.c.value == after)
    return connection.execute(learned.update().where(here).values(value=through)).rowcount > 0


def _add_words(connection: Connection, frequency: Mapping[str, int]) -> None:
    counts: Counter[str] = Counter()
    for key, number in frequency.items():
        if len(key) <= LONGEST_KEY:
            counts[storable(key)] += number
    add_numbers(connection, words.c.key, words.c.papers, counts)


def _add_acronyms(connection: Connection, defined: Mapping[tuple[str, str], int]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for forms, number in defined.items():
        if max(map(len, forms)) <= LONGEST_FORM:
            counts[storable(forms[0]), storable(forms[1])] += number
    rows = [{"short": short, "long": long, "papers": number} for (short, long), number in sorted(counts.items())]
    if rows:
        statement = insert(connection, acronyms)
        more = {"papers": acronyms.c.papers + statement.excluded.papers}
        connection.execute(statement.on_conflict_do_update(index_elements=["short", "long"], set_=more), rows)
