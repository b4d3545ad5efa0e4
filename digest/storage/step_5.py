"""Step 5: what the installation knows of itself (keys, clock; see `schema.installation` for the names in use), when a
source was begun to be polled and since when it fails, which sources an edition had to do without, which mails were
followed as commands, and in which snapshot a paper was new once more."""

from __future__ import annotations

STEP = """
CREATE TABLE installation (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE followed_mails (
    mark TEXT NOT NULL PRIMARY KEY,
    at $moment NOT NULL
);
CREATE INDEX followed_mails_at ON followed_mails (at);
ALTER TABLE sources ADD COLUMN begun_at $moment;
ALTER TABLE sources ADD COLUMN failing_since $moment;
UPDATE sources SET failing_since = (
    SELECT min(looks.at) FROM looks WHERE looks.source_id = sources.id AND looks.id > (
        SELECT coalesce(max(good.id), 0) FROM looks AS good
        WHERE good.source_id = sources.id AND good.verdict NOT IN ('throttled', 'not-a-feed', 'unreachable')
    )
);
ALTER TABLE editions ADD COLUMN unreached TEXT NOT NULL DEFAULT '[]';
ALTER TABLE subscribers ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN link_generation INTEGER NOT NULL DEFAULT 0;
INSERT INTO installation SELECT 'deliveries_by_number', COALESCE(MAX(id), 0) FROM deliveries;
ALTER TABLE papers ADD COLUMN again_in $ref REFERENCES snapshots (id);
CREATE INDEX ix_papers_again_in ON papers (again_in)
"""
