"""What is never shown of a URL."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import Unreachable
from digest.model import SourceSpec
from digest.redaction import without_secrets

NAMES = [
    *("key", "api_key", "apikey", "apiKey", "API-KEY", "token", "access_token", "auth_token", "sig", "password", "pwd"),
    *("X-Amz-Signature", "client_secret", "auth", "session", "api%5Fkey", "jwt", "private_key", "key[]", "rss.token"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "form", ["https://feeds.test/rss?{}=s3cret", "/rss?a=1&{}=s3cret&b=2", "{}=s3cret", "/#{}=s3cret"]
)
def test_keys_are_hidden_by_their_names(form, name):
    assert without_secrets(form.format(name)) == form.replace("s3cret", "***").format(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:s3cret@feeds.test/a@b", "https://feeds.test/a@b"),
        ("no answer: 'https://me:s3cret@feeds.test/', again", "no answer: 'https://feeds.test/', again"),
        ("/out?u=http%3A%2F%2Fx%3Ftoken%3Ds3cret%26a%3D1", "/out?u=http%3A%2F%2Fx%3Ftoken%3D***%26a%3D1"),
        ('{"url": "https://x/?key=s3cret"}', '{"url": "https://x/?key=***"}'),
    ],
)
def test_logins_and_keys_are_found_wherever_they_stand(text, shown):
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    "text",
    ["https://feeds.test/?q=me@x&keyword=a&author=b&monkey2=c&date={date}", "key: value", "verdict=new entries=2"],
)
def test_all_else_stays(text):
    assert without_secrets(text) == text


def test_no_error_of_a_source_and_nothing_shown_of_it_has_its_key():
    error = Unreachable("https://feeds.test/?token=s3cret", "redirected to https://x:y@z.test/?sig=s3cret")
    assert str(error) == "https://feeds.test/?token=***: redirected to https://z.test/?sig=***"
    assert SourceSpec("s", url="https://feeds.test/?token=s3cret").shown == "https://feeds.test/?token=***"


@pytest.mark.parametrize("piece", ["a", "key=", "_-", "://", "://a", "=%3", "%", "[", "key["])
def test_a_long_text_costs_little(piece):
    begun = time.process_time()
    without_secrets(piece * (200_000 // len(piece)))
    assert time.process_time() - begun < 2


@given(st.text(max_size=80))
def test_any_text_may_be_shown(text):
    assert without_secrets(without_secrets(text)) == without_secrets(text)
