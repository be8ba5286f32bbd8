"""Decides what the end of a run means for each of its partitions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rivers_core.states import PartitionState, RunState
from rivers_core.steps.task import RunOutcome, StoredOutput
from rivers_core.storage.state_chunks import Attempts

_COMPLETED, _FAILED = int(PartitionState.COMPLETED), int(PartitionState.FAILED)
_NONE = np.empty(0, dtype=np.int64)
# What becomes of a partition whose asset stored nothing for it.
WITHOUT_OUTPUT = {
    RunState.COMPLETED: PartitionState.COMPLETED,
    RunState.FAILED: PartitionState.FAILED,
    RunState.CANCELED: PartitionState.CANCELED,
}
LONE_CELL = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class PartitionEnds:
    """The partitions of a run by how they ended, each counted once however many assets ran over it."""

    completed: int
    failed: NDArray[np.int64]
    canceled: NDArray[np.int64]


ALL_COMPLETED = PartitionEnds(1, _NONE, _NONE)


def partition_ends(cells: NDArray[np.int64], attempts: list[Attempts]) -> PartitionEnds:
    """A partition failed if any asset failed it, else it was canceled if any was, else it completed.

    Every one of `attempts` is over exactly these cells.
    """
    failed = np.zeros(len(cells), dtype=bool)
    canceled = np.zeros(len(cells), dtype=bool)
    for attempt in attempts:
        failed |= attempt.states == PartitionState.FAILED
        canceled |= attempt.states == PartitionState.CANCELED
    canceled &= ~failed
    completed = len(cells) - int(failed.sum()) - int(canceled.sum())
    return PartitionEnds(completed, cells[failed], cells[canceled])


def single_end(cell: int, states: Collection[int]) -> PartitionEnds:
    """The same for a run over one partition, from the state it has for each asset."""
    if _FAILED in states:
        return PartitionEnds(0, np.array([cell], dtype=np.int64), _NONE)
    if all(state == _COMPLETED for state in states):
        return ALL_COMPLETED
    return PartitionEnds(0, _NONE, np.array([cell], dtype=np.int64))


def attempts_of(
    outcome: RunOutcome,
    asset: str,
    cells: NDArray[np.int64],
    sequence: int,
    version_of: Callable[[str | None], int],
    *,
    read: int,
) -> Attempts:
    """What the run did to one asset's partitions; `cells` are ascending, [0] for an asset without partitions."""
    count = len(cells)
    attempts = Attempts(
        ordinals=cells,
        states=np.full(count, WITHOUT_OUTPUT[outcome.state], dtype=np.uint8),
        runs=np.full(count, outcome.run_number, dtype=np.int64),
        materialized=np.zeros(count, dtype=bool),
        sequences=np.full(count, sequence, dtype=np.int64),
        times=np.full(count, milliseconds(outcome.ended), dtype=np.int64),
        code_versions=np.zeros(count, dtype=np.uint16),
        data_versions=np.zeros(count, dtype=np.uint64),
        reads=np.full(count, read, dtype=np.int64),
    )
    for output in outcome.outputs:
        if output.asset == asset:
            _store(attempts, output, version_of(output.code_version))
    failed = [failure.ordinal for failure in outcome.failures if failure.asset == asset]
    if failed:
        at = np.isin(cells, np.maximum(np.array(failed, dtype=np.int64), 0))
        attempts.states[at] = PartitionState.FAILED
        attempts.materialized[at] = False
    return attempts


def _store(attempts: Attempts, output: StoredOutput, code_version: int) -> None:
    version = data_version_hash(output.data_version)
    bounds = np.array(output.subset.ranges or ((0, 1),), dtype=np.int64)
    for start, stop in np.searchsorted(attempts.ordinals, bounds).tolist():
        attempts.states[start:stop] = PartitionState.COMPLETED
        attempts.materialized[start:stop] = True
        attempts.code_versions[start:stop] = code_version
        attempts.data_versions[start:stop] = version


def data_version_hash(version: str | None) -> int:
    """64 bits by which two data versions are told apart; 0 for none."""
    if version is None:
        return 0
    digest = hashlib.blake2b(version.encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
