"""The forms of strangers: who filled one in, and what they wrote."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.mail.tokens import Keyring, Purpose
from digest.ranking.query import parse
from digest.services.enrol import wishes
from digest.web.forms import Filler, checked_address, explained, filler, form_token, read, zones, zones_by_area
from tests.factories import NOW

KEYS = Keyring(b"a secret")
EMPTY = dict.fromkeys(("address", "interests", "send_at", "zone", "rhythm", "max_papers"), "")


def typed(**fields: str) -> dict[str, str]:
    """A form with an address, and these fields."""
    return {**EMPTY, "address": "ada@example.org", **fields}


@pytest.mark.parametrize(
    ("seconds", "who"),
    [
        (-5, Filler.HASTY),
        (0, Filler.HASTY),
        (1.9, Filler.HASTY),
        (2, Filler.PERSON),
        (3600, Filler.PERSON),
        (24 * 3600, Filler.PERSON),
        (24 * 3600 + 1, Filler.LATE),
        (10**9, Filler.LATE),
    ],
)
def test_how_long_a_form_lay_there_tells_who_sent_it(seconds: float, who: Filler):
    assert filler(KEYS, form_token(KEYS, NOW), "", NOW + timedelta(seconds=seconds)) is who


def test_what_stands_in_the_hidden_field_a_robot_wrote():
    assert filler(KEYS, form_token(KEYS, NOW), "https://spam.example", NOW + timedelta(minutes=1)) is Filler.ROBOT


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a" * 40,
        form_token(Keyring(b"another secret"), NOW),
        KEYS.token(Purpose.CONFIRM, int(NOW.timestamp())),
        KEYS.token(Purpose.FORM, 2**64 - 1),
        "ä" * 1000,
    ],
)
def test_a_form_without_a_token_of_ours_is_shown_anew(token: str):
    assert filler(KEYS, token, "", NOW + timedelta(minutes=1)) is Filler.LATE


def test_a_whole_form_is_read_as_wishes():
    filled = read(
        typed(
            interests="diffusion models^2, -survey\ncat:cs.CL",
            send_at="6:30",
            zone="Europe/Berlin",
            rhythm="weekly:fri",
            max_papers="5",
        )
    )
    assert filled.mistakes == {}
    assert filled.wishes == {
        "interests": ["diffusion models^2", "-survey", "cat:cs.CL"],
        "send_at": "6:30",
        "zone": "Europe/Berlin",
        "rhythm": "weekly:fri",
        "max_papers": 5,
    }
    assert wishes(filled.wishes)["max_papers"] == 5


def test_an_empty_form_wishes_for_nothing_and_only_misses_the_address():
    filled = read(EMPTY)
    assert filled.mistakes == {"address": "Your mail address is missing."}
    assert filled.wishes == {"interests": []}


def test_each_mistake_stands_by_its_field_and_spoils_no_other():
    filled = read(
        {
            "address": "nobody",
            "interests": '"open',
            "send_at": "25:00",
            "zone": "Mars",
            "rhythm": "often",
            "max_papers": "0",
        }
    )
    assert list(filled.mistakes) == ["address", "interests", "send_at", "zone", "rhythm", "max_papers"]
    assert filled.wishes == {"interests": []}
    assert filled.typed["zone"] == "Mars"


@pytest.mark.parametrize("number", ["-1", "1.5", "many", "101", "9" * 400, "00000000" + "1" * 80, "٣", "1 0"])
def test_what_is_no_number_of_papers_is_told(number: str):
    assert read(typed(max_papers=number)).mistakes == {"max_papers": "Choose a whole number from 1 to 100."}


@pytest.mark.parametrize(
    "address",
    ["x", "a b@example.org", "a@-x.org", "a@" + "x" * 300, "a@example.org\nBcc: b@example.org", "<a@example.org>"],
)
def test_an_address_that_mail_cannot_reach_is_told_in_one_short_line(address: str):
    with pytest.raises(UsageError) as told:
        checked_address(address)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 120


def test_more_interests_than_a_stranger_may_send_are_told():
    filled = read(typed(interests="\n".join(f"interest number {n} of very many" for n in range(150))))
    assert filled.mistakes == {"interests": "More than 4,000 characters: begin with fewer, and add to them later."}


def test_a_mistake_in_an_interest_is_told_with_its_place():
    assert read(typed(interests="graphs, foo^x, trees")).mistakes == {
        "interests": 'The weight "x" is not a number, near “graphs, foo^x, trees”.'
    }


def test_other_mistakes_are_told_as_they_are():
    assert explained(UsageError("there is no such zone")) == "there is no such zone"


@given(st.fixed_dictionaries({name: st.text(max_size=80) for name in EMPTY}))
def test_whatever_is_typed_is_a_wish_or_a_mistake(fields: dict[str, str]):
    filled = read(fields)
    assert set(filled.mistakes) <= set(EMPTY)
    wishes(filled.wishes)
    assert not {name for name in filled.mistakes if name != "interests"} & set(filled.wishes)
    if "interests" not in filled.mistakes:
        assert [str(i) for i in parse(fields["interests"])] == filled.wishes["interests"]


def test_every_zone_to_choose_is_one():
    assert zones()[0] == "UTC"
    assert {"Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Calcutta"} <= set(zones())
    assert len({ZoneInfo(zone) for zone in zones()}) == len(zones())


def test_zones_stand_by_area_as_people_write_them():
    found = zones_by_area()
    assert found[""] == [("UTC", "UTC")]
    assert ("America/New_York", "New York") in found["America"]
    assert ("America/Argentina/Buenos_Aires", "Argentina/Buenos Aires") in found["America"]
    assert [zone for places in found.values() for zone, _ in places] == list(zones())


def test_interests_as_people_type_them_are_read_alike_by_the_form_and_line_by_line():
    text = "- computer vision, but not medical\n- papers by Geoffrey Hinton\n- cs.CL or #nlp"
    expected = ["computer vision", "-medical", 'author:"Geoffrey Hinton"', "cat:cs.CL", "nlp"]
    assert read(typed(interests=text)).wishes["interests"] == expected
    lines = [line.removeprefix("- ") for line in text.splitlines()]
    assert [str(one) for one in wishes({"interests": lines})["interests"]] == expected
