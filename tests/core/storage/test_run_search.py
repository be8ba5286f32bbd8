"""Runs are found by words in their ids, their errors and the keys of their partitions."""

from __future__ import annotations

from datetime import datetime
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.states import RunState
from rivers_core.storage.stores import Stores

from .building import DAYS, FLAVORS, completed, failed, launch, record, stage, started

GRIDS = (
    PartitionsDefinition.static_(["oslo", "Rome", "lima", "roma"]),
    PartitionsDefinition.multi(
        {
            "day": PartitionsDefinition.daily(datetime(2024, 1, 1), datetime(2024, 1, 6)),
            "store": PartitionsDefinition.static_(["oslo", "Rome", "lima"]),
        }
    ),
    PartitionsDefinition.multi(
        {
            "store": PartitionsDefinition.static_(["oslo", "Rome"]),
            "month": PartitionsDefinition.monthly(datetime(2023, 11, 1), datetime(2024, 3, 1)),
            "size": PartitionsDefinition.static_(["s", "m", "xl"]),
        }
    ),
)
WORDS = ("oslo", "ROM", "o", "2024-01", "-03", "m", "xl", "%", "nowhere")


def found(stores: Stores, text: str, **asked: object) -> list[str]:
    page = stores.runs.runs(text=text, **asked)
    assert page.total == len(page.records)
    return [run.run_id for run in page.records]


@given(data=st.data(), definition=st.sampled_from(GRIDS), word=st.sampled_from(WORDS), per_run=st.integers(1, 9))
def test_a_run_is_found_by_a_word_in_the_key_of_any_of_its_partitions(data, definition, word, per_run):
    size = prod(definition.shape())
    ordinals = data.draw(st.permutations(range(size)))[: data.draw(st.integers(1, size))]
    with Stores.memory() as stores:
        launched = launch(stores, stage(definition, ordinals, per_run=per_run))
        runs = range(launched.first_run, launched.first_run + launched.num_runs)
        record(stores, launched, *(completed(launched, run) for run in runs))
        expected = [
            f"r{run}"
            for run in runs
            if any(
                word.casefold() in value.casefold()
                for ordinal in launched.subset(run)
                for value in definition.label_at(ordinal).replace("|", "=").split("=")
                if value not in dict(definition.dimensions)
            )
        ]
        assert sorted(found(stores, word)) == sorted(expected)
        assert found(stores, word, backfill_id=launched.backfill_id) == expected


@pytest.fixture
def mixed(stores: Stores) -> Stores:
    """Days and flavors: r1 completed, r2 failed, r3 running of b1; r9 failed of b2."""
    days = launch(stores, stage(DAYS, range(8)))
    first = days.first_run
    record(stores, days, completed(days, first), failed(first + 1, "no rows at all"), started(first + 2))
    flavors = launch(stores, stage(FLAVORS, [2], assets=("invoices",)))
    record(stores, flavors, failed(flavors.first_run, "100 % of rows are odd"))
    return stores


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("r2", ["r2"]),
        ("b1", ["r3", "r2", "r1"]),
        ("ROWS", ["r9", "r2"]),
        ("valueerror", ["r9", "r2"]),
        ("100 %", ["r9"]),
        ("mint", ["r9"]),
        ("2024-01-0", ["r3", "r2", "r1"]),
        ("2024-01-02 rows", ["r2"]),
        ("2024-01-02 · rows", ["r2"]),
        ("2024-01-03 rows", []),
        ("r77", []),
        ("   ", ["r9", "r3", "r2", "r1"]),
    ],
)
def test_every_word_has_to_be_in_an_id_an_error_or_a_key(mixed: Stores, text: str, runs: list[str]) -> None:
    assert found(mixed, text) == runs


def test_words_narrow_what_state_asset_and_backfill_leave(mixed: Stores) -> None:
    assert found(mixed, "rows", asset="invoices") == ["r9"]
    assert found(mixed, "2024", state=RunState.FAILED) == ["r2"]
    assert found(mixed, "rows", backfill_id="b2") == ["r9"]
    assert found(mixed, "2024-01-08", backfill_id="b1") == [], "it has not started"
    assert found(mixed, "", backfill_id="b1", state=RunState.QUEUED) == ["r4", "r5", "r6", "r7", "r8"]
