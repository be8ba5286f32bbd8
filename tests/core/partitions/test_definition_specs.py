from __future__ import annotations

import json
import pickle
from datetime import datetime

import pytest
from hypothesis import given

from rivers_core.exceptions import PartitionDefinitionError
from rivers_core.partitions.definitions import PartitionsDefinition
from tests.core.partitions.definition_strategies import definitions

P = PartitionsDefinition
START = datetime(2024, 1, 1)
NOW = datetime(2024, 5, 5, 5)
SHOPS = P.static_(["oslo", "bergen"])


@given(definitions())
def test_a_definition_survives_json(definition):
    spec = json.loads(json.dumps(definition.to_spec()))
    restored = P.from_spec(spec)
    assert restored == definition
    assert hash(restored) == hash(definition)
    assert restored.fingerprint == definition.fingerprint
    assert restored.size() == definition.size()


@given(definitions())
def test_a_definition_travels_to_another_process(definition):
    definition.validate_partition_key("warm up what is cached")
    assert pickle.loads(pickle.dumps(definition)) == definition


def test_a_pinned_dynamic_definition_carries_its_keys():
    pinned = P.dynamic("customers").pinned(dynamic_keys={"customers": ["ada"]})
    assert P.from_spec(pinned.to_spec()) == pinned
    assert pinned.to_spec()["kind"] == "dynamic"


def test_a_spec_of_no_known_kind_is_refused():
    with pytest.raises(PartitionDefinitionError, match="no kind of partitions definition named 'lunar'"):
        P.from_spec({"kind": "lunar"})


def test_the_fingerprint_outlives_growth_at_the_end_of_a_leading_grid():
    assert P.daily(START).fingerprint == P.daily(START, datetime(2024, 2, 1)).fingerprint
    assert P.daily(START).fingerprint == P.daily(START).pinned(NOW).fingerprint
    growing = P.multi({"day": P.daily(START), "shop": SHOPS})
    assert growing.fingerprint == growing.pinned(NOW).fingerprint


def test_the_fingerprint_changes_when_ordinals_are_numbered_anew():
    one = P.multi({"shop": SHOPS, "day": P.daily(START)}).pinned(NOW)
    different = [
        P.daily(START),
        P.daily(datetime(2024, 1, 2)),
        P.daily(START, fmt="%Y%m%d"),
        P.weekly(START),
        SHOPS,
        P.static_(["bergen", "oslo"]),
        P.static_(["oslo", "bergen", "bodo"]),
        one,
        P.multi({"shop": SHOPS, "day": P.daily(START)}).pinned(datetime(2024, 5, 6)),
        P.multi({"store": SHOPS, "day": P.daily(START)}).pinned(NOW),
        P.multi({"day": P.daily(START), "shop": SHOPS}),
        P.dynamic("a").pinned(dynamic_keys={"a": ["x"]}),
        P.dynamic("a").pinned(dynamic_keys={"a": ["x", "y"]}),
        P.time_window(START, interval_seconds=60),
        P.time_window(START, interval_seconds=61),
        P.time_window(START, cron_schedule="0 0 * * *"),
    ]
    assert len({definition.fingerprint for definition in different}) == len(different)


def test_definitions_are_equal_when_they_say_the_same():
    assert P.daily(START) == P.daily(datetime(2023, 12, 31, 5)), "a start is rounded up to the grid"
    assert P.time_window(START, cron_schedule="0  0 * * *") == P.time_window(START, cron_schedule="0 0 * * *")
    assert P.daily(START) != P.weekly(START)
    assert len({SHOPS, P.static_(["oslo", "bergen"]), P.static_(["bergen", "oslo"])}) == 2
