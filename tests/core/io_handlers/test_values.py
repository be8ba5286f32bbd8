"""Values that are no tables, the same in memory, in files and behind URLs: one key, batches, many keys."""

import fsspec
import pytest

import rivers_core as rs
from rivers_core.exceptions import ExecutionError, MissingValueError
from rivers_core.io_handlers.default import DefaultIOHandler
from rivers_core.partitions.subset import Subset
from tests.core.io_handlers.writing import DAYS, GRID, output, partition, reading


@pytest.fixture(params=["memory", "pickle", "default", "url", "store"])
def handler(request, tmp_path):
    match request.param:
        case "memory":
            yield rs.InMemoryIOHandler()
        case "pickle":
            yield rs.PickleIOHandler(tmp_path)
        case "default":
            yield DefaultIOHandler(tmp_path)
        case "store":
            yield rs.PickleIOHandler(store=fsspec.filesystem("file"), prefix=f"{tmp_path}/below")
        case _:
            yield rs.PickleIOHandler(f"memory://{tmp_path.name}/outputs")


def key(ordinal, definition=DAYS):
    return definition.key_at(ordinal)


def batch(handler, ordinals, value, run="r1", definition=DAYS, **settings):
    context = output(*ordinals, batched=True, run_id=run, definition=definition, **settings)
    handler.handle_output(context, value)
    return context


def test_what_is_stored_is_loaded(handler):
    handler.handle_output(output(2), {"high": 4})

    assert handler.load_input(reading(2)) == {"high": 4}


def test_an_asset_without_partitions_has_one_value(handler):
    handler.handle_output(output(), [1, 2])

    assert handler.load_input(reading()) == [1, 2]


def test_none_is_a_value(handler):
    handler.handle_output(output(1), None)

    assert handler.load_input(reading(1)) is None


def test_what_is_stored_again_replaces_it(handler):
    handler.handle_output(output(2), 1)
    handler.handle_output(output(2), 2)

    assert handler.load_input(reading(2)) == 2


def test_assets_and_partitions_do_not_meet(handler):
    handler.handle_output(output(1), "tides 1")
    handler.handle_output(output(2), "tides 2")
    handler.handle_output(output(1, asset="waves"), "waves 1")
    handler.handle_output(output(asset="report"), "report")

    assert handler.load_input(reading(1)) == "tides 1"
    assert handler.load_input(reading(1, asset="waves")) == "waves 1"
    assert handler.load_input(reading(asset="report")) == "report"


def test_a_missing_value_names_asset_key_and_reader(handler):
    with pytest.raises(MissingValueError) as raised:
        handler.load_input(reading(3))

    assert str(raised.value) == ("tides has no stored output for 2024-03-04, which waves needs; materialize it first.")
    with pytest.raises(MissingValueError, match=r"^tides has no stored output, which waves needs"):
        handler.load_input(reading())


def test_many_keys_are_loaded_as_values_by_key(handler):
    for ordinal in (1, 2, 3):
        handler.handle_output(output(ordinal), ordinal * 10)

    found = handler.load_input(reading(1, 2, 3, many=True))

    assert found == {key(1): 10, key(2): 20, key(3): 30}
    assert list(found) == [key(1), key(2), key(3)]


def test_values_by_key_may_be_asked_for_by_text(handler):
    handler.handle_output(output(1), 10)
    found = handler.load_input(reading(1, many=True))

    assert found["2024-03-02"] == found[key(1)] == found.get("2024-03-02") == 10
    assert "2024-03-02" in found
    assert key(2) not in found
    assert found.get("2024-03-03", 5) == 5
    with pytest.raises(KeyError, match="2024-03-03"):
        found["2024-03-03"]


def test_a_single_key_of_many_is_still_a_mapping(handler):
    handler.handle_output(output(1), 10)

    assert handler.load_input(reading(1, many=True)) == {key(1): 10}


def test_one_missing_key_of_many_is_an_error_that_names_it(handler):
    handler.handle_output(output(1), 10)

    with pytest.raises(MissingValueError, match="2024-03-03"):
        handler.load_input(reading(1, 2, many=True))


def test_missing_keys_are_left_out_where_that_is_allowed(handler):
    handler.handle_output(output(1), 10)

    assert handler.load_input(reading(1, 2, many=True, allow_missing=True)) == {key(1): 10}
    assert handler.load_input(reading(2, many=True, allow_missing=True)) == {}
    with pytest.raises(MissingValueError):
        handler.load_input(reading(2, allow_missing=True))


def test_a_batch_that_returns_a_mapping_of_keys_stores_each_by_itself(handler):
    context = batch(handler, (1, 2, 3), {key(1): "a", "2024-03-03": "b", key(3): "c"})

    assert context.failures == {}
    assert [handler.load_input(reading(ordinal)) for ordinal in (1, 2, 3)] == ["a", "b", "c"]


def test_keys_that_a_mapping_left_out_have_failed(handler):
    context = batch(handler, (1, 2, 3), {key(1): "a", key(3): "c"})

    assert context.failures == {2: "tides returned a mapping of keys to values without 2024-03-03."}
    assert handler.output_exists(reading(1, 2, 3)) == Subset.of([1, 3])


def test_keys_of_a_mapping_that_were_not_asked_for_are_refused(handler):
    with pytest.raises(ExecutionError, match="returned values for 2024-03-09, which this run was not asked for"):
        batch(handler, (1, 2), {key(1): "a", key(8): "b"})


def test_partitions_that_were_marked_failed_are_not_stored(handler):
    handler.handle_output(output(2), "kept")
    context = batch(handler, (1, 2, 3), {key(1): "a", key(2): "new", key(3): "c"}, subset=Subset.of([1, 3]))

    assert context.failures == {}
    assert handler.load_input(reading(2)) == "kept"


def test_a_key_with_several_values_stands_for_all_of_them(handler):
    both = rs.PartitionKey.multi({"date": "2024-03-01", "port": ["Hull", "Kiel"]})
    batch(handler, (0, 1), {both: "calm"}, definition=GRID)

    assert handler.load_input(reading(0, 1, definition=GRID, many=True)) == {
        key(0, GRID): "calm",
        key(1, GRID): "calm",
    }


@pytest.mark.parametrize("value", [[1, 2], {"high": 4}, {}, {3: 4}, "calm", None])
def test_any_other_value_of_a_batch_is_stored_once_and_loaded_whole(handler, value):
    batch(handler, (1, 2, 3), value)

    assert handler.load_input(reading(2)) == value
    assert handler.load_input(reading(1, 3, many=True)) == value
    assert handler.output_exists(reading(0, 1, 2, 3, 4)) == Subset.of([1, 2, 3])


def test_the_newer_of_two_batches_wins(handler):
    batch(handler, (1, 2, 3), "old", run="r1")
    batch(handler, (2, 3, 4), "new", run="r2")

    assert [handler.load_input(reading(ordinal)) for ordinal in (1, 2, 3, 4)] == ["old", "new", "new", "new"]
    assert handler.load_input(reading(1, 2, many=True)) == {key(1): "old", key(2): "new"}


def test_a_value_of_its_own_that_is_stored_later_wins_over_a_batch(handler):
    batch(handler, (1, 2, 3), "batch")
    handler.handle_output(output(2), "own")

    assert [handler.load_input(reading(ordinal)) for ordinal in (1, 2, 3)] == ["batch", "own", "batch"]
    assert handler.load_input(reading(1, 2, 3, many=True)) == {key(1): "batch", key(2): "own", key(3): "batch"}


def test_a_batch_that_is_stored_later_wins_over_values_of_their_own(handler):
    for ordinal in (1, 2, 3):
        handler.handle_output(output(ordinal), "own")
    batch(handler, (1, 2, 3), "batch", subset=Subset.of([1, 2]))

    assert [handler.load_input(reading(ordinal)) for ordinal in (1, 2, 3)] == ["batch", "batch", "own"]


def test_a_batch_replaces_one_of_the_same_run(handler):
    batch(handler, (1, 2), "first attempt", run="r5")
    batch(handler, (1, 2), "second attempt", run="r5")

    assert handler.load_input(reading(1)) == "second attempt"


def test_deleted_outputs_are_missing(handler):
    handler.handle_output(output(), "whole")
    batch(handler, (1, 2, 3), "batch")
    handler.handle_output(output(3), "own")
    handler.delete_output(reading(2, 3))
    handler.delete_output(reading())
    handler.delete_output(reading(9))

    assert handler.output_exists(reading(1, 2, 3)) == Subset.of([1])
    assert handler.output_exists(reading()) == Subset()


def test_outputs_of_many_partitions_are_found_at_once(handler):
    hours = rs.PartitionsDefinition.hourly(start=GRID.dimensions[0][1].start, end=GRID.dimensions[0][1].end)
    grid = rs.PartitionsDefinition.multi({"hour": hours, "port": GRID.dimensions[1][1]})
    everything = rs.PartitionContext(Subset.full(grid.size()), grid)
    for ordinal in (0, 7, 700):
        handler.handle_output(output(ordinal, definition=grid), ordinal)
    batch(handler, range(100, 400), "batch", definition=grid)

    context = rs.InputContext("tides", partition=everything, many=True, allow_missing=True)
    assert handler.output_exists(context) == Subset.from_ranges([(0, 1), (7, 8), (100, 400), (700, 701)])
    found = handler.load_input(context)
    assert len(found) == 303
    assert found[key(7, grid)] == 7
    assert found[key(399, grid)] == "batch"


def test_values_survive_a_definition_that_was_extended(handler):
    handler.handle_output(output(2), "own")
    ports = rs.PartitionsDefinition.static_(["Hull", "Kiel"])
    handler.handle_output(output(0, definition=ports, asset="berths"), "Hull's")
    grown = rs.PartitionsDefinition.static_(["Bergen", "Hull", "Kiel"])

    assert handler.load_input(reading(1, definition=grown, asset="berths")) == "Hull's"


def test_the_place_of_an_output_is_told_where_there_is_one(handler):
    handler.handle_output(output(2), "own")

    place = handler.output_place(reading(2))
    if handler.in_process_only:
        assert place is None
    else:
        assert place.endswith("tides/2024-03-03.pkl")
        assert handler.output_place(reading(3)) is None


def test_a_partition_context_of_many_keys_costs_no_keys(handler):
    assert partition(1, 2).label == "2024-03-02"
