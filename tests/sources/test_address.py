"""Public and private addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.address import bare_url, host_of, is_loopback, is_private, is_public, resolve

PUBLIC = ["93.184.215.14", "2606:4700::6810:84e5", "64:ff9b::5db8:d70e", "::ffff:93.184.215.14"]
PRIVATE = [
    *("127.0.0.1", "127.0.0.2", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
    *("2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::5db8:d70e", "::127.0.0.1", "::8.8.8.8"),
    *("fec0::1", "5f00::1", "3fff::1", "2001:db8::1", "100::1", "4000::1", "192.88.99.1", "192.0.0.9", "192.0.2.1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address):
    assert is_public(address)
    assert not is_private(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private(address):
    assert not is_public(address)
    assert is_private(address)


@pytest.mark.parametrize("name", ["feeds.test", "", "1.2.3", "2130706433"])
def test_a_name_is_neither(name):
    assert not is_public(name)
    assert not is_private(name)


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST.", "x.localhost"])
def test_names_of_this_machine_are_private(name):
    assert is_private(name)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "x.localhost", "127.9.9.9", "[::1]"])
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.test", "10.0.0.1", "feeds.test", ""])
def test_elsewhere(host):
    assert not is_loopback(host)


def test_resolving_refuses_what_is_not_public_unless_told_otherwise():
    assert resolve("127.0.0.1", 80, anywhere=True) == ["127.0.0.1"]
    with pytest.raises(OSError, match=r"127\.0\.0\.1, which is not on the public internet"):
        resolve("127.0.0.1", 80, anywhere=False)
    with pytest.raises(OSError, match="no host name"):
        resolve("a" * 70 + ".test", 80, anywhere=True)


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://me:pw@feeds.test/a@b", "https://feeds.test/a@b"),
        ("https://a@b@feeds.test", "https://feeds.test"),
        ("http://feeds.test/?q=me@x", "http://feeds.test/?q=me@x"),
        ("http://feeds.test/?api_key=s3cret&page=2", "http://feeds.test/?api_key=***&page=2"),
    ],
)
def test_bare_url(url, bare):
    assert bare_url(url) == bare


@given(st.text(max_size=60))
def test_any_text_may_be_looked_at(text):
    is_public(text), is_private(text), is_loopback(text), bare_url(text)
    assert isinstance(host_of("http://" + text), str)
