"""Which partitions a backfill means: ranges, keys, and what is refused with which words."""

from __future__ import annotations

from datetime import datetime

import pytest

import rivers_core as rs
from rivers_core.exceptions import ConfigurationError, PartitionValidationError
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import SALES, STORES, Calls, day, days, key


def asked(repository: rs.CodeRepository, **partitions: object) -> list[str]:
    return [str(one) for one in repository.backfill(dry_run=True, **partitions).partition_keys]


def test_a_single_range_takes_both_of_its_ends(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    assert asked(repository, partition_range=days(29, 30)) == [day(29), day(30)]
    assert asked(repository, partition_range=days(7, 7)) == [day(7)]


def test_a_range_of_static_keys_goes_by_position(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset("stock", STORES))
    assert asked(repository, partition_range=rs.PartitionKeyRange.single("bergen", "tromso")) == ["bergen", "tromso"]
    with pytest.raises(PartitionValidationError, match="tromso"):
        asked(repository, partition_range=rs.PartitionKeyRange.single("tromso", "oslo"))


def test_a_multi_range_takes_a_pair_as_a_span_and_a_list_as_keys(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset("sales", SALES))
    chosen = rs.PartitionKeyRange.multi({"day": (day(1), day(3)), "store": ["tromso", "oslo"]})
    assert asked(repository, partition_range=chosen) == [
        f"day={day(number)}|store={store}" for number in (1, 2, 3) for store in ("oslo", "tromso")
    ]


def test_a_dimension_that_is_left_out_means_all_of_it(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset("sales", SALES))
    assert len(asked(repository, partition_range=rs.PartitionKeyRange.multi({"day": (day(1), day(3))}))) == 9
    assert len(asked(repository, partition_range=rs.PartitionKeyRange.multi({"store": ["oslo"]}))) == 30


def test_a_range_of_days_goes_by_the_calendar(make_repository: MakeRepository) -> None:
    leap = rs.PartitionsDefinition.daily(datetime(2024, 2, 28), datetime(2024, 3, 2))
    chosen = rs.PartitionKeyRange.single("2024-02-28", "2024-03-01")
    repository = make_repository(Calls().asset(definition=leap))
    assert asked(repository, partition_range=chosen) == ["2024-02-28", "2024-02-29", "2024-03-01"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"partition_range": rs.PartitionKeyRange.single("2024-05-20", day(2))}, day(1)),
        ({"partition_range": rs.PartitionKeyRange.single("2024-06-1", day(2))}, r"orders: .*2024-06-1"),
        (
            {"partition_range": rs.PartitionKeyRange.single("2024-06-05T12:00", day(9))},
            f"nearest keys are {day(5)} and {day(6)}",
        ),
        ({"partition_keys": [key("20240605")]}, f"orders: '20240605' is not a partition key.*{day(5)}"),
        ({"partition_range": days(9, 4)}, rf"(?s){day(9)}.*{day(4)}"),
        ({"partition_keys": [key(day(1)), key("2024-07-09")]}, r"orders: .*2024-07-09.*2024-06-30"),
        ({"partition_keys": []}, "empty"),
    ],
    ids=["unknown end", "off the grid", "between two keys", "written otherwise", "inverted", "no member", "no keys"],
)
def test_partitions_that_do_not_exist_are_refused_naming_asset_and_near_keys(
    make_repository: MakeRepository, given: dict[str, object], told: str
) -> None:
    with pytest.raises(PartitionValidationError, match=told):
        make_repository(Calls().asset()).backfill(["orders"], **given)


def test_an_unknown_dimension_is_refused_with_the_real_ones(make_repository: MakeRepository) -> None:
    chosen = rs.PartitionKeyRange.multi({"town": ["oslo"]})
    with pytest.raises(PartitionValidationError, match="no dimension 'town'; these partitions have day, store"):
        make_repository(Calls().asset("sales", SALES)).backfill(partition_range=chosen)


def test_keys_and_a_range_together_are_refused(make_repository: MakeRepository) -> None:
    with pytest.raises(ConfigurationError, match="both partition_keys and partition_range"):
        make_repository(Calls().asset()).backfill(partition_keys=[key(day(1))], partition_range=days(1, 2))


def test_neither_keys_nor_a_range_is_refused_where_one_is_needed(make_repository: MakeRepository) -> None:
    with pytest.raises(ConfigurationError, match="give partition_keys or partition_range"):
        make_repository(Calls().asset()).backfill(["orders"])


def test_partitions_of_an_asset_without_any_are_refused(make_repository: MakeRepository) -> None:
    @rs.Asset
    def rates() -> int:
        return 1

    with pytest.raises(ConfigurationError, match="rates has no partitions; leave partition_range out"):
        make_repository(rates).backfill(["rates"], partition_range=days(1, 2))


def test_an_unknown_asset_is_refused_with_names_that_are_alike(make_repository: MakeRepository) -> None:
    with pytest.raises(rs.exceptions.AssetNotFoundError, match="did you mean orders"):
        make_repository(Calls().asset()).backfill(["order"], partition_range=days(1, 2))
