"""Tokens: what was made is read back, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import TokenError
from digest.mail.tokens import TOKEN_LENGTH, Keyring, Purpose, find_tokens

KEYS = Keyring(b"one key of this installation\n")
NUMBERS = st.integers(0, 2**64 - 1)


@given(NUMBERS, st.sampled_from(Purpose))
def test_a_token_says_what_it_was_made_for(number: int, purpose: Purpose) -> None:
    token = KEYS.token(purpose, number)
    assert (len(token), KEYS.number(purpose, token), KEYS.number(purpose, token.upper())) == (
        TOKEN_LENGTH,
        number,
        number,
    )


@given(NUMBERS)
def test_a_token_is_good_for_its_purpose_alone(number: int) -> None:
    with pytest.raises(TokenError):
        KEYS.number(Purpose.UNSUBSCRIBE, KEYS.token(Purpose.BOUNCE, number))


@given(NUMBERS, st.integers(0, TOKEN_LENGTH - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_token_with_one_other_letter_is_refused(number: int, at: int, letter: str) -> None:
    token = KEYS.token(Purpose.BOUNCE, number)
    changed = token[:at] + letter + token[at + 1 :]
    if changed != token:
        with pytest.raises(TokenError):
            KEYS.number(Purpose.BOUNCE, changed)


@given(st.text())
@example("\u212a" * 40)  # the Kelvin sign, whose small letter is that of K
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        KEYS.number(Purpose.BOUNCE, text)


def test_a_new_key_signs_and_the_old_one_is_still_read() -> None:
    rotated = Keyring(b"a newer key\none key of this installation\n")
    assert rotated.number(Purpose.UNSUBSCRIBE, KEYS.token(Purpose.UNSUBSCRIBE, 7)) == 7
    with pytest.raises(TokenError):
        KEYS.number(Purpose.UNSUBSCRIBE, rotated.token(Purpose.UNSUBSCRIBE, 7))


def test_an_address_keeps_its_hash_when_a_key_is_added_before() -> None:
    rotated = Keyring(b"a newer key\none key of this installation\n")
    assert rotated.address_hash("ada@example.org") == KEYS.address_hash("ada@example.org")


def test_case_and_the_spelling_of_the_domain_make_no_other_hash() -> None:
    spellings = (
        "ada@bücher.example",
        "ADA@bücher.example",
        " ada@xn--bcher-kva.example",
        "ad\u200ba@bu\u0308cher.example",
    )
    assert len({KEYS.address_hash(address) for address in spellings}) == 1
    composed = ("j\u00f6rg@example.org", "jo\u0308rg@example.org", "J\u00d6RG@example.org", "JO\u0308RG@EXAMPLE.org")
    assert len({KEYS.address_hash(address) for address in composed}) == 1
    assert KEYS.address_hash("ada@example.org") != KEYS.address_hash("bob@example.org")


@given(st.text())
def test_any_text_has_a_hash(address: str) -> None:
    assert len(KEYS.address_hash(address)) == 32


def test_tokens_are_found_in_addresses_and_subjects() -> None:
    token = KEYS.token(Purpose.BOUNCE, 12)
    assert find_tokens(f"Re: x <bounces+{token.upper()}@example.org> {token}x") == [token]


def test_a_secret_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Keyring(b" \n\n")
