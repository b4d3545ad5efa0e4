"""Lists of tags, as DKIM and DMARC records have them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.doctor.tags import BadTags, parse_tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("v=DKIM1; k=rsa; p=abc", {"v": "DKIM1", "k": "rsa", "p": "abc"}),
        ("v=DMARC1;p=none;", {"v": "DMARC1", "p": "none"}),
        (" v = DKIM1 ; p = a b\tc ", {"v": "DKIM1", "p": "a b\tc"}),
        ("p=abc==", {"p": "abc=="}),
        ("p=", {"p": ""}),
        ("", {}),
    ],
)
def test_tags_are_read(text, tags):
    assert parse_tags(text) == tags


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("v=DKIM1 p", None),
        ("v=DKIM1; p", '"p" has no "="'),
        ("v=DKIM1;; p=x", '"" has no "="'),
        ("1v=x", '"1v" is no name of a tag'),
        ("p=a; p=b", '"p=" stands there twice'),
    ],
)
def test_what_is_no_list_of_tags_is_named(text, reason):
    if reason is None:
        assert parse_tags(text) == {"v": "DKIM1 p"}
        return
    with pytest.raises(BadTags) as caught:
        parse_tags(text)
    assert str(caught.value) == reason


@given(st.text())
def test_any_text_is_tags_or_bad(text):
    try:
        tags = parse_tags(text)
    except BadTags:
        return
    assert all(name and name[0].isalpha() for name in tags)
