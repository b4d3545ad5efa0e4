"""``digest dkim``: the keys that sign, and what to publish for them in the DNS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from digest.cli.output import echo_json, json_option, say
from digest.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from digest.config import Config
    from digest.config.mailing import DkimKey
    from digest.mail.dkim import Signer

TITLES = {"rsa": "RSA", "ed25519": "Ed25519"}
NEXT = "next: publish {these} in the DNS, wait until {they} can be seen there, then `digest doctor`"


@click.command(short_help="Make the keys that sign, and say what to publish.")
@json_option
@click.pass_obj
def command(obj: dict[str, Any], as_json: bool) -> None:
    """Make the DKIM keys that are configured and missing, and print the DNS records to publish for them.

    A key that is there stays as it is, so that it is safe to call again.
    """
    from digest.app import App

    app = App.load(obj["config"])
    wanted = _wanted(app.config, app.clock())
    made = [_make(key) for key in wanted]
    signers = [_signer(key, app.config) for key in wanted]
    for key, signer, new in zip(wanted, signers, made, strict=True):
        _show(key, signer, new, as_json)
    if not as_json:
        one = len(wanted) == 1
        say(NEXT.format(these="this record" if one else "these records", they="it" if one else "they"), err=True)


def _wanted(config: Config, now: datetime) -> tuple[DkimKey, ...]:
    """The keys that are configured.

    Raises:
        UsageError: none is; with the lines that would change that.
    """
    if not config.dkim.keys:
        raise UsageError(
            f"{config.place}: no key has a name yet; put in these lines and call `digest dkim` again\n\n"
            f'  [dkim]\n  selector = "digest{now.year}"\n'
            f'  ed25519_selector = "digest{now.year}e"    # a second, short key; may be left out\n'
        )
    return config.dkim.keys


def _make(key: DkimKey) -> bool:
    """Make the key if its file is missing, readable by the owner alone; whether it was.

    Raises:
        UsageError: it cannot be written there.
    """
    from digest.app import make_private
    from digest.mail.dkim import make_key

    return make_private(key.file, lambda: make_key(key.algorithm), key.option)


def _signer(key: DkimKey, config: Config) -> Signer:
    """The signer with the key in its file.

    Raises:
        ConfigError: the file cannot be read, or holds no key of that kind.
    """
    from digest.mail.dkim import load_signer

    try:
        signer = load_signer(key.file.read_bytes(), config.dkim_domain, key.selector)
    except OSError as error:
        raise ConfigError([f"{key.option}: cannot read {key.file} ({error.strerror})"], str(config.place)) from error
    except ConfigError as error:
        raise ConfigError(
            [f"{key.option}: {key.file}: {mistake}" for mistake in error.mistakes], error.place
        ) from error
    if signer.algorithm != key.algorithm:
        mistake = f"holds an {TITLES[signer.algorithm]} key, and an {TITLES[key.algorithm]} key belongs there"
        raise ConfigError([f"{key.option}: {key.file} {mistake}"], str(config.place))
    return signer


def _show(key: DkimKey, signer: Signer, new: bool, as_json: bool) -> None:
    """The record on standard output, fit for a zone file; what became of the key on standard error."""
    from digest.mail.dkim import record_strings

    strings = record_strings(signer.record)
    if as_json:
        echo_json(
            {
                "name": signer.name,
                "type": "TXT",
                "value": signer.record,
                "strings": strings,
                "algorithm": signer.algorithm,
                "selector": signer.selector,
                "domain": signer.domain,
                "key_file": str(key.file),
                "made": new,
            }
        )
        return
    kind = TITLES[signer.algorithm]
    say(f"{key.file}: {f'a new {kind} key, keep it to yourself' if new else f'the {kind} key is kept'}", err=True)
    if key.file.stat().st_mode & 0o077:
        say(f"{key.file}: others can read it; `chmod 600` changes that", err=True)
    say(f"{signer.name}. IN TXT " + " ".join(f'"{string}"' for string in strings))
