from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.byline import MOST, arxiv_authors, element_authors, feed_authors, is_person, names, turned

ANN_BO = ("Ann Lee", "Bo Chen")


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("Ada Lovelace", ("Ada Lovelace",)),
        ("Ada Lovelace, Alan Turing", ("Ada Lovelace", "Alan Turing")),
        ("By Ada Lovelace and Alan Turing", ("Ada Lovelace", "Alan Turing")),
        ("Lovelace, Ada", ("Ada Lovelace",)),
        ("Lovelace, A. B., Turing, A.", ("A. B. Lovelace", "A. Turing")),
        ("Lovelace, A.; Turing, Alan", ("A. Lovelace", "Alan Turing")),
        ("Institute of Very Long Names, Department of Others", ("Institute of Very Long Names, Department of Others",)),
        ("Google, Inc.", ("Google, Inc.",)),
        ("ada@example.test (Ada Lovelace)", ("Ada Lovelace",)),
        ("noreply@example.test (Unknown)", ()),
        ("webmaster@example.test", ()),
        ("<a href='x'>Ada Lovelace</a>, <b>Alan Turing</b>", ("Ada Lovelace", "Alan Turing")),
        ("林业杰", ("林业杰",)),
        ("", ()),
        ("123", ()),
    ],
)
def test_bylines_are_split_only_where_they_clearly_hold_several(line: str, authors: tuple[str, ...]) -> None:
    assert feed_authors(line) == authors


@pytest.mark.parametrize(
    "line", ["{}, {}", "{}; {};", "{} | {}", "{} · {}", "{} / {}", "{} & {}", "{} and {}", "{} und {}"]
)
@pytest.mark.parametrize("around", ["{}", "By {}", "Authors: {}", "{}, et al.", "{} et al", "{} and others"])
def test_separators_prefixes_and_what_stands_for_the_others(line: str, around: str) -> None:
    assert feed_authors(around.format(line.format(*ANN_BO))) == ANN_BO


@pytest.mark.parametrize(
    "line",
    [
        "Ann Lee (Univ. of A, B), Bo Chen (ETH)",
        "Ann Lee [1], Bo Chen [2]",
        "Ann Lee1,2*, Bo Chen3†",
        "Ann Lee <ann@example.test>, Bo Chen <bo@example.test>",
        "Ann Lee, PhD, Bo Chen, MD, MPH",
        "Ann Lee, Bo Chen, Ann Lee",
    ],
)
def test_affiliations_addresses_degrees_and_repetitions_are_no_names(line: str) -> None:
    assert feed_authors(line) == ANN_BO


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("Ann Lee, Bo Chen, Linus", (*ANN_BO, "Linus")),
        ("Linus, Ann Lee, Bo Chen", ("Linus", *ANN_BO)),
        ("Ann Lee and Linus", ("Ann Lee", "Linus")),
        ("Ann Lee, Bo Chen, and the Ant Team", (*ANN_BO, "the Ant Team")),
        ("Ant Team", ("Ant Team",)),
        ("Lee J, Chen AB", ("Lee J", "Chen AB")),
        ("van der Berg JA, Lee J, et al.", ("van der Berg JA", "Lee J")),
        ("Lee J., Chen A.B.", ("Lee J.", "Chen A.B.")),
        ("Lee, J., & Chen, A. B.", ("J. Lee", "A. B. Chen")),
        ("Lee, MA, Chen, JB", ("MA Lee", "JB Chen")),
        ("Lee, Ann, Chen, Bo", ANN_BO),
        ("Lee, Ann, Bo Chen, and Eve Roe", (*ANN_BO, "Eve Roe")),
        ("LEE, ANN", ("ANN LEE",)),
        ("ANN LEE, BO MA", ("ANN LEE", "BO MA")),
        ("de Melo, Rita M.", ("Rita M. de Melo",)),
        ("Ann Lee, Jr., Bo Chen", ("Ann Lee Jr.", "Bo Chen")),
        ("José Ortega y Gasset", ("José Ortega y Gasset",)),
        ("Ana García y Luis Pérez", ("Ana García", "Luis Pérez")),
        ("Department of Physics and Astronomy", ("Department of Physics and Astronomy",)),
        ("Ann Lee, University of Ants", ("Ann Lee", "University of Ants")),
        ("Иванов И. И., Петрова М. А.", ("Иванов И. И.", "Петрова М. А.")),
        ("Radio 4", ("Radio 4",)),
    ],
)
def test_commas_are_read_by_what_stands_between_them(line: str, authors: tuple[str, ...]) -> None:
    assert feed_authors(line) == authors


@pytest.mark.parametrize("sign", [", ", ",", "，", "、", "；", ";", "・", "|", "/"])
@pytest.mark.parametrize(
    "people", [("陈静", "周杰"), ("欧阳静", "周杰", "何丽"), ("田中 一郎", "鈴木 花"), ("박민수", "최지우")]
)
def test_chinese_japanese_and_korean_names(people: tuple[str, ...], sign: str) -> None:
    assert feed_authors(sign.join(people)) == people


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("陈静 周杰 何丽", ("陈静", "周杰", "何丽")),
        ("박민수 최지우", ("박민수", "최지우")),
        ("박민수, 최지우", ("박민수", "최지우")),
        ("박민수·최지우", ("박민수", "최지우")),
        ("田中 一郎", ("田中 一郎",)),
        ("최 지우", ("최 지우",)),
        ("マリー・キュリー", ("マリー・キュリー",)),
        ("玛丽·居里", ("玛丽·居里",)),
        ("陈静, 周杰 等", ("陈静", "周杰")),
        ("田中一郎ほか", ("田中一郎",)),
    ],
)
def test_spaces_and_dots_in_asian_names(line: str, authors: tuple[str, ...]) -> None:
    assert feed_authors(line) == authors


def test_elements_hold_one_name_each() -> None:
    assert element_authors(["de Melo, Rita M.", "Ann Mary Lee Jones"]) == ("Rita M. de Melo", "Ann Mary Lee Jones")
    assert element_authors(["García Márquez, Gabriel José", "Lee, Ann"]) == ("Gabriel José García Márquez", "Ann Lee")
    assert element_authors(["Ann Lee; Bo Chen", "Eve Roe"]) == (*ANN_BO, "Eve Roe")
    assert element_authors(["Institute of Ants, Basel", "Eve Roe"]) == ("Institute of Ants, Basel", "Eve Roe")
    assert element_authors(["Ann Lee, Bo Chen", "Ann Lee,\n Bo Chen"]) == ANN_BO
    assert element_authors([]) == element_authors(["", " "]) == ()


def test_a_long_byline_is_never_one_cut_name() -> None:
    people = tuple(f"Ann{chr(97 + n // 26)}{chr(97 + n % 26)} Lee" for n in range(200))
    assert feed_authors(", ".join((*people, "Linus"))) == (*people, "Linus")
    words = ", ".join(f"of something {name.lower()} else it is" for name in people)
    assert all(len(name) <= 60 for name in feed_authors(words))


def test_arxiv_keeps_a_family_name_that_looks_like_a_degree() -> None:
    assert arxiv_authors("Ye, Ma, Ann Lee (MIT)") == ("Ye", "Ma", "Ann Lee")


@pytest.mark.parametrize(("name", "person"), [("Ann Lee", True), ("陈静", True), ("Ant Press", False), ("ants", False)])
def test_persons(name: str, person: bool) -> None:
    assert is_person(name) is person


def test_names_are_bounded_and_turned() -> None:
    assert len(names([f"Author {n:x}a" for n in range(MOST + 50)])) == MOST
    assert [turned(name) for name in ("Last, First", "A, B, C", "King, Jr.", "One", "Lee, PhD")] == [
        "First Last",
        "A, B, C",
        "King, Jr.",
        "One",
        "Lee, PhD",
    ]


@given(st.text(max_size=300) | st.text(alphabet="AaBb ,.;()[]&·、陈静", max_size=300))
def test_any_line_gives_names_with_letters(line: str) -> None:
    for name in (*feed_authors(line), *element_authors([line, "Ann Lee"])):
        assert any(c.isalpha() for c in name)
        assert len(name) <= 200


WORD = st.text(alphabet=st.sampled_from("abcdefghijklmnopqrstuvwxyzéü"), min_size=3, max_size=8).map(str.capitalize)
PERSON = st.tuples(WORD, WORD).map(" ".join)


@given(st.lists(PERSON, min_size=2, max_size=20, unique=True), st.sampled_from([", ", "; ", " | ", " · "]))
def test_lists_of_plain_names_round_trip(people: list[str], sign: str) -> None:
    assert feed_authors(sign.join(people)) == tuple(people)


@pytest.mark.parametrize("unit", [" and ", ", ", "A. ", "(", "陈 ", "et al. ", "jr, ", "; ", "a@"])
def test_long_bylines_take_linear_time(unit: str) -> None:
    began = time.process_time()
    feed_authors("Ann " + unit * (200_000 // len(unit)) + "Bo")
    assert time.process_time() - began < 10
