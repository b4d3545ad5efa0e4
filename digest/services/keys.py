"""Keys: whether the secret at hand is the one that a database was used with.

With another one all links in sent mail open nothing, bounces are nobody's, and whoever is suppressed is written to
again, as suppressions are kept by keyed hashes. So the database knows the fingerprints of its keys, and nothing runs
on it with others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.mail.tokens import Keyring
    from digest.storage import Store

KEYS = "keys"
"""Where the installation notes the fingerprints of its keys, in the order of the secret, parted by blanks."""
REFUSED_KEYS = "refused_keys"
"""Where it notes when somebody was last refused for other keys."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of the suppressions when new keys were taken: `kept` for addresses that are known here besides, and
    `lost`, which are known by a hash of the old keys alone."""

    kept: int
    lost: int


def mistake(known: Sequence[str], here: Sequence[str]) -> str:
    """What is wrong with keys of the fingerprints `here` where those of the database are `known`; "" if nothing is.

    The first key signs, so that it must be among those here; the last makes the hashes of addresses and must stay the
    last. A new key comes before the others.
    """
    if not known or (known[-1] == here[-1] and known[0] in here):
        return ""
    if not set(known) & set(here):
        return (
            "it is not the secret that this database was used with: links in sent mail would open nothing, bounces "
            "would be nobody's, and suppressed addresses would be written to again. Put back the old file, from a "
            "backup or from where digest ran before; if it is lost, `digest init --new-secret` goes on without it"
        )
    if known[-1] != here[-1]:
        return (
            "its last key is not the one by which this database knows suppressed addresses: that one stays the last "
            "line of the file for good, and a new key comes before it"
        )
    return (
        "the key that signs the links of this database is not in it: where several programs run, each needs the same "
        "file; `digest init --new-secret` takes this one if that key was put away on purpose"
    )


def prove(store: Store, keys: Keyring, now: datetime) -> str:
    """What is wrong with `keys` for the database (see `mistake`); if nothing is, they are noted as those in use.

    A database that was used before it knew its keys is asked for an address and its hash.
    """
    known, here = store.noted(KEYS).split(), keys.fingerprints
    wrong = mistake(known, here)
    if not known and not _is_witness(store, keys):
        wrong = mistake(["of another secret"], here)
    if wrong:
        store.note(REFUSED_KEYS, now.isoformat())
    elif known != list(here):
        store.note(KEYS, " ".join(here))
    return wrong


def is_used(store: Store) -> bool:
    """Whether something in the database was made with keys."""
    return bool(store.noted(KEYS)) or store.hashed_address() is not None or bool(store.suppressions(1))


def adopt(store: Store, keys: Keyring) -> Adopted:
    """Take `keys` as those of the database in place of others; hashes of addresses that are known here go along."""
    known, every = store.noted(KEYS).split(), store.counts()["suppressions"]
    anew = {old: keys.address_hash(address) for old, address in store.hashed_addresses().items()}
    store.rehash({old: new for old, new in anew.items() if old != new})
    store.note(KEYS, " ".join(keys.fingerprints))
    if known and known[-1] == keys.fingerprints[-1]:
        return Adopted(every, 0)
    here, left = set(anew.values()), store.suppressions(every)
    kept = sum(one.address_hash in here for one in left)
    return Adopted(kept, len(left) - kept)


def _is_witness(store: Store, keys: Keyring) -> bool:
    """Whether the last address that is kept with its hash has it by these keys; also where there is none."""
    known = store.hashed_address()
    return known is None or keys.address_hash(known[0]) == known[1]
