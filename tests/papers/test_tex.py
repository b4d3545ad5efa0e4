"""TeX residue: tables of what feeds really hold."""

from __future__ import annotations

import pytest

from digest.papers.text import plain

ACCENTS = [
    (r"L\'evy", "Lévy"),
    (r"Paulo Andr\'e Lima de Castro", "Paulo André Lima de Castro"),
    (r"Fr\'echet", "Fréchet"),
    (r"Gr{\"o}bner and H\"older and Schr\"{o}dinger", "Gröbner and Hölder and Schrödinger"),
    (r"Erd\H{o}s, Erd\H os", "Erdős, Erdős"),
    (r"Mart\'{\i}n, na\"{\i}ve, \'\i", "Martín, naïve, í"),
    (r"Stra\ss e, S\o ren, \L{}ukasz, \AA ngstr\"om", "Straße, Søren, Łukasz, Ångström"),
    (r"\c{c}a, Ho\v{r}ava, \v s, Mu\~noz, \.Istanbul, \'{E}cole", "ça, Hořava, š, Muñoz, İstanbul, École"),
    (r"it\'s and don\'t and we\'re", "it's and don't and we're"),
    (r"the \"free lunch\" theorem", 'the "free lunch" theorem'),
]

MATHS = [
    (r"$\alpha$-fair", "α-fair"),
    (r"$\textit{Trans-LoRA}$: x", "Trans-LoRA: x"),
    (r"$\mathcal{O}(n^2)$", "O(n²)"),
    (r"$O(n\log n)$ and \(\mathcal{O}(n^{-1/2})\)", "O(n log n) and O(n^(-1/2))"),
    (r"$\tau^2$-bench, $\ell_1$, $x_{ij}$, $x_{i,j}$", "τ²-bench, ℓ₁, x_ij, x_(i,j)"),
    (r"$\mathbb{R}^d \times \mathbb{E}[x]$", "ℝ^d × 𝔼[x]"),
    (r"$\frac{1}{2}$, $\frac{a+b}{c}$, $\sqrt{n}$, $\sqrt{n+1}$", "1/2, (a+b)/c, √n, √(n+1)"),
    (r"$\sim$10, $3\times$, $10^{-5}$, $90^\circ$, the $k^{th}$", "∼10, 3×, 10⁻⁵, 90°, the kth"),
    (r"$\hat{x}$, $\tilde O$, $\bar{abc}$", "x̂, Õ, abc"),
    (r"$k$-means of $n$ points, $p < 0.05$, $n = 10$", "k-means of n points, p < 0.05, n = 10"),
    (r"$\{0,1\}^n$ is a set", "{0,1}ⁿ is a set"),
    (r"$\left( a \right)$ $$x^2$$", "( a ) x²"),
    (r"H$^3$GNNs and CVaR$_{0.95}$", "H³GNNs and CVaR_0.95"),
    ("$L_\\text{pix}$", "L_pix"),
]

LOST_MARKUP = [
    ("π_{0.5} and R^{2} and DR^{3}-Eval", "π_0.5 and R² and DR³-Eval"),
    ("4{,}851 cases, r{=}{-}0.13", "4,851 cases, r=-0.13"),
    (r"a\unicode{x2014}b", "a—b"),
    ("{B}ayesian {GPU} pro{A}ctive", "Bayesian GPU proActive"),
    (r"{\it vs.} and {\em this} and {\bf that}", "vs. and this and that"),
    (r"\textsc{Foo}: \texttt{x\_y}, \textbf{A}dam, \href{https://x.test}{here}", "Foo: x_y, Adam, here"),
    ("``quoted'' text", "“quoted” text"),
    (r"95\% of R\&D, \#1, \_, \S", "95% of R&D, #1, _, §"),
    (r"Section~\ref{a} by Dr.~Smith", "Section [a] by Dr. Smith"),
]

SCIENCE = [
    (r"\ce{H2O}, \ce{SO4^2-}, \ce{Fe^{3+}}, \ce{Na+}, \ce{^{13}C}", "H2O, SO4²⁻, Fe³⁺, Na⁺, ¹³C"),
    (r"\ce{2H2 + O2 -> 2H2O} and \ce{A <=> B}", "2H2 + O2 → 2H2O and A ⇌ B"),
    (r"\SI{5}{\kilo\gram}, \qty{3}{\metre\per\second\squared}, \si{\micro\metre}", "5 kg, 3 m/s², µm"),
    (r"\num{1.5e-3}, \num{1e5}, \SIrange{1}{2}{\milli\tesla}", "1.5×10⁻³, 1×10⁵, 1–2 mT"),
    (r"\SI{20}{\percent}, \SI{25}{\celsius}, \ang{45}, \SI[a=b]{3}{kg.m^{-2}}", "20%, 25 °C, 45°, 3 kg·m⁻²"),
    (r"\textsuperscript{13}C, CO\textsubscript{2}", "¹³C, CO₂"),
]

SMALL = [
    (
        r"$d\equiv 1\pmod p$, Start-Up$-$Embedding, $\RR^d$, \ul{S}emantic",
        "d≡1 (mod p), Start-Up-Embedding, ℝ^d, Semantic",
    ),
    ("13~TeV with 140~fb$^{-1}$, (1)~one, Fig.~2", "13 TeV with 140 fb⁻¹, (1) one, Fig. 2"),
    ("Krichevsky--Trofimov, 2--3, a---b, so -- that", "Krichevsky–Trofimov, 2–3, a—b, so – that"),
    (r"$<$3\% and $>$5$\sigma$", "<3% and >5σ"),
    (r"\(  n \) ants, \[ E = mc^2 \], $ n $ times", "n ants, E = mc², n times"),
    (r"\begin{equation} E=mc^2 \end{equation} is", "E=mc² is"),
    (r"$\binom{n}{k}$, $\overset{def}{=}$, $\xrightarrow{f}$, $\sqrt[3]{x}$", "(n choose k), =^def, →^f, ³√x"),
    (r"of $$10^{5}$$ 10 5 ants, $\alpha$ α-fair, $n$ n-grams", "of 10⁵ ants, α-fair, n n-grams"),
    (r"\documentclass[12pt]{minimal} \usepackage{a} \begin{document}$$\alpha $$\end{document}-fair", "α-fair"),
]

LEFT_ALONE = [
    r"C:\new\table and D:\alpha\beta",
    r"\\server\share\alpha",
    r"\d+ and \d{4} and \w+\s* and \S+ and www\.example\.com and \(\d+\)",
    "--help, i-- and https://x.test/a--b, xn--bcher, <!-- -->",
    "~5 ants, 3~5 or 10~20%, 3~5年",
    "snake_case, __init__ and a_b_c",
    "$5 to $10",
    "between $5 and $10 million",
    "costs $5/$10 or US$5",
    "I paid $5 and got it in US$ more",
    "$AAPL and $TSLA",
    "for 1$: cheap",
    "Modeling$ (WorldPM)",
    "ternary, i.e., {-1, 0, 1}",
    "the set {x} of {a, b}",
    "https://x.test/~user/{id}{https://x.test}",
    "50% of what \\foo does",
    "unbalanced } and { and $ and \\",
    r"\modelname{x} is \ours",
]


@pytest.mark.parametrize(("raw", "expected"), [*ACCENTS, *MATHS, *LOST_MARKUP, *SCIENCE, *SMALL])
def test_tex_is_read(raw, expected):
    assert plain(raw) == expected == plain(expected)


@pytest.mark.parametrize("raw", LEFT_ALONE)
def test_prose_is_no_tex(raw):
    assert plain(raw) == raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (r"\$OneMillion-Bench", "$OneMillion-Bench"),
        (r"less than \$2,000 USD and \$5", "less than $2,000 USD and $5"),
        (r"\modelname~ is", r"\modelname is"),
        (r"$\foo$bar", r"\foo bar"),
        (r"\foo{a \'e b}", r"\foo{a é b}"),
        (r"50% of \'etudes", "50% of études"),
        (r"AT&T \'e snake_case C# ~10x x^2", "AT&T é snake_case C# ~10x x^2"),
    ],
)
def test_money_unknown_macros_and_prose_signs_beside_tex(raw, expected):
    assert plain(raw) == expected
