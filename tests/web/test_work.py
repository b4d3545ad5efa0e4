"""Proof of work: hard to find, easy to check, and good for one letter to one address."""

from __future__ import annotations

import subprocess
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.templates import built_in
from digest.web.work import BITS, Proofs, challenge, proves
from tests.lab.need import need

FEW = 8
NODE = """
const script = require("fs").readFileSync(process.argv[1], "utf8");
const [token, address, bits] = process.argv.slice(2);
const part = script.slice(script.indexOf("const root ="), script.indexOf("for (const form of document"));
const prove = new Function("SLICE", part + "return prove;")(40);
prove(token, address, Number(bits), (number) => console.log(String(number)));
"""


def proof_for(token: str, address: str, bits: int = FEW, after: int = 0) -> str:
    """A proof, found by trying."""
    asked = challenge(token, address)
    return next(str(n) for n in count(after) if proves(asked, str(n), bits))


def test_a_proof_is_taken_once():
    proofs = Proofs(FEW)
    proof = proof_for("token", "a@example.org")
    assert [proofs.take("token", "a@example.org", proof) for _ in range(3)] == [True, False, False]


def test_another_proof_for_the_same_is_taken_as_it_cost_as_much():
    proofs = Proofs(FEW)
    first = proof_for("token", "a@example.org")
    assert proofs.take("token", "a@example.org", first)
    assert proofs.take("token", "a@example.org", proof_for("token", "a@example.org", after=int(first) + 1))


def test_a_proof_counts_for_its_form_and_address_alone():
    bits = 16
    proof = proof_for("token", "a@example.org", bits)
    proofs = Proofs(bits)
    assert not proofs.take("token", "b@example.org", proof)
    assert not proofs.take("other", "a@example.org", proof)
    assert proofs.take("token", "a@example.org", proof)


@pytest.mark.parametrize("written", ["", "01", "+1", " 1", "1e3", "-1", "1.0", "١", "9" * 17, "0x1", "1\n"])
def test_a_number_has_one_spelling_only(written: str):
    assert not proves(challenge("token", "a"), written, 0)


@given(st.text(max_size=40))
def test_nothing_else_than_a_number_proves_anything(text: str):
    fits = text == "0" or (text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= 16)
    assert proves(challenge("token", "a"), text, 0) is fits


@given(st.text(max_size=30), st.text(max_size=60))
def test_a_challenge_has_32_digits_whatever_is_asked(token: str, address: str):
    made = challenge(token, address)
    assert len(made) == 32
    assert set(made) <= set("0123456789abcdef")


def test_it_takes_as_many_tries_as_it_should():
    tried = sum(int(proof_for("token", f"{n}@example.org")) + 1 for n in range(60)) / 60
    assert 2**FEW / 2 < tried < 2**FEW * 2


def test_so_many_proofs_are_remembered_and_no_more():
    proofs = Proofs(bits=0, most=50)
    for number in range(500):
        assert proofs.take("token", "a@example.org", str(number))
    assert len(proofs) == 50
    assert not proofs.take("token", "a@example.org", "499")


def test_a_million_tries_are_asked_for():
    assert BITS == 20


@pytest.mark.parametrize("address", ["a@example.org", "bücher@exämple.org", "x" * 240 + "@example.org", ""])
def test_what_the_script_finds_is_a_proof(address: str):
    script = str(built_in() / "web" / "script.js")
    done = subprocess.run(
        [need("node", "nodejs"), "-e", NODE, script, "t" * 40, address, "12"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert proves(challenge("t" * 40, address), done.stdout.strip(), 12)


def test_the_script_is_small():
    assert (built_in() / "web" / "script.js").stat().st_size <= 8 * 1024
