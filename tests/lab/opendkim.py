"""OpenDKIM: looks at the signatures of what Postfix takes, and writes down what it thinks of them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tests.lab.need import need, need_root
from tests.lab.process import folder, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AUTHSERV_ID = "mx.example.test"

_CONFIG = """
Mode v
Socket inet:{port}@127.0.0.1
PidFile {place}/pid
Syslog no
AuthservID {authserv_id}
AlwaysAddARHeader yes
TestPublicKeys {place}/keys
InternalHosts {place}/internal
Background no
UserID root
"""


@contextlib.contextmanager
def opendkim(port: int, keys: Mapping[str, str]) -> Iterator[None]:
    """A verifying milter at `port`; `keys` is what the DNS would say: name -> TXT record."""
    need_root()
    program = need("opendkim", "opendkim")
    with folder("opendkim") as place:
        config = place / "opendkim.conf"
        config.write_text(_CONFIG.format(port=port, place=place, authserv_id=AUTHSERV_ID))
        (place / "keys").write_text("".join(f"{name} {record}\n" for name, record in keys.items()))
        (place / "internal").write_text("192.0.2.1\n")  # nobody: all mail is looked at
        with running([program, "-x", config, "-f"], place / "log", [port]):
            yield
