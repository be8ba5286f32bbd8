"""`Storage` as a script names it: where results are kept, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rivers_core.exceptions import ConfigurationError, UnknownBackfillError
from rivers_core.partitions.keys import PartitionKey
from rivers_core.paths import expanded

if TYPE_CHECKING:
    from rivers_core.engine import Engine
    from rivers_core.planning import staleness as planning
    from rivers_core.records import LogRecord, RunRecord
    from rivers_core.storage.stores import Stores
    from rivers_core.storage.writer import FailureListener, WriteFailure

DATABASE = "rivers.sqlite"
OUTPUTS = "outputs"
_WORDS_OF_RIVERS = {"notstarted": "queued", "started": "running", "success": "completed", "failure": "failed"}


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """What one run did to one partition of an asset: `event_type` is materialization, failure or cancellation."""

    event_type: str
    asset_key: str
    run_id: str
    partition_key: PartitionKey | None
    timestamp: float | None
    metadata: dict[str, Any]
    data_version: str | None
    code_version: str | None


@dataclass(frozen=True, slots=True)
class AssetRecord:
    """An asset and its last materialization; times are seconds since the epoch."""

    asset_key: str
    tags: dict[str, str]
    kinds: tuple[str, ...]
    group: str | None
    code_version: str | None
    last_run_id: str
    last_timestamp: float
    last_materialization_code_version: str | None
    last_data_version: str | None


@dataclass(frozen=True, slots=True)
class StaleCause:
    """Why partitions of an asset are stale: `category` is code, or data of the upstream asset `dependency`."""

    asset_key: str
    category: str
    reason: str
    dependency: str | None = None


class Storage:
    """Where a repository's results are kept. One storage may serve several repositories, one after the other."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._stores: Stores | None = None
        self._engine: Engine | None = None
        self._on_failure: FailureListener | None = None
        self._default_handler: Any = None  # an IO handler

    @classmethod
    def memory(cls) -> Storage:
        """Results live as long as this object; values of assets without an IO handler too."""
        return cls(None)

    @classmethod
    def embedded(cls, path: str | Path) -> Storage:
        """A folder with a database and the outputs, as a project's `.rivers` is; made when it is first used."""
        return cls(expanded(path).absolute())

    @property
    def folder(self) -> Path | None:
        """Where everything is kept; None in memory."""
        return self._folder

    @property
    def outputs(self) -> str | None:
        """The folder of values that no IO handler of their own keeps; None in memory."""
        return None if self._folder is None else str(self._folder / OUTPUTS)

    @property
    def default_handler(self) -> Any:  # an IO handler
        """What keeps the values of assets that name no IO handler."""
        if self._default_handler is None:
            from rivers_core.io_handlers.default import DefaultIOHandler
            from rivers_core.io_handlers.memory import InMemoryIOHandler

            self._default_handler = InMemoryIOHandler() if self.outputs is None else DefaultIOHandler(path=self.outputs)
        return self._default_handler

    def close(self) -> None:
        """Write what waits and let go of the database; memory is forgotten."""
        if self._stores is not None:
            self._stores.close()
            self._stores = None

    # Between a repository and its storage

    def opened(self, on_failure: FailureListener | None = None) -> Stores:
        """What is stored, opened when it is first needed; raises StorageError."""
        from rivers_core.storage.stores import Stores

        if on_failure is not None:
            self._on_failure = on_failure
        if self._stores is None:
            self._stores = (
                Stores.memory(on_failure=self._failed)
                if self._folder is None
                else Stores.open(self._folder / DATABASE, on_failure=self._failed)
            )
        return self._stores

    def bind(self, engine: Engine | None) -> None:
        """The engine of the repository that uses this storage now; it knows the assets."""
        self._engine = engine
        if engine is None:
            self._on_failure = None

    def _failed(self, failure: WriteFailure) -> None:
        if self._on_failure is not None:
            self._on_failure(failure)

    @property
    def _bound(self) -> Engine:
        if self._engine is None:
            raise ConfigurationError("Only a repository knows its assets: call its resolve(storage) first.")
        return self._engine

    # Runs

    def get_run(self, run_id: str) -> RunRecord | None:
        """A run by its id; None if there is none."""
        try:
            return self.opened().runs.record(run_id)
        except UnknownBackfillError:
            return None

    def get_runs(self, limit: int = 100, status: str | None = None) -> list[RunRecord]:
        """Newest first; `status` is queued, running, completed, failed or canceled, or rivers' word for it."""
        from rivers_core.states import RunState

        try:
            state = None if status is None else RunState(_WORDS_OF_RIVERS.get(status.lower(), status.lower()))
        except ValueError:
            names = ", ".join(RunState)
            raise ConfigurationError(f"A run has no status {status!r}; there are {names}.") from None
        return list(self.opened().runs.runs(state=state, limit=limit).records)

    def get_run_progress(self, run_id: str) -> tuple[int, int]:
        """How many of a run's steps have ended, and how many it has; UnknownBackfillError."""
        run = self.opened().runs.record(run_id)
        spec = self._bound.spec()
        steps = {asset.computation for name in run.assets if (asset := spec.asset(name)) is not None}
        ended = {step.name for step in self.opened().runs.steps(run_id) if step.state.is_final}
        return len(steps & ended), len(steps)

    def get_run_logs(self, run_id: str) -> list[LogRecord]:
        """Every line that was kept of a run's log."""
        from rivers_core.records import parse_run_id

        stores = self.opened()
        number = parse_run_id(stores.runs.record(run_id).run_id)
        return list(stores.logs.lines(number, limit=max(stores.logs.count(number), 1)))

    # Assets

    def get_events_for_asset(self, name: str, limit: int = 100) -> list[StoredEvent]:
        """What the last runs did to the asset's partitions, newest first; AssetNotFoundError."""
        self._bound.definition(name)
        events: list[StoredEvent] = []
        for run in self.opened().runs.runs(asset=name, limit=limit).records:
            events += self._events(name, run, limit - len(events))
        return events[:limit]

    def get_materialized_partitions(self, name: str) -> list[PartitionKey]:
        """The keys that have an output, in the definition's order; AssetNotFoundError."""
        definition = self._bound.definition(name)
        if definition is None:
            return []
        return [definition.key_at(ordinal) for ordinal in self._materialized(name)]

    def count_materialized_partitions(self, name: str) -> int:
        """How many partitions have an output; AssetNotFoundError."""
        return 0 if self._bound.definition(name) is None else len(self._materialized(name))

    def get_asset_record(self, name: str) -> AssetRecord | None:
        """The asset with its last materialization; None if it never was. AssetNotFoundError."""
        definition = self._bound.definition(name)
        stored = self.opened().states.snapshot(name, definition, ("materialized_time", "materialized_seq"))
        if not stored.columns["materialized_seq"].any():
            return None
        newest = int(stored.columns["materialized_seq"].argmax())
        last = self.opened().runs.partition(name, definition, -1 if definition is None else newest).materialization
        assert last is not None, "it has a sequence number"
        spec = self._bound.spec().asset(name)
        assert spec is not None, "it has a definition"
        return AssetRecord(
            asset_key=name,
            tags=dict(spec.tags),
            kinds=spec.kinds,
            group=spec.group,
            code_version=spec.code_version,
            last_run_id=last.run_id,
            last_timestamp=last.time,
            last_materialization_code_version=last.code_version,
            last_data_version=last.data_version,
        )

    def compute_staleness(self) -> dict[str, tuple[str, list[StaleCause]]]:
        """For every asset UpToDate, Stale or Missing (nothing was materialized), and why partitions are stale."""
        engine = self._bound
        found = {}
        for name in (asset.name for asset in engine.spec().assets):
            causes = [self._cause(name, cause) for cause in engine.stale_causes(name)]
            nothing = not causes and not self._has_output(name)
            found[name] = ("Missing" if nothing else "Stale" if causes else "UpToDate", causes)
        return found

    # Dynamic partitions

    def add_dynamic_partitions(self, name: str, keys: Sequence[str]) -> None:
        """Add keys at the end, those that are new; PartitionValidationError for one that can be none."""
        if self._engine is not None:
            self._engine.add_dynamic_partitions(name, keys)
        else:
            self.opened().dynamic.add(name, keys)

    def delete_dynamic_partition(self, name: str, key: str) -> None:
        """Take a key away; what is stored of its partitions is kept."""
        if self._engine is not None:
            self._engine.delete_dynamic_partition(name, key)
        else:
            self.opened().dynamic.delete(name, key)

    def get_dynamic_partitions(self, name: str) -> list[str]:
        return list(self.opened().dynamic.keys(name))

    def has_dynamic_partition(self, name: str, key: str) -> bool:
        return self.opened().dynamic.has(name, key)

    # Inside

    def _materialized(self, name: str) -> list[int]:
        stored = self.opened().states.snapshot(name, self._bound.definition(name), ("materialized_seq",))
        found: list[int] = stored.columns["materialized_seq"].nonzero()[0].tolist()
        return found

    def _has_output(self, name: str) -> bool:
        stored = self.opened().states.snapshot(name, self._bound.definition(name), ("materialized_seq",))
        return bool(stored.columns["materialized_seq"].any())

    def _cause(self, name: str, cause: planning.StaleCause) -> StaleCause:
        outputs = "1 output was" if cause.count == 1 else f"{cause.count:,} outputs were"
        if cause.upstream is None:
            return StaleCause(name, "code", f"{outputs} made by another code version")
        return StaleCause(name, "data", f"{outputs} made before {cause.upstream} changed", cause.upstream)

    def _events(self, name: str, run: RunRecord, limit: int) -> list[StoredEvent]:
        """One for each partition of the run, with what was stored if nothing newer was."""
        from rivers_core.states import RunState

        definition = self.opened().runs.definition_of(run.run_id)
        kinds = {RunState.COMPLETED: "materialization", RunState.FAILED: "failure", RunState.CANCELED: "cancellation"}
        failed = {failure.ordinal for failure in self.opened().runs.failures(run.run_id) if failure.asset == name}
        events = []
        for ordinal in [-1] if definition is None else list(run.subset)[: max(limit, 0)]:
            state = RunState.FAILED if ordinal in failed else run.state
            if state not in kinds:
                continue
            last = self.opened().runs.partition(name, definition, ordinal).materialization
            mine = last if last is not None and last.run_id == run.run_id else None
            events.append(
                StoredEvent(
                    event_type="materialization" if mine is not None else kinds[state],
                    asset_key=name,
                    run_id=run.run_id,
                    partition_key=None if definition is None else definition.key_at(ordinal),
                    timestamp=run.ended,
                    metadata={} if mine is None else dict(mine.metadata),
                    data_version=None if mine is None else mine.data_version,
                    code_version=None if mine is None else mine.code_version,
                )
            )
        return events
