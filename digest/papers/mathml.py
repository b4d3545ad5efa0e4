"""MathML to one line of readable text: powers, fractions, roots, isotopes, sums, matrices.

Source: MathML 3 (presentation, chapter 3, and the usual elements of content, chapter 4). A formula is rendered from
the inside out: `render` gets the parts of one element as they were rendered, and gives the part that it makes of them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from digest.papers.elements import names
from digest.papers.scripts import script, tied
from digest.papers.textables import DOUBLE_STRUCK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class MathPart(NamedTuple):
    """What an element of a formula became: its text, and the name of the element (which says how it joins others)."""

    text: str
    name: str = ""


TOKENS = frozenset({"mi", "mn", "mo", "mtext", "ms", "cn", "ci", "csymbol", "annotation", "tex-math", "equationsource"})
"""Elements that hold text; in the others, text between the elements says nothing."""

_BLANK = " \t\r\n\f"
_RELATIONS = frozenset("=<>≤≥≦≧⩽⩾≠≡≢≈≃≅≲≳≪≫∼≺≻⪯⪰∝∈∉∋⊂⊃⊆⊇→←↔⇒⇐⇔⟶⟵⟹⟺⇌⇄↦:⊢⊨") | {":=", "==", "<=", ">=", "!="}
_FUNCTIONS = names(
    "sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan log ln lg exp max min sup inf lim limsup liminf "
    "det dim ker arg argmax argmin mod gcd lcm tr rank sgn"
)
_WORD = re.compile(r"[a-zà-ÿ]{2,}|[^\W\d_]{2,} .*|.* [^\W\d_]{2,}")
_SPACED = re.compile(rf" ([{re.escape(''.join(s for s in _RELATIONS if len(s) == 1))}]) ")
_PLAIN = re.compile("[^¹²³⁰-ⁿ]*")
_INVISIBLE = dict.fromkeys((0x2061, 0x2062, 0x2063, 0x2064), "")
_ACCENTS = {
    **dict.fromkeys("→⃗⟶⇀", "\u20d7"),
    **dict.fromkeys("¯‾ˉ_―", "\u0304"),
    **dict.fromkeys("^ˆ", "\u0302"),
    **dict.fromkeys("~˜∼", "\u0303"),
    **dict.fromkeys("˙.", "\u0307"),
    **dict.fromkeys("¨", "\u0308"),
    **dict.fromkeys("ˇ", "\u030c"),
    **dict.fromkeys("˘", "\u0306"),
}
_BRACES = frozenset("⏞⏟︷︸⏜⏝_¯‾̲")
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_EMPTY = frozenset({"none", "mprescripts", "maligngroup", "malignmark"})
_CONSTANTS = {
    "infinity": "∞",
    "pi": "π",
    "exponentiale": "e",
    "imaginaryi": "i",
    "eulergamma": "γ",
    "emptyset": "∅",
    "complexes": "ℂ",
    "reals": "ℝ",
    "rationals": "ℚ",
    "integers": "ℤ",
    "naturalnumbers": "ℕ",
    "primes": "ℙ",
}
_INFIX = {
    "plus": "+",
    "minus": "−",
    "times": "·",
    "divide": "/",
    "eq": " = ",
    "neq": " ≠ ",
    "lt": " < ",
    "gt": " > ",
    "leq": " ≤ ",
    "geq": " ≥ ",
    "approx": " ≈ ",
    "equivalent": " ≡ ",
    "in": " ∈ ",
    "notin": " ∉ ",
    "subset": " ⊆ ",
    "prsubset": " ⊂ ",
    "union": " ∪ ",
    "intersect": " ∩ ",
    "and": " ∧ ",
    "or": " ∨ ",
    "implies": " ⇒ ",
    "tendsto": " → ",
    "compose": "∘",
}
_FENCES = {"vector": "()", "set": "{}", "list": "[]", "interval": "[]", "mtable": "[]", "matrix": "[]", "table": "[]"}
_ROWS = frozenset({"mtr", "mlabeledtr", "matrixrow", "tr"})


def render(name: str, attributes: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    """The part that the element `name` (lower case, without prefix) makes of its `parts`. Never raises."""
    if name in TOKENS:
        return _token(name, attributes, parts)
    if name in _EMPTY:
        return MathPart("", name)
    if name in _CONSTANTS and not parts:
        return MathPart(_CONSTANTS[name], "mi")
    if not parts and name in (*_INFIX, "power", "root", "abs", "not", "factorial", "sep"):
        return MathPart("\0" if name == "sep" else "", name)
    if not parts and len(name) > 1 and name in _FUNCTIONS:
        return MathPart(name, "mi")
    if name == "mspace":
        width = attributes.get("width", "")
        return MathPart("" if width[:1] in ("", "-", "0") and not width.startswith("0.") else " ", name)
    if name in ("mphantom", "annotation-xml", "bvar"):
        return MathPart("", name)
    if name in _ROWS:
        return MathPart(", ".join(part.text for part in parts), name)
    if name in _FENCES:
        fence = _FENCES[name]
        return MathPart(fence[0] + _listed(parts) + fence[1], "mtable" if fence == "[]" else name)
    if name == "mfenced":
        return _fenced(attributes, parts)
    made = _LAYOUTS.get(name)
    return made(attributes, parts) if made and len(parts) >= _NEEDED.get(name, 1) else MathPart(row(parts), name)


def row(parts: Sequence[MathPart]) -> str:
    """Parts side by side: spaces around relations, words and fractions, where what stands there would run together."""
    seen = [part for part in parts if part.text and part.name != "annotation"]
    pieces: list[str] = []
    for at, part in enumerate(seen):
        before = pieces[-1] if pieces else ""
        text = _unfenced(part, before)
        if part.name == "mo" and text in _RELATIONS and 0 < at < len(seen) - 1:
            text = f" {text} "
        elif part.name == "mo" and text in (",", ";") and at < len(seen) - 1:
            text += "" if _is_thousands(seen[max(0, at - 1)], seen[at + 1]) else " "
        elif before[-1:].isalnum() and text[0].isalnum() and (_parting(part) or _parting(seen[at - 1])):
            text = f" {text}"
        pieces.append(text)
    return " ".join("".join(pieces).split())


def _is_thousands(left: MathPart, right: MathPart) -> bool:
    """Whether a comma between two parts is that of one number, as in 1,200."""
    return left.name == right.name == "mn" and len(right.text) == 3 and right.text.isdigit()


def _unfenced(part: MathPart, before: str) -> str:
    """A matrix without its brackets where a sign before it is one."""
    fenced = part.name == "mtable" and before[-1:] in tuple("([{|‖")
    return part.text[1:-1] if fenced else part.text


def _parting(part: MathPart) -> bool:
    word = part.name in ("mi", "mo", "mtext", "ci") and (part.text in _FUNCTIONS or _WORD.fullmatch(part.text))
    return part.name == "mfrac" or bool(word and (part.name != "mi" or part.text in _FUNCTIONS))


def _token(name: str, attributes: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    held = "".join(part.text for part in parts).translate(_INVISIBLE)
    text = held.strip(_BLANK) or (" " if held and name == "mtext" else "")
    text = " ".join(text.split(" ")) if name == "mtext" else " ".join(text.split())
    if name == "mi" and attributes.get("mathvariant") == "double-struck":
        text = DOUBLE_STRUCK.get(text, text)
    if "\0" in text:
        text = _compound(attributes.get("type", ""), [piece.strip() for piece in text.split("\0")])
    return MathPart(text, {"cn": "mn", "ci": "mi", "csymbol": "mi"}.get(name, name))


def _compound(kind: str, pieces: list[str]) -> str:
    """A number of two parts (MathML 3, 4.2.1)."""
    if kind == "complex-cartesian":
        sign = "" if pieces[1].startswith(("-", "−")) else "+"
        return f"{pieces[0]}{sign}{pieces[1]}i"
    if kind == "e-notation":
        return f"{pieces[0]}×10{script('^', pieces[1])}"
    return "/".join(pieces) if kind == "rational" else " ".join(pieces)


def _listed(parts: Sequence[MathPart]) -> str:
    rows = any(part.name in _ROWS for part in parts)
    return ("; " if rows else ", ").join(part.text for part in parts)


def _fenced(attributes: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    opened, closed = attributes.get("open", "(").strip(), attributes.get("close", ")").strip()
    marks = "".join(attributes.get("separators", ",").split())
    if not marks:
        return MathPart(opened + row(parts) + closed, "mfenced")
    pieces = [part.text[1:-1] if part.name == "mtable" else part.text for part in parts]
    joined = "".join(
        text + (f"{marks[min(at, len(marks) - 1)]} " if at < len(pieces) - 1 else "") for at, text in enumerate(pieces)
    )
    return MathPart(f"{opened}{joined}{closed}", "mfenced")


def _script(sign: str, part: MathPart) -> str:
    return script(sign, _SPACED.sub(r"\1", part.text))


def _base(part: MathPart) -> str:
    return f"({part.text})" if part.name == "mfrac" else part.text


def _sup(_: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    return MathPart(_base(parts[0]) + _script("^", parts[1]), "msup")


def _sub(_: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    return MathPart(_base(parts[0]) + _script("_", parts[1]), "msub")


def _subsup(_: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    text = parts[0].text + _script("_", parts[1]) + _script("^", parts[2])
    return MathPart(text + _room(parts[0]), "msubsup")


def _room(base: MathPart) -> str:
    """A space after the bounds of a sum or an integral, where what is summed follows."""
    large = base.name == "mo" and len(base.text) == 1 and unicodedata.category(base.text) == "Sm"
    return " " if large or base.text in _FUNCTIONS else ""


def _over(_: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    base, mark = parts[0].text, parts[1].text
    if mark in _ACCENTS and base:
        return MathPart(base + _ACCENTS[mark] if len(base) == 1 and base.isalpha() else base, "mover")
    return MathPart(base if mark in _BRACES else base + _script("^", parts[1]) + _room(parts[0]), "mover")


def _under(_: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    mark = "" if parts[1].text in _BRACES else _script("_", parts[1]) + _room(parts[0])
    return MathPart(parts[0].text + mark, "munder")


def _multiscripts(_: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    """Indices before and after: ``³⁸Ca``, in pairs of the lower and the upper."""
    names = [part.name for part in parts]
    cut = names.index("mprescripts") if "mprescripts" in names else len(parts)
    after = "".join(_script("_^"[at % 2], part) for at, part in enumerate(parts[1:cut]))
    before = parts[cut + 1 :]
    lower, upper = (("".join(_script(sign, part) for part in before[at::2])) for at, sign in enumerate("_^"))
    return MathPart(upper + lower + parts[0].text + after, "mmultiscripts")


def _fraction(attributes: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    over, under = parts[0].text.strip(), parts[1].text.strip()
    if attributes.get("linethickness", "").strip().startswith("0"):
        return MathPart(f"({over} choose {under})", "mfenced")
    return MathPart(f"{_factor(over)}/{_factor(under)}", "mfrac")


def _factor(text: str) -> str:
    """A numerator or denominator, in parentheses where it is a sum or the like."""
    return tied(text) if re.search(r"[-−+±·*/×= ,<>≤≥]", text) else text


def _sqrt(_: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    return MathPart("√" + _radicand(row(parts)), "msqrt")


def _root(_: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    degree = parts[1].text.strip()
    sign = _ROOTS.get(degree) or script("^", degree) + "√"
    return MathPart(sign + _radicand(parts[0].text), "mroot")


def _radicand(text: str) -> str:
    """What stands under a root: "√s_NN", "∛(x²)"."""
    return text if text.replace("_", "").replace(".", "").isalnum() and _PLAIN.fullmatch(text) else f"({text})"


def _first(_: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    return parts[0] if parts[0].text else next((p for p in parts if p.name == "annotation"), parts[0])


def _apply(_: Mapping[str, str], parts: Sequence[MathPart]) -> MathPart:
    """Content MathML: an operator and what it is applied to."""
    operator, texts = parts[0], [part.text for part in parts[1:] if part.text]
    name = operator.name
    if name in _INFIX and texts:
        if len(texts) == 1:
            return MathPart(_INFIX[name].strip() + tied(texts[0]), "apply")
        low = name in ("times", "divide")
        return MathPart(_INFIX[name].join(_factor(text) if low else text for text in texts), "apply")
    if name == "power" and len(texts) == 2:
        return MathPart(tied(texts[0]) + script("^", texts[1]), "apply")
    if name == "root" and texts:
        return MathPart("√" + _radicand(texts[-1]), "apply")
    if name == "abs":
        return MathPart(f"|{', '.join(texts)}|", "apply")
    if not operator.text:
        return MathPart(" ".join(texts), "apply")
    return MathPart(f"{operator.text}({', '.join(texts)})" if texts else operator.text, "apply")


_LAYOUTS = {
    "msup": _sup,
    "msub": _sub,
    "msubsup": _subsup,
    "munderover": _subsup,
    "mover": _over,
    "munder": _under,
    "mmultiscripts": _multiscripts,
    "mfrac": _fraction,
    "msqrt": _sqrt,
    "mroot": _root,
    "semantics": _first,
    "maction": _first,
    "apply": _apply,
}
_NEEDED = {"msup": 2, "msub": 2, "msubsup": 3, "munderover": 3, "mover": 2, "munder": 2, "mfrac": 2, "mroot": 2}
