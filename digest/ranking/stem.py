"""English word endings folded away, lightly: what is joined must mean the same to a reader.

After the inflectional steps of M. F. Porter, "An algorithm for suffix stripping" (Program 14.3, 1980),
with British and American spellings folded. Derivations are joined only where they keep the subject
("detection" and "detect"), since an interest in "generative models" is none in "general models".
"""

from __future__ import annotations

import re

_VOWEL = re.compile(r"[aeiouy]")
_MEASURE = re.compile(r"[aeiouy](?=[^aeiouy])")
"""The last vowel before a consonant: one for each run of vowels that consonants follow."""
_SHORT = re.compile(r"[^aeiouy][aeiouy][^aeiouywx]\Z")
_AS_THEY_ARE = frozenset(
    re.findall(
        r"\w+",
        "news lens bias gas embed hundred yes plus series species means mathematics physics always across"
        " analysis during morning evening nothing something anything everything",
    )
)
_IRREGULAR = {
    "analyses": "analysis",
    "biases": "bias",
    "lenses": "lens",
    "gases": "gas",
    "hypotheses": "hypothesis",
    "syntheses": "synthesis",
    "diagnoses": "diagnosis",
    "matrices": "matrix",
    "indices": "index",
    "vertices": "vertex",
    "axes": "axis",
    "criteria": "criterion",
    "phenomena": "phenomenon",
    "corpora": "corpus",
    "mice": "mouse",
    "children": "child",
    "women": "woman",
    "men": "man",
}
_MIN_ROOT = 5
_DERIVED = frozenset(
    re.findall(
        r"\w+",
        "ational ization fulness iveness ousness ability ibility abiliti ibiliti ement ative ativ icat ically icalli"
        " icali alli ance anc ence enc able abl ible ibl ness less ment iti ist ism ive iv ize iz ical ual ial ous"
        " ant ent ful ion age ag ic al at er or li i",
    )
)
_ENDINGS = (
    ("isation", "iz"),
    ("ization", "iz"),
    ("ation", "at"),
    ("tion", "t"),
    ("sion", "s"),
)


def singular(word: str) -> str:
    """The singular of a folded (lower-case ASCII) word: ``models -> model``, ``studies -> study``.

    Words that only look like plurals ("bias", "loss", "analysis", "news") stay as they are.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or word[-1] != "s" or word in _AS_THEY_ARE or word.endswith(("ss", "us", "is", "ous")):
        return word
    if word.endswith("ies"):
        return word[:-3] + ("y" if len(word) > 4 else "ie")
    if word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    return word[:-1]


def stem(word: str) -> str:
    """The stem of a folded word: ``reasoning -> reason``, ``scaling -> scale``, ``behaviours -> behavior``.

    Words of other alphabets, with digits, or of up to three letters stay as they are.
    """
    if len(word) < 4 or not (word.isascii() and word.isalpha()):
        return word
    word = singular(word)
    if word in _AS_THEY_ARE:
        return word
    return _final(_derived(_inflected(word)))


def root(stemmed: str) -> str:
    """What words derived from each other share: ``recommendation, recommender -> recommend``.

    Takes a stem. Joins more than it should ("general", "generate"): good for a hint, not for a match.
    """
    if not (stemmed.isascii() and stemmed.isalpha()):
        return stemmed
    end = len(stemmed)
    while (ending := _derivation(stemmed[max(0, end - 7) : end])) and end - len(ending) >= _MIN_ROOT:
        end -= len(ending)
    return stemmed[:end]


def _derivation(word: str) -> str:
    """The longest ending of `word` that derives words, or ""."""
    return next((word[-n:] for n in range(7, 0, -1) if word[-n:] in _DERIVED), "")


def _inflected(word: str) -> str:
    """Without -ed or -ing, where a word remains."""
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) > 2 and _VOWEL.search(rest) and not word.endswith("eed"):
            return _mended(rest)
    return word


def _mended(rest: str) -> str:
    """What is left of a word, as the word would be spelt: planned -> plan, scaling -> scale."""
    if rest.endswith(("at", "bl", "iz", "is")):
        return rest + "e"
    if rest[-1] == rest[-2] and rest[-1] not in "aeiouylsz":
        return rest[:-1]
    return rest + "e" if _measure(rest) == 1 and _SHORT.search(rest) else rest


def _derived(word: str) -> str:
    """Without the ending of an action: detection -> detect, generation -> generat(e)."""
    for ending, instead in _ENDINGS:
        rest = word.removesuffix(ending)
        if rest != word and _measure(rest + instead) > 1:
            return rest + instead
    return word


def _final(word: str) -> str:
    """One spelling for British and American, and no silent e; y and ie are one ending."""
    if len(word) > 5 and word.endswith("our"):
        word = word[:-3] + "or"
    if len(word) > 5 and word.endswith("ise"):
        word = word[:-3] + "ize"
    if word.endswith("e") and _is_silent(word[:-1]):
        word = word[:-1]
    if word.endswith("ll") and _measure(word) > 1:
        word = word[:-1]
    if len(word) > 3 and word[-1] == "y" and word[-2] not in "aeiou":
        word = word[:-1] + "i"
    return word


def _is_silent(rest: str) -> bool:
    """Whether an e after `rest` says nothing: not in short words, where it makes the word ("plane" and "plan")."""
    return _measure(rest) > 1 or (_measure(rest) == 1 and len(rest) > 2 and not _SHORT.search(rest))


def _measure(word: str) -> int:
    """Porter's m: how often vowels are followed by consonants."""
    return len(_MEASURE.findall(word))
