"""Partition keys and definitions as a code location names them."""

from __future__ import annotations

from datetime import datetime

import pytest

import rivers_core as rs
from rivers_core.exceptions import PartitionDefinitionError, PartitionValidationError
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import SALES, STORES, Calls, key

Definition = rs.PartitionsDefinition
SPRING = datetime(2024, 3, 1)


def texts(definition: rs.PartitionsDefinition) -> list[str]:
    return [str(one) for one in definition.get_partition_keys()]


def test_a_single_key_holds_a_list_of_values_joined_by_commas() -> None:
    assert rs.PartitionKey.single("oslo").key == ["oslo"]
    assert str(rs.PartitionKey.single(["oslo", "bergen"])) == "oslo,bergen"


def test_a_multi_key_holds_values_by_dimension_and_is_equal_in_any_order() -> None:
    one = rs.PartitionKey.multi({"store": "oslo", "day": "2024-06-01"})
    other = rs.PartitionKey.multi({"day": "2024-06-01", "store": ["oslo"]})
    assert one == other
    assert hash(one) == hash(other)
    assert one.keys == {"day": ["2024-06-01"], "store": ["oslo"]}
    assert str(one) == "day=2024-06-01|store=oslo"
    assert rs.PartitionKey.single("a") < rs.PartitionKey.single("b")


@pytest.mark.parametrize("value", ["a|b", "a,b", "", ["a", "a"]])
def test_reserved_empty_and_repeated_values_are_refused(value: str | list[str]) -> None:
    with pytest.raises(PartitionValidationError):
        rs.PartitionKey.single(value)


@pytest.mark.parametrize("name", ["a|b", "a,b", "a=b"])
def test_reserved_characters_in_a_dimension_are_refused(name: str) -> None:
    with pytest.raises(PartitionDefinitionError, match="dimension name"):
        rs.PartitionKey.multi({name: "x"})


def test_static_keys_keep_the_order_in_which_they_were_given() -> None:
    assert texts(Definition.static_(["medium", "small", "large"])) == ["medium", "small", "large"]


@pytest.mark.parametrize(
    ("cadence", "first", "last", "size"),
    [
        ("hourly", "2024-03-01T00:00", "2024-03-31T23:00", 744),
        ("daily", "2024-03-01", "2024-03-31", 31),
        ("weekly", "2024-03-01", "2024-03-29", 5),
        ("monthly", "2024-03", "2024-03", 1),
    ],
)
def test_time_grids_write_their_keys_and_end_before_the_end(cadence: str, first: str, last: str, size: int) -> None:
    grid = getattr(Definition, cadence)(SPRING, datetime(2024, 4, 1))
    assert (str(grid.key_at(0)), str(grid.key_at(len(grid) - 1)), len(grid)) == (first, last, size)


def test_the_grid_is_the_wall_clocks_whatever_summer_time_does() -> None:
    night = Definition.hourly(datetime(2024, 3, 31), datetime(2024, 4, 1))
    assert len(night) == 24
    assert night.validate_partition_key(key("2024-03-31T02:00"))


def test_a_format_that_cannot_tell_the_windows_apart_is_refused_when_defined() -> None:
    assert str(Definition.daily(SPRING, fmt="%d.%m.%Y").key_at(0)) == "01.03.2024"
    with pytest.raises(PartitionDefinitionError):
        Definition.daily(SPRING, fmt="%Y-%m")


def test_a_cron_schedule_may_have_seconds_first() -> None:
    noons = Definition.time_window(SPRING, cron_schedule="0 12 * * *", end=datetime(2024, 3, 3))
    halves = Definition.time_window(SPRING, cron_schedule="30 * * * * *", end=datetime(2024, 3, 1, 0, 2))
    assert len(noons) == 2
    assert [halves.window_at(at).start.second for at in range(len(halves))] == [30, 30]


@pytest.mark.parametrize("given", [{}, {"cron_schedule": "0 0 * * *", "interval_seconds": 60}])
def test_a_time_window_takes_exactly_one_of_cron_and_interval(given: dict[str, object]) -> None:
    with pytest.raises(PartitionDefinitionError, match="either cron_schedule or interval_seconds"):
        Definition.time_window(SPRING, **given)


def test_an_interval_is_counted_from_the_start() -> None:
    grid = Definition.time_window(SPRING, interval_seconds=1800, end=datetime(2024, 3, 1, 2))
    assert len(grid) == 4


def test_a_product_goes_in_the_given_order_and_takes_no_nesting() -> None:
    assert texts(Definition.multi({"a": STORES, "b": Definition.static_(["x", "y"])}))[:3] == [
        "a=oslo|b=x", "a=oslo|b=y", "a=bergen|b=x",
    ]  # fmt: skip
    cube = Definition.multi({name: Definition.static_(["1", "2"]) for name in "abcd"})
    assert len(cube) == 16
    with pytest.raises(PartitionDefinitionError, match="'a' has dimensions itself"):
        Definition.multi({"a": SALES, "b": STORES})


def test_keys_are_found_by_number_and_numbers_by_key_without_a_list() -> None:
    vast = Definition.multi({"hour": Definition.hourly(datetime(1900, 1, 1), datetime(2100, 1, 1)), "store": STORES})
    middle = len(vast) // 2
    assert vast.ordinal_of(vast.key_at(middle)) == middle
    assert vast.validate_partition_key(vast.key_at(middle))
    assert not vast.validate_partition_key(key("hour=1899-12-31T23:00|store=oslo"))


def test_dynamic_keys_live_in_the_storage(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset("visits", Definition.dynamic("customers")))
    storage = repository.storage
    storage.add_dynamic_partitions("customers", ["ada", "bo", "cy"])
    storage.delete_dynamic_partition("customers", "bo")
    assert storage.get_dynamic_partitions("customers") == ["ada", "cy"]
    assert (storage.has_dynamic_partition("customers", "ada"), storage.has_dynamic_partition("customers", "bo")) == (
        True, False,
    )  # fmt: skip
    repository.backfill(["visits"], all_partitions=True)
    assert calls.flat == ["ada", "cy"]


def test_a_definition_can_be_named_and_shared_by_the_repository(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset("stock", "stores"), partition_defs={"stores": STORES})
    repository.backfill(["stock"], all_partitions=True)
    assert calls.flat == ["bergen", "oslo", "tromso"]
