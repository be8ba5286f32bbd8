"""What a script gets back from its repository: outcomes of backfills and runs, with keys made only when looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from rivers_core.partitions.keys import PartitionKey
from rivers_core.states import BackfillState

if TYPE_CHECKING:
    from rivers_core.planning.plan import BackfillPlan, Stage
    from rivers_core.records import BackfillRecord

T = TypeVar("T")


class LazySequence(Sequence[T], Generic[T]):
    """A sequence whose elements are made one by one when they are asked for; a million cost nothing until then."""

    def __len__(self) -> int:
        raise NotImplementedError

    def _at(self, position: int) -> T:
        raise NotImplementedError

    @overload
    def __getitem__(self, position: int) -> T: ...

    @overload
    def __getitem__(self, position: slice) -> list[T]: ...

    def __getitem__(self, position: int | slice) -> T | list[T]:
        if isinstance(position, slice):
            return [self._at(at) for at in range(*position.indices(len(self)))]
        at = position if position >= 0 else position + len(self)
        if not 0 <= at < len(self):
            raise IndexError(f"there is nothing at {position}: there are {len(self)}")
        return self._at(at)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(_same, self, other))

    __hash__ = None  # type: ignore[assignment]  # like a list

    def __repr__(self) -> str:
        shown = ", ".join(repr(self._at(at)) for at in range(min(len(self), 5)))
        more = f", … {len(self) - 5:,} more" if len(self) > 5 else ""
        return f"[{shown}{more}]"


class RunIds(LazySequence[str]):
    """The ids of a backfill's runs, in the order of its plan."""

    def __init__(self, record: BackfillRecord | None) -> None:
        self._record = record

    def __len__(self) -> int:
        return 0 if self._record is None else self._record.num_runs

    def _at(self, position: int) -> str:
        assert self._record is not None
        return self._record.run_id(position)


class PlannedKeys(LazySequence[PartitionKey]):
    """The keys of a plan, in the order in which they run; assets without partitions have none."""

    def __init__(self, plan: BackfillPlan) -> None:
        self._stages: tuple[Stage, ...] = tuple(stage for stage in plan.stages if stage.definition is not None)

    def __len__(self) -> int:
        return sum(len(stage.ordinals) for stage in self._stages)

    def _at(self, position: int) -> PartitionKey:
        for stage in self._stages:
            if position < len(stage.ordinals):
                assert stage.definition is not None
                return stage.definition.key_at(int(stage.ordinals[position]))
            position -= len(stage.ordinals)
        raise IndexError(position)

    def __iter__(self) -> Iterator[PartitionKey]:
        for stage in self._stages:
            assert stage.definition is not None
            yield from map(stage.definition.key_at, map(int, stage.ordinals))


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """How a backfill stands when `backfill()` returns: at its end, unless it was not waited for.

    The counts are partitions. A dry run has the status `dry_run`, no id and no runs yet.
    """

    backfill_id: str
    status: BackfillState
    num_partitions: int
    num_runs: int
    completed: int
    failed: int
    canceled: int
    run_ids: Sequence[str]
    partition_keys: Sequence[PartitionKey]
    is_dry_run: bool
    warnings: tuple[str, ...] = ()
    skipped_keys: tuple[str, ...] = ()
    estimate_seconds: float | None = None

    @classmethod
    def of(cls, plan: BackfillPlan, record: BackfillRecord | None) -> BackfillResult:
        """Of a launched plan, or of one that was only previewed."""
        return cls(
            backfill_id="" if record is None else record.backfill_id,
            status=BackfillState.DRY_RUN if record is None else record.state,
            num_partitions=plan.num_partitions,
            num_runs=plan.num_runs,
            completed=0 if record is None else record.completed,
            failed=0 if record is None else record.failed,
            canceled=0 if record is None else record.canceled,
            run_ids=RunIds(record),
            partition_keys=PlannedKeys(plan),
            is_dry_run=record is None,
            warnings=tuple(warning.message for warning in plan.warnings),
            skipped_keys=plan.skipped_keys,
            estimate_seconds=plan.estimate_seconds,
        )


@dataclass(frozen=True, slots=True)
class BackfillStatus:
    """How a backfill stands at the moment; at its end completed, failed and canceled add up to the total."""

    backfill_id: str
    status: BackfillState
    total_partitions: int
    completed_partitions: int
    failed_partitions: int
    canceled_partitions: int
    run_ids: Sequence[str]
    error: str | None
    tags: list[tuple[str, str]]
    launched_by: str

    @classmethod
    def of(cls, record: BackfillRecord) -> BackfillStatus:
        return cls(
            backfill_id=record.backfill_id,
            status=record.state,
            total_partitions=record.total_partitions,
            completed_partitions=record.completed,
            failed_partitions=record.failed,
            canceled_partitions=record.canceled,
            run_ids=RunIds(record),
            error=record.error,
            tags=list(record.tags),
            launched_by=record.launched_by,
        )


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a direct materialization ended; `run_id` is that of its last run.

    It is several runs when the selected assets have different partitions.
    """

    success: bool
    run_id: str
    materialized_assets: list[str]
    failed_assets: list[tuple[str, str]]


def _same(one: object, other: object) -> bool:
    return one == other
