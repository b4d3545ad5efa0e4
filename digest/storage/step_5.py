"""Step 5: what the installation knows of itself (keys, clock); see `schema.installation` for the names in use."""

from __future__ import annotations

STEP = """
CREATE TABLE installation (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
)
"""
