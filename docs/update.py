"""Write what is generated from the code's own declarations: config.example.toml and the README's option table."""

from __future__ import annotations

import re
from pathlib import Path

from digest import config

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Bring both files up to date; a test fails where they are not."""
    (ROOT / "config.example.toml").write_text(config.example(), encoding="utf-8")
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    table = re.compile(r"(<!-- options: begin.*?-->\n).*?(<!-- options: end -->)", re.DOTALL)
    updated = table.sub(lambda found: f"{found[1]}\n{config.reference()}\n{found[2]}", text)
    readme.write_text(updated, encoding="utf-8")


if __name__ == "__main__":
    main()
