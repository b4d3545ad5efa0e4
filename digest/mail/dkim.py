"""DKIM signatures (RFC 6376, RFC 8463) over the final bytes of a message.

relaxed/relaxed, rsa-sha256 or ed25519-sha256, without l=. The time of signing is an argument, so that every try
of a delivery has the same bytes. `cryptography` does the arithmetic and is imported when a key is first used.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from digest.errors import ConfigError
from digest.mail.headers import ascii_domain, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

LEAST_RSA, NEW_RSA = 1024, 2048

OVERSIGNED: Final = (
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
"""Named once more often than they are there, so that adding one breaks the signature (RFC 6376 5.4.2, 8.15)."""

SIGNED: Final = (
    "Sender",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Help",
    "List-Owner",
    "List-Post",
    "List-Archive",
    "List-Subscribe",
    "Feedback-ID",
    "Auto-Submitted",
    "Precedence",
    "In-Reply-To",
    "References",
)
"""Signed where they are there."""

_WIDTH = 76
_TEXT = 255
_FOLD = re.compile(rb"\r\n(?=[ \t])")


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and the name under which the DNS tells its public half; made by `load_signer`.

    `algorithm` is "rsa" or "ed25519"; `record` the text to be published under `name`.
    """

    domain: str
    selector: str
    algorithm: str
    record: str
    seal: Callable[[bytes], bytes] = field(repr=False)

    @property
    def name(self) -> str:
        """Where the public key is looked for (RFC 6376 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    def sign(self, message: bytes, at: datetime) -> bytes:
        """The DKIM-Signature field for `message` (CRLF line ends), with its final CRLF, to be put on top.

        Args:
            at: the time of signing, aware.
        """
        return signatures(message, [self], at)


def signatures(message: bytes, signers: Sequence[Signer], at: datetime) -> bytes:
    """The DKIM-Signature fields of all `signers` for `message`, in their order; its body is hashed once."""
    head, _, body = message.partition(b"\r\n\r\n")
    fields = split_fields(head)
    names = signed_names(fields)
    body_hash = _base64(hashlib.sha256(relaxed_body(body)).digest())
    return b"".join(_signature(signer, fields, names, body_hash, int(at.timestamp())) for signer in signers)


def _signature(
    signer: Signer, fields: Sequence[tuple[str, bytes]], names: Sequence[str], body_hash: str, at: int
) -> bytes:
    tags = f"v=1; a={signer.algorithm}-sha256; c=relaxed/relaxed; d={signer.domain}; s={signer.selector}; t={at};"
    listed = "\r\n ".join(re.findall(rf".{{1,{_WIDTH}}}(?<=[:;])", f"h={':'.join(names)};"))
    unsigned = f"{machine('DKIM-Signature', tags)}\r\n {listed}\r\n bh={body_hash};\r\n b="
    seal = _base64(signer.seal(signed_text(fields, names, unsigned.encode("ascii"))))
    room = _WIDTH - len("b=")
    rest = re.findall(rf".{{1,{_WIDTH}}}", seal[room:])
    return "\r\n ".join([unsigned + seal[:room], *rest]).encode("ascii") + b"\r\n"


def split_fields(head: bytes) -> list[tuple[str, bytes]]:
    """The fields of a header as (name in lower case, the whole field without its final CRLF), in order."""
    fields = re.split(rb"\r\n(?![ \t])", head)
    return [(raw.partition(b":")[0].strip().decode("ascii", "replace").lower(), raw) for raw in fields if raw]


def signed_names(fields: Sequence[tuple[str, bytes]]) -> list[str]:
    """The names for h=: each as often as it is there, the `OVERSIGNED` ones once more."""
    there = [name for name, _ in fields]
    names = [name for name in (*OVERSIGNED, *SIGNED) for _ in range(there.count(name.lower()))]
    return [*names, *OVERSIGNED]


def signed_text(fields: Sequence[tuple[str, bytes]], names: Sequence[str], signature: bytes) -> bytes:
    """What is signed (RFC 6376 3.7): the fields `names`, from the bottom up (5.4.2), then `signature`, its b= empty."""
    left: dict[str, list[bytes]] = {}
    for name, raw in fields:
        left.setdefault(name, []).append(raw)
    chosen = [left[name.lower()].pop() for name in names if left.get(name.lower())]
    return b"".join(relaxed_field(raw) + b"\r\n" for raw in chosen) + relaxed_field(signature)


def relaxed_field(raw: bytes) -> bytes:
    """A field in the relaxed canonical form (RFC 6376 3.4.2), without its CRLF."""
    name, _, value = _FOLD.sub(b"", raw).partition(b":")
    return name.strip(b" \t").lower() + b":" + _single_spaced(value).strip(b" \r\n")


def relaxed_body(body: bytes) -> bytes:
    """A body (CRLF line ends) in the relaxed canonical form (RFC 6376 3.4.4)."""
    content = _single_spaced(body + b"\r\n").replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return content + b"\r\n" if content else b""


def _single_spaced(text: bytes) -> bytes:
    """`text` with each run of white space as one space. Halving the runs is ten times as fast as a regex."""
    text = text.replace(b"\t", b" ")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text


def load_signer(pem: bytes, domain: str, selector: str) -> Signer:
    """A signer for `domain` with the private key in `pem`: RSA of at least 1024 bits, or Ed25519.

    Raises:
        ConfigError: there is no such key in it; the text says what is.
        MessageError: `domain` or `selector` is no domain name.
    """
    domain, selector = ascii_domain(domain).lower(), ascii_domain(selector).lower()
    key = _private_key(pem, f"the key of {selector}._domainkey.{domain}")
    algorithm, seal = _how(key)
    return Signer(domain, selector, algorithm, _record(key), seal)


def public_record(pem: bytes) -> str:
    """The text of the TXT record for the private key in `pem` (RFC 6376 3.6.1, RFC 8463 4).

    Raises:
        ConfigError: as `load_signer`.
    """
    return _record(_private_key(pem, "the key"))


def record_strings(record: str) -> list[str]:
    """A TXT record's text in strings of at most 255 characters (RFC 1035 3.3), which readers join again."""
    return [record[at : at + _TEXT] for at in range(0, len(record), _TEXT)]


def make_key(algorithm: str) -> bytes:
    """A new private key, "rsa" (2048 bits) or "ed25519", as PEM (PKCS#8, not encrypted)."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    makers: dict[str, Callable[[], RSAPrivateKey | Ed25519PrivateKey]] = {
        "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=NEW_RSA),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }
    return makers[algorithm]().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _private_key(pem: bytes, what: str) -> RSAPrivateKey | Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    key = _any_key(pem, what)
    if isinstance(key, RSAPrivateKey) and key.key_size < LEAST_RSA:
        raise _unusable(what, f"RSA with {key.key_size} bits; receivers ignore less than {LEAST_RSA} (RFC 8301)")
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        kind = type(key).__name__.removesuffix("PrivateKey")
        raise _unusable(what, f"{kind}, which DKIM does not know; RSA and Ed25519 it does")
    return key


def _any_key(pem: bytes, what: str) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem, None)
    except TypeError as e:
        raise _unusable(what, "encrypted; as nobody is there to type a passphrase, it must be stored without") from e
    except (ValueError, UnsupportedAlgorithm) as e:
        raise _unusable(what, "not a private key in PEM form") from e


def _unusable(what: str, reason: str) -> ConfigError:
    return ConfigError([f"{what} is {reason}"])


def _how(key: RSAPrivateKey | Ed25519PrivateKey) -> tuple[str, Callable[[bytes], bytes]]:
    """The name of the key's algorithm, and how it signs (RFC 6376 3.3.2; RFC 8463 3: the hash, with PureEdDSA)."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    if isinstance(key, Ed25519PrivateKey):
        return "ed25519", lambda text: key.sign(hashlib.sha256(text).digest())
    padding, sha256 = PKCS1v15(), SHA256()
    return "rsa", lambda text: key.sign(text, padding, sha256)


def _record(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key()
    if isinstance(key, Ed25519PrivateKey):
        return f"v=DKIM1; k=ed25519; p={_base64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}"
    return f"v=DKIM1; k=rsa; p={_base64(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
