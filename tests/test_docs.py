"""The example file and the README tell every option, in the words of its declaration."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from digest import config
from digest.config.document import toml
from digest.config.options import Option, options
from digest.config.sections import SourceTable
from digest.errors import ConfigError
from tests.conftest import CHECKOUT

SOURCES = {f"sources.{key}": option for key, (_, option) in options(SourceTable).items()}
OPTIONS = {
    f"{name}.{key}": option
    for name, section in config.SECTIONS.items()
    for key, (_, option) in options(section).items()
}
EXAMPLE = config.example()


def unwrapped(text: str) -> str:
    """Comments as running text."""
    return re.sub(r"\s+", " ", re.sub(r"(?m)^# ?", "", text))


def switched_on(key: str) -> dict[str, dict[str, object]]:
    """The example file with the "#" of one option taken off."""
    section, _, name = key.partition(".")
    head, mark, rest = EXAMPLE.partition(f"\n[{section}]\n")
    return tomllib.loads(head + mark + re.sub(rf"(?m)^#({name} = )", r"\1", rest, count=1))


def test_the_example_file_is_the_generated_one() -> None:
    assert (CHECKOUT / "config.example.toml").read_text(encoding="utf-8") == EXAMPLE


def test_the_example_loads_and_says_the_defaults() -> None:
    place = Path("/etc/papers/config.toml")
    example, bare = config.parse(tomllib.loads(EXAMPLE), place), config.parse({}, place)
    assert [s.name for s in example.sources] == ["hf"]
    assert [getattr(example, name) for name in config.SECTIONS] == [getattr(bare, name) for name in config.SECTIONS]


def test_the_example_is_narrow_and_clean() -> None:
    lines = EXAMPLE.splitlines()
    assert [line for line in lines if len(line) > 100 or line != line.rstrip()] == []
    assert EXAMPLE.endswith("\n")
    assert "\n\n\n" not in EXAMPLE


@pytest.mark.parametrize("key", OPTIONS)
def test_the_example_has_each_option_with_its_help(key: str) -> None:
    section, _, name = key.partition(".")
    text = EXAMPLE.partition(f"\n[{section}]\n")[2].partition("\n[")[0]
    option = OPTIONS[key]
    shown = toml(option.default if option.sample is None else option.sample)
    before, found, _ = text.partition(f"\n{'' if option.set else '#'}{name} = {shown}\n")
    assert found
    assert unwrapped(before).endswith(option.help)


NEEDS_ANOTHER = (
    "smtp.username",
    "smtp.password_file",
    "smtp.password_env",
    "dkim.ed25519_selector",
    "inbound.imap_host",
    "web.operator_header",
)
"""Options that make sense together with another only: half a login, a second key without a first, a header without a
web server that sets it."""


@pytest.mark.parametrize("key", OPTIONS)
def test_what_the_example_shows_can_be_switched_on(key: str, tmp_path: Path) -> None:
    section, _, name = key.partition(".")
    document = switched_on(key)
    assert name in document[section]
    (tmp_path / "my-templates").mkdir()
    (tmp_path / "ca.pem").touch()
    try:
        config.parse(document, tmp_path / "config.toml")
    except ConfigError as error:
        assert key in NEEDS_ANOTHER, error.mistakes  # noqa: PT017


@pytest.mark.parametrize("key", SOURCES)
def test_the_example_has_the_options_of_sources(key: str) -> None:
    assert f"{key.partition('.')[2]}: {SOURCES[key].help}" in unwrapped(EXAMPLE)


def test_all_sources_of_the_example_can_be_switched_on(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^#(\[\[sources\]\]|name = |url = \"https://rss|path = \"inbox)", r"\1", EXAMPLE)
    settings = config.parse(tomllib.loads(text), tmp_path / "config.toml")
    assert [s.name for s in settings.sources] == ["hf", "arxiv", "inbox"]


@pytest.mark.parametrize(("key", "option"), [*OPTIONS.items(), *SOURCES.items()])
def test_the_reference_has_each_option(key: str, option: Option) -> None:
    rows = [row for row in config.reference().splitlines() if row.startswith(f"| `{key}` |")]
    assert len(rows) == 1
    assert re.sub(r"\\(.)", r"\1", rows[0]).endswith(f"| {option.help} |")


def test_the_reference_is_a_table_of_three_columns() -> None:
    rows = [re.split(r"(?<!\\)\|", row)[1:-1] for row in config.reference().splitlines()]
    assert {len(row) for row in rows} == {3}
    assert len(rows) == 2 + len(OPTIONS) + len(SOURCES)


def test_the_readme_has_the_reference() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    _, _, table = readme.partition("<!-- options: begin")[2].partition("-->\n")
    assert table.partition("<!-- options: end -->")[0].strip("\n") + "\n" == config.reference()
