"""MathML: what a formula says in one line of text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.papers import elements
from digest.papers.text import plain


def math(inner: str) -> str:
    """The text of a formula, given what stands in its ``math`` element."""
    return plain(f"<math>{inner}</math>", html=True)


X, TWO, N, A, B = "<mi>x</mi>", "<mn>2</mn>", "<mi>n</mi>", "<mi>a</mi>", "<mi>b</mi>"
SUM = f"<mrow>{A}<mo>+</mo>{B}</mrow>"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (f"<msup>{X}{TWO}</msup>", "x²"),
        (f"<msup><mn>10</mn><mrow><mo>−</mo>{TWO}</mrow></msup>", "10⁻²"),
        (f"<msup><mi>e</mi>{X}</msup>", "e^x"),
        (f"<msup><mfenced>{SUM}</mfenced>{TWO}</msup>", "(a+b)²"),
        (f"<msub>{X}<mi>i</mi></msub>", "x_i"),
        (f"<msub>{A}<mrow><mn>1</mn>{N}</mrow></msub>", "a_1n"),
        (f"<msubsup>{X}<mi>i</mi>{TWO}</msubsup>", "x_i²"),
        (f"<mfrac>{SUM}{TWO}</mfrac>", "(a+b)/2"),
        (f"<mn>3</mn><mfrac><mn>1</mn>{TWO}</mfrac>", "3 1/2"),
        (f"<mfrac>{A}{B}</mfrac>{X}", "a/b x"),
        (f"<msup><mfrac>{A}{B}</mfrac>{TWO}</msup>", "(a/b)²"),
        (f"<mfrac linethickness='0'>{N}{TWO}</mfrac>", "(n choose 2)"),
        ("<msqrt><mi>s</mi></msqrt><mo>=</mo><mn>13</mn>", "√s = 13"),
        (f"<msqrt>{SUM}</msqrt>", "√(a+b)"),
        ("<msqrt><msub><mi>s</mi><mtext>NN</mtext></msub></msqrt>", "√s_NN"),
        (f"<mroot><msup>{X}{TWO}</msup><mn>3</mn></mroot>", "∛(x²)"),
        (f"<mroot>{X}<mn>5</mn></mroot>", "⁵√x"),
        ("<mmultiscripts><mi>Ca</mi><mprescripts/><mn>20</mn><mn>38</mn></mmultiscripts>", "³⁸₂₀Ca"),
        ("<mmultiscripts><mi>Ca</mi><none/><mo>+</mo><mprescripts/><none/><mn>38</mn></mmultiscripts>", "³⁸Ca⁺"),
        ("<msup><mrow/><mn>13</mn></msup><mi>C</mi>", "¹³C"),
        (f"<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow>{N}</munderover>{X}", "∑_(i=1)ⁿ x"),
        (f"<munder><mo>lim</mo><mrow>{X}<mo>→</mo><mn>0</mn></mrow></munder>{A}", "lim_(x→0) a"),
        ("<mover><mi>v</mi><mo>→</mo></mover>", "v\u20d7"),
        (f"<mover>{X}<mo>¯</mo></mover>", "x\u0304"),
        (f"<mfenced>{A}{B}</mfenced>", "(a, b)"),
        (f"<mfenced open='|' close='|' separators=''>{A}{B}</mfenced>", "|ab|"),
        (f"<mi>sin</mi><mo>&#x2061;</mo>{X}<mo>&#x2062;</mo>{A}", "sin xa"),
        (f"{TWO}<mi>sin</mi>{X}", "2 sin x"),
        (f"{A}<mo>&lt;</mo>{B}", "a < b"),
        (f"{X}<mo>∈</mo><mi mathvariant='double-struck'>R</mi>", "x ∈ ℝ"),
        ("<mn>1</mn><mo>,</mo><mn>200</mn><mtext> </mtext><mi>kJ</mi>", "1,200 kJ"),
        (f"{X}<mtext> if </mtext>{A}", "x if a"),
        ("<mi>Fe</mi><msub><mi>O</mi><mn>3</mn></msub>", "FeO₃"),
        (f"{X}<mspace width='1em'/>{A}<mphantom>{B}</mphantom>", "x a"),
        (
            f"<mtable><mtr><mtd>{A}</mtd><mtd>{B}</mtd></mtr><mtr><mtd>{X}</mtd><mtd>{N}</mtd></mtr></mtable>",
            "[a, b; x, n]",
        ),
        (f"<mo>(</mo><mtable><mtr><mtd>{A}</mtd></mtr><mtr><mtd>{B}</mtd></mtr></mtable><mo>)</mo>", "(a; b)"),
        (f"<semantics>{X}<annotation encoding='application/x-tex'>x</annotation></semantics>", "x"),
        (
            "<matrix><matrixrow><cn>0</cn><cn>1</cn></matrixrow><matrixrow><cn>1</cn><cn>0</cn></matrixrow></matrix>",
            "[0, 1; 1, 0]",
        ),
        ("<apply><in/><cn type='complex-cartesian'>17<sep/>29</cn><complexes/></apply>", "17+29i ∈ ℂ"),
        ("<apply><divide/><apply><plus/><ci>a</ci><ci>b</ci></apply><cn>2</cn></apply>", "(a+b)/2"),
        ("<apply><power/><ci>x</ci><cn>2</cn></apply>", "x²"),
        ("<apply><sin/><ci>x</ci></apply>", "sin(x)"),
        ("<infinity/>", "∞"),
    ],
)
def test_formulas_keep_their_meaning(formula: str, expected: str) -> None:
    assert math(formula) == expected
    prefixed = formula.replace("</", "</\0").replace("<", "<mml:").replace("<mml:/\0", "</mml:")
    assert math(prefixed) == expected
    spread = formula.replace("><", ">\n  <")
    assert math(spread) == expected


NAMES = st.sampled_from(sorted(elements.MATHML | {"apply", "cn", "sep", "matrix", "matrixrow", "power", "plus"}))


@settings(max_examples=150)
@given(
    st.recursive(
        st.sampled_from(["", "<mi>x</mi>", "<mn>2</mn>", "<mo>=</mo>", "y"]),
        lambda inner: st.builds(
            lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", NAMES, st.lists(inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_any_formula_is_some_text(formula: str) -> None:
    text = math(formula)
    assert "<m" not in text
    assert plain(text, html=True) == text
