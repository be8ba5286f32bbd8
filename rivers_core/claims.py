"""Which partitions are being computed in this process, so that no two backfills compute one at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from rivers_core.steps.task import RunTask


class Claims:
    """The runs that are out of every backfill of this process; used by all their threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._assets: dict[str, frozenset[str]] = {}
        self._out: dict[str, dict[int, RunTask]] = {}

    def enter(self, owner: str, assets: Iterable[str]) -> None:
        """From now on `owner`, a backfill, may claim partitions of these assets."""
        with self._lock:
            self._assets[owner] = frozenset(assets)
            self._out[owner] = {}

    @property
    def are_held(self) -> bool:
        """Whether this process computes anything, in backfills or outside of them."""
        with self._lock:
            return bool(self._assets)

    def leave(self, owner: str) -> None:
        with self._lock:
            self._assets.pop(owner, None)
            self._out.pop(owner, None)

    def claim(self, owner: str, tasks: Sequence[RunTask]) -> tuple[list[RunTask], list[RunTask]]:
        """The tasks that may start now, claimed; and those that touch a partition which another backfill has out."""
        with self._lock:
            rivals = [
                task
                for other, assets in self._assets.items()
                if other != owner and not assets.isdisjoint(self._assets[owner])
                for task in self._out[other].values()
            ]
            if not rivals:
                free, busy = list(tasks), list[RunTask]()
            else:
                free, busy = _parted(tasks, rivals)
            out = self._out[owner]
            for task in free:
                out[task.run_number] = task
            return free, busy

    def release(self, owner: str, run_numbers: Iterable[int]) -> None:
        with self._lock:
            out = self._out.get(owner)
            if out is not None:
                for number in run_numbers:
                    out.pop(number, None)


def _parted(tasks: Sequence[RunTask], rivals: Sequence[RunTask]) -> tuple[list[RunTask], list[RunTask]]:
    lone = {(name, task.grid, task.subset.ranges) for task in rivals for name in task.assets}
    wide = [task for task in rivals if len(task.subset) != 1]
    free: list[RunTask] = []
    busy: list[RunTask] = []
    for task in tasks:
        others = rivals if len(task.subset) != 1 else wide
        collides = any((name, task.grid, task.subset.ranges) in lone for name in task.assets) or any(
            _overlap(task, other) for other in others
        )
        (busy if collides else free).append(task)
    return free, busy


def _overlap(one: RunTask, other: RunTask) -> bool:
    """Whether two runs share a partition; two numberings of one asset are taken to overlap."""
    if set(one.assets).isdisjoint(other.assets):
        return False
    return one.grid != other.grid or one.grid is None or bool(one.subset & other.subset)
