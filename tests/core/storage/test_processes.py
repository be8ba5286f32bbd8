"""Several processes over one database: writing at once, and killed in the middle."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import rivers_core
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.states import BackfillState, RunState
from rivers_core.storage.stores import Stores

from .building import completed, launch, record, stage

NUMBERED = PartitionsDefinition.static_([f"n{number}" for number in range(600)])
CHECKOUT = Path(rivers_core.__file__).parent.parent


@contextmanager
def writing(path: Path, backfill_id: str, end: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"{__package__}.writing_process", str(path), backfill_id, end]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def check(stores: Stores, backfill_id: str, definition: PartitionsDefinition = NUMBERED) -> int:
    """Counts, runs and states tell the same; the number of completed partitions."""
    found = stores.backfills.record(backfill_id)
    ended = stores.runs.runs(backfill_id, state=RunState.COMPLETED, limit=0).total
    states = stores.states.snapshot("orders", definition, ("shown", "materialized_run"))
    mine = (states.materialized_run >= found.first_run) & (states.materialized_run < found.first_run + found.num_runs)
    assert found.completed == found.ended_runs == ended == int((states.shown[mine] == 1).sum())
    return found.completed


@pytest.mark.skipif(sys.platform == "win32", reason="A process cannot be killed by a signal there")
def test_a_process_killed_twice_in_the_middle_leaves_counts_runs_and_states_agreeing(path: Path):
    with Stores.open(path) as stores:
        launched = launch(stores, stage(NUMBERED, range(600)))
        stores.backfills.change_state(launched.backfill_id, BackfillState.IN_PROGRESS)
    done = 0
    for _ in range(2):
        with writing(path, launched.backfill_id, "first") as process:
            for _ in range(7):
                process.stdout.readline()
            process.kill()
            process.wait()
        with Stores.open(path) as stores:
            interrupted = stores.backfills.interrupt_dead(lambda _: False)
            assert [found.state for found in interrupted] == [BackfillState.INTERRUPTED]
            assert interrupted[0].running_runs == 0
            now_done = check(stores, launched.backfill_id)
            assert now_done >= done + 7
            assert len(stores.backfills.remaining_runs(launched.backfill_id)) == 600 - now_done
            stores.backfills.change_state(launched.backfill_id, BackfillState.IN_PROGRESS)
        done = now_done
    with Stores.open(path) as stores:
        left = stores.backfills.remaining_runs(launched.backfill_id).tolist()
        record(stores, launched, *(completed(launched, run) for run in left))
        assert check(stores, launched.backfill_id) == 600
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_two_processes_that_write_the_same_chunk_lose_nothing_of_each_other(path: Path):
    with Stores.open(path) as stores:
        even = launch(stores, stage(NUMBERED, range(0, 80, 2)))
        odd = launch(stores, stage(NUMBERED, range(1, 80, 2)))
    with (
        writing(path, even.backfill_id, "first") as one,
        writing(path, odd.backfill_id, "last") as other,
    ):
        assert len(one.stdout.readlines()) == len(other.stdout.readlines()) == 40
        assert (one.wait(), other.wait()) == (0, 0)
    with Stores.open(path) as stores:
        assert (check(stores, even.backfill_id), check(stores, odd.backfill_id)) == (40, 40)
        states = stores.states.snapshot("orders", NUMBERED, ("shown", "materialized_run", "materialized_seq"))
        assert states.shown[:80].all()
        assert states.materialized_run[:80:2].tolist() == list(range(even.first_run, even.first_run + 40))
        assert states.materialized_run[1:80:2].tolist() == list(range(odd.first_run, odd.first_run + 40))
        assert len(set(states.materialized_seq[:80].tolist())) == 80


def test_what_another_process_changed_is_found_by_position(path: Path):
    with Stores.open(path) as stores, Stores.open(path) as other:
        launched = launch(stores, stage(NUMBERED, [5]))
        before = stores.database.position
        assert stores.states.changed_assets(before) == {}
        record(other, launched, completed(launched, launched.first_run))
        assert stores.states.changed_assets(before) == {"orders": stores.database.position}
        assert stores.states.snapshot("orders", NUMBERED).shown[5] == 1
