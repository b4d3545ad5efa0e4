"""The configuration: what it means, and how its mistakes are told."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import config
from digest.config import Config, Mailbox
from digest.editions.timetable import check_zone, parse_rhythm, parse_send_at
from digest.errors import ConfigError, QueryError, UsageError
from digest.model import Letterhead, SourceSpec

PLACE = Path("/etc/papers/config.toml")


def read(text: str = "", **checks: Any) -> Config:
    """The configuration in a TOML text that stands at PLACE."""
    return config.parse(tomllib.loads(text), PLACE, checks)


def mistakes(text: str, **checks: Any) -> list[str]:
    """What is wrong with a TOML text."""
    with pytest.raises(ConfigError) as error:
        read(text, **checks)
    return error.value.mistakes


def mistakes_of(path: Path) -> list[str]:
    """What is wrong with a file."""
    with pytest.raises(ConfigError) as error:
        config.load(path)
    assert error.value.place == str(path)
    return error.value.mistakes


class TestMeaning:
    def test_nothing_set_means_the_defaults(self) -> None:
        settings = read()
        assert settings.place == PLACE
        assert (settings.digest.title, settings.mail.transport, settings.ranking.ranker) == (
            "Paper Digest",
            "smtp",
            "lexical",
        )
        assert (settings.database.keep_snapshots, settings.mail.expires, settings.scheduler.tick) == (
            1_209_600,
            72_000,
            60,
        )
        assert (settings.editions.max_papers, settings.editions.min_score) == (10, 0.1)
        assert (settings.defaults.zone, settings.defaults.send_at, settings.defaults.rhythm) == (
            "UTC",
            "07:00",
            "daily",
        )
        assert settings.mail.sender == Mailbox("Paper Digest", "digest@example.org")
        assert settings.sources == ()

    def test_paths_are_relative_to_the_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", "/home/ada")
        settings = read(
            """
            digest.secret_file = "/run/secret"
            maildir.path = "~/mail"
            smtp = { username = "ada", password_file = "keys/smtp" }
            sources = [{ name = "in", path = "inbox" }, { name = "std", path = "-" }]
            """
        )
        assert settings.secret_path == Path("/run/secret")
        assert settings.maildir.path == Path("/home/ada/mail")
        assert settings.smtp.password_file == Path("/etc/papers/keys/smtp")
        assert [s.path for s in settings.sources] == ["/etc/papers/inbox", "-"]

    @pytest.mark.parametrize(
        ("url", "meant", "shown"),
        [
            ("sqlite:///digest.db", "sqlite:////etc/papers/digest.db", "/etc/papers/digest.db"),
            ("sqlite:////var/lib/d.db", "sqlite:////var/lib/d.db", "/var/lib/d.db"),
            ("sqlite:///d.db?timeout=9", "sqlite:////etc/papers/d.db?timeout=9", "/etc/papers/d.db"),
            ("postgres://h/d", "postgresql://h/d", "postgresql://h/d"),
            ("postgresql+psycopg://me@h:5433/d", "postgresql://me@h:5433/d", "postgresql://me@h:5433/d"),
            ("postgresql://me:s@cret@h/d", "postgresql://me:s@cret@h/d", "postgresql://me@h/d"),
            ("postgresql://h/d?password=x", "postgresql://h/d?password=x", "postgresql://h/d"),
        ],
    )
    def test_databases(self, url: str, meant: str, shown: str) -> None:
        settings = read(f'database.url = "{url}"')
        assert (settings.database_url, settings.shown_database) == (meant, shown)

    @pytest.mark.parametrize(
        ("written", "seconds"), [("90s", 90), ("15m", 900), ("2 h", 7200), ("1d", 86400), ("1w", 604800)]
    )
    def test_durations(self, written: str, seconds: int) -> None:
        assert read(f'database.keep_snapshots = "{written}"').database.keep_snapshots == seconds

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("digest@uni.example", Mailbox("", "digest@uni.example")),
            ("Papers <Digest@Uni.Example>", Mailbox("Papers", "Digest@uni.example")),
            ('"Papers, daily" <d@uni.example>', Mailbox("Papers, daily", "d@uni.example")),
            ("Täglich neu <d@uni.example>", Mailbox("Täglich neu", "d@uni.example")),
        ],
    )
    def test_senders(self, written: str, meant: Mailbox) -> None:
        assert read(f"mail.from = '{written}'").mail.sender == meant

    def test_the_letterhead_fills_in_what_follows(self) -> None:
        assert read('mail.from = "Papers <d@uni.example>"').letterhead() == Letterhead(
            title="Paper Digest",
            sender="d@uni.example",
            sender_name="Papers",
            list_id="digest.uni.example",
            unsubscribe="d@uni.example",
        )

    def test_the_letterhead_says_what_is_set(self) -> None:
        settings = read(
            """
            digest = { title = "New Papers", web_url = "https://papers.uni.example/digest/" }
            [mail]
            from = "d@uni.example"
            reply_to = "r@uni.example"
            list_id = "papers.uni.example"
            unsubscribe = "u@uni.example"
            help = "h@uni.example"
            footer = "Uni\\n1 Street"
            """
        )
        assert settings.letterhead() == Letterhead(
            title="New Papers",
            sender="d@uni.example",
            reply_to="r@uni.example",
            list_id="papers.uni.example",
            unsubscribe="u@uni.example",
            help="h@uni.example",
            web_url="https://papers.uni.example/digest",
            footer="Uni\n1 Street",
        )

    def test_bounces_go_to_the_sender_or_elsewhere(self) -> None:
        assert read('mail.from = "d@uni.example"').envelope_sender == "d@uni.example"
        assert read('mail.envelope_from = "b@uni.example"').envelope_sender == "b@uni.example"

    @pytest.mark.parametrize(
        ("written", "port"),
        [("", 587), ('security = "tls"', 465), ('security = "none"', 25), ('security = "tls"\nport = 2465', 2465)],
    )
    def test_the_port_follows_the_security(self, written: str, port: int) -> None:
        assert read(f"[smtp]\n{written}").smtp.usual_port == port

    def test_sources(self) -> None:
        settings = read(
            """
            [[sources]]
            name = "hf"
            url = "https://huggingface.co/api/daily_papers?date={date}&p={page}"
            kind = "huggingface"
            every = "30m"
            days = 3
            headers = { Accept = "application/json" }
            [[sources]]
            name = "arxiv"
            url = "https://rss.arxiv.org/rss/cs.CL"
            [[sources]]
            name = "inbox"
            path = "/in"
            """
        )
        hf = "https://huggingface.co/api/daily_papers?date={date}&p={page}"
        assert settings.sources == (
            SourceSpec("hf", url=hf, kind="huggingface", every=1800, days=3, headers={"Accept": "application/json"}),
            SourceSpec("arxiv", url="https://rss.arxiv.org/rss/cs.CL", every=3600),
            SourceSpec("inbox", path="/in", every=60),
        )

    def test_the_example_s_sender_must_not_reach_a_real_server(self) -> None:
        real = 'smtp.host = "mx.uni.example"\n'
        assert read(real).sending_mistakes() == (
            "mail.from: digest@example.org is the example's sender; put in your own",
        )
        assert read(real + 'mail.from = "d@a.example.com"').sending_mistakes() != ()
        assert read(real + 'mail.from = "d@myexample.org"').sending_mistakes() == ()
        assert read().sending_mistakes() == ()
        assert read(real + 'mail.transport = "maildir"').sending_mistakes() == ()


class TestSecrets:
    def test_the_secret_comes_from_its_file(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("0123456789abcdef\n")
        assert config.parse({}, tmp_path / "config.toml").secret() == b"0123456789abcdef"

    def test_the_environment_goes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DIGEST_SECRET", "from the environment")
        assert read().secret() == b"from the environment"

    def test_no_secret_or_a_short_one_is_said(self, tmp_path: Path) -> None:
        settings = config.parse({}, tmp_path / "config.toml")
        with pytest.raises(ConfigError, match="run `digest init`"):
            settings.secret()
        (tmp_path / "secret").write_text("short")
        with pytest.raises(ConfigError, match="at least 16 bytes"):
            settings.secret()

    def test_the_password_comes_from_a_file_or_the_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "pw").write_text("from the file\nsecond line\n")
        monkeypatch.setenv("RELAY_PASSWORD", "from the environment")
        place = tmp_path / "config.toml"
        assert config.parse({}, place).smtp_password() == ""
        by_file = config.parse({"smtp": {"username": "me", "password_file": "pw"}}, place)
        by_name = config.parse({"smtp": {"username": "me", "password_env": "RELAY_PASSWORD"}}, place)
        assert (by_file.smtp_password(), by_name.smtp_password()) == ("from the file", "from the environment")

    @pytest.mark.parametrize(
        ("content", "password"),
        [
            (b"\xef\xbb\xbfsecret\r\n", "secret"),
            ("secret\n".encode("utf-16"), "secret"),
            (b"\xfe\xff\0p\0w\0\r\0\n", "pw"),
            ("pässwort\n".encode(), "pässwort"),
            (b"w\xff", "w\udcff"),
            (b"abcd efgh \n", "abcd efgh "),
        ],
    )
    def test_a_password_file_is_read_as_editors_write_it(self, content: bytes, password: str, tmp_path: Path) -> None:
        (tmp_path / "pw").write_bytes(content)
        settings = config.parse({"smtp": {"username": "me", "password_file": "pw"}}, tmp_path / "config.toml")
        assert settings.smtp_password() == password

    @pytest.mark.parametrize("key", ["password_file", "password_env"])
    def test_a_password_that_is_not_there_is_said(self, key: str, tmp_path: Path) -> None:
        settings = config.parse({"smtp": {"username": "me", key: "NOWHERE"}}, tmp_path / "config.toml")
        with pytest.raises(ConfigError, match=f"smtp.{key}: .*NOWHERE"):
            settings.smtp_password()


class TestFiles:
    def test_a_missing_file_leads_to_init(self, tmp_path: Path) -> None:
        assert mistakes_of(tmp_path / "no.toml") == ["there is no such file; `digest init` writes one to start from"]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"[mail]\nfrom = \n", "line 2, column 8: invalid value"),
            (b"[mail]\n[mail]\n", "line 2, column 6: cannot declare ('mail',) twice"),
            (b"a = [", "end of document: invalid value"),
            (b"[mail]\nfooter = '\xff'\n", "line 2: is not UTF-8"),
            (b"a = " + b"[" * 50_000, "is nested too deeply"),
            (b" " * 1_000_001, "is larger than 1000000 bytes"),
        ],
    )
    def test_what_is_no_toml(self, content: bytes, said: str, tmp_path: Path) -> None:
        place = tmp_path / "config.toml"
        place.write_bytes(content)
        assert mistakes_of(place) == [said]

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        assert mistakes_of(tmp_path) == ["cannot be read: Is a directory"]

    def test_a_byte_order_mark_does_no_harm(self, tmp_path: Path) -> None:
        place = tmp_path / "config.toml"
        place.write_bytes(b'\xef\xbb\xbfdigest.title = "T"')
        assert config.load(place).digest.title == "T"

    def test_where_it_is_looked_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        home, here = tmp_path / "home", tmp_path / "here"
        (home / "digest").mkdir(parents=True)
        here.mkdir()
        monkeypatch.chdir(here)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
        assert config.find_config() == Path("config.toml")
        (home / "digest" / "config.toml").touch()
        assert config.find_config() == home / "digest" / "config.toml"
        (here / "config.toml").touch()
        assert config.find_config() == Path("config.toml")
        monkeypatch.setenv("DIGEST_CONFIG", "/from/variable.toml")
        assert config.find_config() == Path("/from/variable.toml")
        assert config.find_config("given.toml") == Path("given.toml")


# What hypothesis makes of a document: real sections and keys, with values of any kind.
keys = st.sampled_from([key for section in config.SECTIONS.values() for key in section.__dataclass_fields__])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.datetimes()
values = st.recursive(
    leaves, lambda v: st.lists(v, max_size=3) | st.dictionaries(keys | st.text(max_size=5), v, max_size=3)
)
tables = st.dictionaries(keys | st.text(max_size=5), values, max_size=5)
names = st.sampled_from([*config.SECTIONS, "sources"]) | st.text(max_size=5)
sources = st.lists(
    st.dictionaries(st.sampled_from(["name", "url", "path", "kind", "every", "days", "headers"]), values, max_size=5),
    max_size=3,
)


@given(st.dictionaries(names, tables | values | sources, max_size=5))
def test_any_document_is_a_configuration_or_a_list_of_mistakes(document: dict[str, object]) -> None:
    checks = {"zone": check_zone, "send_at": parse_send_at, "rhythm": parse_rhythm}
    try:
        settings = config.parse(document, PLACE, checks)
    except ConfigError as error:
        found = error.mistakes
    else:
        found = []
        settings.letterhead()
    assert [m for m in found if not m.isprintable() or ": " not in m] == []


@given(st.text(max_size=100))
def test_any_text_is_a_configuration_or_a_list_of_mistakes(text: str) -> None:
    documents = [{"mail": {key: text}} for key in ("from", "reply_to", "list_id", "footer")]
    documents += [{"sources": [{"name": "a", key: text}]} for key in ("url", "path", "every")]
    documents += [{"database": {"url": "postgresql://" + text}}, {"http": {"contact": "https://" + text}}]
    for document in documents:
        try:
            settings = config.parse(document, PLACE)
        except ConfigError:
            continue
        assert "\n" not in settings.mail.sender.name + settings.mail.sender.address + settings.mail.reply_to


def test_checks_of_higher_layers_speak_in_the_same_list() -> None:
    def interest(text: str) -> None:
        if '"' in text:
            raise QueryError(text, 0, "a phrase has no end")

    def kind(text: str) -> None:
        if text != "auto":
            raise UsageError(f"no reader is called {text}\nsecond line")

    found = mistakes(
        """
        [defaults]
        zone = "Europe/Berlim"
        interests = ["fine", '"open']
        max = 3
        [[sources]]
        name = "a"
        path = "in"
        kind = "rdf"
        """,
        zone=check_zone,
        interest=interest,
        kind=kind,
    )
    assert found == [
        'defaults.zone: no time zone is called "Europe/Berlim"; did you mean "Europe/Berlin"?',
        "defaults.interests[2]: '\"open': a phrase has no end (column 1)",
        "defaults.max: unknown option",
        "sources.a.kind: no reader is called rdf",
    ]
