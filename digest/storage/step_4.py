"""Step 4: the outbox takes letters that are no editions, and strangers may ask to join.

SQLite cannot take NOT NULL from a column, so that the table of deliveries is made anew there. What refers to it, the
bounces, must be out of the way meanwhile: dropping a table deletes its rows first, and foreign keys are on.
"""

from __future__ import annotations

SQLITE = """
CREATE TABLE bounces_kept AS SELECT * FROM bounces;
DROP TABLE bounces;
CREATE TABLE deliveries_new (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    edition_id INTEGER UNIQUE REFERENCES editions (id),
    recipient TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    due_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    claimed_by TEXT NOT NULL,
    lease_until TEXT,
    last_code INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    queue_id TEXT NOT NULL,
    sent_at TEXT,
    created_at TEXT,
    resent INTEGER NOT NULL,
    address_hash TEXT NOT NULL DEFAULT '',
    domain TEXT NOT NULL DEFAULT '',
    settled_at TEXT,
    subscriber_id INTEGER REFERENCES subscribers (id),
    confirmation_id INTEGER,
    content TEXT NOT NULL DEFAULT '{}'
);
INSERT INTO deliveries_new SELECT *, NULL, NULL, '{}' FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_new RENAME TO deliveries;
CREATE INDEX deliveries_due ON deliveries (status, due_at, id);
CREATE INDEX deliveries_address ON deliveries (address_hash, sent_at);
CREATE INDEX deliveries_domain ON deliveries (domain, id);
CREATE INDEX deliveries_sent ON deliveries (sent_at);
CREATE TABLE bounces (
    id INTEGER NOT NULL PRIMARY KEY,
    address_hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    origin TEXT NOT NULL,
    detail TEXT NOT NULL,
    delivery_id INTEGER REFERENCES deliveries (id),
    at TEXT NOT NULL,
    UNIQUE (delivery_id, kind, origin)
);
INSERT INTO bounces SELECT * FROM bounces_kept;
DROP TABLE bounces_kept;
CREATE INDEX bounces_address ON bounces (address_hash, id)
"""

POSTGRESQL = """
ALTER TABLE deliveries ALTER COLUMN edition_id DROP NOT NULL;
ALTER TABLE deliveries ADD COLUMN subscriber_id BIGINT REFERENCES subscribers (id);
ALTER TABLE deliveries ADD COLUMN confirmation_id BIGINT;
ALTER TABLE deliveries ADD COLUMN content TEXT NOT NULL DEFAULT '{}'
"""

STEP = """
$letters_in_the_outbox;
CREATE INDEX deliveries_subscriber ON deliveries (subscriber_id);
CREATE INDEX deliveries_confirmation ON deliveries (confirmation_id);
CREATE INDEX deliveries_letters ON deliveries (status, due_at) WHERE kind <> 'edition' AND recipient <> '';
CREATE INDEX ix_papers_listed_on ON papers (listed_on);
CREATE TABLE confirmations (
    id $ref NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    wishes TEXT NOT NULL,
    origin TEXT NOT NULL,
    asked_from TEXT NOT NULL,
    wording TEXT NOT NULL,
    asked_at $moment NOT NULL,
    expires_at $moment NOT NULL,
    confirmed_at $moment,
    confirmed_from TEXT NOT NULL,
    subscriber_id $ref REFERENCES subscribers (id)
);
CREATE INDEX confirmations_address ON confirmations (address_hash);
CREATE INDEX confirmations_end ON confirmations (expires_at) WHERE confirmed_at IS NULL;
CREATE INDEX confirmations_subscriber ON confirmations (subscriber_id);
CREATE TABLE demands (
    id $serial,
    at $moment NOT NULL,
    address_hash TEXT NOT NULL,
    block TEXT NOT NULL,
    domain TEXT NOT NULL
);
CREATE INDEX demands_at ON demands (at);
CREATE INDEX demands_address ON demands (address_hash, at);
CREATE INDEX demands_block ON demands (block, at);
CREATE INDEX demands_domain ON demands (domain, at);
CREATE TABLE turned_away (
    hour $moment NOT NULL,
    why TEXT NOT NULL,
    demands INTEGER NOT NULL,
    PRIMARY KEY (hour, why)
)
"""
