"""Postfix: takes mail by SMTP and hands it to Dovecot; what cannot be delivered comes back as a real DSN."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.dovecot import DOMAINS
from tests.lab.need import need, need_root
from tests.lab.process import folder, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.certificates import Certificates
    from tests.lab.dovecot import Dovecot

# What happens to a recipient whose name begins so: the answer to RCPT.
FAULTS = {
    "grey": "450 4.2.0 Greylisted, try again later",
    "full": "452 4.2.2 Mailbox full",
    "gone": "550 5.1.1 No such user here",
    "block": "554 5.7.1 Rejected by policy",
    "slow": "421 4.7.0 Too many messages, slow down",
}
APP_DOMAIN, SINK_DOMAIN = "app.test", "sink.test"

_MAIN = """
compatibility_level = 3.6
queue_directory = {place}/spool
data_directory = {place}/data
command_directory = {commands}
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {place}/log
maillog_file_prefixes = {place}
myhostname = mx.example.test
mydomain = example.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
smtputf8_enable = yes
recipient_delimiter = +
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
relay_domains = app.test, socket.test, sink.test
transport_maps = inline:{{
  app.test=lmtp:inet:127.0.0.1:{app}, socket.test=lmtp:unix:digest/lmtp.sock, sink.test=discard: }}
# Nothing leaves this machine: no name is looked up, no other domain has a way.
default_transport = error:5.1.2 delivery to this domain is not possible here
disable_dns_lookups = yes
smtp_bind_address = 127.0.0.1
lmtp_bind_address = 127.0.0.1
smtpd_recipient_restrictions = check_recipient_access regexp:{place}/etc/faults, permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
milter_default_action = accept
message_size_limit = 20480000
mailbox_size_limit = 0
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
maximal_queue_lifetime = 2m
bounce_queue_lifetime = 2m
"""

_MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_tls_auth_only=yes -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{filtered} inet n - n - - smtpd
  -o smtpd_milters=inet:127.0.0.1:{milter}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A running Postfix and its ports.

    `smtp` takes mail without a word, `submission` only over TLS from who logs in, `filtered` after a milter
    at `milter` has seen it, if one listens there. Mail to app.test goes by LMTP to whoever listens at `app`, and that
    to socket.test to whoever listens at `socket`.
    """

    smtp: int
    submission: int
    filtered: int
    milter: int
    app: int
    place: Path

    @property
    def socket(self) -> Path:
        """A path that it knows in its queue's folder, as docs/mail.md has it."""
        return self.place / "spool" / "digest" / "lmtp.sock"

    @property
    def log(self) -> str:
        """What it has written down so far."""
        return (self.place / "log").read_text(errors="replace")

    def flush(self) -> None:
        """Try what waits in the queue, now."""
        subprocess.run([need("postqueue", "postfix"), "-c", self.place / "etc", "-f"], check=True)


@contextlib.contextmanager
def postfix(dovecot: Dovecot, certificates: Certificates) -> Iterator[Postfix]:
    """A Postfix before `dovecot`, with queue, configuration and log of its own."""
    need_root()
    program = need("postfix", "postfix")
    with folder("postfix") as place:
        made = Postfix(*(free_port() for _ in range(5)), place)
        _furnish(made, dovecot, certificates)
        command, ports = [program, "-c", place / "etc"], [made.smtp, made.submission, made.filtered]
        try:
            with running([*command, "start-fg"], place / "start.log", ports):
                yield made
        finally:  # its master is the head of a process group of its own
            subprocess.run([*command, "stop"], check=False, capture_output=True)


def _furnish(made: Postfix, dovecot: Dovecot, certificates: Certificates) -> None:
    place, postconf = made.place, need("postconf", "postfix")
    for name in ("etc", "spool", "data"):
        (place / name).mkdir()
    shutil.chown(place / "data", "postfix")
    asked = [postconf, "-d", "-h", "command_directory", "daemon_directory"]
    commands, daemons = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    main = _MAIN.format(
        **{"place": place, "commands": commands, "daemons": daemons, "domains": ", ".join(DOMAINS), "app": made.app},
        **{"lmtp": dovecot.lmtp, "auth": dovecot.auth, "certificate": certificates.certificate},
        key=certificates.key,
    )
    (place / "etc" / "main.cf").write_text(main)
    (place / "etc" / "master.cf").write_text(_MASTER.format(**vars(made)))
    (place / "etc" / "faults").write_text("".join(f"/^{name}.*@/ {answer}\n" for name, answer in FAULTS.items()))
