from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import rivers_core as rs

MakeRepository = Callable[..., rs.CodeRepository]


@pytest.fixture
def make_repository() -> Iterator[MakeRepository]:
    """Makes repositories over some assets, with results in memory unless a storage is given; all are shut down."""
    made: list[rs.CodeRepository] = []

    def make(*assets: rs.Asset, storage: rs.Storage | None = None, **given: object) -> rs.CodeRepository:
        repository = rs.CodeRepository(assets=list(assets), **given)
        repository.resolve(storage)
        made.append(repository)
        return repository

    yield make
    for repository in made:
        repository.shutdown()
