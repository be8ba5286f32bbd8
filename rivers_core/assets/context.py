"""What an asset's function may ask and tell while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from rivers_core.assets.context_log import ContextLogger, LogSink, print_to_stderr
from rivers_core.assets.metadata import plain_metadata
from rivers_core.assets.partition_context import PartitionContext
from rivers_core.exceptions import ExecutionError
from rivers_core.partitions.definitions import TimeWindow
from rivers_core.partitions.keys import PartitionKey

ConfigT = TypeVar("ConfigT")


class ContextNotes:
    """What a function told its context: read by whoever runs it, after the call.

    `metadata` and `data_versions` are by asset; `key_metadata` by asset and ordinal; `failures` by ordinal.
    """

    __slots__ = ("data_versions", "failures", "key_metadata", "metadata", "warnings")

    def __init__(self) -> None:
        self.metadata: dict[str, dict[str, Any]] = {}
        self.key_metadata: dict[str, dict[int, dict[str, Any]]] = {}
        self.data_versions: dict[str, str] = {}
        self.failures: dict[int, str] = {}
        self.warnings: list[str] = []

    def warn_once(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)


def _never() -> bool:
    return False


class AssetExecutionContext(Generic[ConfigT]):
    """The `context` of an asset's function. Unit tests may make one by hand with just a name.

    `tags`, `kinds`, `group`, `code_version` and `asset_metadata` are those of the asset; `run_tags` those of the
    backfill or materialization. `output_selection` names the assets that this call is to compute.
    """

    __slots__ = (
        "_config",
        "_is_canceled",
        "_log",
        "_sink",
        "asset_metadata",
        "asset_name",
        "batched",
        "code_version",
        "group",
        "is_multi_asset",
        "kinds",
        "notes",
        "output_selection",
        "partition",
        "resources",
        "run_id",
        "run_tags",
        "tags",
    )

    def __init__(  # noqa: PLR0917  # the order of rivers
        self,
        asset_name: str,
        tags: Mapping[str, str] | None = None,
        kinds: Sequence[str] = (),
        group: str | None = None,
        code_version: str | None = None,
        asset_metadata: Mapping[str, Any] | None = None,
        partition: PartitionContext | None = None,
        is_multi_asset: bool = False,
        output_selection: Sequence[str] | None = None,
        config: ConfigT | None = None,
        run_id: str | None = None,
        *,
        batched: bool = False,
        run_tags: Mapping[str, str] | None = None,
        resources: Mapping[str, Any] | None = None,
        sink: LogSink = print_to_stderr,
        is_canceled: Callable[[], bool] = _never,
        notes: ContextNotes | None = None,
    ) -> None:
        self.asset_name = asset_name
        self.tags = tags if tags is not None else {}
        self.kinds = kinds
        self.group = group
        self.code_version = code_version
        self.asset_metadata = asset_metadata if asset_metadata is not None else {}
        self.partition = partition
        self.is_multi_asset = is_multi_asset
        self.output_selection = output_selection if output_selection is not None else (asset_name,)
        self.run_id = run_id
        self.batched = batched
        self.run_tags = run_tags if run_tags is not None else {}
        self.resources = resources if resources is not None else {}
        self.notes = notes if notes is not None else ContextNotes()
        self._config = config
        self._sink = sink
        self._is_canceled = is_canceled
        self._log: ContextLogger | None = None

    @property
    def config(self) -> ConfigT:
        """The validated config model; a plain mapping for an asset that names no model."""
        return {} if self._config is None else self._config  # type: ignore[return-value]  # no model, no type

    @property
    def log(self) -> ContextLogger:
        """A logger whose lines appear in the run's log at once."""
        if self._log is None:
            self._log = ContextLogger(f"rivers.{self.asset_name}", self._sink)
        return self._log

    @property
    def canceled(self) -> bool:
        """Whether this run was asked to stop; code that runs for long looks now and then and returns."""
        return self._is_canceled()

    @property
    def has_partition_key(self) -> bool:
        return self.partition is not None

    @property
    def partition_key(self) -> str:
        """The key of this run's partition as text. In a run of several it is the first, which leaves a warning."""
        partition = self._partition()
        if self.batched and len(partition.subset) > 1:
            self.notes.warn_once(
                f"{self.asset_name} read context.partition_key in a run of {len(partition.subset):,} partitions: that "
                "is only the first of them; context.partition.keys holds all."
            )
        return partition.label

    @property
    def partition_time_window(self) -> TimeWindow | None:
        """Start and end of the time that this run covers; None where no dimension is time."""
        return self._partition().time_window()

    def _partition(self) -> PartitionContext:
        if self.partition is None:
            raise ExecutionError(
                f"{self.asset_name} asked its context for a partition, but this run has none: give the asset a "
                "partitions_def, or look at context.has_partition_key first."
            )
        return self.partition

    def add_output_metadata(
        self, metadata: Mapping[str, Any], *, key: PartitionKey | str | None = None, output_name: str | None = None
    ) -> None:
        """Attach values to the output, or to that of one partition `key`; what JSON cannot hold becomes text.

        A multi-asset names the output, otherwise all of them get it. Raises ExecutionError for an unknown one.
        """
        plain = plain_metadata(metadata)
        for asset in self._outputs(output_name):
            if key is None:
                self.notes.metadata.setdefault(asset, {}).update(plain)
                continue
            by_ordinal = self.notes.key_metadata.setdefault(asset, {})
            for ordinal in self._ordinals(key):
                by_ordinal.setdefault(ordinal, {}).update(plain)

    @property
    def output_metadata(self) -> Mapping[str, Any]:
        """What was attached so far to the (first) output."""
        return self.notes.metadata.get(self.output_selection[0], {})

    def register_data_version(self, version: str, *, output_name: str | None = None) -> None:
        """Mark the output with a version; downstream partitions are stale only when it changes."""
        if not isinstance(version, str):
            raise ExecutionError(f"{self.asset_name} registered {version!r} as data version; it must be a text.")
        for asset in self._outputs(output_name):
            self.notes.data_versions[asset] = version

    def mark_partition_failed(self, partition_key: PartitionKey | str, error: object) -> None:
        """Record one partition of a batched run as failed; the others stay successes.

        In a run that is not batched it changes nothing but leaves a warning. Raises ExecutionError for a key
        that does not belong to this run.
        """
        if not self.batched:
            self.notes.warn_once(
                f"{self.asset_name} called mark_partition_failed({str(partition_key)!r}) in a run that is not batched, "
                "where it changes nothing: raise the error to fail the partition."
            )
            return
        for ordinal in self._ordinals(partition_key):
            self.notes.failures[ordinal] = str(error)

    def _ordinals(self, key: PartitionKey | str) -> Sequence[int]:
        ordinals = self._partition().keys.ordinals(key) if isinstance(key, PartitionKey | str) else None
        if ordinals is None:
            raise ExecutionError(f"partition key {key} is not in this context's partition keys")
        return tuple(ordinals)

    def _outputs(self, name: str | None) -> Sequence[str]:
        if name is None:
            return self.output_selection
        if name not in self.output_selection:
            raise ExecutionError(
                f"{self.asset_name} has no output {name!r} in this run; it computes {', '.join(self.output_selection)}."
            )
        return (name,)


class TaskExecutionContext(AssetExecutionContext[ConfigT]):
    """The context of one task of a graph asset; partition, config and log are the asset's."""

    __slots__ = ("task_name",)

    def __init__(self, task_name: str, *arguments: Any, **named: Any) -> None:
        """Takes the arguments of AssetExecutionContext after the task's name."""
        if not arguments and "asset_name" not in named:
            named["asset_name"] = task_name
        super().__init__(*arguments, **named)
        self.task_name = task_name

    @classmethod
    def within(cls, asset: AssetExecutionContext[Any], task_name: str, sink: LogSink | None = None) -> Any:
        """The context of a task as part of an asset's call: notes are shared, the log may go elsewhere."""
        made = cls.__new__(cls)
        for name in AssetExecutionContext.__slots__:
            setattr(made, name, getattr(asset, name))
        made.task_name = task_name
        made._log = None
        if sink is not None:
            made._sink = sink
        return made
