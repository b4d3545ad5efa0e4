"""What a failure of the database means to the person who reads it, and what to do."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from digest.errors import StorageError

# Words of SQLite and PostgreSQL, and what to say instead.
_MEANINGS = (
    ("unable to open database file", "cannot be opened: see that its folder exists and that you may write to it"),
    ("file is not a database", "is no SQLite database: name another file, or move this one away and run `digest init`"),
    ("database is locked", "is in use by another process that does not let go: try again when it has ended"),
    ("lock timeout", "is in use by another process that does not let go: try again when it has ended"),
    ("readonly database", "may not be written to: see to the permissions of the file and of its folder"),
    ("read-only transaction", "may not be written to: this server takes no writes"),
    ("database or disk is full", "has no room left on its disk"),
    ("no space left on device", "has no room left on its disk"),
    ("malformed", "is damaged: restore it from a backup (`sqlite3 FILE .recover` saves what can be read)"),
    ("no such table", "is no database of digest: run `digest init`"),
    ("undefinedtable", "is no database of digest: run `digest init`"),
)


def explain(error: Exception, name: str) -> StorageError:
    """`error` of the database called `name`, as a StorageError that says what to do, where that is known.

    Neither a statement nor its values are repeated: they hold addresses.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    words = f"{type(cause).__name__}: {cause}"
    for sign, meaning in _MEANINGS:
        if sign in words.lower():
            return StorageError(f"{name} {meaning}")
    lines = str(cause).splitlines() or [type(cause).__name__]
    return StorageError(f"{name}: {lines[0]}")
