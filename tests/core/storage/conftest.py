"""What the tests of the storage share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rivers_core.events import Event
from rivers_core.storage.stores import Stores


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database file is, or can be made."""
    return tmp_path / "rivers.db"


@pytest.fixture(params=["file", "memory"])
def stores(request: pytest.FixtureRequest, path: Path) -> Iterator[Stores]:
    """Stores over both kinds of database."""
    with Stores.open(path) if request.param == "file" else Stores.memory() as opened:
        yield opened


@pytest.fixture
def told(stores: Stores) -> list[Event]:
    """Every event told since the test began."""
    events: list[Event] = []
    stores.writer.subscribe(events.extend)
    return events
