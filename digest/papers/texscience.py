"""What the packages siunitx and mhchem set: quantities, units and chemical formulas, as plain text.

Sources: the manuals of siunitx (version 3, sections 4.2 to 4.4, with the names of version 2) and mhchem (version 4).
"""

from __future__ import annotations

import re

from digest.papers.scripts import script

QUANTITIES = {
    "SI": "nu",
    "qty": "nu",
    "si": "u",
    "unit": "u",
    "num": "n",
    "SIrange": "nnu",
    "qtyrange": "nnu",
    "numrange": "nn",
    "SIlist": "nu",
    "qtylist": "nu",
    "numlist": "n",
    "ang": "a",
}
"""The macros of siunitx: their arguments are numbers (n), units (u) or an angle (a)."""

CHEMISTRY = frozenset({"ce", "cee", "chem"})
"""The macros of mhchem and its like."""


def _table(listed: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in listed.split())


_PREFIXES = _table(
    "quecto=q ronto=r yocto=y zepto=z atto=a femto=f pico=p nano=n micro=µ milli=m centi=c deci=d deca=da "
    "deka=da hecto=h kilo=k mega=M giga=G tera=T peta=P exa=E zetta=Z yotta=Y ronna=R quetta=Q kibi=Ki mebi=Mi "
    "gibi=Gi tebi=Ti"
)
_UNITS = _table(
    "metre=m meter=m gram=g second=s ampere=A kelvin=K mole=mol candela=cd hertz=Hz newton=N pascal=Pa joule=J "
    "watt=W volt=V ohm=Ω coulomb=C farad=F tesla=T weber=Wb henry=H siemens=S becquerel=Bq gray=Gy sievert=Sv "
    "lumen=lm lux=lx katal=kat celsius=°C degreeCelsius=°C degree=° percent=% litre=L liter=L electronvolt=eV "
    "bar=bar angstrom=Å arcminute=′ arcsecond=″ minute=min hour=h day=d year=a tonne=t barn=b hectare=ha "
    "dalton=Da atomicmassunit=u decibel=dB bel=B neper=Np byte=B bit=bit radian=rad steradian=sr "
    "astronomicalunit=au parsec=pc molar=M gauss=G erg=erg"
)
_POWERS_BEFORE = {"square": "2", "cubic": "3"}
_POWERS_AFTER = {"squared": "2", "cubed": "3"}
_GLUED = ("°", "%", "′", "″")
_UNIT_PART = re.compile(r"\\(?:tothe|raiseto)\{([^{}]{1,9})\}|\\([A-Za-z]+)|([^\\]+)")
_NUMBER = re.compile(r"([^eEdD]*)[eEdD]([+-]?\d+)")
_ARROWS = (("<=>", " ⇌ "), ("<->", " ↔ "), ("->", " → "), ("<-", " ← "))
_CHEMICAL = re.compile(
    r"\^\{([^{}]{0,20})\}|\^(\d*[+-]?)|_\{([^{}]{0,20})\}|_(\d+)|(?<=[A-Za-z0-9)\]])([+-])(?=[\s\]}]|\Z)"
)


def quantity(kinds: str, arguments: list[str]) -> str:
    """The text of a macro of siunitx, by the kinds of its arguments (see `QUANTITIES`)."""
    if kinds == "a":
        return "".join(
            part + sign for part, sign in zip(arguments[0].split(";"), _GLUED[:1] + _GLUED[2:], strict=False)
        )
    numbers = [_number(text) for text, kind in zip(arguments, kinds, strict=True) if kind == "n"]
    unit = _unit(arguments[-1]) if kinds[-1] == "u" else ""
    joint = "" if not numbers or (unit[:1] in _GLUED and not unit.startswith("°C")) else " "
    return ("–".join(numbers) + joint + unit).strip()


def chemical(text: str) -> str:
    """A formula of mhchem: charges and mass numbers raised, arrows drawn, numbers of atoms as they are written."""
    text = text.replace("$", "")
    for arrow, sign in _ARROWS:
        text = text.replace(arrow, sign)
    return " ".join(_CHEMICAL.sub(_raised, text).replace("{", "").replace("}", "").split())


def _raised(found: re.Match[str]) -> str:
    above = found[1] or found[2] or found[5]
    return script("^", above) if above else script("_", found[3] or found[4] or "")


def _number(text: str) -> str:
    """A number as siunitx reads it: ``1.5e-3``, ``5 +- 2``, ``1;2;3``."""
    text = " ".join(text.split()).replace("+-", "±").replace("\\pm", "±").replace(" ± ", "±")
    if ";" in text:
        return ", ".join(_number(part) for part in text.split(";"))
    power = _NUMBER.fullmatch(text)
    if power is None:
        return text
    raised = "10" + script("^", power[2].removeprefix("+"))
    return f"{power[1].strip()}×{raised}" if power[1].strip() else raised


def _unit(text: str) -> str:
    """Units by their macros, or as they are written; "per" is a slash."""
    pieces: list[str] = []
    prefix = power = ""
    slash = False
    for raised, name, literal in _UNIT_PART.findall(text):
        if raised or name in _POWERS_AFTER:
            if pieces:
                pieces[-1] += script("^", raised or _POWERS_AFTER[name])
        elif name == "per":
            slash = True
        elif name in _POWERS_BEFORE:
            power = _POWERS_BEFORE[name]
        elif name in _PREFIXES:
            prefix = _PREFIXES[name]
        else:
            unit = prefix + (_UNITS.get(name, name) or _literal(literal)) + script("^", power)
            pieces.append((("/" if pieces else "1/") if slash else " " if pieces else "") + unit)
            prefix, power, slash = "", "", False
    return " ".join("".join(pieces).split())


def _literal(text: str) -> str:
    """Units written out: ``kg.m^{-2}``."""
    text = text.replace("~", " ").replace(".", "·")
    return re.sub(r"\^(?:\{([^{}]{1,9})\}|(-?\d))", lambda found: script("^", found[1] or found[2]), text)
