"""TeX residue to readable Unicode: accents, symbols, fonts and simple mathematics.

Feeds carry fragments of TeX, not documents, amid prose in which "%", "#", "&", "~", "_" and "$" mean
themselves. So this is no TeX: a comment sign never starts a comment, a dollar sign opens
mathematics only where what stands between two of them looks like it, and a macro that nobody
knows stays as it was written. Nothing raises, and the time is linear in the length of the text.

The text is cut into parts; `_pairs` finds which braces and which math signs belong together (those
that belong to none mean themselves); `_Reader` walks over the parts once.
"""

from __future__ import annotations

import re
import unicodedata

from digest.papers import textables as tables
from digest.papers.scripts import script, tied
from digest.papers.texscience import CHEMISTRY, QUANTITIES, chemical, quantity

DEPTH = 24
"""Levels of braces and arguments that are followed; what lies deeper stays as it stands."""

_SIGNS = re.compile(r"[\\${}]|``|--|[^\W_]~")
_PART = re.compile(r"\\(?:[A-Za-z]+\*?|[^A-Za-z])|\\|\$\$?|[{}~^_]|[^\\${}~^_]+", re.DOTALL)
_CLOSER = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_PREAMBLE = re.compile(
    r"\\documentclass(?:(?!\\begin\{document\}).){0,1500}+\\begin\{document\}|\\end\{document\}", re.DOTALL
)
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(?:equation|align|displaymath|math|eqnarray|gather|multline)\*?\}")
_REGEX = re.compile(r"\\[dDwWsSbB](?![A-Za-z{])|\.[*+?]|\[\^?\w-\w")
_DRIVE = re.compile(r"(?:\A|[\s\"'(])[A-Za-z]:\Z")
_DASHES = re.compile(r"(?<=[^\W_])(?:--|---)(?=[^\W_\d]|\d|[$\\{(“])|(?<=[)}$’”'\".])(?:--|---)(?=[^\W_]|[$\\{(“])")
_MACRO = re.compile(r"\\([A-Za-z]+)\*?\Z")
_CONTRACTION = re.compile(r"(?:s|m|re|ll)(?![A-Za-z])")
_CODE_POINT = re.compile(r"\{[xX]([0-9a-fA-F]{2,5})\}")
_WORD = re.compile(r"[^\W\d_]{4}")
_GLUED = frozenset(",=+-<>:.")
_OPERATORS = frozenset("-−–<>=≤≥±×≈∼→+*")
_UMLAUTS = frozenset("aeiouyAEIOUY")
_DOTTED = str.maketrans("ıȷ", "ij")
_LONGEST_MATH = 1_000


def untex(text: str) -> str:
    """`text` with its TeX read: ``L\\'evy`` is "Lévy", ``$\\alpha$-fair`` "α-fair", "$5 to $10" itself."""
    if not _SIGNS.search(text):
        return text
    if "--" in text:
        text = re.sub(r"\S+", _dashed, text)
    if "\\" in text:
        text = _ENVIRONMENT.sub("$$", _PREAMBLE.sub("", text)).replace("\\not=", "≠").replace("\\not\\in", "∉")
    if "``" in text:
        text = text.replace("``", "“").replace("''", "”")
    parts = _PART.findall(text)
    return _Reader(parts, _pairs(parts)).run(0, len(parts), math=False)


def _pairs(parts: list[str]) -> dict[int, int]:
    """Opening part -> closing part, for braces and for what is mathematics."""
    pairs: dict[int, int] = {}
    braces: list[int] = []
    waiting: dict[int, int] = {}  # depth of braces -> the math sign that waits for its closer there
    for at, part in enumerate(parts):
        if part == "{":
            braces.append(at)
        elif part == "}" and braces:
            waiting.pop(len(braces), None)
            opened = braces.pop()
            if len(braces) < DEPTH:
                pairs[opened] = at
        elif part in _CLOSER or part in ("\\)", "\\]"):
            _pair_math(parts, at, len(braces), waiting, pairs)
    return pairs


def _pair_math(parts: list[str], at: int, depth: int, waiting: dict[int, int], pairs: dict[int, int]) -> None:
    opened = waiting.pop(depth, -1)
    if opened >= 0 and _CLOSER[parts[opened]] == parts[at]:
        following = parts[at + 1][:1] if at + 1 < len(parts) else ""
        body = "".join(parts[opened + 1 : at]) if at - opened <= _LONGEST_MATH else ""
        if parts[opened] != "$":
            body, following = "" if _REGEX.search(body) else body.strip(), ""
        if depth <= DEPTH and _is_math(body, following):
            pairs[opened] = at
            return
    if parts[at] in _CLOSER:
        waiting[depth] = at


def _is_math(body: str, following: str) -> bool:
    """Whether the text between two math signs is mathematics, and not prose between two prices."""
    if not body.strip() or len(body) > _LONGEST_MATH:
        return False
    if not set(body) - _OPERATORS:
        return True
    loose = body[0].isspace() or body[-1].isspace()
    before_digit = following.isdecimal()
    if "\\" in body:
        return not (body[-1].isspace() and before_digit)
    if loose or before_digit:
        return len(body) == 3 and body[1].isalpha() and body[0].isspace() and body[2].isspace()
    if set(body) & set("^_{"):
        return True
    if any(c.isspace() for c in body):
        return bool(set(body) & set("<>=+*/|")) and not _WORD.search(body)
    return body[-1] not in "-/&" and (not body[0].isdecimal() or body[-1].isalnum())


class _Reader:
    """One walk over the parts of one text. Each method takes the place of a part and returns the next."""

    def __init__(self, parts: list[str], pairs: dict[int, int]) -> None:
        self.parts, self.pairs = parts, pairs
        self.depth = 0

    def run(self, at: int, end: int, *, math: bool) -> str:
        """The text of the parts from `at` up to `end`."""
        pieces: list[str] = []
        while at < end:
            piece, at = self._step(at, math, pieces[-1][-1:] if pieces else "")
            if not piece:
                continue
            if pieces and _needs_space(pieces[-1], piece):
                pieces.append(" ")
            pieces.append(piece)
        return "".join(pieces)

    def _step(self, at: int, math: bool, before: str) -> tuple[str, int]:
        part = self.parts[at]
        if at in self.pairs:
            return self._pair(at, math, before)
        if part[:1] == "\\" and len(part) > 1:
            return self._macro(at, math, before)
        if part in ("^", "_") and (math or at + 1 in self.pairs):
            return self._script(at)
        if part == "~":
            return (" " if math or self._is_tie(at) else "~"), at + 1
        return part, at + 1

    def _pair(self, at: int, math: bool, before: str) -> tuple[str, int]:
        """A group in braces, or mathematics."""
        close = self.pairs[at]
        if self.parts[at] != "{":
            inner = self.run(at + 1, close, math=True).strip()
            if self.parts[at] != "$" or not inner.isascii():
                self._drop_rendering(inner, close + 1)
            return inner, close + 1
        bare = math or self._is_markup(at, close, before)
        inner = self.run(at + 1, close, math=math)
        return (inner if bare else f"{{{inner}}}"), close + 1

    def _is_markup(self, at: int, close: int, before: str) -> bool:
        """Whether braces in prose are TeX's, as in ``{\\it vs.}``, ``{B}ayes`` and ``4{,}851``, and not a set's."""
        first = self.parts[at + 1]
        if close == at + 2 and first.isalpha():
            after = self.parts[close + 1][:1] if close + 1 < len(self.parts) else ""
            named = len(first) > 1 and not first.islower()
            return named or before.isalpha() or after.isalpha() or after in ("_", "^", "-")
        if close == at + 2 and first in _GLUED:
            return not (before or " ").isspace()
        return any(t[:1] == "\\" and t[1:2] not in ("{", "}") for t in self.parts[at + 1 : min(close, at + 40)])

    def _is_tie(self, at: int) -> bool:
        """Whether a tilde in prose is TeX's unbreakable space, and neither "about" nor a home folder."""
        left = (self.parts[at - 1] if at else "") or " "
        right = (self.parts[at + 1] if at + 1 < len(self.parts) else "") or " "
        if left[0] == "\\" or left in "}$" or right[0] in "\\$":
            return True
        if left[-1].isdigit():  # "13~TeV", but a range in "3~5" and in "3~5年"
            return right[0].isalpha() and unicodedata.category(right[0]) != "Lo"
        return (left[-1].isalpha() or left[-1] in ".)") and right[0].isalnum()

    def _macro(self, at: int, math: bool, before: str) -> tuple[str, int]:
        found = _MACRO.match(self.parts[at])
        if not math and self._is_path(at):
            return self._path(at)
        if self.depth >= DEPTH:
            return self.parts[at], at + 1
        self.depth += 1
        try:
            if found is None:
                return self._control(at, math, before)
            return self._named(found[1], at, math, before)
        finally:
            self.depth -= 1

    def _control(self, at: int, math: bool, before: str) -> tuple[str, int]:
        """A backslash and one character that is no letter."""
        sign = self.parts[at][1:]
        if sign in tables.ACCENTS and not math:
            return self._accent(sign, at, before)
        if sign not in tables.CONTROL or (sign in tables.MATH_ONLY and not math):
            return self.parts[at], at + 1
        return tables.CONTROL[sign], at + 1

    def _accent(self, sign: str, at: int, before: str) -> tuple[str, int]:
        """A text accent and its letter; a stray one, or an escaped quotation mark, is no accent."""
        following = self.parts[at + 1] if at + 1 < len(self.parts) else ""
        braced = at + 1 in self.pairs and following == "{"
        if sign in "'\"" and not braced and following[:1] not in ("\\", ""):
            if sign == "'" and before.isalpha() and _CONTRACTION.match(following):
                return "'", at + 1
            if sign == '"' and following[0] not in _UMLAUTS:
                return '"', at + 1
        if sign == "." and before.isalnum() and not braced and following[:1] not in ("z", "Z"):
            return self.parts[at], at + 1  # "example\.com"
        base, after = self._argument(at + 1, math=False, skip=sign.isalpha())
        accented = _set_mark(base, tables.ACCENTS[sign])
        if base[:1].isalpha() and (braced or len(accented) == len(base)):
            return accented, after
        base = f"{{{base}}}" if braced and sign.isalpha() else base
        return ("'" if sign == "'" and before.isalpha() else self.parts[at]) + base, after

    def _named(self, name: str, at: int, math: bool, before: str) -> tuple[str, int]:
        if name in tables.SWITCHES:
            return self._switch(name, at)
        if name in tables.ACCENTS and not math:
            return self._accent(name, at, before)
        if name in tables.SILENT:
            return " ", self._argument(at + 1, math=math)[1]
        if name in tables.NOTES:
            note, after = self._argument(at + 1, math=False)
            return tables.NOTES[name][0] + note + tables.NOTES[name][1], after
        if name in QUANTITIES or name in CHEMISTRY:
            return self._science(name, at)
        if name in ("S", "P") and not math and self._starts(at + 1, ("+", "*", "?")):  # a regular expression
            return self.parts[at], at + 1
        symbol = tables.symbols().get(name)
        if symbol is not None and name not in tables.MATH_ACCENTS:
            return self._symbol(symbol, at, math, before)
        return self._command(name, at, math)

    def _command(self, name: str, at: int, math: bool) -> tuple[str, int]:
        """A macro with arguments, or one that is not known: that one stays."""
        if name in tables.FRACTIONS:
            over, after = self._argument(at + 1, math=math)
            under, after = self._argument(after, math=math)
            return f"{tied(over)}/{tied(under)}", after
        if name in ("binom", "dbinom", "tbinom"):
            over, after = self._argument(at + 1, math=math)
            under, after = self._argument(after, math=math)
            return f"({over} choose {under})", after
        if name == "pmod":
            inner, after = self._argument(at + 1, math=math)
            return f" (mod {inner})", after
        if name in tables.LABELLED:
            mark, after = self._argument(at + 1, math=math)
            return tables.LABELLED[name] + script("^", mark), after
        if name == "sqrt" and self._starts(at + 1, "[") and self.parts[at + 1].endswith("]"):
            inner, after = self._argument(at + 2, math=math)
            return script("^", self.parts[at + 1][1:-1]) + f"√{tied(inner)}", after
        if name in tables.STACKED:
            mark, after = self._argument(at + 1, math=math)
            base, after = self._argument(after, math=math)
            return base + script(tables.STACKED[name], mark), after
        if name in tables.SECOND_SHOWS:
            return self._argument(self._argument(at + 1, math=math)[1], math=math)
        if name == "unicode":
            return self._code_point(at)
        if name in tables.RAISED:
            raised, after = self._argument(at + 1, math=math)
            return script(tables.RAISED[name], raised), after
        shape = tables.MATH_ACCENTS.get(name)
        if shape is None and name not in tables.WRAPPERS and name not in ("sqrt", "mathbb"):
            return self._unknown(at)
        inner, after = self._argument(at + 1, math=math and not name.startswith(("text", "mbox")))
        if shape is not None:
            return (_set_mark(inner, shape) if len(inner) == 1 else inner), after
        if name == "sqrt":
            return f"√{tied(inner)}", after
        return (tables.DOUBLE_STRUCK.get(inner, inner) if name == "mathbb" else inner), after

    def _science(self, name: str, at: int) -> tuple[str, int]:
        """A macro of siunitx or mhchem, whose arguments are no TeX."""
        kinds = QUANTITIES.get(name, "c")
        after = at + 1
        if self._starts(after, "[") and self.parts[after].endswith("]"):
            after += 1
        arguments: list[str] = []
        while len(arguments) < len(kinds) and after in self.pairs and self.parts[after] == "{":
            arguments.append("".join(self.parts[after + 1 : self.pairs[after]]))
            after = self.pairs[after] + 1
        if len(arguments) < len(kinds):
            return self.parts[at], at + 1
        return chemical(arguments[0]) if kinds == "c" else quantity(kinds, arguments), after

    def _is_path(self, at: int) -> bool:
        """Whether a backslash stands where that of a path of Windows does, and no macro."""
        if self.parts[at] == "\\\\":  # \\\\server\\share
            free = at == 0 or self.parts[at - 1][-1:].isspace()
            host, share = (*self.parts[at + 1 : at + 3], "", "")[:2]
            return free and host[:1].isalnum() and " " not in host and share[:1] == "\\"
        return at > 0 and _DRIVE.search(self.parts[at - 1][-3:]) is not None

    def _path(self, at: int) -> tuple[str, int]:
        """The path that begins at `at`, up to white space."""
        end = at
        while end < len(self.parts) and not any(c.isspace() for c in self.parts[end]):
            end += 1
        return "".join(self.parts[at:end]), end

    def _drop_rendering(self, inner: str, at: int) -> None:
        """Leave out what stands after a formula and is the same formula, as a page showed it."""
        key, seen = _bare(inner), 0
        text = self.parts[at].lstrip() if at < len(self.parts) else ""
        for end, char in enumerate(text[: 3 * len(inner) + 20], 1):
            told = _bare(char)
            if not key.startswith(told, seen):
                return
            seen += len(told)
            if seen == len(key) and not text[end : end + 1].isalnum():
                self.parts[at] = text[end:]
                return

    def _code_point(self, at: int) -> tuple[str, int]:
        """MathJax's ``\\unicode{x2014}``."""
        code = "".join(self.parts[at + 1 : at + 4])
        found = _CODE_POINT.fullmatch(code)
        return (chr(int(found[1], 16)), at + 4) if found else self._unknown(at)

    def _switch(self, name: str, at: int) -> tuple[str, int]:
        self._drop_space(at + 1)
        if name in ("left", "right") and self._starts(at + 1, "."):
            self.parts[at + 1] = self.parts[at + 1][1:] or " "
        return "", at + 1

    def _unknown(self, at: int) -> tuple[str, int]:
        """A macro that is not known, with its group as it stands."""
        if at + 1 not in self.pairs or self.parts[at + 1] != "{":
            return self.parts[at], at + 1
        close = self.pairs[at + 1]
        return f"{self.parts[at]}{{{self.run(at + 2, close, math=False)}}}", close + 1

    def _symbol(self, symbol: str, at: int, math: bool, before: str) -> tuple[str, int]:
        after = at + 1
        if self.parts[after : after + 2] == ["{", "}"]:
            return symbol, after + 2
        kind = unicodedata.category(symbol[0])
        name_of_function = len(symbol) > 1 and symbol.isascii()
        letter = kind[0] == "L" and (math or "GREEK" not in unicodedata.name(symbol[0], "")) and not name_of_function
        if letter or (math and kind in ("Sm", "So") and before and not before.isspace()):
            self._drop_space(after)
        if math and name_of_function and before.isalnum():
            symbol = f" {symbol}"
        return symbol, after

    def _script(self, at: int) -> tuple[str, int]:
        """An exponent or an index: raised or lowered where Unicode can, else "^" or "_" and the text."""
        sign = self.parts[at]
        inner, after = self._argument(at + 1, math=True)
        return script(sign, inner) or sign, after

    def _argument(self, at: int, *, math: bool, skip: bool = True) -> tuple[str, int]:
        """The argument that begins at `at`: a group, a macro with its own, or one character."""
        if skip:
            self._drop_space(at)
        at += at < len(self.parts) and not self.parts[at]
        if at >= len(self.parts) or self.parts[at] in ("}", "$", "$$", "\\)", "\\]"):
            return "", at
        if at in self.pairs:
            close = self.pairs[at]
            return self.run(at + 1, close, math=math), close + 1
        if self.parts[at][0] == "\\" and len(self.parts[at]) > 1:
            return self._macro(at, math, "")
        part = self.parts[at]
        self.parts[at] = part[1:]
        return part[0], at + (len(part) == 1)

    def _drop_space(self, at: int) -> None:
        if at < len(self.parts) and self.parts[at][:1].isspace():
            self.parts[at] = self.parts[at].lstrip()

    def _starts(self, at: int, sign: str | tuple[str, ...]) -> bool:
        return at < len(self.parts) and self.parts[at].startswith(sign)


def _dashed(found: re.Match[str]) -> str:
    """A word with TeX's dashes; addresses, options (``--all``), comments and rules stay as they are."""
    word = found[0]
    if word in ("--", "---"):
        return "–" if word == "--" else "—"
    if "--" not in word or "://" in word or "xn--" in word or "__" in word or ("/" in word and "." in word[:-1]):
        return word
    return _DASHES.sub(lambda dash: "–" if len(dash[0]) == 2 else "—", word)


def _bare(text: str) -> str:
    """A formula without what its spellings differ in: spaces, raising, brackets."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not (c.isspace() or c in "^_(){}$"))


def _needs_space(left: str, right: str) -> bool:
    """Whether joining two pieces would make the name of a macro longer."""
    return bool(_MACRO.match(left)) and right[0].isascii() and right[0].isalpha()


def _set_mark(base: str, mark: str) -> str:
    letter = base[:1].translate(_DOTTED)
    return unicodedata.normalize("NFC", letter + mark) + base[1:] if base else ""
