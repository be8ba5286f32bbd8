"""Runs tasks of assets that a test declares, in this thread, and keeps what they logged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rivers_core.assets.asset import Asset
from rivers_core.assets.definitions import Definitions, define
from rivers_core.assets.partition_context import PartitionContext
from rivers_core.assets.resource import OpenResources
from rivers_core.exceptions import MissingValueError
from rivers_core.io_handlers.contexts import InputContext
from rivers_core.io_handlers.memory import InMemoryIOHandler
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.steps.run import run_task
from rivers_core.steps.run_log import RunLog
from rivers_core.steps.scope import RunScope
from rivers_core.steps.task import Grids, LogLine, RunOutcome, RunTask
from rivers_core.steps.watch import Unwatched

DAYS = PartitionsDefinition.daily(start=datetime(2024, 1, 1), end=datetime(2024, 3, 1))
MONTHS = PartitionsDefinition.monthly(start=datetime(2024, 1, 1), end=datetime(2024, 3, 1))


class PatientWatch(Unwatched):
    """Waits for nothing; notes how long it would have waited, and is canceled when a test says so."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.progress: list[tuple[list[str], list[str]]] = []
        self.canceled = False

    def is_canceled(self) -> bool:
        return self.canceled

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    def step_ended(self, steps, outputs, failures) -> None:
        self.progress.append(([step.name for step in steps], [output.asset for output in outputs]))


class Bench:
    """A repository of these assets with values in memory; `log` holds the lines of all runs."""

    def __init__(self, *assets: Asset, **shared: Any) -> None:
        self.definitions: Definitions = define(assets, **shared)
        self.values = InMemoryIOHandler()
        self.watch = PatientWatch()
        self.log: list[LogLine] = []
        pinned = {name: self.definitions.partitions(name) for name in self.definitions.assets}
        self.partitioned = {name: one for name, one in pinned.items() if one is not None}
        grids = Grids(
            {name: one.fingerprint for name, one in self.partitioned.items()},
            {one.fingerprint: one.to_spec() for one in self.partitioned.values()},
        )
        resources = OpenResources(self.definitions.resources)
        self.scope = RunScope(self.definitions, grids, self.values, resources)
        self._number = 0

    def run(self, *assets: str, ordinals: Iterable[int] = (0,), batched: bool = False, **changes: Any) -> RunOutcome:
        definition = self.partitioned.get(assets[0])
        self._number += 1
        task = RunTask(
            self._number,
            "b1",
            assets,
            None if definition is None else definition.fingerprint,
            Subset() if definition is None else Subset.of(ordinals),
            batched,
            **changes,
        )
        log = RunLog(self._number, self.log.extend)
        outcome = run_task(self.scope, task, log, self.watch)
        log.close()
        return outcome

    def value(self, asset: str, ordinal: int = 0) -> Any:
        """What is stored, None where nothing is."""
        definition = self.partitioned.get(asset)
        partition = None if definition is None else PartitionContext(Subset.of([ordinal]), definition)
        try:
            return self.values.load_input(InputContext(asset, partition=partition))
        except MissingValueError:
            return None

    def texts(self, source: str = "rivers") -> list[str]:
        return [line.text for line in self.log if line.source == source]


def stored(outcome: RunOutcome) -> dict[str, list[int]]:
    return {output.asset: list(output.subset) for output in outcome.outputs}


def failed(outcome: RunOutcome) -> dict[tuple[str, int], str]:
    return {(failure.asset, failure.ordinal): failure.message for failure in outcome.failures}


def states(outcome: RunOutcome) -> Sequence[tuple[str, str]]:
    return [(step.name, str(step.state)) for step in outcome.steps]
