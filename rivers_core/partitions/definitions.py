"""What every partitions definition answers: how many partitions, which key has which ordinal, and back."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

from rivers_core.exceptions import PartitionDefinitionError, PartitionValidationError
from rivers_core.partitions.forms import form
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.subset import Subset

if TYPE_CHECKING:
    from rivers_core.partitions.listed_definitions import DynamicPartitions, StaticPartitions
    from rivers_core.partitions.multi_definitions import MultiPartitions
    from rivers_core.partitions.time_definitions import TimePartitions


class TimeWindow(NamedTuple):
    """A half-open span of wall-clock time: `start` belongs to it, `end` does not."""

    start: datetime
    end: datetime


_Window: TypeAlias = TimeWindow  # the name that is left within the class, where TimeWindow is a form


class PartitionsDefinition(ABC):
    """How an asset is split into partitions: each has an ordinal from 0 in the definition's order, and a key.

    Every call that needs the number of partitions takes `now` (wall clock, the current moment by default),
    because a time grid without an end grows; `pinned` gives a copy that does not.
    """

    @staticmethod
    def static_(keys: Sequence[str]) -> StaticPartitions:
        """A fixed list of keys in the order given; raises PartitionDefinitionError for an unusable key."""
        from rivers_core.partitions.listed_definitions import StaticPartitions

        return StaticPartitions.of(keys)

    @staticmethod
    def dynamic(name: str) -> DynamicPartitions:
        """A list of keys that is kept in the storage under `name`."""
        from rivers_core.partitions.listed_definitions import DynamicPartitions

        return DynamicPartitions.named(name)

    @staticmethod
    def hourly(start: date, end: date | None = None, fmt: str | None = None) -> TimePartitions:
        """Hours from `start`, rounded up to a full hour; see `time_window` for `end` and `fmt`."""
        from rivers_core.partitions.time_definitions import TimePartitions

        return TimePartitions.of("hourly", start, end, fmt)

    @staticmethod
    def daily(start: date, end: date | None = None, fmt: str | None = None) -> TimePartitions:
        """Days from `start`, rounded up to a midnight; see `time_window` for `end` and `fmt`."""
        from rivers_core.partitions.time_definitions import TimePartitions

        return TimePartitions.of("daily", start, end, fmt)

    @staticmethod
    def weekly(start: date, end: date | None = None, fmt: str | None = None) -> TimePartitions:
        """Weeks from `start`, rounded up to a midnight, whose weekday begins them; keys name that day."""
        from rivers_core.partitions.time_definitions import TimePartitions

        return TimePartitions.of("weekly", start, end, fmt)

    @staticmethod
    def monthly(start: date, end: date | None = None, fmt: str | None = None) -> TimePartitions:
        """Calendar months from `start`, rounded up to the first of a month."""
        from rivers_core.partitions.time_definitions import TimePartitions

        return TimePartitions.of("monthly", start, end, fmt)

    @staticmethod
    def time_window(
        start: date,
        cron_schedule: str | None = None,
        interval_seconds: float | None = None,
        end: date | None = None,
        fmt: str | None = None,
    ) -> TimePartitions:
        """Windows between the ticks of a cron schedule, or of a length in seconds counted from `start`.

        The windows are those that start before `end`; without one, up to and with the window that
        contains the current moment. `fmt` writes a window's start as its key and must tell all windows apart.
        A cron schedule has five fields, or six with the seconds first. Raises PartitionDefinitionError.
        """
        from rivers_core.partitions.time_definitions import TimePartitions

        if (cron_schedule is None) == (interval_seconds is None):
            raise PartitionDefinitionError(
                "A time window needs either cron_schedule or interval_seconds"
                + (", not both." if cron_schedule is not None else ".")
            )
        cadence = "cron" if cron_schedule is not None else "interval"
        return TimePartitions.of(
            cadence, start, end, fmt, interval_seconds=interval_seconds, cron_schedule=cron_schedule
        )

    @staticmethod
    def multi(dimensions: Mapping[str, PartitionsDefinition]) -> MultiPartitions:
        """The product of other definitions; the last dimension varies fastest."""
        from rivers_core.partitions.multi_definitions import MultiPartitions

        return MultiPartitions.of(dimensions)

    @staticmethod
    def from_spec(spec: Mapping[str, Any]) -> PartitionsDefinition:
        """The definition that `to_spec` described."""
        from rivers_core.partitions.definition_specs import definition_from_spec

        return definition_from_spec(spec)

    is_multi = False
    is_time = False
    is_dynamic = False

    Static: ClassVar[type]
    TimeWindow: ClassVar[type]
    Multi: ClassVar[type]
    Dynamic: ClassVar[type]

    @property
    @abstractmethod
    def is_pinned(self) -> bool:
        """Whether the number of partitions is fixed, whatever the moment and the storage."""

    @property
    @abstractmethod
    def dimensions(self) -> tuple[tuple[str, PartitionsDefinition], ...]:
        """Names and definitions of the dimensions; a definition without any is its own, named ""."""

    @abstractmethod
    def size(self, now: datetime | None = None) -> int:
        """The number of partitions."""

    @abstractmethod
    def label_at(self, ordinal: int) -> str:
        """The written key of a partition; a time grid goes on beyond its first and last window."""

    @abstractmethod
    def key_at(self, ordinal: int) -> PartitionKey:
        """The key of a partition; lists raise IndexError outside of themselves."""

    @abstractmethod
    def parse_key(self, text: str) -> PartitionKey:
        """The key a text writes for this definition, member or not; raises PartitionValidationError."""

    @abstractmethod
    def indices_of(self, key: PartitionKey, now: datetime | None = None) -> tuple[tuple[int, ...], ...]:
        """For each dimension the positions of the key's values; raises PartitionValidationError."""

    @abstractmethod
    def pinned(
        self, now: datetime | None = None, dynamic_keys: Mapping[str, Sequence[str]] | None = None
    ) -> PartitionsDefinition:
        """A copy that does not grow: open grids end with the window of `now`, dynamic ones hold these keys."""

    @abstractmethod
    def to_spec(self) -> dict[str, Any]:
        """The definition as JSON-able values, told apart by "kind"."""

    @abstractmethod
    def numbering(self, *, leading: bool) -> dict[str, Any]:
        """The part of the spec that fixes the ordinals, for a dimension that leads or follows others."""

    def window_at(self, ordinal: int) -> _Window | None:
        """The time window of a partition, of its first time dimension if there are several."""
        return None

    def open_ordinal(self, now: datetime | None = None) -> int | None:
        """The partition of a lone time grid whose window contains `now`, if there is one."""
        return None

    def shape(self, now: datetime | None = None) -> tuple[int, ...]:
        """The number of keys of each dimension."""
        return tuple(definition.size(now) for _, definition in self.dimensions)

    def ravel(self, indices: Sequence[int]) -> int:
        """The ordinal of a position in every dimension (row-major: the last dimension varies fastest)."""
        (index,) = indices
        return index

    def unravel(self, ordinal: int) -> tuple[int, ...]:
        """The position in every dimension of an ordinal."""
        return (ordinal,)

    def __len__(self) -> int:
        return self.size()

    def get_partition_keys(self, now: datetime | None = None) -> list[PartitionKey]:
        """Every key in the definition's order."""
        return [self.key_at(ordinal) for ordinal in range(self.size(now))]

    def validate_partition_key(self, key: PartitionKey | str) -> bool:
        """Whether the key, or each of those it stands for, belongs to the definition."""
        try:
            self.indices_of(self._as_key(key))
        except PartitionValidationError:
            return False
        return True

    def ordinal_of(self, key: PartitionKey | str, now: datetime | None = None) -> int:
        """The ordinal of a key; raises PartitionValidationError naming the nearest keys that exist."""
        found = self.indices_of(self._as_key(key), now)
        if any(len(indices) != 1 for indices in found):
            raise PartitionValidationError(f"{str(key)!r} stands for several partitions; name one.")
        return self.ravel([indices[0] for indices in found])

    def ordinals_of(self, key: PartitionKey | str, now: datetime | None = None) -> Subset:
        """The ordinals of all partitions a key stands for: several where a dimension has several values."""
        return Subset.of(self.ravel(indices) for indices in product(*self.indices_of(self._as_key(key), now)))

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of what fixes which ordinal means which key.

        The end of a leading time grid does not belong to it: growth there renumbers nothing.
        """
        canonical = json.dumps(self.numbering(leading=True), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def __reduce__(self) -> tuple[Any, ...]:
        return PartitionsDefinition.from_spec, (self.to_spec(),)

    def _as_key(self, key: PartitionKey | str) -> PartitionKey:
        return self.parse_key(key) if isinstance(key, str) else key


class LoneDefinition(PartitionsDefinition):
    """A definition without dimensions: its keys are single values."""

    @property
    def dimensions(self) -> tuple[tuple[str, PartitionsDefinition], ...]:
        return (("", self),)

    @abstractmethod
    def pinned(
        self, now: datetime | None = None, dynamic_keys: Mapping[str, Sequence[str]] | None = None
    ) -> LoneDefinition: ...

    @abstractmethod
    def index_of(self, value: str, now: datetime | None = None) -> int:
        """The position of one value; raises PartitionValidationError naming the nearest that exist."""

    def key_at(self, ordinal: int) -> PartitionKey:
        return PartitionKey((("", (self.label_at(ordinal),)),))

    def parse_key(self, text: str) -> PartitionKey:
        return PartitionKey.single(text.split(","))

    def ordinal_of(self, key: PartitionKey | str, now: datetime | None = None) -> int:
        if isinstance(key, str) and "," not in key:
            return self.index_of(key, now)
        return super().ordinal_of(key, now)

    def indices_of(self, key: PartitionKey, now: datetime | None = None) -> tuple[tuple[int, ...], ...]:
        if key.is_multi:
            raise PartitionValidationError(
                f"'{key}' names dimensions, but these partitions have none; write the key alone."
            )
        return (tuple(self.index_of(value, now) for value in key.parts[0][1]),)


def _form(name: str, maker: str, fits: Callable[[PartitionsDefinition], bool]) -> type:
    return form(
        f"PartitionsDefinition.{name}",
        f"PartitionsDefinition.{maker}",
        lambda one: isinstance(one, PartitionsDefinition) and fits(one),
    )


PartitionsDefinition.Static = _form(
    "Static", "static_", lambda one: not (one.is_multi or one.is_time or one.is_dynamic)
)
PartitionsDefinition.TimeWindow = _form("TimeWindow", "time_window", lambda one: one.is_time)
PartitionsDefinition.Multi = _form("Multi", "multi", lambda one: one.is_multi)
PartitionsDefinition.Dynamic = _form("Dynamic", "dynamic", lambda one: one.is_dynamic)
