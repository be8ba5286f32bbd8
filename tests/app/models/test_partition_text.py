"""A partition's record in words."""

from __future__ import annotations

from datetime import datetime

import pytest

from rivers_app.models.partition_text import (
    attempt_text,
    key_text,
    output_facts,
    output_text,
    spaced_key,
    stale_reason,
    tool_tip,
    written_key,
)
from rivers_app.wording import when
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.records import Materialization
from rivers_core.states import PartitionState, RunState
from tests.app.builders import a_failed_partition, a_partition

NOW = 1_700_000_121.2


def test_a_key_is_shown_without_the_names_of_its_dimensions() -> None:
    assert spaced_key("date=2013-01-15|origin=JFK") == "2013-01-15 · JFK"
    assert key_text(a_partition("2024-01-01")) == "2024-01-01"
    assert key_text(a_partition("", ordinal=-1)) == "daily"


@pytest.mark.parametrize(
    "typed", ["2013-01-15 · JFK", "2013-01-15, JFK", "2013-01-15|JFK", " date=2013-01-15|origin=JFK "]
)
def test_a_key_is_understood_as_it_is_shown_and_as_it_is_easy_to_type(typed: str) -> None:
    days = PartitionsDefinition.daily(datetime(2013, 1, 1), datetime(2014, 1, 1))
    origins = PartitionsDefinition.static_(["JFK", "EWR"])
    both = PartitionsDefinition.multi({"date": days, "origin": origins})
    assert written_key(typed, both) == "date=2013-01-15|origin=JFK"
    assert written_key(" 2013-01-15 ", both) == "2013-01-15"
    assert written_key(" Oslo, Norway ", origins) == "Oslo, Norway"


def test_a_failed_attempt_tells_when_how_long_and_which_run() -> None:
    assert attempt_text(a_failed_partition(), NOW) == "failed 2 min ago, 1.2 s, run r7"


def test_a_running_attempt_tells_since_when() -> None:
    running = a_partition(attempt_run="r7", attempt_state=RunState.RUNNING, attempt_started=NOW - 130)
    assert attempt_text(running, NOW) == f"running since {when(NOW - 130)}"
    assert attempt_text(a_partition(), NOW) == ""


def test_an_output_tells_its_rows_and_age() -> None:
    stored = Materialization("r7", NOW - 300, None, None, {"rows": 1312, "source": "file"})
    done = a_partition(state=PartitionState.COMPLETED, materialization=stored)
    assert output_text(done, NOW) == "1,312 rows, stored 5 min ago"
    assert output_facts(done) == "source: file"
    assert output_text(a_partition(), NOW) == "Nothing is stored yet."


def test_an_older_output_beside_a_failed_attempt_is_said_to_be_kept() -> None:
    stored = Materialization("r3", NOW - 300, "v1", None, {})
    failed = a_failed_partition(materialization=stored)
    assert output_text(failed, NOW).endswith("The last attempt failed; this older output is kept.")
    assert output_facts(failed) == "code version: v1"


def test_a_stale_output_says_why() -> None:
    stored = Materialization("r3", NOW - 300, "v1", None, {})
    stale = a_partition(state=PartitionState.STALE, materialization=stored)
    assert stale_reason(stale, "v2", ["raw"]) == "Stale: made by code version v1, which is v2 now."
    assert stale_reason(stale, "v1", ["raw"]) == "Stale: raw changed since."
    assert stale_reason(a_partition(materialization=stored), "v2", []) == ""


def test_a_tool_tip_has_key_state_attempt_and_error() -> None:
    lines = tool_tip(a_failed_partition("2024-01-04"), NOW).splitlines()
    assert lines == ["2024-01-04", "failed", "failed 2 min ago, 1.2 s, run r7", "ValueError: no rows"]
