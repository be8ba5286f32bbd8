"""What the tests of partitions share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def host_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Sets the time zone of this process; it is as before afterwards."""
    with monkeypatch.context() as patched:

        def move(zone: str) -> None:
            patched.setenv("TZ", zone)
            time.tzset()

        yield move
    time.tzset()
