"""What tests of requests to a web server say again and again."""

from __future__ import annotations

import pytest

from digest.errors import Unreachable
from tests.factories import NOW
from tests.sources.server import Reply, look


def redirect(to: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": to})


def refused(source) -> str:
    with pytest.raises(Unreachable) as caught:
        look(source, NOW)
    return caught.value.reason
