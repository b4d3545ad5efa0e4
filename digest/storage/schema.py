"""The tables, as the queries use them. `steps.py` makes them; a test keeps the two equal.

Text is never NULL where "" says "unknown"; ids of snapshots rise in the order of commits.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from digest.storage.types import Id, Instant, Json, Words

metadata = MetaData()

_IS_LETTER = text("kind <> 'edition' AND recipient <> ''")
_IS_OPEN = text("confirmed_at IS NULL")


def _id() -> Column[int]:
    return Column("id", Id, Identity(), primary_key=True)


def _ref(name: str, target: str, *, primary_key: bool = False) -> Column[int]:
    return Column(name, Id, ForeignKey(target), primary_key=primary_key, nullable=False)


def _words(name: str, *, unique: bool = False) -> Column[str]:
    return Column(name, Words, nullable=False, unique=unique)


schema_steps = Table(
    "schema_steps",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
)

sources = Table(
    "sources",
    metadata,
    _id(),
    _words("name", unique=True),
    Column("next_poll_at", Instant),
    Column("failures", Integer, nullable=False),
    Column("validators", Json, nullable=False),
    Column("last_verdict", Words),
    Column("last_new_on", Date),
    _words("last_error"),
    Column("begun_at", Instant),
    Column("failing_since", Instant),
)

looks = Table(
    "looks",
    metadata,
    _id(),
    _ref("source_id", "sources.id"),
    Column("at", Instant, nullable=False),
    _words("verdict"),
    Column("entries", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("rejects", Integer, nullable=False),
    _words("detail"),
    Index("looks_source", "source_id", "id"),
)

snapshots = Table(
    "snapshots",
    metadata,
    _id(),
    _ref("source_id", "sources.id"),
    Column("taken_at", Instant, nullable=False, index=True),
    _words("sha256"),
    _words("place"),
    _words("kind"),
    Column("listed_on", Date),
    Column("content", LargeBinary),
    Column("entries", Integer, nullable=False),
    Column("reject_count", Integer, nullable=False),
    Column("rejects", Json, nullable=False),
    UniqueConstraint("source_id", "sha256"),
)

papers = Table(
    "papers",
    metadata,
    _id(),
    _words("key", unique=True),
    Column("title_key", Words, nullable=False, index=True),
    _words("content_hash"),
    Column("published_at", Instant),
    Column("listed_on", Date, index=True),
    Column("revision", Integer, nullable=False),
    Column("upvotes", Integer),
    Column("comments", Integer),
    Column("new_in", Id, ForeignKey("snapshots.id"), index=True),
    Column("revised_in", Id, ForeignKey("snapshots.id"), index=True),
    Column("first_snapshot", Id, ForeignKey("snapshots.id"), nullable=False, index=True),
    Column("sources", Json, nullable=False),
    Column("again_in", Id, ForeignKey("snapshots.id"), index=True),
)

paper_records = Table(
    "paper_records",
    metadata,
    _ref("paper_id", "papers.id", primary_key=True),
    Column("content_hash", Words, primary_key=True),
    Column("record", Words, nullable=False),
)

paper_aliases = Table(
    "paper_aliases",
    metadata,
    Column("alias", Words, primary_key=True),
    _ref("paper_id", "papers.id"),
)

sightings = Table(
    "sightings",
    metadata,
    _ref("paper_id", "papers.id", primary_key=True),
    _ref("source_id", "sources.id", primary_key=True),
    _ref("first_snapshot", "snapshots.id"),
    _ref("last_snapshot", "snapshots.id"),
    Column("announcement", Words),
    Column("upvotes", Integer),
    Column("comments", Integer),
    Column("listed_on", Date),
)

votes = Table(
    "votes",
    metadata,
    _ref("paper_id", "papers.id", primary_key=True),
    _ref("snapshot_id", "snapshots.id", primary_key=True),
    Column("upvotes", Integer),
    Column("comments", Integer),
)

subscribers = Table(
    "subscribers",
    metadata,
    _id(),
    _words("address"),
    _words("address_key", unique=True),
    _words("status"),
    _words("name"),
    _words("zone"),
    _words("send_at"),
    _words("rhythm"),
    Column("max_papers", Integer),
    Column("min_score", Float),
    _words("empty"),
    Column("next_due_at", Instant),
    Column("cutoff", Id, nullable=False),
    Column("created_at", Instant),
    Column("paused_until", Instant),
    Column("left_at", Instant),
    Column("salt", Words, nullable=False, server_default=""),
    Column("link_generation", Integer, nullable=False, server_default=text("0")),
    Index("subscribers_due", "status", "next_due_at"),
)

interests = Table(
    "interests",
    metadata,
    _ref("subscriber_id", "subscribers.id", primary_key=True),
    Column("position", Integer, primary_key=True),
    _words("kind"),
    _words("term"),
    Column("weight", Float, nullable=False),
    _words("field"),
    Column("excluded", Integer, nullable=False),
)

editions = Table(
    "editions",
    metadata,
    _id(),
    _ref("subscriber_id", "subscribers.id"),
    Column("edition_date", Date, nullable=False),
    Column("looked_at", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),
    Column("from_snapshot", Id, nullable=False),
    Column("through_snapshot", Id, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("unreached", Json, nullable=False, server_default="[]"),
    UniqueConstraint("subscriber_id", "edition_date"),
)

picks = Table(
    "picks",
    metadata,
    _ref("edition_id", "editions.id", primary_key=True),
    Column("rank", Integer, primary_key=True),
    _ref("subscriber_id", "subscribers.id"),
    Column("paper_id", Id, nullable=False),
    _words("content_hash"),
    Column("revision", Integer, nullable=False),
    Column("upvotes", Integer),
    Column("comments", Integer),
    Column("sources", Json, nullable=False),
    Column("score", Float, nullable=False),
    _words("block"),
    Column("matches", Json, nullable=False),
    ForeignKeyConstraint(["paper_id", "content_hash"], ["paper_records.paper_id", "paper_records.content_hash"]),
    Index("picks_subscriber", "subscriber_id", "paper_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _words("kind"),
    Column("edition_id", Id, ForeignKey("editions.id"), unique=True),
    _words("recipient"),
    _words("message_id", unique=True),
    _words("status"),
    Column("due_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    _words("claimed_by"),
    Column("lease_until", Instant),
    Column("last_code", Integer, nullable=False),
    _words("last_error"),
    _words("queue_id"),
    Column("sent_at", Instant),
    Column("created_at", Instant),
    Column("resent", Integer, nullable=False),
    Column("address_hash", Words, nullable=False, server_default=""),
    Column("domain", Words, nullable=False, server_default=""),
    Column("settled_at", Instant),
    Column("subscriber_id", Id, ForeignKey("subscribers.id")),
    Column("confirmation_id", Id),
    Column("content", Json, nullable=False, server_default="{}"),
    Index("deliveries_due", "status", "due_at", "id"),
    Index("deliveries_address", "address_hash", "sent_at"),
    Index("deliveries_domain", "domain", "id"),
    Index("deliveries_sent", "sent_at"),
    Index("deliveries_subscriber", "subscriber_id"),
    Index("deliveries_confirmation", "confirmation_id"),
    Index("deliveries_letters", "status", "due_at", sqlite_where=_IS_LETTER, postgresql_where=_IS_LETTER),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", Words, primary_key=True),
    _words("reason"),
    _words("detail"),
    Column("since", Instant, nullable=False),
)

bounces = Table(
    "bounces",
    metadata,
    _id(),
    _words("address_hash"),
    _words("kind"),
    _words("status"),
    _words("origin"),
    _words("detail"),
    Column("delivery_id", Id, ForeignKey("deliveries.id")),
    Column("at", Instant, nullable=False),
    UniqueConstraint("delivery_id", "kind", "origin"),
    Index("bounces_address", "address_hash", "id"),
)

domains = Table(
    "domains",
    metadata,
    Column("domain", Words, primary_key=True),
    Column("until", Instant, nullable=False),
    _words("reason"),
    Column("since", Instant, nullable=False),
    Column("strikes", Integer, nullable=False),
)

words = Table(
    "words",
    metadata,
    Column("key", Words, primary_key=True),
    Column("papers", Integer, nullable=False),
)

acronyms = Table(
    "acronyms",
    metadata,
    Column("short", Words, primary_key=True),
    Column("long", Words, primary_key=True),
    Column("papers", Integer, nullable=False),
)

learned = Table(
    "learned",
    metadata,
    Column("name", Words, primary_key=True),
    Column("value", Id, nullable=False),
)

expansions = Table(
    "expansions",
    metadata,
    Column("term", Words, primary_key=True),
    Column("papers", Integer, nullable=False),
    Column("words", Json, nullable=False),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("model", Words, primary_key=True),
    Column("text_key", Words, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    _ref("subscriber_id", "subscribers.id", primary_key=True),
    Column("key", Words, primary_key=True),
    _words("opinion"),
    _words("origin"),
    Column("at", Instant, nullable=False),
    Column("paper_id", Id, ForeignKey("papers.id")),
    _words("title"),
    _words("abstract"),
)

confirmations = Table(
    "confirmations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    _words("address"),
    _words("address_hash"),
    Column("wishes", Json, nullable=False),
    _words("origin"),
    _words("asked_from"),
    _words("wording"),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    _words("confirmed_from"),
    Column("subscriber_id", Id, ForeignKey("subscribers.id")),
    Index("confirmations_address", "address_hash"),
    Index("confirmations_end", "expires_at", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    Index("confirmations_subscriber", "subscriber_id"),
)

demands = Table(
    "demands",
    metadata,
    _id(),
    Column("at", Instant, nullable=False),
    _words("address_hash"),
    _words("block"),
    _words("domain"),
    Index("demands_at", "at"),
    Index("demands_address", "address_hash", "at"),
    Index("demands_block", "block", "at"),
    Index("demands_domain", "domain", "at"),
)

turned_away = Table(
    "turned_away",
    metadata,
    Column("hour", Instant, primary_key=True),
    Column("why", Words, primary_key=True),
    Column("demands", Integer, nullable=False),
)

followed_mails = Table(
    "followed_mails",
    metadata,
    Column("mark", Words, primary_key=True),
    Column("at", Instant, nullable=False),
    Index("followed_mails_at", "at"),
)
"""Mails whose commands were followed, by a mark that only this installation makes of them."""

installation = Table(
    "installation",
    metadata,
    Column("name", Words, primary_key=True),
    _words("value"),
)
"""What is known of the installation as a whole, by name: each name is documented where it is written."""
