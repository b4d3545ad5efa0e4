"""Authors out of the texts in which feeds put them.

A byline is cleaned (markup, addresses, brackets, marks of affiliations, "By", "et al.", degrees), split at the
separators that cannot stand within a name, and then at its commas as the *kinds* of its parts allow: initials belong
to the family name before them, ``Last, First`` pairs up, and a list stays a list when some of its members have one
word. What holds no name of a person ("Institute of X, Department of Y") stays whole.

=========  =====================================================================================================
full       two words or more of which each may stand in a name (capitals, particles, initials): ``Jan van der Berg``
one        one word: a family or given name, or all that somebody is called by
initials   ``A. B.``, ``AB``, ``J.-P.``
asian      Chinese, Japanese and Korean names, where the family name comes first and no space need part them
other      anything else: organisations, titles, sentences
=========  =====================================================================================================
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.papers.text import plain
from digest.sources.datewords import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST = 6_000
"""Authors of one entry that are kept."""
LONGEST = 200_000
"""Characters of a byline that are read."""
LONGEST_NAME = 200
"""Characters of one name; a byline that is longer names several."""

_SPACE = re.compile(r"\s+")
_AND = re.compile(r"\s+(?:and|und|et|y|e|en|och|og|&)\s+")
_EMAIL = re.compile(r"<?(?:mailto:)?[\w.+-]{1,64}@[\w.-]{1,255}>?")
_BRACKETED = re.compile(r"\(([^()]{0,300})\)|\[([^\[\]]{0,300})\]|（([^（）]{0,300})）")
_OPEN = re.compile(r"\((?:mailto:?)?[^()]{0,100}$")
_PREFIX = re.compile(
    r"(?i:(?:written |posted |edited )?by)(?::\s?|\s(?![a-z]))"
    r"|(?i:authors?(?:\(s\))?|auteurs?|autor(?:es|en|in)?|autori|作者|著者|저자)\s?[:：]\s?"
)
_ET_AL = re.compile(r"[\s,;]*(?:\bet\.? al\.?|\band others|\bu\. ?a\.|…|\.\.\.)\s?$", re.IGNORECASE)
_AND_MORE = re.compile(r"(?<=[^\x00-\x7f])[\s,，、]*(?:等人?|ほか|他|外(?:\s?\d+\s?[명인])?|외(?:\s?\d+\s?[명인])?)$")
_ASIAN = "\u3005\u3006\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_ASIAN_NAME = re.compile(rf"[{_ASIAN}][{_ASIAN}\s·]*")
_BETWEEN = re.compile(
    rf"\s*[;；|｜、，]\s*|\s+[·•/]\s+|(?<=[\u3400-\u9fff])\s*・\s*(?=[\u3400-\u9fff])"
    r"|(?<=[\uac00-\ud7af])\s*[・·]\s*(?=[\uac00-\ud7af])"
    rf"|(?<=[{_ASIAN}])/(?=[{_ASIAN}])"
)
"""What parts names wherever it stands: no name holds it. ("・" and "·" do in Chinese and Japanese, in foreign ones.)"""

_BEHALF = re.compile(r"(?:on behalf of|for) (?=the [A-Z]|[A-Z])", re.ASCII)
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
_INITIALS = re.compile(rf"{_CAPITAL}{{1,3}}|{_CAPITAL}(?:[.\s-]{{1,2}}{_CAPITAL}){{0,4}}\.?")
_DOTTED = re.compile(rf"\s(?:{_CAPITAL}\.[\s-]?){{1,4}}$")
_MARKS = "0123456789*†‡§¶#¹²³⁰⁴⁵⁶⁷⁸⁹∗✉☆★,;:<> "
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "inc", "inc.", "ltd", "ltd.", "llc", "gmbh"})
_DEGREES = word_set(
    "phd ph.d. ph.d md m.d. m.d msc m.sc. bsc b.sc. mph mba rn dphil d.phil. drph dsc sc.d. edd dds dvm pharmd "
    "mbbs mrcp frcp "
    "facs jd llm esq dr.med. dipl.-ing. ms ma ba bs mbchb dnp psyd"
)
_PARTICLES = word_set(
    "da de do das dos di du del della delle dello degli van von vom der den des ter ten te la le lo el al bin ibn "
    "bint ben "
    "af av zu zum zur y e i o d' l' 't"
)
_LINKING = frozenset({"of", "for", "the", "and", "in", "on"})
"""Words of titles and organisations that stand in no family name."""
_ROLES = word_set(
    "admin administrator anonym anonymous editor editorial editors n/a na no-reply none noreply null unknown webmaster"
)
_ORGANISATIONS = word_set(
    "academy agency association blog bureau center centre college committee company consortium council daily "
    "department editors faculty federation feed foundation gmbh group hospital inc inc. institute journal lab "
    "laboratories laboratory labs library ltd ltd. magazine ministry museum network news office online "
    "organization press project publishers publishing review school service society staff survey team the times "
    "today university weekly"
)
_FAMILIES = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖田董袁潘于蒋蔣蔡余杜叶葉程苏蘇"
    "魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范石廖贾賈夏韦韋付傅方白邹鄒孟熊秦邱江尹薛闫闞段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴"
)


def arxiv_authors(line: str) -> tuple[str, ...]:
    """The authors of an arXiv byline: ``A. One (X, Y), B. Two and C. Three`` without affiliations.

    A bracket that is never closed runs to the end (feedparser cuts the last one off some lines).
    """
    return names(_split(_without_brackets(line[:LONGEST])))


def feed_authors(line: str) -> tuple[str, ...]:
    """The authors of any feed's byline: several where the string holds several.

    ``Lovelace, A., Turing, A.`` pairs up and ``Lovelace, Ada`` is turned; ``Institute of X, Y`` stays whole.
    """
    line = _cleaned(line)
    pieces = [piece for piece in _BETWEEN.split(line) if piece.strip(_MARKS)]
    if len(pieces) > 1:
        return names([_person(piece) for piece in pieces])
    return names(_by_commas(line.strip(" ,;，；|、")))


def element_authors(lines: Sequence[str]) -> tuple[str, ...]:
    """The authors of an entry that names them in elements: one in each where there are several elements.

    Only what cannot be one name is split there: ``;`` and the like, or three names and more between commas.
    """
    lines = list(dict.fromkeys(" ".join(line.split()) for line in lines[: MOST + 100] if line.strip()))
    if len(lines) < 2:
        return feed_authors(lines[0]) if lines else ()
    return names([name for line in lines for name in _element(line)])


def names(raw: Iterable[str]) -> tuple[str, ...]:
    """Cleaned names in order, empty and repeated ones left out, `MOST` at most; what only tells a role is no name."""
    cleaned = (
        plain(name, limit=LONGEST_NAME).strip(" ,;()<>") for name, _ in zip(raw, range(MOST + 100), strict=False)
    )
    told = (name for name in cleaned if any(c.isalpha() for c in name) and name.lower() not in _ROLES)
    return tuple(dict.fromkeys(told))[:MOST]


def turned(name: str) -> str:
    """``Last, First`` as ``First Last``; anything with another number of commas as it is."""
    last, comma, first = name.partition(",")
    alone = not comma or "," in first or not first.strip()
    if (
        alone
        or first.strip().lower() in _SUFFIXES
        or _is_degree(first.strip())
        or not _LINKING.isdisjoint(last.split())
    ):
        return name.strip()
    if _ASIAN_NAME.fullmatch(last.strip()) and _ASIAN_NAME.fullmatch(first.strip()):
        return f"{last.strip()} {first.strip()}"
    return f"{first.strip()} {last.strip()}"


def is_person(name: str) -> bool:
    """Whether `name` has the form of a person's name, two words or more where words are parted, no organisation."""
    written = any(c.isupper() or not c.islower() for c in name if c.isalpha())
    return written and _kind(name) in ("full", "asian") and _ORGANISATIONS.isdisjoint(name.lower().split())


def _element(line: str) -> Sequence[str]:
    line = _cleaned(line)
    if line.count(",") < 2 and not _BETWEEN.search(line.strip(" ;,、")):
        sides = _AND.split(line)
        return sides if "," not in line and len(sides) == 2 and all(map(is_person, sides)) else [_person(line)]
    return feed_authors(line)


def _cleaned(line: str) -> str:
    """A byline without markup, addresses, brackets, "By" and "et al."; what stood in brackets where nothing else is."""
    line = plain(line[:LONGEST], html="<" in line or "&" in line, limit=LONGEST)
    line = _EMAIL.sub(" ", line) if "@" in line else line
    bare = _OPEN.sub("", _BRACKETED.sub(" ", line))
    if not any(c.isalpha() for c in bare):
        bare = _BRACKETED.sub(lambda found: f" {found[1] or found[2] or found[3] or ''} ", line)
    bare = _SPACE.sub(" ", bare).strip()
    bare = bare[found.end() :] if (found := _PREFIX.match(bare)) else bare
    end = max(len(bare) - 40, 0)  # what ends there is short, and looking for it everywhere takes quadratic time
    return bare[:end] + _AND_MORE.sub("", _ET_AL.sub("", bare[end:]))


def _person(piece: str) -> str:
    """One name, of which a comma can only part family and given names, or a degree."""
    return turned(", ".join(_without_degrees([part.strip() for part in piece.split(",")])))


def _by_commas(line: str) -> list[str]:
    """The names of a byline without other separators."""
    pieces = [piece.strip() for piece in line.split(",")]
    pieces = _without_degrees([piece.removeprefix("and ").removeprefix("& ") for piece in pieces])
    parts = [part for piece in pieces for part in _conjoined(piece, several=len(pieces) > 1)]
    marks = _MARKS if len(parts) > 1 else _MARKS.lstrip("0123456789")
    parts = [stripped for part in parts if (stripped := _BEHALF.sub("", part.strip(marks)))]
    kinds = _kinds(parts)
    if len(parts) == 1:
        return _spaced(parts[0])
    return _listed(parts, kinds, joined=len(parts) > len(pieces)) or _whole(", ".join(pieces), parts)


def _conjoined(piece: str, *, several: bool) -> list[str]:
    """The names on both sides of an "and"; the piece itself where they are none ("Department of Physics and Art")."""
    sides = _AND.split(piece)
    if len(sides) < 2:
        return [piece]
    kinds = [_kind(side.strip(_MARKS)) for side in sides]
    possible = {"full", "asian", "one", "initials"} if several or "full" in kinds else {"full", "asian"}
    fits = possible.issuperset(kinds)
    plainly = re.search(r"\s(?:and|und|et|&)\s", piece)  # the others stand in Spanish, Dutch and Nordic names as well
    return sides if fits and (plainly or "one" not in kinds) else [piece]


def _without_degrees(parts: list[str]) -> list[str]:
    """`parts` without those that are degrees, suffixes joined to the name before them.

    ``MA`` and its like are initials where all parts after a family name are such ("Smith, MA, Doe, JB").
    """
    initials = len(parts) % 2 == 0 and all(map(_INITIALS.fullmatch, parts[1::2]))
    kept: list[str] = []
    for part in parts:
        low = part.lower()
        if kept and low in _SUFFIXES:
            kept[-1] += f" {part}" if low[:3] not in ("inc", "ltd", "llc", "gmb") else f", {part}"
        elif part and not (kept and _is_degree(part) and (not initials or " " in kept[-1])):
            kept.append(part)
    return kept


def _is_degree(part: str) -> bool:
    """Whether `part` is a degree. Two letters must be capitals: "Ma" is a name."""
    return part.lower() in _DEGREES and (len(part) > 2 or part.isupper())


def _kinds(parts: Sequence[str]) -> list[str]:
    """The kind of each part; undotted capitals are names, not initials, where everything is in capitals."""
    shouted = not any(c.islower() for part in parts for c in part)
    kinds = [_kind(part) for part in parts]
    for n, part in enumerate(parts):
        if kinds[n] == "initials" and shouted and "." not in part and len(part) > 1:
            kinds[n] = "full" if " " in part else "one"
    return kinds


def _kind(part: str) -> str:
    words = part.split()
    if _ASIAN_NAME.fullmatch(part):
        return "asian" if len(part) > 1 else "one"
    if _INITIALS.fullmatch(part):
        return "initials"
    if not words or len(words) > 7 or any(c in part for c in "/@:_0123456789"):
        return "other"
    if len(words) == 1:
        return "one"
    lower = [word for word in words if word[0].islower() and word.lower() not in _PARTICLES and word[1:2] not in "'’"]
    in_lower = len(words) <= 3 and not any(c.isupper() for c in part)
    return "full" if in_lower or not lower else "other"


def _listed(parts: list[str], kinds: list[str], *, joined: bool) -> list[str]:
    """The names that `parts` (two or more) are, [] where they do not tell; `joined`: an "and" stood between some."""
    known = sum(kind in ("full", "asian") for kind in kinds)
    if kinds.count("asian") == len(parts):
        return parts
    if kinds[0] == "other" and 2 * known < len(parts):
        return []
    if "initials" in kinds[1:] and kinds[0] != "initials":
        return _with_initials(parts, kinds)
    if len(parts) == 2:
        affiliated = kinds == ["full", "other"]
        return parts if affiliated or (known == 2 and not _inverted(*parts)) or (joined and known) else []
    if _alternate(parts, kinds):
        return [f"{first} {last}" for last, first in zip(parts[::2], parts[1::2], strict=True)]
    if kinds[:2] == ["one", "one"] and known == len(parts) - 2:  # "Lovelace, Ada, Alan Turing and Grace Hopper"
        return [f"{parts[1]} {parts[0]}", *parts[2:]]
    return parts if known or (kinds.count("one") == len(parts)) else []


def _with_initials(parts: list[str], kinds: list[str]) -> list[str]:
    """``Last, F.`` as ``F. Last`` wherever initials follow a name."""
    result: list[str] = []
    whole = False
    for part, kind in zip(parts, kinds, strict=True):
        if kind == "initials" and result:
            result[-1] = f"{result[-1]} {part}" if whole else f"{part} {result[-1]}"
            whole = True
        else:
            result.append(part)
            whole = False
    return result


def _inverted(last: str, first: str) -> bool:
    """Whether two parts are one ``Last, First`` in spite of their words ("de Araujo, Mayara R.")."""
    if _INITIALS.fullmatch(last.split()[-1]):  # "van der Berg JA, Doe J": each a family name with initials
        return False
    return last.split()[0] in _PARTICLES or _DOTTED.search(first) is not None


def _alternate(parts: list[str], kinds: list[str]) -> bool:
    """Whether `parts` are ``Last, First, Last, First``."""
    families = all(
        kind == "one" or part.split()[0] in _PARTICLES for part, kind in zip(parts[::2], kinds[::2], strict=False)
    )
    return len(parts) % 2 == 0 and families and all(kind in ("one", "full") for kind in kinds[1::2])


def _whole(line: str, parts: list[str]) -> list[str]:
    """A byline that does not tell its names: as it is, or as its parts where it is too long for one name."""
    if len(line) > LONGEST_NAME:
        return parts
    return [turned(line) if len(line.split()) <= 4 else line]


def _spaced(part: str) -> list[str]:
    """One name, or the names between spaces where Chinese or Korean ones stand so."""
    words = part.split()
    if len(words) < 2 or not _ASIAN_NAME.fullmatch(part) or not all(2 <= len(word) <= 4 for word in words):
        return [part]
    hangul = all("\uac00" <= c <= "\ud7af" for word in words for c in word)
    whole = all(len(word) == 3 if hangul else word[0] in _FAMILIES and len(word) < 4 for word in words)
    return words if len(words) > 2 or whole else [part]


def _without_brackets(line: str) -> str:
    """`line` without what stands in round brackets, nested or not."""
    kept: list[str] = []
    depth = 0
    for char in line:
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(char)
    return _SPACE.sub(" ", "".join(kept))


def _split(line: str) -> list[str]:
    """Names between commas and "and"; ``, Jr.`` stays with its name, "A and B Collaborations" stay one."""
    result: list[str] = []
    for piece in re.split(r",|(?<=ollaboration):", line):
        parts = [piece] if "ollaboration" in piece else piece.split(" and ")
        for part in parts:
            _append(result, part)
    return result


def _append(result: list[str], part: str) -> None:
    if part.strip().lower() in _SUFFIXES and result:
        result[-1] += f" {part.strip()}"
    else:
        result.append(part)
