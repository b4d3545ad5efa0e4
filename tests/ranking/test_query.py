"""The interest language: what each spelling means, where mistakes lie, and that it reads what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import QueryError
from digest.model import Interest, InterestKind
from digest.ranking.query import MAX_INTERESTS, MAX_TERM, MAX_TEXT, format_interests, parse, parse_all

WORDS, PHRASE, AUTHOR, CATEGORY = InterestKind


def words(term: str, weight: float = 1.0, field: str = "", *, excluded: bool = False) -> Interest:
    return Interest(WORDS, term, weight, field, excluded)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" ,;\n, ", []),
        ("diffusion models", [words("diffusion models")]),
        ("diffusion, models; agents\nRAG", [words("diffusion"), words("models"), words("agents"), words("RAG")]),
        ("diffusion models^2 agents", [words("diffusion models", 2), words("agents")]),
        ("diffusion ^2", [words("diffusion", 2)]),
        ("a^.5 b^1e1 c^2.", [words("a", 0.5), words("b", 10), words("c", 2)]),
        ("-survey", [words("survey", excluded=True)]),
        ("-graph neural networks", [words("graph", excluded=True), words("neural networks")]),
        ('-"case study"^2', [Interest(PHRASE, "case study", 2, excluded=True)]),
        ('"state  space"^3 model', [Interest(PHRASE, "state space", 3), words("model")]),
        ('author:"Yann LeCun"', [Interest(AUTHOR, "Yann LeCun")]),
        ('author:"LeCun,Yann"', [Interest(AUTHOR, "LeCun, Yann")]),
        ("AU:LeCun", [Interest(AUTHOR, "LeCun")]),
        ("-author:LeCun", [Interest(AUTHOR, "LeCun", excluded=True)]),
        ("cat:cs.CL cat:cs. category:math", [Interest(CATEGORY, c) for c in ("cs.CL", "cs.", "math")]),
        ("title:benchmark^2", [words("benchmark", 2, "title")]),
        ('abs:"in context"', [Interest(PHRASE, "in context", field="abstract")]),
        ("title:state space", [Interest(PHRASE, "state space", field="title")]),
        ("self-supervised GPT-4o", [words("self-supervised GPT-4o")]),
        ("R & D", [words("R & D")]),
        ("ratio 3:1 cs/CL", [words("ratio 3:1 cs/CL")]),
        ("text + image", [words("text image")]),
        ("+diffusion #rag", [words("diffusion"), words("rag")]),
        ("# all of it\n  # a comment\nRAG # no comment", [words("RAG"), words("comment", excluded=True)]),
        (
            "“state space”，ＲＡＧ＾２；－survey",
            [Interest(PHRASE, "state space"), words("RAG", 2), words("survey", excluded=True)],
        ),
        ("one\r\ntwo\u2028three", [words("one"), words("two"), words("three")]),
        ("soft\u200bware\x00 x", [words("soft ware x")]),
        ("扩散模型，推理", [words("扩散模型"), words("推理")]),
        ("e\u0301cole", [words("école")]),
    ],
)
def test_meaning(text: str, expected: list[Interest]) -> None:
    assert list(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ('RAG "open', 4, "this quote is not closed"),
        ('"two\nlines"', 0, "this quote is not closed"),
        ('RAG ""', 4, "there is no letter or digit to look for"),
        ("RAG, &&", 5, "there is no letter or digit to look for"),
        ('title:"--"', 6, "there is no letter or digit to look for"),
        ("RAG -", 4, 'a "-" needs a word or a quoted phrase right after it'),
        ("- survey", 0, 'a "-" needs a word or a quoted phrase right after it'),
        ("--survey", 0, 'a "-" needs a word or a quoted phrase right after it'),
        ("RAG^x", 3, 'the weight "x" is not a number'),
        ("RAG^-1", 3, 'the weight "-1" is not a number'),
        ("RAG^nan", 3, 'the weight "nan" is not a number'),
        ("RAG^", 3, 'the weight "" is not a number'),
        ("RAG^0", 3, "a weight is above 0 and at most 100"),
        ("RAG^100.1", 3, "a weight is above 0 and at most 100"),
        ("^2", 0, "a weight stands right after its term"),
        ("RAG author:", 4, '"author:" needs a value right after it'),
        ("-cat: cs.CL", 0, '"-cat:" needs a value right after it'),
        (
            "RAG autor:LeCun",
            4,
            'unknown field "autor:"; did you mean "author:"? (put it in quotes to look for the text)',
        ),
        ("x" * (MAX_TERM + 1), 0, "this term is longer than 200 characters"),
    ],
)
def test_mistakes_say_where_and_what(text: str, position: int, reason: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert (caught.value.text, caught.value.position, caught.value.reason) == (text, position, reason)


def test_an_unknown_field_names_the_known_ones() -> None:
    with pytest.raises(QueryError, match="known are author:, cat:, title:, abstract:"):
        parse("qqq:x")


def test_bounds() -> None:
    many = ", ".join(f"w{n}" for n in range(MAX_INTERESTS))
    assert len(parse(many)) == MAX_INTERESTS
    with pytest.raises(QueryError, match="more than 200 interests") as caught:
        parse(f"{many}, one")
    assert caught.value.position == len(many) + 2
    with pytest.raises(QueryError, match="longer than 10,000 characters") as caught:
        parse("a " * MAX_TEXT)
    assert len(str(caught.value)) < 300


def test_of_two_that_mean_the_same_the_later_weight_holds() -> None:
    assert parse("Diffusion, agents, diffusion^2") == (words("diffusion", 2), words("agents"))
    assert parse("RAG, rag^2") == (words("RAG"), words("rag", 2))
    assert parse('"agents", agents, title:agents, -agents') == (
        Interest(PHRASE, "agents"),
        words("agents"),
        words("agents", field="title"),
        words("agents", excluded=True),
    )


def test_several_texts_are_as_one() -> None:
    assert parse_all(["diffusion models", "-survey, RAG", "RAG^2"]) == (
        words("diffusion models"),
        words("survey", excluded=True),
        words("RAG", 2),
    )
    with pytest.raises(QueryError) as caught:
        parse_all(["fine", 'not "fine'])
    assert (caught.value.text, caught.value.position) == ('not "fine', 4)
    with pytest.raises(QueryError, match="more than 200 interests"):
        parse_all(f"w{n}" for n in range(MAX_INTERESTS + 1))


SIGNS = st.text(alphabet='ab cR4\n\t"^-:+#,;.~é“－\u200b\u037e²α扩1', max_size=40)
PIECES = st.lists(
    st.sampled_from(
        [
            "RAG",
            '"a b"',
            "-",
            "^2",
            "^.3",
            "author:",
            "title:",
            "cat:cs.",
            "x-y",
            ",",
            "\n",
            "#",
            "+",
            '"',
            " ",
            "LeCun,Y",
        ]
    ),
    max_size=12,
).map("".join)


@given(SIGNS | PIECES | st.text(max_size=60))
def test_any_text_parses_or_is_a_query_error_inside_it(text: str) -> None:
    found = _outcome(text)
    if isinstance(found, QueryError):
        assert 0 <= found.position <= len(found.text)
        assert found.reason
    else:
        assert [parse(str(i)) for i in found] == [(i,) for i in found]
        assert parse(format_interests(found)) == found


def _outcome(text: str) -> tuple[Interest, ...] | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


def _typed() -> list[tuple[str, str]]:
    """The lines of the table of what people type: (text, reading)."""
    lines = (Path(__file__).parent / "people.tsv").read_text("utf-8").splitlines()[2:]
    return [(typed.replace("\\n", "\n"), reading) for typed, reading in (line.split("\t") for line in lines)]


@pytest.mark.parametrize(("typed", "reading"), _typed())
def test_what_people_type_is_read_as_they_mean_it(typed: str, reading: str) -> None:
    found = _outcome(typed)
    if reading.startswith("!"):
        assert isinstance(found, QueryError)
        assert reading[1:] in found.reason
    else:
        assert not isinstance(found, QueryError), found
        assert " | ".join(map(str, found)) == reading
        assert [parse(str(one)) for one in found] == [(one,) for one in found]
