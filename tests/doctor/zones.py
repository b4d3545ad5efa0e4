"""A DNS in memory, with the methods that the judges may use."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from digest.doctor.names import LookupFailed

if TYPE_CHECKING:
    from digest.doctor.names import Address

OUT_OF_ORDER = "out of order"


class Zone:
    """`records` has, by name, TXT texts, ``("MX", preference, host)``, ``("SOA",)``, ``("PTR", host)`` and addresses.

    A name with `OUT_OF_ORDER` cannot be looked up. `asked` is what was asked for, in order.
    """

    def __init__(self, records: dict[str, list[Any]]) -> None:
        self.records = records
        self.asked: list[str] = []

    def txt(self, name: str) -> list[str]:
        return [r for r in self._of(name) if isinstance(r, str)]

    def mx(self, name: str) -> list[tuple[int, str]]:
        return sorted((r[1], r[2]) for r in self._of(name) if isinstance(r, tuple) and r[0] == "MX")

    def addresses(self, name: str, version: int = 0) -> list[Address]:
        found = [r for r in self._of(name) if not isinstance(r, str | tuple)]
        return [r for r in found if version in (0, r.version)]

    def ptr(self, address: Address) -> list[str]:
        return [r[1] for r in self._of(str(address)) if isinstance(r, tuple) and r[0] == "PTR"]

    def has_soa(self, name: str) -> bool:
        return ("SOA",) in self._of(name)

    def _of(self, name: str) -> list[Any]:
        self.asked.append(name)
        found = self.records.get(name.lower().rstrip("."), [])
        if OUT_OF_ORDER in found:
            raise LookupFailed(f"{name} could not be looked up: SERVFAIL")
        return found


def ip(text: str) -> Address:
    return ip_address(text)


def mx(host: str, preference: int = 10) -> tuple[str, int, str]:
    return ("MX", preference, host)


SOA = ("SOA",)
