"""Leases, and what processes ask of the one that drives a backfill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rivers_core.exceptions import UnknownBackfillError
from rivers_core.states import BackfillState, PartitionState, RunState
from rivers_core.storage.control_store import ControlKind
from rivers_core.storage.lease import SILENCE_SECONDS, Holder, is_alive
from rivers_core.storage.stores import Stores

from .building import FLAVORS, completed, launch, plan, record, stage, started

ME = Holder.current()
OTHER = replace(ME, pid=ME.pid + 1)


def alive(_: Holder) -> bool:
    return True


def dead(_: Holder) -> bool:
    return False


@pytest.fixture
def backfill_id(stores: Stores) -> str:
    return launch(stores, stage(FLAVORS, range(4))).backfill_id


def test_requests_are_read_in_order_until_they_are_done(stores: Stores, backfill_id: str):
    other = launch(stores, stage(FLAVORS, [0])).backfill_id
    stores.control.request(backfill_id, ControlKind.PAUSE)
    stores.control.request(other, ControlKind.CANCEL)
    stores.control.request(backfill_id, ControlKind.MAX_CONCURRENCY, 8)
    pause, concurrency = stores.control.pending([backfill_id])
    assert (pause.kind, pause.value, pause.backfill_id) == (ControlKind.PAUSE, None, backfill_id)
    assert (concurrency.kind, concurrency.value) == (ControlKind.MAX_CONCURRENCY, 8)
    stores.control.done([pause.request_id])
    assert stores.control.pending([backfill_id]) == [concurrency]
    assert len(stores.control.pending([backfill_id, other])) == 2
    assert stores.control.pending([]) == []


def test_a_request_for_an_unknown_backfill_is_a_sentence(stores: Stores):
    with pytest.raises(UnknownBackfillError):
        stores.control.request("b4", ControlKind.CANCEL)


def test_the_end_of_a_backfill_ends_requests_and_lease(stores: Stores, backfill_id: str):
    stores.control.acquire(backfill_id, ME, alive)
    stores.control.request(backfill_id, ControlKind.CANCEL)
    stores.backfills.finish(backfill_id, BackfillState.CANCELED)
    assert stores.control.pending([backfill_id]) == []
    assert stores.control.holder(backfill_id) is None


def test_one_process_at_a_time_drives_a_backfill(stores: Stores, backfill_id: str):
    assert stores.control.holder(backfill_id) is None
    assert stores.control.acquire(backfill_id, ME, alive)
    assert stores.control.acquire(backfill_id, ME, alive)
    assert not stores.control.acquire(backfill_id, OTHER, alive)
    assert stores.control.holder(backfill_id).is_same_process(ME)
    stores.control.release(backfill_id, OTHER)
    assert stores.control.holder(backfill_id).is_same_process(ME)
    stores.control.release(backfill_id, ME)
    assert stores.control.acquire(backfill_id, OTHER, alive)


def test_the_lease_of_a_dead_process_is_taken_over(stores: Stores, backfill_id: str):
    stores.control.acquire(backfill_id, OTHER, alive)
    assert stores.control.acquire(backfill_id, ME, dead)
    assert stores.control.holder(backfill_id).is_same_process(ME)


def test_of_two_that_find_a_dead_process_one_gets_the_lease(stores: Stores, backfill_id: str):
    gone = replace(ME, pid=ME.pid + 2)
    stores.control.acquire(backfill_id, gone, alive)

    def quicker(holder: Holder) -> bool:
        if holder.is_same_process(gone):
            stores.control.acquire(backfill_id, OTHER, dead)
        return False

    assert not stores.control.acquire(backfill_id, ME, quicker)
    assert stores.control.holder(backfill_id).is_same_process(OTHER)


def test_a_backfill_can_be_launched_with_its_lease(stores: Stores):
    backfill_id = stores.backfills.insert(plan(stage(FLAVORS, [0])), holder=ME).backfill_id
    assert stores.control.holder(backfill_id) == ME


def test_a_beat_says_that_the_process_still_lives(stores: Stores, backfill_id: str):
    silent = replace(ME, heartbeat=1.0)
    stores.control.acquire(backfill_id, silent, alive)
    stores.control.beat(ME)
    assert stores.control.holder(backfill_id).heartbeat > 1.0


def test_this_process_lives_and_one_of_the_same_number_before_it_does_not():
    assert is_alive(ME)
    assert not is_alive(replace(ME, process_started=ME.process_started - 60))
    assert not is_alive(replace(ME, boot_id="an earlier start of this computer"))


def test_where_the_system_keeps_the_time_at_which_a_process_began_the_computers_start_is_not_needed(monkeypatch):
    def no_such_file(self, *given, **named):
        raise FileNotFoundError(self)

    monkeypatch.setattr(Path, "read_text", no_such_file)
    mine = Holder.current()
    assert mine.boot_id == ""
    assert is_alive(mine)
    assert not is_alive(replace(mine, process_started=mine.process_started - 60))


def test_a_process_that_ended_does_not_live():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holder = _holder_of(child.pid)
    assert is_alive(holder)
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # a zombie now: its parent has not asked yet
    assert not is_alive(holder)
    child.wait()
    assert not is_alive(holder)


def _holder_of(pid: int) -> Holder:
    import psutil

    return replace(ME, pid=pid, process_started=psutil.Process(pid).create_time())


def test_a_process_on_another_computer_lives_as_long_as_it_beats():
    elsewhere = replace(ME, host="another.example", heartbeat=time.time())
    assert is_alive(elsewhere)
    assert not is_alive(replace(elsewhere, heartbeat=time.time() - SILENCE_SECONDS - 1))


def test_a_backfill_whose_process_is_gone_is_interrupted_and_its_runs_run_again(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4)))
    backfill_id, first = launched.backfill_id, launched.first_run
    stores.control.acquire(backfill_id, OTHER, alive)
    record(stores, launched, completed(launched, first), started(first + 1), started(first + 2))
    (interrupted,) = stores.backfills.interrupt_dead(dead)
    assert interrupted == stores.backfills.record(backfill_id)
    assert (interrupted.state, interrupted.running_runs) == (BackfillState.INTERRUPTED, 0)
    assert "Resume it" in interrupted.error
    assert stores.control.holder(backfill_id) is None
    assert stores.backfills.remaining_runs(backfill_id).tolist() == [first + 1, first + 2, first + 3]
    assert stores.runs.record(first + 1).state is RunState.QUEUED
    assert stores.backfills.interrupt_dead(dead) == []
    resumed = stores.backfills.change_state(backfill_id, BackfillState.IN_PROGRESS)
    assert resumed.error is None
    record(stores, launched, *(completed(launched, run) for run in range(first, first + 4)))
    ended = stores.backfills.finish(backfill_id, BackfillState.COMPLETED)
    assert (ended.completed, ended.ended_runs) == (4, 4)


@pytest.mark.parametrize("state", [BackfillState.REQUESTED, BackfillState.PAUSED])
def test_a_backfill_that_nobody_needs_to_drive_is_left_alone(stores: Stores, backfill_id: str, state):
    if state is BackfillState.PAUSED:
        stores.backfills.change_state(backfill_id, state)
    assert stores.backfills.interrupt_dead(dead) == []
    assert stores.backfills.record(backfill_id).state is state


def test_a_backfill_whose_process_lives_is_left_alone(stores: Stores, backfill_id: str):
    stores.control.acquire(backfill_id, ME, alive)
    assert stores.backfills.interrupt_dead(is_alive) == []


def test_a_backfill_that_was_being_canceled_is_canceled_when_its_process_is_gone(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4)))
    stores.backfills.change_state(launched.backfill_id, BackfillState.IN_PROGRESS)
    record(stores, launched, completed(launched, launched.first_run), started(launched.first_run + 1))
    stores.backfills.change_state(launched.backfill_id, BackfillState.CANCELING)
    (ended,) = stores.backfills.interrupt_dead(dead)
    assert (ended.state, ended.completed, ended.canceled) == (BackfillState.CANCELED, 1, 3)
    canceled = PartitionState.CANCELED
    assert stores.states.snapshot("orders", FLAVORS).shown.tolist() == [1, canceled, canceled, canceled]


def test_a_process_can_leave_its_backfill_to_be_resumed(stores: Stores, backfill_id: str):
    stores.control.acquire(backfill_id, ME, alive)
    left = stores.backfills.interrupt(backfill_id, "The code changed.")
    assert (left.state, left.error) == (BackfillState.INTERRUPTED, "The code changed.")
    assert stores.control.holder(backfill_id) is None
