"""The two ways of naming keys of one dimension: from one to another, or one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rivers_core.exceptions import PartitionValidationError
from rivers_core.partitions.definitions import LoneDefinition


@dataclass(frozen=True, slots=True)
class KeySpan:
    """Every key from one to another, both included."""

    first: str
    last: str

    def indices(self, definition: LoneDefinition, now: datetime | None) -> range:
        first, last = definition.index_of(self.first, now), definition.index_of(self.last, now)
        if first > last:
            raise PartitionValidationError(
                f"The range from {self.first!r} to {self.last!r} runs backwards: "
                f"{self.last} comes first; write it from {self.last!r} to {self.first!r}."
            )
        return range(first, last + 1)


@dataclass(frozen=True, slots=True)
class KeyList:
    """Keys one by one; order and repetition mean nothing."""

    keys: tuple[str, ...]

    def indices(self, definition: LoneDefinition, now: datetime | None) -> Sequence[int]:
        found = sorted({definition.index_of(key, now) for key in self.keys})
        if found[-1] - found[0] + 1 == len(found):
            return range(found[0], found[-1] + 1)
        return found


Choice = KeySpan | KeyList
