"""What a script passes by mistake is refused in a sentence that says what to write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import rivers_core as rs
from rivers_core.exceptions import ConfigurationError, PartitionValidationError
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import Calls, days

MISTAKES: dict[str, tuple[Callable[[rs.CodeRepository], object], str]] = {
    "a name alone": (lambda repo: repo.backfill("orders", partition_range=days(1, 2)), r"such as \['orders'\]"),
    "an asset": (lambda repo: repo.backfill([Calls().asset()], partition_range=days(1, 2)), "such as 'orders'"),
    "a key alone": (lambda repo: repo.backfill(partition_keys=rs.PartitionKey.single("2024-06-01")), "a list of"),
    "keys as texts": (lambda repo: repo.backfill(partition_keys=["2024-06-01"]), "PartitionKey.single"),
    "a state alone": (lambda repo: repo.backfill(where="missing"), r"such as \['missing'\]"),
    "tags of one text": (lambda repo: repo.backfill(partition_range=days(1, 2), tags="team"), "takes pairs"),
    "a list of config": (lambda repo: repo.backfill(partition_range=days(1, 2), config=[1]), "overrides by asset"),
    "config of a number": (
        lambda repo: repo.backfill(partition_range=days(1, 2), config={"orders": 5}),
        "config of orders takes fields",
    ),
    "a key as text": (lambda repo: repo.materialize(["orders"], "2024-06-01"), "partition_key takes PartitionKey"),
    "a key to load as text": (lambda repo: repo.load_node("orders", partition_key="2024-06-01"), "takes PartitionKey"),
    "a number as id": (lambda repo: repo.get_backfill(1), "such as 'b12', not 1"),
    "a word for a rerun": (lambda repo: repo.rerun_backfill("b1", partitions="some"), "failed_and_canceled or all"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_cannot_be_meant_is_refused_before_anything_is_written(
    make_repository: MakeRepository, mistake: str
) -> None:
    call, sentence = MISTAKES[mistake]
    repository = make_repository(Calls().asset())
    with pytest.raises(ConfigurationError, match=sentence):
        call(repository)
    assert repository.engine.backfills() == []


def test_tags_may_be_a_mapping(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    result = repository.backfill(["orders"], partition_range=days(1, 1), tags={"team": "data"})
    assert repository.get_backfill(result.backfill_id).tags == [("team", "data")]


@pytest.mark.parametrize(
    "make",
    [
        lambda: rs.PartitionKey.single(3),
        lambda: rs.PartitionKey.multi({"date": 3}),
        lambda: rs.PartitionKeyRange.multi({"date": 3}),
    ],
)
def test_a_number_is_no_key(make: Callable[[], object]) -> None:
    with pytest.raises(PartitionValidationError, match="3"):
        make()
