"""LMTP (RFC 2033): handing over to a delivery server that is close by, such as Dovecot's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.mail.transports.relay import Security, SmtpSettings
from digest.mail.transports.smtp import MAX_MESSAGES, SmtpTransport

if TYPE_CHECKING:
    from digest.mail.transports.line import Watch


class LmtpTransport(SmtpTransport):
    """Hands messages to the LMTP server at `address` and `port`, or at the unix socket `address` if `port` is 0.

    LMTP is SMTP with another greeting (LHLO) and, behind the final dot, an answer for each recipient. As every
    message has one recipient, the conversation is the same. Such a server delivers at once or says that it
    cannot: a Receipt means that the message is in the mailbox. There is neither TLS nor a login.

    Args:
        local_hostname: what LHLO says; "" asks the system.
    """

    def __init__(
        self,
        address: str,
        port: int,
        *,
        timeout: float = 300.0,
        dot_timeout: float = 600.0,
        local_hostname: str = "",
        max_messages: int = MAX_MESSAGES,
        watch: Watch | None = None,
    ) -> None:
        settings = SmtpSettings(
            address,
            port,
            Security.NONE,
            timeout=timeout,
            dot_timeout=dot_timeout,
            local_hostname=local_hostname,
            lmtp=True,
        )
        super().__init__(settings, max_messages, watch)
