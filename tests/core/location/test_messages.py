"""What passes between engine and worker arrives as it was sent, in whatever pieces it comes."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.location import messages
from rivers_core.location.framing import GarbledStreamError, Unpacker, pack
from rivers_core.partitions.subset import Subset
from rivers_core.records import ErrorReport
from rivers_core.states import RunState
from rivers_core.steps.task import (
    Grids,
    LogLine,
    PartitionFailure,
    RunOutcome,
    RunStarted,
    RunTask,
    StepOutcome,
    StoredOutput,
)

texts = st.text(max_size=12)
times = st.floats(0, 2e9)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
mappings = st.dictionaries(texts, json_values, max_size=3)
subsets = st.builds(Subset.of, st.lists(st.integers(0, 10**9), max_size=8))
errors = st.none() | st.builds(ErrorReport, texts, texts, texts)
names = st.lists(texts, max_size=3).map(tuple)
run_states = st.sampled_from(RunState)

steps = st.builds(StepOutcome, texts, names, run_states, times, times, st.integers(0, 9), errors)
outputs = st.builds(
    StoredOutput,
    texts,
    subsets,
    st.none() | texts,
    st.none() | texts,
    mappings,
    st.dictionaries(st.integers(0, 99), mappings, max_size=3),
)
failures = st.builds(PartitionFailure, texts, st.integers(-1, 10**9), texts)
outcomes = st.builds(
    RunOutcome,
    st.integers(0, 2**53),
    run_states,
    times,
    times,
    st.lists(steps, max_size=3).map(tuple),
    st.lists(outputs, max_size=3).map(tuple),
    st.lists(failures, max_size=3).map(tuple),
    errors,
    names,
)
tasks = st.builds(
    RunTask,
    st.integers(0, 2**53),
    st.none() | texts,
    names,
    st.none() | texts,
    subsets,
    st.booleans(),
    st.dictionaries(texts, mappings, max_size=2),
    st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    st.none() | mappings,
)


def sent(message):
    (arrived,) = Unpacker().feed(pack(message))
    return arrived


@given(outcomes)
def test_outcomes_arrive_as_they_were(outcome):
    assert messages.read_outcome(sent(messages.write_outcome(outcome))) == outcome


@given(tasks)
def test_tasks_arrive_as_they_were(task):
    template = messages.read_template(sent(["x", messages.write_template(task)])[1])
    number, _, ranges = sent(["x", messages.write_task(task, 0)])[1]
    assert messages.read_task(number, ranges, template) == task


@given(tasks, st.integers(0, 2**53), subsets)
def test_tasks_that_differ_in_number_and_partitions_only_share_a_template(one, number, subset):
    other = replace(one, run_number=number, subset=subset)
    assert messages.same_template(one, other)
    assert messages.write_template(one) == messages.write_template(other)


@given(tasks, tasks, st.sampled_from([field.name for field in fields(RunTask)]))
def test_tasks_that_differ_in_anything_else_have_templates_of_their_own(one, another, name):
    other = replace(one, **{name: getattr(another, name)})
    same = messages.same_template(one, other)
    assert same == (name in ("run_number", "subset") or getattr(one, name) == getattr(other, name))
    assert same == (messages.write_template(one) == messages.write_template(other))


@given(st.lists(st.builds(LogLine, st.just(3), times, texts, texts, texts, texts), max_size=4))
def test_log_lines_arrive_as_they_were(lines):
    assert messages.read_log(sent(messages.write_log(3, lines))) == lines


def test_starts_and_grids_arrive_as_they_were():
    started = RunStarted(7, 1.5)
    assert messages.read_started(sent(messages.write_started(started))) == started
    grids = Grids({"rain": "f"}, {"f": {"kind": "static", "keys": ["a"]}})
    assert messages.read_grids(sent(["x", messages.write_grids(grids)])[1]) == grids


@given(st.lists(st.lists(json_values, min_size=1, max_size=3), max_size=5), st.data())
def test_a_stream_may_be_cut_anywhere(sent_messages, data):
    stream = b"".join(pack(message) for message in sent_messages)
    unpacker = Unpacker()
    arrived = []
    at = 0
    while at < len(stream):
        size = data.draw(st.integers(1, len(stream) - at))
        arrived += list(unpacker.feed(stream[at : at + size]))
        at += size
    assert arrived == json.loads(json.dumps(sent_messages))


@pytest.mark.parametrize(
    "garbage", [b"\xff\xff\xff\xff", b"\0\0\0\1{", b"\0\0\0\2[]", b"\0\0\0\0021 ", b"Hello, engine"]
)
def test_what_is_no_message_is_noticed(garbage):
    with pytest.raises(GarbledStreamError):
        list(Unpacker().feed(garbage))


def test_values_that_json_cannot_hold_travel_as_text():
    assert sent(["x", {"path": Subset()}]) == ["x", {"path": "Subset(ranges=())"}]
