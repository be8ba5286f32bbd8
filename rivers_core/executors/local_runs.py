"""Carries out runs in this very process, for the executors that need no other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rivers_core.assets.definitions import Definitions
from rivers_core.assets.resource import OpenResources
from rivers_core.io_handlers.default import DefaultIOHandler
from rivers_core.io_handlers.memory import InMemoryIOHandler
from rivers_core.steps.run import run_task
from rivers_core.steps.run_log import RunLog
from rivers_core.steps.scope import RunScope
from rivers_core.steps.streams import StreamCapture, printing_into, process_streams
from rivers_core.steps.task import Grids, Report, RunOutcome, RunStarted, RunTask
from rivers_core.steps.watch import RunWatch


class LocalRuns:
    """What all runs of one local executor share, from `open` to `close`.

    `outputs` is the folder or URL for assets that name no IO handler; without it `default_handler` keeps their
    values, by default in memory for as long as this object lives. Resources are torn down at the end unless given.
    """

    def __init__(
        self,
        definitions: Definitions,
        outputs: str | Path | None = None,
        default_handler: Any = None,
        resources: OpenResources | None = None,
        streams: StreamCapture = process_streams,
    ) -> None:
        self._definitions = definitions
        if default_handler is None:
            default_handler = InMemoryIOHandler() if outputs is None else DefaultIOHandler(path=str(outputs))
        self._default_handler = default_handler
        self._given_resources = resources
        self._streams = streams
        self._scope: RunScope | None = None

    def open(self, grids: Grids) -> None:
        """Begin to take what user code prints, and be ready for runs over `grids`."""
        resources = self._given_resources or OpenResources(self._definitions.resources)
        self._scope = RunScope(self._definitions, grids, self._default_handler, resources)
        self._streams.install(echo=True)

    def close(self) -> None:
        """Give streams and resources back; raises ConfigurationError if a resource cannot be torn down."""
        scope, self._scope = self._scope, None
        if scope is None:
            return
        self._streams.uninstall()
        if self._given_resources is None:
            scope.resources.close()

    def carry_out(self, task: RunTask, watch: RunWatch, tell: Callable[[Sequence[Report]], None]) -> RunOutcome:
        """Do one run in the calling thread; its reports go to `tell` as they come, the outcome last."""
        assert self._scope is not None  # the runner opens before it submits
        tell([RunStarted(task.run_number, time.time())])
        log = RunLog(task.run_number, tell)
        with printing_into(log):
            outcome = run_task(self._scope, task, log, watch)
        log.close()
        tell([outcome])
        return outcome

    def pools_of(self, task: RunTask) -> frozenset[str]:
        """The limited pools that a run of the task holds."""
        limits = self._definitions.pool_limits
        if not limits:
            return frozenset()
        computations = (self._definitions.computation(asset) for asset in task.assets)
        return frozenset(one.pool for one in computations if one.pool is not None and one.pool in limits)
