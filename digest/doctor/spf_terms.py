"""An SPF record taken apart (RFC 7208 section 4.6 and 12), and its macros (section 7). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    Network = IPv4Network | IPv6Network

LONGEST = 253
VERSION = "v=spf1"
_TERM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9]*)(?:([:/])(.*))?", re.DOTALL)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
_LENGTHS = re.compile(r"([^/]*)(?:/(\d{1,3}))?(?://(\d{1,3}))?", re.ASCII)
_MACRO = re.compile(r"%(?:\{([A-Za-z])(\d{0,3})([rR]?)([.+,/_=-]*)\}|([%_-])|)", re.ASCII)
_LITERALS = {"%": "%", "_": " ", "-": "%20"}
_TAKES_DOMAIN = {"include": True, "exists": True, "a": False, "mx": False, "ptr": False}
"""Mechanisms with a domain behind the colon, and whether it must be there."""


class SpfError(Exception):
    """What makes an SPF record of no use to anybody (permerror), and why."""


class NotJudged(Exception):
    """A macro whose value cannot be known here."""


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism of a record: `text` as it stands there, `name` in lower case, its domain still with macros."""

    text: str
    qualifier: str
    name: str
    domain: str = ""
    network: Network | None = None
    length4: int = 32
    length6: int = 128


@dataclass(frozen=True, slots=True)
class Record:
    """A record: its mechanisms in their order, and where to go on if none of them fits ("" for nowhere)."""

    terms: tuple[Term, ...]
    redirect: str = ""


def spf_records(texts: list[str]) -> list[str]:
    """Those of the TXT records that are SPF (RFC 7208 4.5): the version alone, or with a space behind it."""
    return [text for text in texts if text.lower() == VERSION or text.lower().startswith(f"{VERSION} ")]


def parse_record(text: str) -> Record:
    """The mechanisms and modifiers of an SPF record.

    Raises:
        SpfError: the record, or one term of it, is not of the form that RFC 7208 wants.
    """
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for word in text.split(" ")[1:]:
        modifier = _MODIFIER.fullmatch(word)
        if modifier:
            name = modifier[1].lower()
            if name in modifiers and name in ("redirect", "exp"):
                raise SpfError(f'"{name}=" stands there twice')
            modifiers[name] = modifier[2]
        elif word:
            terms.append(_term(word))
    if "redirect" in modifiers and not modifiers["redirect"]:
        raise SpfError('"redirect=" names no domain')
    return Record(tuple(terms), modifiers.get("redirect", ""))


def _term(word: str) -> Term:
    found = _TERM.fullmatch(word)
    if not found:
        raise SpfError(f'"{word[:60]}" is no mechanism')
    qualifier, name, mark, rest = found[1] or "+", found[2].lower(), found[3] or "", found[4] or ""
    if name == "all" and not mark:
        return Term(word, qualifier, name)
    if name in ("ip4", "ip6") and mark == ":":
        return Term(word, qualifier, name, network=_network(word, name, rest))
    if name in _TAKES_DOMAIN:
        return _with_domain(word, qualifier, name, f"/{rest}" if mark == "/" else rest, colon=mark == ":")
    raise SpfError(f'"{word[:60]}" is no mechanism')


def _network(word: str, name: str, text: str) -> Network:
    try:
        return IPv4Network(text, strict=False) if name == "ip4" else IPv6Network(text, strict=False)
    except ValueError:
        raise SpfError(f'"{word[:60]}" holds no IPv{name[-1]} address or network') from None


def _with_domain(word: str, qualifier: str, name: str, rest: str, *, colon: bool) -> Term:
    lengths = _LENGTHS.fullmatch(rest) if name in ("a", "mx") else None
    domain = lengths[1] if lengths else rest
    if (colon or _TAKES_DOMAIN[name]) and not domain:
        raise SpfError(f'"{word[:60]}" names no domain')
    if "/" in domain and "%" not in domain:
        raise SpfError(f'"{word[:60]}" holds no proper domain')
    length4 = int(lengths[2]) if lengths and lengths[2] else 32
    length6 = int(lengths[3]) if lengths and lengths[3] else 128
    if length4 > 32 or length6 > 128:
        raise SpfError(f'"{word[:60]}" has a prefix that is too long')
    return Term(word, qualifier, name, domain, None, length4, length6)


def expand(text: str, letters: Mapping[str, str]) -> str:
    """`text` with its macros filled in; `letters` has their values by lower-case letter.

    A result longer than a domain name can be loses labels from its left (section 7.3).

    Raises:
        SpfError: a macro of no proper form.
        NotJudged: a macro that `letters` has no value for.
    """

    def filled(found: re.Match[str]) -> str:
        if found[5]:
            return _LITERALS[found[5]]
        if not found[1]:
            raise SpfError(f'"{text[:60]}" holds a "%" that is no macro')
        return _macro(found, letters)

    whole = _MACRO.sub(filled, text)
    if len(whole) <= LONGEST or "." not in whole:
        return whole
    dot = whole.find(".", len(whole) - LONGEST - 1)
    return whole[dot + 1 :] if dot >= 0 else whole.rpartition(".")[2]


def _macro(found: re.Match[str], letters: Mapping[str, str]) -> str:
    letter, digits, backwards, delimiters = found[1], found[2], found[3], found[4]
    if letter.lower() not in letters:
        raise NotJudged(letter)
    if digits and int(digits) == 0:
        raise SpfError(f'"{found[0]}" keeps no label')
    parts = re.split(f"[{re.escape(delimiters or '.')}]", letters[letter.lower()])
    parts = parts[::-1] if backwards else parts
    value = ".".join(parts[-int(digits) :] if digits else parts)
    return quote(value, safe="-._~") if letter.isupper() else value
