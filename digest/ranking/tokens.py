"""Text as words: where they begin and end, and the key under which two spellings are one.

Words are runs of letters and digits of any script; a hyphen, slash or underscore parts them, and each
Chinese or Japanese character stands for itself, since those scripts write no spaces.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from digest.ranking.stem import singular, stem

_EAST = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[^\W_{_EAST}]+(?:\+\+|#|['’][sS](?![^\W_]))?|[{_EAST}]")
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:\+\+|#|'[sS](?![A-Za-z0-9]))?")
"""As `_WORD`, in half the time, where there is nothing but ASCII."""
_ADDRESS = re.compile(r"(?:https?://|www\.|(?:github|gitlab|huggingface)\.(?:com?|io)/)[!#-;=?-z|~]+", re.IGNORECASE)
_ADDRESS_SIGNS = ("://", "www.", "github", "gitlab", "huggingface")
_POSSESSIVE = re.compile(r"['’][sS]\Z")
_SPELT = re.compile("[\u0370-\u03ff\u00df-\u024f]")
_LETTER = re.compile(r"(GREEK|LATIN) SMALL (?:LETTER|LIGATURE) (?:DOTLESS |OPEN |TURNED )?([A-Z]+)")
_NAMED_LETTERS = {"eth": "d", "thorn": "th", "eng": "ng", "sharp": "ss", "lamda": "lambda"}
"""Letters whose name in Unicode is not what they are written as in plain letters."""
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ø": "oe", "ü": "ue", "å": "aa"})
_HANGUL = re.compile("[\uac00-\ud7a3]+")
_PARTICLE = re.compile(
    "(?<=..)(?:에서는|에서도|으로는|으로써|으로서|에서|에게서|에게|에는|에도|에|으로|로서|로써|로는|로|까지|부터|보다|처럼"
    "|마다|이나|이라는|이란|이며|이고|와의|과의|와는|과는|와|과|들의|들을|들은|들이|들|을|를|이|가|은|는|의|도|만)$"
)
"""Korean particles that stand behind a noun without a space, with two syllables before them; a closed class."""
_ACRONYM_LETTERS = range(2, 6)

STOP = frozenset(
    re.findall(
        r"\w+",
        "a about after all also am an and any are as at be because been before being between both but by can"
        " could did do does doing down during each few for from further had has have having he her here his how i"
        " if in into is it its just may me more most my no nor not of off on once only or other our out over own"
        " same she should so some such than that the their them then there these they this those through thus to"
        " too under until up upon us very via was we were what when where whether which while who whom whose why"
        " will with within without would you your",
    )
)
"""Words that say nothing on their own."""


def words(text: str) -> list[str]:
    """The words of `text` as they stand, in order ("LLM's" and "C++" are one word each); none in web addresses."""
    return _pattern(text).findall(_without_addresses(text))


def spans(text: str) -> list[tuple[int, int]]:
    """The character offsets of ``words(text)``."""
    return [m.span() for m in _pattern(text).finditer(_without_addresses(text))]


def _pattern(text: str) -> re.Pattern[str]:
    return _ASCII_WORD if text.isascii() else _WORD


def _without_addresses(text: str) -> str:
    """`text` with blanks for web addresses, at the same length: who asks for RL is not asking for github.com/RL-x."""
    lower = text.lower()
    if not any([sign in lower for sign in _ADDRESS_SIGNS]):  # noqa: C419 - a list takes a third of the time
        return text
    return _ADDRESS.sub(lambda m: " " * len(m[0]), text)


@lru_cache(maxsize=1 << 17)
def key(word: str) -> str:
    """What a word is indexed under: case, accents, number and inflection folded."""
    return stem(_folded(word))


@lru_cache(maxsize=1 << 14)
def strict_key(word: str) -> str:
    """As `key`, but only case, accents and number are folded: for exact phrases."""
    folded = _folded(word)
    return singular(folded) if folded.isascii() and folded.isalpha() else folded


def bare(word: str) -> str:
    """A word without possessive 's and, after capitals, without plural s: ``LLMs -> LLM``, ``RLS -> RLS``.

    Other forms of a sign are the sign (NFKC): ``CO₂ -> CO2``, full-width letters are letters.
    """
    word = _POSSESSIVE.sub("", word)
    if not word.isascii():
        word = unicodedata.normalize("NFKC", word)
    if len(word) > 2 and word[-1] == "s" and (word[-2].isupper() or word[-2].isdigit()):
        return word[:-1]
    return word


def is_acronym(word: str) -> bool:
    """Whether case tells this word from others: 2 to 5 letters, two capitals or more (RAG, LoRA, LLMs)."""
    letters = [c for c in bare(word) if c.isalpha()]
    return len(letters) in _ACRONYM_LETTERS and sum(c.isupper() for c in letters) >= 2


def fold(word: str) -> str:
    """`word` in lower case without accents and strokes, Greek letters spelt out, compatibility forms resolved."""
    plain = word.casefold()
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
        plain = _SPELT.sub(_spelt, plain)
    return plain or word.casefold()


def is_hangul(word: str) -> bool:
    """Whether a word is written in Korean letters alone."""
    return _HANGUL.fullmatch(word) is not None


def written_out(word: str) -> str:
    """`word` in lower case with its umlauts as two letters, as where a keyboard has none: ``Müller -> mueller``."""
    plain = word.casefold()
    return plain if plain.isascii() else unicodedata.normalize("NFC", plain).translate(_WRITTEN_OUT)


def _folded(word: str) -> str:
    """`fold` of the bare word, and of "PointNet++" the word only ("C++" and "C#" are names of their own)."""
    folded = fold(bare(word))
    if is_hangul(word):
        return _PARTICLE.sub("", unicodedata.normalize("NFC", folded))
    name = folded.rstrip("+#")
    return folded if len(name) == 1 else name


def _spelt(letter: re.Match[str]) -> str:
    named = _LETTER.match(unicodedata.name(letter[0], ""))
    return _NAMED_LETTERS.get(named[2].lower(), named[2].lower()) if named else letter[0]
