"""Where the sentences of an abstract begin and end. Pure; linear in the length of the text.

A stop is a boundary unless something speaks against it: an abbreviation in front of it ("Fig. 3", "et al."), a small
letter behind it, a number of a list ("1. A model"). Feeds also glue sentences ("models.We show"): there only a
word that opens sentences tells a boundary from "torch.Tensor" and "Node.js".
"""

from __future__ import annotations

import re

# A stop with the brackets and quotes that it closes, a bullet, or an empty line.
_STOP = re.compile(
    r"(?P<mark>[.!?…]{1,80})(?P<closed>[\"'”’»)\]]{0,3})|[。！？．؟۔।॥][」』”’）»]{0,3}|\s[•●▪◦‣]\s|\n\s{0,80}\n"
)
_LONGEST_WORD = 40
_WORD_BEFORE = re.compile(r"[^\s(\[{“\"‘—–]+$")
_WORD = re.compile(r"[\"'“‘«(\[]{0,3}([^\W_]+)")
_ABBREVIATIONS = """
    e.g i.e eg ie vs cf viz fig figs eq eqs eqn eqns sec secs sect tab ref refs thm lem prop def cor ch chap app alg
    no nos vol vols p pp dr prof mr mrs ms st approx ca resp a.k.a s.t w.r.t wrt incl ed eds
"""
_SHORT_FORMS = "al etc inc ltd corp co jr sr univ dept u.s u.k u.n e.u a.m p.m i.i.d ph.d"
_OPENERS = """
    A Across Additionally After Although An As At Based Beyond Both Building By Code Codes Compared Current Data Despite
    Empirical Empirically Evaluation Evaluations Existing Experimental Experiments Extensive Finally First For From
    Furthermore Given Hence Here However Importantly In Inspired It Its Leveraging Moreover Motivated Notably On Our
    Previous Prior Recent Recently Results Second Since Specifically Such That The Their There Therefore These They
    Third This Those Through Thus To Together Traditional Under Unlike Using We When While With
"""
_GO_ON = frozenset(_ABBREVIATIONS.split())
_MAY_END = frozenset(_SHORT_FORMS.split())
_OPENING = frozenset(_OPENERS.split())
_ENUMERATED = re.compile(r"\((?:[ivx]{1,4}|\d{1,2}|[a-h])\) ")
_DOTTED = re.compile(r"[^\W\d_](?:\.[^\W\d_]){1,9}")


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of `text` as (start, end) character offsets, in order, without the blanks between them.

    What holds no letter and no digit is none.
    """
    found, start = list[tuple[int, int]](), 0
    for stop in _STOP.finditer(text):
        if _ends(text, start, stop):
            found.append((start, stop.end()))
            start = stop.end()
    found.append((start, len(text)))
    trimmed = (_trimmed(text, *place) for place in found)
    return [(begin, end) for begin, end in trimmed if any(char.isalnum() for char in text[begin:end])]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The place without blanks and bullets at its ends."""
    words = text[start:end]
    left = len(words) - len(words.lstrip(" \t\r\n\v\f\u00a0\u2028\u2029•●▪◦‣"))
    return start + left, max(start + left, start + len(words.rstrip(" \t\r\n\v\f\u00a0\u2028\u2029•●▪◦‣")))


def _ends(text: str, start: int, stop: re.Match[str]) -> bool:
    """Whether the sentence that began at `start` ends with `stop`."""
    mark = stop["mark"]
    if mark is None:  # no Latin stop: nothing else looks like these
        return True
    following = text[stop.end() : stop.end() + _LONGEST_WORD]
    if not following:
        return True
    glued = not following[0].isspace()
    opens = _opens(following.lstrip())
    ahead = text[max(start, stop.start() - _LONGEST_WORD) : stop.start()]
    before = _last_word(ahead)
    if glued:
        return opens and not _is_address(before) and (before[-1:].isalnum() or bool(stop["closed"]))
    if ".." in mark or "…" in mark:
        return opens
    if not _may_begin(following.lstrip()):
        return False
    return mark != "." or bool(stop["closed"]) or _full_stop(before, ahead, opens)


def _full_stop(before: str, ahead: str, opens: bool) -> bool:
    """Whether one dot behind `ahead`, whose last word is `before`, ends the sentence."""
    known = before.casefold()
    if known in _GO_ON:  # what they shorten goes on
        return False
    initial = len(before) == 1 and before.isupper()
    if initial or known in _MAY_END or _DOTTED.fullmatch(before):
        return opens
    return not (before.isdecimal() and len(before) < 3 and _is_number_of_a_list(ahead, before))


def _is_number_of_a_list(ahead: str, number: str) -> bool:
    return ahead[: -len(number)].rstrip()[-1:] in ("", ":", ";")


def _last_word(words: str) -> str:
    found = _WORD_BEFORE.search(words)
    return found[0] if found else ""


def _is_address(word: str) -> bool:
    return "://" in word or word.startswith("www.") or "@" in word


def _opens(following: str) -> bool:
    """Whether a word that opens sentences comes next."""
    word = _WORD.match(following)
    return word is not None and word[1] in _OPENING


def _may_begin(following: str) -> bool:
    """Whether a sentence can begin like this: no small letter but in an address, a number "(ii)", a name ("vLLM")."""
    if following.startswith("http") or _ENUMERATED.match(following):
        return True
    word = _WORD.match(following)
    if word is None:
        return following[:1] not in (",", ";", ":", "-", ")")
    return not word[1][0].islower() or not word[1].islower()
