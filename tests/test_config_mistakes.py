"""Every mistake in a configuration, each by the words in which it is told."""

from __future__ import annotations

import pytest

from digest.errors import ConfigError
from tests.test_config import mistakes, read

MISTAKES = [
    # Names
    ("colour = 1", ["colour: unknown option"]),
    ("[male]", ["male: unknown option; did you mean mail?"]),
    ('[mail]\nform = "x@y.example"', ["mail.form: unknown option; did you mean from?"]),
    ('[mail]\n"a b" = 1', ['mail."a b": unknown option']),
    ("mail = 3", ["mail: must be a table, not a number"]),
    # Kinds of values
    ("digest.title = 3", ["digest.title: must be text in quotes, not a number"]),
    ('digest.title = ""', ["digest.title: must not be empty"]),
    ('digest.title = "a\\nb"', ["digest.title: must be one line, without tabs"]),
    ('digest.title = "a\\u0007b"', ["digest.title: holds a control character"]),
    ("editions.max_papers = true", ["editions.max_papers: must be a whole number, not true or false"]),
    ("editions.max_papers = 1.5", ["editions.max_papers: must be a whole number, not 1.5"]),
    ("editions.max_papers = 0", ["editions.max_papers: must be 1 to 200"]),
    ("editions.min_score = nan", ["editions.min_score: must be 0 to 1"]),
    ('editions.min_score = "0.1"', ["editions.min_score: must be a number, not text"]),
    ('editions.replacements = "all"', ['editions.replacements: must be "never", "sent" or "always", not "all"']),
    ('defaults.interests = "agents"', ['defaults.interests: must be a list like ["a", "b"], not text']),
    ('defaults.interests = ["a", 2]', ["defaults.interests: number 2 must be text in quotes, not a number"]),
    # Durations
    ("http.timeout = 30", ['http.timeout: must be a length of time like "90s", "15m", "2h" or "14d", not a number']),
    ('http.timeout = "30"', ['http.timeout: must be a length of time like "90s", "15m", "2h" or "14d", not "30"']),
    ('http.timeout = "3d"', ["http.timeout: must be 1s to 10m"]),
    # Addresses
    ('mail.from = "digest"', ['mail.from: "digest" is no mail address like "digest@example.org"']),
    (
        'mail.from = "a@b.example, c@d.example"',
        ['mail.from: "a@b.example, c@d.example" is no mail address like "digest@example.org"'],
    ),
    (
        'mail.from = "a@b.example <c@d.example>"',
        ['mail.from: "a@b.example <c@d.example>" must be one address like "Paper Digest <digest@example.org>"'],
    ),
    ('mail.from = "A <a@b.example>\\nBcc: x"', ["mail.from: must be one line, without tabs"]),
    (
        'mail.reply_to = "Help <h@b.example>"',
        ['mail.reply_to: "Help <h@b.example>" is no mail address like "digest@example.org"'],
    ),
    (
        'mail.reply_to = "h@bücher.example"',
        ['mail.reply_to: "bücher.example": write an international name in its ASCII form ("xn--...")'],
    ),
    ('mail.reply_to = "h@-b.example"', ['mail.reply_to: "-b.example" is no host name']),
    ('mail.list_id = "papers"', ['mail.list_id: "papers" needs at least one dot, like "papers.example.org"']),
    ('mail.templates = "nowhere"', ["mail.templates: there is no folder /etc/papers/nowhere"]),
    # URLs
    (
        'digest.web_url = "http://papers.example"',
        ['digest.web_url: "http://papers.example" is no URL that begins with https:// and a host'],
    ),
    (
        f'digest.web_url = "https://papers.example/{"x" * 400}"',
        ["digest.web_url: is longer than 400 characters: with a token behind it, it must fit a line of a header"],
    ),
    (
        'digest.web_url = "https://bücher.example"',
        ["digest.web_url: must be plain ASCII: write an international name as xn--..., other letters as %XX"],
    ),
    ('digest.web_url = "https://papers.example?a=b"', ["digest.web_url: must not have a query or fragment"]),
    ('http.contact = "me"', ['http.contact: "me" is no mail address like "digest@example.org"']),
    ('database.url = "digest.db"', ['database.url: must begin with "sqlite:///" or "postgresql://"']),
    ('database.url = "mysql://h/d"', ['database.url: must begin with "sqlite:///" or "postgresql://"']),
    (
        'database.url = "sqlite:///:memory:"',
        ['database.url: must name a file, like "sqlite:///digest.db": a database in memory forgets everything'],
    ),
    # Logging in
    (
        'smtp.password = "x"',
        ["smtp.password: a password does not belong in this file; use password_file or password_env"],
    ),
    ('smtp.username = "me"', ["smtp.username: needs a password_file or password_env"]),
    ('smtp.password_env = "X"', ["smtp.password_env: needs a username"]),
    (
        'smtp = { username = "me", password_env = "X", password_file = "y" }',
        ["smtp.password_env: there is a password_file already; keep one of the two"],
    ),
    (
        'smtp = { username = "me", password_env = "X", security = "none", host = "mx.uni.example" }',
        ['smtp.security: "none" would send the password to mx.uni.example for all to read'],
    ),
    ('smtp.ca_file = "nowhere.pem"', ["smtp.ca_file: there is no file /etc/papers/nowhere.pem"]),
    ('smtp.host = "a b"', ['smtp.host: "a b" is no host name']),
]

SOURCE_MISTAKES = [
    ('path = "in"', ["sources[1].name: missing"]),
    (
        'name = "A b"\npath = "in"',
        ['sources."A b".name: "A b" must be 1 to 64 of a-z, 0-9, dot, hyphen and underscore, no mark first'],
    ),
    ('name = "a"', ["sources.a.url: missing: give either url or path"]),
    ('name = "a"\nurl = "https://h.example/"\npath = "in"', ["sources.a.url: give either url or path, not both"]),
    (
        'name = "a"\nurl = "ftp://h.example/"',
        ['sources.a.url: "ftp://h.example/" is no URL that begins with http:// or https:// and a host'],
    ),
    (
        'name = "a"\nurl = "https:///x"',
        ['sources.a.url: "https:///x" is no URL that begins with http:// or https:// and a host'],
    ),
    (
        'name = "a"\nurl = "https://h.example:x/"',
        ["sources.a.url: \"https://h.example:x/\" is no URL: Port could not be cast to integer value as 'x'"],
    ),
    (
        'name = "a"\nurl = "https://u:p@h.example/"',
        ["sources.a.url: must not hold a user name or password; a source can have headers for that"],
    ),
    (
        'name = "a"\nurl = "https://h.example/{day}"',
        ['sources.a.url: "{day}": {date} and {page} are the only placeholders'],
    ),
    (
        'name = "a"\nurl = "https://h.example/{date"',
        ['sources.a.url: "{date": {date} and {page} are the only placeholders'],
    ),
    ('name = "a"\npath = "in"\nevery = "30s"', ["sources.a.every: must be 1m to 7d"]),
    ('name = "a"\npath = "in"\ndays = 0', ["sources.a.days: must be 1 to 31"]),
    (
        'name = "a"\npath = "in"\nheaders = ["X"]',
        ['sources.a.headers: must be a table like { Accept = "text/html" }, not a list'],
    ),
    ('name = "a"\npath = "in"\nheaders = { "X:" = "1" }', ['sources.a.headers: "X:" is no name of a header']),
    (
        'name = "a"\npath = "in"\nheaders = { X = "a\\r\\nB: c" }',
        ['sources.a.headers: "X" must be one line, without tabs'],
    ),
    ('name = "a"\npath = "in"\nurls = "x"', ["sources.a.urls: unknown option; did you mean url?"]),
    ('name = "a"\npath = "x"\n[[sources]]\nname = "a"\npath = "y"', ["sources.a.name: 2 sources have this name"]),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES, ids=[text for text, _ in MISTAKES])
def test_mistakes(text: str, said: list[str]) -> None:
    assert mistakes(text) == said


@pytest.mark.parametrize(("text", "said"), SOURCE_MISTAKES, ids=[text for text, _ in SOURCE_MISTAKES])
def test_mistakes_in_sources(text: str, said: list[str]) -> None:
    assert mistakes(f"[[sources]]\n{text}") == said


def test_sources_must_be_a_list_of_tables() -> None:
    assert mistakes('[sources]\nname = "a"') == ["sources: must be [[sources]] tables, each with a name"]


def test_all_mistakes_are_told_at_once() -> None:
    text = 'x = 1\n[smtp]\nport = "25"\nhots = 1\n[mail]\nfrom = "me"\n[[sources]]\npath = 3'
    assert mistakes(text) == [
        'mail.from: "me" is no mail address like "digest@example.org"',
        "smtp.port: must be a whole number, not text",
        "smtp.hots: unknown option; did you mean host?",
        "sources[1].name: missing",
        "sources[1].path: must be text in quotes, not a number",
        "x: unknown option",
    ]


def test_the_message_names_the_file_and_counts() -> None:
    with pytest.raises(ConfigError) as error:
        read("x = 1\ny = 2")
    assert str(error.value) == (
        "/etc/papers/config.toml: 2 mistakes in the configuration\n  x: unknown option\n  y: unknown option"
    )


def test_a_login_on_this_machine_needs_no_protection() -> None:
    for host in ("localhost", "127.0.0.1", "::1"):
        text = f'smtp = {{ username = "me", password_env = "X", security = "none", host = "{host}" }}'
        assert read(text).smtp.host == host
