"""The runs of a stage that are still to be done, made into tasks a few at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.subset import Subset
from rivers_core.planning.asked import to_subset
from rivers_core.planning.plan import Stage
from rivers_core.steps.task import RunTask

_AT_ONCE = 4_096  # runs turned from arrays into Python numbers together


class RunQueue:
    """Runs of one stage in the plan's order; those given back come first again."""

    def __init__(
        self,
        stage: Stage,
        first_run: int,
        remaining: NDArray[np.int64],
        *,
        backfill_id: str | None,
        config: Mapping[str, Mapping[str, Any]],
        tags: tuple[tuple[str, str], ...],
        retry: Mapping[str, Any] | None,
    ) -> None:
        """`first_run` is the number of the stage's first run, `remaining` (int64) the numbers not yet done."""
        self._stage = stage
        self._first = first_run
        self._remaining = remaining
        self._next = 0
        self._ready: deque[tuple[int, Subset]] = deque()
        self._returned: deque[RunTask] = deque()
        self._deferred: list[RunTask] = []
        self._backfill_id = backfill_id
        self._grid = None if stage.definition is None else stage.definition.fingerprint
        self._config = {name: config[name] for name in stage.assets if name in config}
        self._tags = tags
        self._retry = retry

    def __len__(self) -> int:
        return len(self._deferred) + len(self._returned) + len(self._ready) + len(self._remaining) - self._next

    @property
    def deferred(self) -> int:
        """How many tasks were deferred and have not been brought back."""
        return len(self._deferred)

    def take(self, count: int) -> list[RunTask]:
        """The next tasks, at most `count`, without deferred ones."""
        taken = [self._returned.popleft() for _ in range(min(count, len(self._returned)))]
        while len(taken) < count and (self._ready or self._next < len(self._remaining)):
            if not self._ready:
                self._make_ready()
            next_ones = min(count - len(taken), len(self._ready))
            taken.extend(self._task(*self._ready.popleft()) for _ in range(next_ones))
        return taken

    def give_back(self, tasks: Iterable[RunTask]) -> None:
        """These were not started after all; executors give back in any order what comes in the plan's order again."""
        self._returned = deque(sorted([*self._returned, *tasks], key=lambda task: task.run_number))

    def defer(self, tasks: Iterable[RunTask]) -> None:
        """These cannot be started at the moment; others may go first until they are brought back."""
        self._deferred.extend(tasks)

    def bring_back(self) -> None:
        """Let what was deferred be taken again, before all others."""
        self._returned.extendleft(reversed(self._deferred))
        self._deferred.clear()

    def _make_ready(self) -> None:
        numbers = self._remaining[self._next : self._next + _AT_ONCE]
        self._next += len(numbers)
        indices = numbers - self._first
        starts, stops = self._stage.bounds[indices], self._stage.bounds[indices + 1]
        if bool(np.all(stops - starts == 1)):
            ordinals = self._stage.ordinals[starts].tolist()
            self._ready.extend(
                (number, Subset(((ordinal, ordinal + 1),)))
                for number, ordinal in zip(numbers.tolist(), ordinals, strict=True)
            )
            return
        for number, start, stop in zip(numbers.tolist(), starts.tolist(), stops.tolist(), strict=True):
            self._ready.append((number, to_subset(self._stage.ordinals[start:stop])))

    def _task(self, number: int, subset: Subset) -> RunTask:
        return RunTask(
            number,
            self._backfill_id,
            self._stage.assets,
            self._grid,
            subset,
            self._stage.batched,
            self._config,
            self._tags,
            self._retry,
        )
