"""The way out, from the configuration: what carries messages, how fast they leave, what signs them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from digest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.config import Config
    from digest.config.mailing import DkimKey
    from digest.mail.dkim import Signer
    from digest.mail.tokens import Keyring
    from digest.mail.transports import Transport
    from digest.services.round import DeliveryRules
    from digest.storage.bounces import Judge

# All lines to these would lead to one folder, or one stream.
_ONE_AT_A_TIME = ("maildir", "console")


def transports(config: Config) -> Callable[[], Transport]:
    """What makes the carriers of messages away, one for each connection, by `mail.transport`.

    Raises:
        ConfigError: the password for the mail server is missing.
    """
    kinds = {"smtp": _smtp, "lmtp": _lmtp, "sendmail": _sendmail, "maildir": _maildir, "console": _console}
    return kinds[config.mail.transport](config)


def _smtp(config: Config) -> Callable[[], Transport]:
    from digest.mail.transports.smtp import SmtpSettings, SmtpTransport

    smtp = config.smtp
    settings = SmtpSettings(
        host=smtp.host,
        port=smtp.usual_port,
        security=smtp.security,
        username=smtp.username,
        password=config.smtp_password(),
        timeout=smtp.timeout,
        ca_file=smtp.ca_file,
        local_hostname=smtp.hostname,
    )
    return lambda: SmtpTransport(settings, max_messages=config.sending.per_connection)


def _lmtp(config: Config) -> Callable[[], Transport]:
    from digest.config.addresses import split_listener
    from digest.mail.transports.lmtp import LmtpTransport

    address, port = split_listener(config.lmtp.address)
    return lambda: LmtpTransport(address, port, max_messages=config.sending.per_connection)


def _sendmail(config: Config) -> Callable[[], Transport]:
    from digest.mail.transports.sendmail import SendmailTransport

    return lambda: SendmailTransport(config.sendmail.path)


def _maildir(config: Config) -> Callable[[], Transport]:
    from digest.mail.transports.maildir import MaildirTransport

    return lambda: MaildirTransport(config.maildir.path)


def _console(_config: Config) -> Callable[[], Transport]:
    from digest.mail.transports.console import ConsoleTransport

    return lambda: ConsoleTransport(sys.stdout)


def delivery_rules(config: Config, keys: Keyring, judge: Judge) -> DeliveryRules:
    """How deliveries are tried.

    Raises:
        ConfigError: the envelope sender leaves no room for a token.
    """
    from digest.mail.verp import LONGEST_BASE, has_room
    from digest.services.claimant import this_process
    from digest.services.round import DeliveryRules

    sending = config.sending
    if config.verp and not has_room(config.envelope_sender):
        what = f"has more than {LONGEST_BASE} characters before the @, which leaves no room for a token"
        raise _mistake(config, f"mail.envelope_from: {what}; shorten it, or set verp = false")
    return DeliveryRules(
        sender=config.envelope_sender,
        worker=this_process(),
        resend_unknown=config.mail.unknown == "resend",
        keys=keys,
        verp=config.verp,
        connections=1 if config.mail.transport in _ONE_AT_A_TIME else sending.connections,
        rate=sending.rate,
        domain_connections=sending.domain_connections,
        domain_rate=sending.domain_rate,
        warm_up=sending.warm_up,
        judge=judge,
        relay=_relay(config),
    )


def _relay(config: Config) -> str:
    """The mail server in words, for alarms."""
    if config.mail.transport == "smtp":
        return f"the mail server {config.smtp.host}:{config.smtp.usual_port}"
    places = {"lmtp": config.lmtp.address, "sendmail": str(config.sendmail.path)}
    return f"the mail server {places.get(config.mail.transport, '')}".rstrip()


def signers(config: Config) -> list[Signer]:
    """What signs each message (DKIM), the RSA key first; none where that is left to the mail server.

    Raises:
        ConfigError: there is no such key, or none that can sign.
    """
    return [_signer(config, key) for key in config.dkim.keys]


def _signer(config: Config, key: DkimKey) -> Signer:
    from digest.mail.dkim import load_signer

    try:
        pem = key.file.read_bytes()
    except OSError as error:
        what = f"{key.option}: cannot read {key.file} ({error.strerror}); run `digest dkim` to make the key"
        raise _mistake(config, what) from error
    return load_signer(pem, config.dkim_domain, key.selector)


def _mistake(config: Config, what: str) -> ConfigError:
    return ConfigError([what], str(config.place))
