"""Used wrongly: every mistake is named in plain words with exit code 2, and nobody sees a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest import __version__
from digest.cli import COMMANDS
from tests.cli.calling import call

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.house import House

GROUPS = {
    "subscribers": [
        *("add", "set", "list", "show", "remove", "pause", "resume"),
        *("new-link", "consents", "erase", "import", "export"),
    ],
    "sources": ["list", "check", "read"],
    "interests": ["check", "import"],
    "feedback": ["list", "add", "drop", "import"],
    "deliveries": ["list", "retry", "resume"],
    "suppressions": ["list", "add", "lift", "check"],
}
VERBS = [(name, verb) for name in COMMANDS for verb in GROUPS.get(name, [""])]
NEEDS_CONFIG = [
    ("run",),
    ("serve",),
    ("web",),
    ("status",),
    ("papers",),
    ("deliveries",),
    ("deliveries", "list"),
    ("deliveries", "retry", "1"),
    ("deliveries", "resume", "example.test"),
    ("suppressions", "list"),
    ("suppressions", "add", "ada@example.test"),
    ("suppressions", "lift", "ada@example.test"),
    ("suppressions", "check", "ada@example.test"),
    ("preview",),
    ("preview", "--for", "ada@example.test"),
    ("sources", "list"),
    ("sources", "check"),
    ("interests", "check", "agents"),
    ("subscribers", "add", "ada@example.test"),
    ("subscribers", "set", "ada@example.test"),
    ("subscribers", "list"),
    ("subscribers", "show", "ada@example.test"),
    ("subscribers", "remove", "ada@example.test"),
    ("subscribers", "pause", "ada@example.test"),
    ("subscribers", "resume", "ada@example.test"),
    ("subscribers", "consents", "ada@example.test"),
    ("subscribers", "erase", "ada@example.test"),
    ("subscribers", "import", "-"),
    ("subscribers", "export"),
]


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_the_commands_in_order_and_in_full(flag: str) -> None:
    done = call(flag)
    assert (done.code, done.err) == (0, "")
    listed = done.out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert [line for line in listed if line.endswith("...")] == []


@pytest.mark.parametrize("name", GROUPS)
def test_help_of_a_group(name: str) -> None:
    listed = call(name, "--help").out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == GROUPS[name]
    assert [line for line in listed if line.endswith("...")] == []


@pytest.mark.parametrize("words", VERBS)
def test_help_of_each_verb(words: tuple[str, ...]) -> None:
    done = call(*filter(None, words), "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: digest {' '.join(words).strip()} ")


def test_the_version() -> None:
    assert call("--version").out == f"digest, version {__version__}\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("statsu",), "Did you mean 'status'?"),
        (("frobnicate",), "There are init, preview, run"),
        (("subscribers", "lst"), "Did you mean 'list'?"),
        (("sources", "raed", "x"), "Did you mean 'read'?"),
        (("status", "--config", "x.toml"), "--config goes before the command: `digest --config ...`"),
        (("run", "-v"), "-v goes before the command"),
        (("subscribers", "add"), "Missing argument 'ADDRESS'"),
        (("interests", "check"), "Missing argument 'TERM...'"),
        (("feedback", "import", "-"), "Missing option '--subscriber'"),
        (("subscribers", "pause", "a@x.test", "--until", "soon"), "'soon' does not match"),
        (("preview", "--format", "pdf"), "'pdf' is not one of"),
        (("preview", "--max", "0"), "0 is not in the range"),
        (("preview", "--date", "tomorrow"), "'tomorrow' does not match"),
    ],
)
def test_a_slip_is_explained(args: tuple[str, ...], said: str) -> None:
    done = call(*args)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize("args", NEEDS_CONFIG)
def test_without_a_configuration(args: tuple[str, ...], folder: Path) -> None:
    done = call(*args)
    assert (done.code, done.out) == (2, "")
    assert "config.toml" in done.err
    assert "`digest init` writes one" in done.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("args", NEEDS_CONFIG)
def test_without_a_database(args: tuple[str, ...], folder: Path) -> None:
    (folder / "config.toml").write_text('[mail]\nfrom = "papers@example.test"\n')
    (folder / "secret").write_text("0123456789abcdef0123456789abcdef")
    done = call(*args)
    assert done.code in (1, 2)
    assert "run `digest init`" in done.err
    assert "Traceback" not in done.err


def test_all_mistakes_of_a_configuration_at_once(folder: Path) -> None:
    (folder / "config.toml").write_text(
        """
[mail]
from = "nobody"
transprt = "smtp"
[editions]
max_papers = 0
[defaults]
zone = "Europe/Zurick"
interests = ["fine", '"not closed']
[[sources]]
name = "hf"
url = "ftp://example.test/"
"""
    )
    done = call("status")
    head, *mistakes = done.err.splitlines()
    assert (done.code, done.out) == (2, "")
    assert head == f"digest: {folder / 'config.toml'}: {len(mistakes)} mistakes in the configuration"
    assert [mistake.split(": ")[0].strip() for mistake in mistakes] == [
        "mail.from",
        "mail.transprt",
        "editions.max_papers",
        "defaults.zone",
        "defaults.interests[2]",
        "sources.hf.url",
    ]
    assert "did you mean transport?" in mistakes[1]
    assert 'did you mean "Europe/Zurich"?' in mistakes[3]


@pytest.mark.parametrize("content", [b"[mail\n", b"\xff\xfe", b"a = 1\na = 2\n", b"sources = 3\n"])
def test_a_configuration_that_is_none(folder: Path, content: bytes) -> None:
    (folder / "config.toml").write_bytes(content)
    done = call("status")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("digest: ")


def test_a_configuration_that_is_a_folder(folder: Path) -> None:
    done = call("--config", str(folder), "status")
    assert (done.code, done.out) == (2, "")
    assert "cannot be read" in done.err


def test_the_variable_and_the_option_name_the_configuration(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    place = house.config.rename(house.root / "papers.toml")
    assert call("status").code == 2
    assert call("--config", str(place), "status").code == 0
    monkeypatch.setenv("DIGEST_CONFIG", str(place))
    assert call("status").code == 0
    assert call("-c", "other.toml", "status").code == 2


def test_a_database_that_is_none(house: House) -> None:
    (house.root / "digest.db").write_bytes(b"certainly no database, but long enough to look like one" * 40)
    for args in (("status",), ("run",), ("preview", "--for", "ada@example.test")):
        done = call(*args)
        assert (done.code, done.out) == (1, ""), args
        assert done.err.startswith(f"digest: {house.root / 'digest.db'} is no SQLite database"), args


def test_the_examples_sender_sends_nothing(folder: Path) -> None:
    call("init")
    text = (folder / "config.toml").read_text(encoding="utf-8")
    (folder / "config.toml").write_text(text.replace('host = "localhost"', 'host = "mail.example.test"'))
    done = call("run")
    assert (done.code, done.out) == (2, "")
    assert "mail.from: " in done.err
