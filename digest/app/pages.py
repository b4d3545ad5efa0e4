"""The way in for readers, from the configuration: how strangers join, what commands by mail may do, where links lead.

The pages themselves are put together in `web/site.py`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.app import App
    from digest.mail.links import Links
    from digest.services.commands import CommandRules
    from digest.services.joining import JoinRules


def links(app: App) -> Links:
    """The links of this installation; paths alone where its address is not known.

    Raises:
        ConfigError: there is no secret.
    """
    from digest.mail.links import Links

    return Links(app.config.pages_url, app.keyring())


def join_rules(app: App) -> JoinRules:
    """How strangers become subscribers.

    Raises:
        ConfigError: there is no secret.
    """
    from digest.model import Caps
    from digest.services.joining import JoinRules

    joining = app.config.joining
    return JoinRules(
        caps=Caps(
            address_day=joining.address_day,
            address_month=joining.address_month,
            block_hour=joining.block_hour,
            block_day=joining.block_day,
            domain_hour=joining.domain_hour,
            hour=joining.hour,
        ),
        life=timedelta(seconds=joining.life),
        domain=app.letterhead.sender.rpartition("@")[2],
        keys=app.keyring(),
        open=joining.open,
        defaults=app.default_wishes(),
        expires=timedelta(seconds=app.config.mail.expires),
    )


def command_rules(app: App) -> CommandRules:
    """How commands that come by mail are followed.

    Raises:
        ConfigError: there is no secret.
    """
    from digest.services.commands import CommandRules

    mail = app.config.mail
    ours = (app.letterhead.sender, mail.reply_to, mail.unsubscribe, mail.envelope_from)
    return CommandRules(
        join=join_rules(app),
        authserv_id=app.config.inbound.authserv_id,
        trusted_hops=app.config.inbound.trusted_hops,
        answers_day=app.config.joining.answers_day,
        address=app.config.joining.address,
        links=links(app) if app.config.pages_url else None,
        others=tuple(filter(None, ours)),
        reporters=app.config.inbound.reporters,
    )
