"""What TeX's macros stand for in plain Unicode: the tables behind `papers.tex`.

The symbols themselves (Greek, arrows, relations, letters) come from pylatexenc; here stands what it
does not know, or says less readably than a line of plain text wants it.
"""

from __future__ import annotations

from functools import lru_cache

ACCENTS = {
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
    "c": "\u0327",
    "k": "\u0328",
    "r": "\u030a",
    "d": "\u0323",
}
"""Text accents: the macro's name and the combining character that it sets on the next letter."""

MATH_ACCENTS = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "wh": "\u0302",
    "wt": "\u0303",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "bar": "\u0304",
    "overline": "\u0304",
    "vec": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "check": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
    "mathring": "\u030a",
}
"""Accents of mathematics, set on one letter; a longer argument stays bare."""


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


SWITCHES = _names(
    "it bf em rm sc tt sf sl bfseries itshape scshape ttfamily sffamily rmfamily mdseries upshape normalfont cal "
    "tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge textstyle displaystyle scriptstyle "
    "left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr limits nolimits noindent "
    "centering protect boldmath unboldmath nonumber notag relax xspace allowbreak par hfill newline linebreak maketitle"
)
"""Macros without an argument that change only how things look."""

WRAPPERS = _names(
    "textit textbf texttt textrm textsc textsf textsl textup textmd textnormal emph underline ul uline mathrm mathbf "
    "mathit mathsf mathtt mathnormal mathcal mathscr mathfrak mathbin mathrel mathop mathord text mbox hbox fbox "
    "operatorname boldsymbol bm pmb ensuremath url uppercase lowercase mathds overbrace underbrace phantom "
    "widebar enquote title section subsection paragraph"
)
"""Macros that show their one argument in some style."""

SECOND_SHOWS = frozenset({"href", "textcolor", "colorbox", "texorpdfstring"})
"""Macros of two arguments of which the second is the text."""

RAISED = {"textsuperscript": "^", "textsubscript": "_"}
"""Macros that raise or lower their argument."""

STACKED = {"overset": "^", "stackrel": "^", "underset": "_"}
"""Macros of two arguments of which the first stands above or below the second."""

LABELLED = {"xrightarrow": "→", "xleftarrow": "←", "xleftrightarrow": "↔"}
"""Arrows with their label as an argument."""

FRACTIONS = frozenset({"frac", "tfrac", "dfrac", "cfrac", "nicefrac", "sfrac"})

NOTES = {"cite": "[]", "citep": "[]", "citet": "[]", "ref": "[]", "eqref": "()", "footnote": "()", "thanks": "()"}
"""Macros whose argument is an aside, and the pair of brackets that it is shown in."""

SILENT = frozenset({"begin", "end", "label", "vspace", "hspace", "color"})
"""Macros that go away with their argument."""

CONTROL = {
    "$": "$",
    "%": "%",
    "&": "&",
    "#": "#",
    "_": "_",
    "{": "{",
    "}": "}",
    "|": "‖",
    ",": " ",
    ";": " ",
    ":": " ",
    ">": " ",
    " ": " ",
    "\\": " ",
    "\n": " ",
    "!": "",
    "-": "",
    "/": "",
}
"""Control symbols (a backslash and one character that is no letter) other than accents."""

MATH_ONLY = frozenset(",;:>!/|")
"""Control symbols that mean something in mathematics only; in prose they stay as they stand."""

DOUBLE_STRUCK = dict(zip("CHNPQRZEF1", "ℂℍℕℙℚℝℤ𝔼𝔽𝟙", strict=True))

_EXTRA = {
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "BibTeX": "BibTeX",
    "S": "§",
    "P": "¶",
    "copyright": "©",
    "pounds": "£",
    "euro": "€",
    "dag": "†",
    "ddag": "‡",
    "quad": " ",
    "qquad": " ",
    "item": " ",
    "prime": "′",
    "epsilon": "ε",
    "phi": "φ",
    "iff": "⇔",
    "textbar": "|",
    "textless": "<",
    "textgreater": ">",
    "textquoteright": "’",
    "textquoteleft": "‘",
    "textendash": "–",
    "textemdash": "—",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textunderscore": "_",
    "backslash": "∖",
    "checkmark": "✓",
    "limsup": "lim sup",
    "liminf": "lim inf",
    "Pr": "Pr",
    "softmax": "softmax",
    "argmin": "arg min",
    "argmax": "arg max",
    "eg": "e.g.",
    "ie": "i.e.",
    "etal": "et al.",
    "dim": "dim",
    "deg": "deg",
    "poly": "poly",
    "polylog": "polylog",
    "tr": "tr",
    "space": " ",
    "circledR": "®",
    "RR": "ℝ",
    "NN": "ℕ",
    "ZZ": "ℤ",
    "QQ": "ℚ",
    "micro": "µ",
    "textmu": "μ",
    "textdegree": "°",
    "degree": "°",
    "celsius": "°C",
    "textrightarrow": "→",
    "textperiodcentered": "·",
    "textpm": "±",
    "texttimes": "×",
    "gtrsim": "≳",
    "lesssim": "≲",
}


@lru_cache(maxsize=1)
def symbols() -> dict[str, str]:
    """The text of each macro that stands for a symbol, a letter or a function's name, by its name.

    pylatexenc is imported on the first call only: most text holds no TeX.
    """
    from pylatexenc.latex2text import get_default_latex_context_db

    table: dict[str, str] = {}
    for spec in get_default_latex_context_db().iter_macro_specs():
        text = spec.simplify_repl
        plain = isinstance(text, str) and text and not set(text) & set("%\\<$\n")
        if plain and spec.macroname[:1].isalpha() and len(text) <= 8:
            table.setdefault(spec.macroname, text)
    for name in ("textbackslash", "today"):
        table.pop(name, None)
    return {**table, **_EXTRA}
