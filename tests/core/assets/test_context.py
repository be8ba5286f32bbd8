"""What a function may ask its context and tell it."""

import logging
from datetime import datetime

import pytest

import rivers_core as rs
from rivers_core.exceptions import ExecutionError
from rivers_core.partitions.subset import Subset

DAYS = rs.PartitionsDefinition.daily(start=datetime(2024, 3, 1), end=datetime(2024, 3, 8))


def context(*ordinals, batched=False, **settings):
    partition = rs.PartitionContext(Subset.of(ordinals), DAYS) if ordinals else None
    return rs.AssetExecutionContext("tides", partition=partition, batched=batched, **settings)


def test_a_context_shows_what_is_known_of_its_asset_and_run():
    made = rs.AssetExecutionContext(
        "tides",
        tags={"tier": "gold"},
        kinds=("duckdb",),
        group="sea",
        code_version="3",
        asset_metadata={"owner": "harbor"},
        config={"depth": 2},
        run_id="r7",
        run_tags={"why": "fix"},
        resources={"db": 5},
    )

    assert (made.asset_name, made.tags, made.kinds, made.group) == ("tides", {"tier": "gold"}, ("duckdb",), "sea")
    assert (made.code_version, made.asset_metadata, made.run_id) == ("3", {"owner": "harbor"}, "r7")
    assert (made.run_tags, made.resources["db"], made.config) == ({"why": "fix"}, 5, {"depth": 2})
    assert made.output_selection == ("tides",)


def test_a_context_for_a_unit_test_needs_only_a_name():
    made = rs.AssetExecutionContext("tides")

    assert (made.config, made.tags, made.canceled, made.has_partition_key) == ({}, {}, False, False)


def test_the_partition_of_a_run_is_shown_as_key_text_and_window():
    made = context(2)

    assert made.has_partition_key
    assert made.partition_key == "2024-03-03"
    assert made.partition.key == rs.PartitionKey.single("2024-03-03")
    assert made.partition.definition is DAYS
    assert made.partition_time_window == (datetime(2024, 3, 3), datetime(2024, 3, 4))


def test_asking_for_a_partition_where_there_is_none_is_an_error_that_says_so():
    with pytest.raises(ExecutionError, match="asked its context for a partition, but this run has none"):
        context().partition_key  # noqa: B018  # reading it is the act


def test_the_partition_key_of_several_is_the_first_and_leaves_a_warning():
    made = context(1, 2, 5, batched=True)

    assert made.partition_key == "2024-03-02"
    assert made.partition_key == "2024-03-02"
    (warning,) = made.notes.warnings
    assert "a run of 3 partitions" in warning


def test_lines_of_the_log_go_to_the_run_at_their_level():
    lines = []
    log = context(sink=lambda level, text: lines.append((level, text))).log
    log.debug("at %d m", 3)
    log.info("low water")
    log.warning("%(port)s is closed", {"port": "Hull"})
    log.error("gone")
    try:
        int("no gauge")
    except ValueError:
        log.exception("failed")

    assert lines[:4] == [
        ("debug", "at 3 m"),
        ("info", "low water"),
        ("warning", "Hull is closed"),
        ("error", "gone"),
    ]
    assert lines[4][0] == "error"
    assert lines[4][1].startswith("failed\nTraceback")
    assert lines[4][1].endswith("ValueError: invalid literal for int() with base 10: 'no gauge'")


def test_the_log_is_a_real_logger_that_other_libraries_take():
    seen = []

    class Collecting(logging.Handler):
        def emit(self, record):
            seen.append(record.getMessage())

    log = context(sink=lambda level, text: seen.append(f"run: {text}")).log
    log.addHandler(Collecting())
    log.setLevel("INFO")
    log.debug("left out")
    log.info("kept")

    assert isinstance(log, logging.Logger)
    assert seen == ["run: kept", "kept"]


def test_without_a_run_the_log_goes_to_the_terminal(capsys):
    rs.AssetExecutionContext("tides").log.info("hello")

    assert capsys.readouterr().err == "info: hello\n"


def test_canceled_asks_the_run():
    asked = []
    made = context(is_canceled=lambda: bool(asked))
    assert not made.canceled
    asked.append(1)
    assert made.canceled


def test_output_metadata_is_collected_and_made_plain():
    made = context(1)
    made.add_output_metadata({"rows": 3})
    made.add_output_metadata({"rows": 4, "when": datetime(2024, 3, 1), "seen": (1, 2)})

    assert made.notes.metadata == {"tides": {"rows": 4, "when": "2024-03-01 00:00:00", "seen": [1, 2]}}
    assert made.output_metadata == made.notes.metadata["tides"]


def test_output_metadata_may_be_that_of_one_partition():
    made = context(1, 2, batched=True)
    made.add_output_metadata({"rows": 3}, key="2024-03-03")

    assert made.notes.key_metadata == {"tides": {2: {"rows": 3}}}
    with pytest.raises(ExecutionError, match="is not in this context's partition keys"):
        made.add_output_metadata({"rows": 3}, key="2024-03-05")


def test_metadata_of_a_multi_asset_is_for_all_outputs_or_the_named_one():
    made = rs.AssetExecutionContext("levels", output_selection=("high", "low"), is_multi_asset=True)
    made.add_output_metadata({"unit": "m"})
    made.add_output_metadata({"rows": 1}, output_name="low")
    made.register_data_version("v1", output_name="high")

    assert made.notes.metadata == {"high": {"unit": "m"}, "low": {"unit": "m", "rows": 1}}
    assert made.notes.data_versions == {"high": "v1"}
    with pytest.raises(ExecutionError, match="has no output 'middle' in this run; it computes high, low"):
        made.add_output_metadata({}, output_name="middle")


def test_a_data_version_is_a_text():
    made = context()
    made.register_data_version("v9")

    assert made.notes.data_versions == {"tides": "v9"}
    with pytest.raises(ExecutionError, match="must be a text"):
        made.register_data_version(9)


def test_marking_a_partition_failed_in_a_batched_run_is_recorded():
    made = context(1, 2, 3, batched=True)
    made.mark_partition_failed(rs.PartitionKey.single("2024-03-03"), ValueError("no gauge"))
    made.mark_partition_failed("2024-03-04", "closed")

    assert made.notes.failures == {2: "no gauge", 3: "closed"}
    assert made.notes.warnings == []


def test_marking_a_partition_of_another_run_failed_is_an_error():
    with pytest.raises(ExecutionError) as raised:
        context(1, 2, batched=True).mark_partition_failed(rs.PartitionKey.single("2024-03-07"), "closed")

    assert str(raised.value) == "partition key 2024-03-07 is not in this context's partition keys"


@pytest.mark.parametrize("key", ["2024-04-01", "date=2024-03-02", "", 7])
def test_marking_what_is_no_key_at_all_is_the_same_error(key):
    with pytest.raises(ExecutionError, match="is not in this context's partition keys"):
        context(1, 2, batched=True).mark_partition_failed(key, "closed")


def test_a_mark_in_a_run_that_is_not_batched_changes_nothing_and_leaves_a_warning():
    made = context(1)
    made.mark_partition_failed("2024-03-02", "closed")
    made.mark_partition_failed("2024-03-07", "closed")

    assert made.notes.failures == {}
    assert "in a run that is not batched" in made.notes.warnings[0]


def test_a_batched_run_of_one_key_takes_marks_too():
    made = context(1, batched=True)
    made.mark_partition_failed("2024-03-02", "closed")

    assert made.notes.failures == {1: "closed"}


def test_the_context_of_a_task_shares_notes_and_partition_of_its_asset():
    asset = context(1, 2, batched=True, config={"depth": 1})
    task = rs.TaskExecutionContext.within(asset, "tides/highest")
    task.mark_partition_failed("2024-03-02", "closed")
    task.add_output_metadata({"rows": 1})

    assert (task.task_name, task.asset_name, task.config) == ("tides/highest", "tides", {"depth": 1})
    assert asset.notes.failures == {1: "closed"}
    assert asset.notes.metadata == {"tides": {"rows": 1}}
    assert isinstance(task, rs.AssetExecutionContext)


def test_a_task_context_for_a_unit_test_needs_only_a_name():
    assert rs.TaskExecutionContext("highest").task_name == "highest"


def test_a_resource_is_read_by_name_or_attribute():
    from rivers_core.assets.resource import OpenResources

    made = context(resources=OpenResources({"db": 5}))
    assert made.resources["db"] == made.resources.db == 5
    with pytest.raises(AttributeError, match="there is no resource 'bd'; the resources are: db"):
        made.resources.bd  # noqa: B018  # reading it is the act
