"""What someone asks for: a backfill request, checked where it comes in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.partitions.subset import Subset
from rivers_core.states import FailurePolicy, RunOrder

StateFilter = Literal["missing", "failed", "canceled", "stale"]


class BackfillRequest(BaseModel):
    """A backfill as asked for; at most one of `partition_keys`, `partition_range` and `subset` is given.

    `subset` holds ordinals in a selected asset's definition whose `fingerprint` comes with it: the
    form in which the grid's selection travels. With none of the three, `where`, an asset without partitions or
    `all_partitions=True` is needed.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, extra="forbid")

    selection: tuple[str, ...] | None = None
    include_upstream: bool = False
    include_downstream: bool = False
    add_missing_upstream: bool = False  # upstream assets too, but only their partitions that have no output
    partition_keys: tuple[PartitionKey, ...] | None = None
    partition_range: PartitionKeyRange | None = None
    subset: Subset | None = None
    fingerprint: str | None = None
    all_partitions: bool = False
    # A rerun's own ordinals of the assets named, in place of those that would be derived through mappings.
    exact: dict[str, Subset] = {}
    skipped_keys: tuple[str, ...] = ()  # keys of a rerun that the definition no longer holds
    where: tuple[StateFilter, ...] = ()
    strategy: BackfillStrategy | None = None
    failure_policy: FailurePolicy = FailurePolicy.CONTINUE
    order: RunOrder = RunOrder.OLDEST_FIRST
    max_concurrency: Annotated[int, Field(ge=1, le=1024)] = 4
    retry: dict[str, Any] | None = None  # RetryPolicy.to_spec()
    tags: tuple[tuple[str, str], ...] = ()
    config: dict[str, dict[str, Any]] = {}  # user values, validated in a worker by the asset's own model
    # The secret fields that `config` held at the launch, by asset; what they hold is stored nowhere.
    secrets: dict[str, tuple[str, ...]] = {}
    launched_by: str = ""  # who asks; filled in by the engine that launches it
    rerun_of: str | None = None
    rerun_partitions: Literal["failed_and_canceled", "all"] | None = None
