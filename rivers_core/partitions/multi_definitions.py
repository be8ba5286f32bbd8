"""Partitions with several dimensions: the product of other definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from math import prod
from typing import Any

from rivers_core.exceptions import PartitionDefinitionError, PartitionValidationError
from rivers_core.partitions.definitions import LoneDefinition, PartitionsDefinition, TimeWindow
from rivers_core.partitions.keys import PartitionKey, check_dimension_name, split_dimensions


@dataclass(frozen=True)
class MultiPartitions(PartitionsDefinition):
    """The product of its dimensions in the given order, the last varying fastest."""

    parts: tuple[tuple[str, LoneDefinition], ...]

    is_multi = True

    @classmethod
    def of(cls, dimensions: Mapping[str, PartitionsDefinition]) -> MultiPartitions:
        """The definition once it is known to be possible; raises PartitionDefinitionError."""
        if not isinstance(dimensions, Mapping):
            raise PartitionDefinitionError("multi takes a mapping of dimension names to partitions definitions.")
        if not dimensions:
            raise PartitionDefinitionError("A partitions definition with dimensions needs at least one.")
        parts: list[tuple[str, LoneDefinition]] = []
        for name, definition in dimensions.items():
            check_dimension_name(name)
            if isinstance(definition, MultiPartitions):
                raise PartitionDefinitionError(
                    f"The dimension {name!r} has dimensions itself; list them all in one multi definition."
                )
            if not isinstance(definition, LoneDefinition):
                raise PartitionDefinitionError(f"The dimension {name!r} is no partitions definition: {definition!r}.")
            parts.append((name, definition))
        return cls(tuple(parts))

    @property
    def dimensions(self) -> tuple[tuple[str, PartitionsDefinition], ...]:
        return self.parts

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The dimensions' names in the definition's order."""
        return tuple(name for name, _ in self.parts)

    @cached_property
    def _sorted_positions(self) -> tuple[int, ...]:
        """Where each dimension of a written key, which sorts them by name, stands in the definition."""
        return tuple(sorted(range(len(self.parts)), key=self.names.__getitem__))

    @cached_property
    def _time_position(self) -> int | None:
        return next((at for at, (_, definition) in enumerate(self.parts) if definition.is_time), None)

    @cached_property
    def is_pinned(self) -> bool:
        return all(definition.is_pinned for _, definition in self.parts)

    @cached_property
    def _pinned_inner_sizes(self) -> tuple[int, ...] | None:
        inner = self.parts[1:]
        if not all(definition.is_pinned for _, definition in inner):
            return None
        return tuple(definition.size() for _, definition in inner)

    def _inner_sizes(self) -> tuple[int, ...]:
        if self._pinned_inner_sizes is not None:
            return self._pinned_inner_sizes
        return tuple(definition.size() for _, definition in self.parts[1:])

    def size(self, now: datetime | None = None) -> int:
        return prod(self.shape(now))

    def ravel(self, indices: Sequence[int]) -> int:
        ordinal = indices[0]
        for index, size in zip(indices[1:], self._inner_sizes(), strict=True):
            ordinal = ordinal * size + index
        return ordinal

    def unravel(self, ordinal: int) -> tuple[int, ...]:
        inner_sizes = self._inner_sizes()
        if ordinal < 0 or 0 in inner_sizes:
            raise IndexError(f"no partition has the ordinal {ordinal}")
        indices: list[int] = []
        for size in reversed(inner_sizes):
            ordinal, index = divmod(ordinal, size)
            indices.append(index)
        indices.append(ordinal)
        return tuple(reversed(indices))

    def label_at(self, ordinal: int) -> str:
        indices = self.unravel(ordinal)
        return "|".join(
            f"{self.parts[at][0]}={self.parts[at][1].label_at(indices[at])}" for at in self._sorted_positions
        )

    def key_at(self, ordinal: int) -> PartitionKey:
        indices = self.unravel(ordinal)
        return PartitionKey(
            tuple((self.parts[at][0], (self.parts[at][1].label_at(indices[at]),)) for at in self._sorted_positions)
        )

    def parse_key(self, text: str) -> PartitionKey:
        return PartitionKey.multi(split_dimensions(text))

    def indices_of(self, key: PartitionKey, now: datetime | None = None) -> tuple[tuple[int, ...], ...]:
        values = dict(key.parts)
        if values.keys() != set(self.names):
            raise PartitionValidationError(
                f"'{key}' does not name the dimensions of these partitions: {', '.join(self.names)}."
            )
        return tuple(self._indices(name, definition, values[name], now) for name, definition in self.parts)

    @staticmethod
    def _indices(name: str, definition: LoneDefinition, values: Sequence[str], now: datetime | None) -> tuple[int, ...]:
        try:
            return tuple(definition.index_of(value, now) for value in values)
        except PartitionValidationError as error:
            raise PartitionValidationError(f"Dimension {name!r}: {error}") from error

    def window_at(self, ordinal: int) -> TimeWindow | None:
        if self._time_position is None:
            return None
        return self.parts[self._time_position][1].window_at(self.unravel(ordinal)[self._time_position])

    def pinned(
        self, now: datetime | None = None, dynamic_keys: Mapping[str, Sequence[str]] | None = None
    ) -> MultiPartitions:
        if self.is_pinned:
            return self
        moment = now or datetime.now()
        return replace(self, parts=tuple((name, part.pinned(moment, dynamic_keys)) for name, part in self.parts))

    def to_spec(self) -> dict[str, Any]:
        return {"kind": "multi", "dimensions": [[name, part.to_spec()] for name, part in self.parts]}

    def numbering(self, *, leading: bool) -> dict[str, Any]:
        return {
            "kind": "multi",
            "dimensions": [
                [name, part.numbering(leading=leading and at == 0)] for at, (name, part) in enumerate(self.parts)
            ],
        }
