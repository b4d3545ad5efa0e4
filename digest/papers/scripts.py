"""Superscripts and subscripts in one line of text: the same for TeX, HTML and MathML."""

from __future__ import annotations

SUPERSCRIPTS = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
SUBSCRIPTS = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
RAISED = {
    "∘": "°",
    "°": "°",
    "'": "′",
    "′": "′",
    "″": "″",
    "∗": "*",
    "⋆": "*",
    **{sign: sign for sign in ("*", "†", "‡", "§", "¶", "®", "©", "™", "℠", "ª", "º", "#", "st", "nd", "rd", "th")},
    "TM": "™",
    "SM": "℠",
}
"""Exponents that are no exponents: degrees, primes, marks and the endings of ordinal numbers."""


def script(sign: str, text: str) -> str:
    """`text` raised ("^") or lowered ("_"): in Unicode where it can be, else after the sign."""
    text = text.strip()
    if sign == "^" and text in RAISED:
        return RAISED[text]
    table = SUPERSCRIPTS if sign == "^" else SUBSCRIPTS
    if text and all(ord(c) in table for c in text):
        return text.translate(table)
    return sign + tied(text) if text else ""


def tied(text: str) -> str:
    """`text` in parentheses, unless it reads as one thing without."""
    one = len(text) <= 1 or text.replace(".", "").isalnum() or (text[0] == "(" and text.find(")") == len(text) - 1)
    return text if one else f"({text})"
