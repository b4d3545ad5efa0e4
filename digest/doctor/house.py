"""Findings about this machine: secret, keys, database, disk, templates. Nothing here needs the network."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.doctor.findings import error, note, ok, paste, warning
from digest.errors import ConfigError, DigestError, StorageError
from digest.model import SubscriberStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from digest.app import App
    from digest.config import Config
    from digest.doctor.findings import Finding

_MEGABYTE = 2**20
LEAST_FREE, LITTLE_FREE = 100 * _MEGABYTE, 1000 * _MEGABYTE
"""Bytes of free disk space below which it is an error, and a warning."""
ADVISED_BITS = 2048
_MOST_SLIPS = 5
_NOBODYS = (".example.org", ".example.com", ".example.net", ".example", ".test", ".invalid", ".localhost", ".local")


def broken_config(mistakes: ConfigError) -> list[Finding]:
    """What is said instead of all the rest where the configuration cannot be used."""
    place = mistakes.place or "config.toml"
    todo = f"Correct {place}; config.example.toml explains every option."
    if any("there is no such file" in mistake for mistake in mistakes.mistakes):
        todo = f"Make one to start from, or name yours (digest --config FILE doctor):{paste('digest init')}"
    return [error("configuration", f"{place}: {mistake}", todo) for mistake in mistakes.mistakes]


def config_findings(config: Config) -> Iterator[Finding]:
    """The file as a whole, and a sender that is still the example's."""
    yield ok("configuration", f"{config.place} has no mistakes")
    for mistake in config.sending_mistakes():
        yield error("sender", mistake, f"Set from = under [mail] in {config.place} to an address at your own domain.")
    if is_nobodys(config.mail.sender.domain) and not config.sending_mistakes():
        yield warning(
            "sender",
            f"{config.mail.sender.address} is at a domain that is nobody's: good for trying things out and no more",
            f"Set from = under [mail] in {config.place} to an address at your own domain.",
        )
    if not config.http.contact and any(spec.url for spec in config.sources):
        yield note(
            "configuration",
            "http.contact is empty: whoever runs a source cannot reach you before they lock you out",
            "Set contact = under [http] to your mail address.",
        )
    yield from _list_findings(config)


def _list_findings(config: Config) -> Iterator[Finding]:
    """Whether the list is known by another name than the configuration alone would give it."""
    from digest.services.list_identity import LIST_ID
    from digest.storage.health import health

    try:
        noted = health(config.database_url).noted.get(LIST_ID, "")
    except StorageError:
        return  # told of the database
    usual, chosen = config.letterhead().list_id, config.mail.list_id
    if noted and chosen and noted != chosen:
        yield warning(
            "list",
            f"the List-Id will change from {noted} to {chosen}: filters of your readers go by the old one",
            f'To keep it, set list_id = "{noted}" under [mail].',
        )
    elif noted and noted != usual:
        yield note(
            "list",
            f"the List-Id stays {noted}, though the sender's domain has changed: filters of your readers go by it",
            f'To change it all the same, set list_id = "{usual}" under [mail].',
        )


def is_nobodys(domain: str) -> bool:
    """Whether `domain` is one of those that are kept for examples and tests (RFC 2606, RFC 6761)."""
    return f".{domain}".endswith(_NOBODYS)


def secret_findings(config: Config) -> Iterator[Finding]:
    """The key that signs links: there, long enough, and nobody else's to read; and the passwords."""
    try:
        config.secret()
    except ConfigError as missing:
        yield error("secret", missing.mistakes[0], f"In a new installation make one:{paste('digest init')}")
    else:
        yield from _private("secret", config.secret_path, "the key that signs links")
        yield from _belonging(config)
    for check, read, file in (
        ("smtp password", config.smtp_password, config.smtp.password_file),
        ("imap password", config.imap_password, config.inbound.imap_password_file),
        ("operator password", config.operator_password, config.web.operator_password_file),
    ):
        try:
            given = read()
        except ConfigError as missing:
            yield error(
                check, missing.mistakes[0], "Put the password on the first line of that file, or set the variable."
            )
            continue
        if given and file:
            yield from _private(check, file, "the password")


def _belonging(config: Config) -> Iterator[Finding]:
    """Whether the keys are those of the database, and whether somebody came with others."""
    from digest.mail.tokens import Keyring
    from digest.services.keys import KEYS, REFUSED_KEYS, mistake
    from digest.storage.health import health

    try:
        noted = health(config.database_url).noted
    except StorageError:
        return  # told of the database
    if wrong := mistake(noted.get(KEYS, "").split(), Keyring(config.secret()).fingerprints):
        yield error("secret", wrong, "Nothing runs here before that is settled.")
    elif refused := noted.get(REFUSED_KEYS):
        yield warning(
            "secret",
            f"somebody came to this database with another secret, the last time at {refused[:16]}, and was refused",
            "See what runs with another file: `digest receive` as another user, another machine, an old copy.",
        )


def _private(check: str, file: Path, what: str) -> Iterator[Finding]:
    """Whether a file is for its owner alone. One that is not there is the environment's affair."""
    if not file.is_file():
        yield ok(check, f"{what} comes from the environment")
        return
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        yield warning(
            check, f"{what} in {file} can be read by others (mode {mode:04o})", f"Run:{paste(f'chmod 600 {file}')}"
        )
    else:
        yield ok(check, f"{what} is in {file}, for its owner alone")


def key_findings(config: Config) -> Iterator[Finding]:
    """The private keys of DKIM, where we sign: there, usable, strong, and nobody else's to read."""
    checks = {"rsa": "DKIM key", "ed25519": "DKIM key (Ed25519)"}
    for key in config.dkim.keys:
        yield from _key(checks[key.algorithm], key.selector, config.dkim_domain, key.file)


def _key(check: str, selector: str, domain: str, file: Path) -> Iterator[Finding]:
    from digest.mail.dkim import load_signer

    make = f"Make the keys, and publish what is said then:{paste('digest dkim')}"
    try:
        pem = file.read_bytes()
        signer = load_signer(pem, domain, selector)
    except OSError as missing:
        yield error(check, f"{file} cannot be read: {missing.strerror}", make)
        return
    except DigestError as unusable:
        yield error(check, f"{file}: {unusable.mistakes[0] if isinstance(unusable, ConfigError) else unusable}", make)
        return
    bits = _bits(pem) if signer.algorithm == "rsa" else 0
    if bits and bits < ADVISED_BITS:
        yield warning(
            check,
            f"{file} has an RSA key of {bits} bits; {ADVISED_BITS} are advised",
            f"Make a new one under another selector, and let both records stand for a week. {make}",
        )
    else:
        yield ok(check, f"{file} holds {f'an RSA key of {bits} bits' if bits else 'an Ed25519 key'}")
    yield from _private(check, file, "the key")


def _bits(pem: bytes) -> int:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem, None)
    return key.key_size if isinstance(key, RSAPrivateKey) else 0


def disk_findings(config: Config) -> Iterator[Finding]:
    """Free space where the database lies, or where the configuration does."""
    place = config.place.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as failed:
        yield warning("disk", f"the free space at {place} is not known: {failed.strerror}")
        return
    what = f"{free // _MEGABYTE:,} MB are free at {place}"
    if free < LEAST_FREE:
        yield error(
            "disk", what, "Make room: a full disk stops everything, and a database that cannot grow loses mail."
        )
    elif free < LITTLE_FREE:
        yield warning("disk", what, "Make room before it is full.")
    else:
        yield ok("disk", what)


def subscriber_findings(app: App) -> Iterator[Finding]:
    """Whether there is anybody to write to, and whether their time zones are known here."""
    from digest.errors import StorageError

    try:
        with app.scratch() as store:
            counts = store.counts()
            zones = {subscriber.zone for subscriber in store.subscribers()}
    except StorageError:
        return  # told of the database itself
    active = counts[f"subscribers_{SubscriberStatus.ACTIVE}"]
    if not active:
        yield note("subscribers", "nobody is subscribed yet", f"Add yourself:{paste('digest subscribers add ADDRESS')}")
    else:
        yield ok("subscribers", f"{active} active subscriber{'' if active == 1 else 's'}")
    yield zone_finding(sorted({*zones, app.config.defaults.zone}))


def zone_finding(zones: Iterable[str]) -> Finding:
    """Whether the data of these time zones is there."""
    known, lost = [], []
    for zone in zones:
        try:
            known.append(ZoneInfo(zone).key)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            lost.append(zone)
    if lost:
        return error(
            "time zones", f"no data on {', '.join(lost)}", f"Bring the data up to date:{paste('pip install -U tzdata')}"
        )
    return ok("time zones", f"the data on {', '.join(known[:3])}{' and others' if len(known) > 3 else ''} is there")


def writable(folder: Path) -> bool:
    """Whether we may make files in `folder`."""
    return os.access(folder, os.W_OK | os.X_OK)


def template_findings(app: App) -> Iterator[Finding]:
    """What `digest templates check` finds, the first few of it."""
    from digest.services.proofread import proofread

    found = proofread(app.config.mail.templates, app.letterhead)
    for slip in found[:_MOST_SLIPS]:
        place = f"{slip.file}:{slip.line}" if slip.line else slip.file
        tell = error if slip.grave else warning
        advice = slip.advice[:1].upper() + slip.advice[1:]
        yield tell("templates", f"{place}: {slip.problem}", advice if advice.endswith("?") else f"{advice}.")
    if len(found) > _MOST_SLIPS:
        yield note("templates", f"and {len(found) - _MOST_SLIPS} more", f"See all:{paste('digest templates check')}")
    if not found:
        whose = f"those in {app.config.mail.templates}" if app.config.mail.templates else "the built-in ones"
        yield ok("templates", f"{whose} make a proper mail on every kind of day")
