"""Partitions that are listed by name: a fixed list, or one that the storage keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from rivers_core.exceptions import PartitionDefinitionError, PartitionValidationError
from rivers_core.partitions.definitions import LoneDefinition
from rivers_core.partitions.keys import fault_in_value

# Comparing a text with more keys than this takes longer than a person waits.
_COMPARED_KEYS = 5_000


def checked_keys(keys: Sequence[str], owner: str) -> tuple[str, ...]:
    """The keys once each is known to be usable and different; raises PartitionDefinitionError otherwise."""
    if isinstance(keys, str):
        raise PartitionDefinitionError(f"{owner} takes a list of keys, not the text {keys!r}.")
    given = tuple(keys)
    for key in given:
        if fault := fault_in_value(key):
            raise PartitionDefinitionError(f"The key {key!r} of {owner} {fault}.")
    if len(set(given)) != len(given):
        seen: set[str] = set()
        twice = next(key for key in given if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add returns None
        raise PartitionDefinitionError(f"{owner} lists the key {twice!r} twice.")
    return given


class _ListedDefinition(LoneDefinition):
    """The arithmetic over a list of keys."""

    def _listed(self) -> tuple[str, ...]:
        raise NotImplementedError

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {key: position for position, key in enumerate(self._listed())}

    def size(self, now: datetime | None = None) -> int:
        return len(self._listed())

    def label_at(self, ordinal: int) -> str:
        if ordinal < 0:
            raise IndexError(f"no partition has the ordinal {ordinal}")
        return self._listed()[ordinal]

    def index_of(self, value: str, now: datetime | None = None) -> int:
        try:
            return self._positions[value]
        except KeyError:
            raise PartitionValidationError(f"{value!r} is not a partition key; {self._nearest(value)}.") from None

    def _nearest(self, value: str) -> str:
        keys = self._listed()
        if not keys:
            return "there are no keys yet"
        from difflib import get_close_matches

        close = get_close_matches(value, keys[:_COMPARED_KEYS], n=3, cutoff=0.5)
        if close:
            return f"the nearest key{' is' if len(close) == 1 else 's are'} {', '.join(close)}"
        shown = ", ".join(keys[:5])
        return f"the keys are {shown}" if len(keys) <= 5 else f"the {len(keys):,} keys begin with {shown}"


@dataclass(frozen=True)
class StaticPartitions(_ListedDefinition):
    """A fixed list of keys; a key's ordinal is its position."""

    keys: tuple[str, ...]

    @classmethod
    def of(cls, keys: Sequence[str]) -> StaticPartitions:
        checked = checked_keys(keys, "a static partitions definition")
        if not checked:
            raise PartitionDefinitionError("A static partitions definition needs at least one key.")
        return cls(checked)

    @property
    def is_pinned(self) -> bool:
        return True

    def _listed(self) -> tuple[str, ...]:
        return self.keys

    def pinned(
        self, now: datetime | None = None, dynamic_keys: Mapping[str, Sequence[str]] | None = None
    ) -> StaticPartitions:
        return self

    def to_spec(self) -> dict[str, Any]:
        return {"kind": "static", "keys": list(self.keys)}

    def numbering(self, *, leading: bool) -> dict[str, Any]:
        return self.to_spec()


@dataclass(frozen=True)
class DynamicPartitions(_ListedDefinition):
    """Keys that the storage keeps under `name`; `keys` holds those of one moment once it is pinned."""

    name: str
    keys: tuple[str, ...] | None = None

    is_dynamic = True

    @classmethod
    def named(cls, name: str) -> DynamicPartitions:
        if not isinstance(name, str) or not name.strip():
            raise PartitionDefinitionError(f"A dynamic partitions definition needs a name, and {name!r} is none.")
        return cls(name)

    @property
    def is_pinned(self) -> bool:
        return self.keys is not None

    def _listed(self) -> tuple[str, ...]:
        if self.keys is None:
            raise PartitionDefinitionError(
                f"The keys of the dynamic partitions {self.name!r} live in the storage; "
                "ask it with get_dynamic_partitions."
            )
        return self.keys

    def pinned(
        self, now: datetime | None = None, dynamic_keys: Mapping[str, Sequence[str]] | None = None
    ) -> DynamicPartitions:
        if self.keys is not None:
            return self
        if dynamic_keys is None or self.name not in dynamic_keys:
            raise PartitionDefinitionError(
                f"The keys of the dynamic partitions {self.name!r} live in the storage and were not given."
            )
        owner = f"the dynamic partitions {self.name!r}"
        return replace(self, keys=checked_keys(dynamic_keys[self.name], owner))

    def to_spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = {"kind": "dynamic", "name": self.name}
        return spec if self.keys is None else spec | {"keys": list(self.keys)}

    def numbering(self, *, leading: bool) -> dict[str, Any]:
        return self.to_spec()
