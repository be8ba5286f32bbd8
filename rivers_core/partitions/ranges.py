"""Ranges of partition keys as a user asks for them, and what they select of a definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rivers_core.exceptions import PartitionValidationError
from rivers_core.partitions.definitions import LoneDefinition, PartitionsDefinition
from rivers_core.partitions.key_choices import Choice, KeyList, KeySpan
from rivers_core.partitions.range_text import format_subset, parse_range_text

__all__ = ["PartitionKeyRange", "format_subset", "parse_range_text"]


@dataclass(frozen=True, slots=True)
class PartitionKeyRange:
    """The choice of keys in each dimension asked for; a range without dimensions has one, named ""."""

    choices: tuple[tuple[str, Choice], ...]

    @classmethod
    def single(cls, from_key: str, to_key: str) -> PartitionKeyRange:
        """From one key to another, both included, in the definition's order."""
        return cls((("", _span((from_key, to_key), "A range")),))

    @classmethod
    def multi(cls, dimensions: Mapping[str, tuple[str, str] | list[str]]) -> PartitionKeyRange:
        """For each dimension named a pair (from, to) or a list of keys; the others are taken whole.

        Raises PartitionValidationError for anything else.
        """
        return cls(tuple(sorted((name, _choice(name, given)) for name, given in dimensions.items())))

    @property
    def is_multi(self) -> bool:
        return self.choices == () or self.choices[0][0] != ""

    def select(self, definition: PartitionsDefinition, now: datetime | None = None) -> tuple[Sequence[int], ...]:
        """For each dimension the sorted positions asked for, as a `range` where nothing is left out.

        Raises PartitionValidationError for what the definition does not hold.
        """
        if self.is_multi != definition.is_multi:
            raise PartitionValidationError(_misfit(definition))
        names = [name for name, _ in definition.dimensions]
        if unknown := [name for name, _ in self.choices if name not in names]:
            raise PartitionValidationError(
                f"There is no dimension {unknown[0]!r}; these partitions have {', '.join(names)}."
            )
        moment = now or datetime.now()
        choices = dict(self.choices)
        return tuple(_selected(name, choices.get(name), part, moment) for name, part in definition.dimensions)

    def to_spec(self) -> dict[str, Any]:
        """The range as JSON-able values: a pair under "span" or a list under "keys" for each dimension."""
        return {
            "dimensions": [
                [name, {"span": [choice.first, choice.last]}]
                if isinstance(choice, KeySpan)
                else [name, {"keys": list(choice.keys)}]
                for name, choice in self.choices
            ]
        }

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> PartitionKeyRange:
        """The range `to_spec` described."""
        return cls(
            tuple(
                (name, KeySpan(*choice["span"]) if "span" in choice else KeyList(tuple(choice["keys"])))
                for name, choice in spec["dimensions"]
            )
        )

    def __repr__(self) -> str:
        shown = {
            name: (choice.first, choice.last) if isinstance(choice, KeySpan) else list(choice.keys)
            for name, choice in self.choices
        }
        if self.is_multi:
            return f"PartitionKeyRange.multi({shown!r})"
        return f"PartitionKeyRange.single{shown['']!r}"


def _selected(name: str, choice: Choice | None, definition: PartitionsDefinition, now: datetime) -> Sequence[int]:
    if choice is None:
        return range(definition.size(now))
    assert isinstance(definition, LoneDefinition)
    try:
        return choice.indices(definition, now)
    except PartitionValidationError as error:
        raise PartitionValidationError(f"Dimension {name!r}: {error}" if name else str(error)) from error


def _misfit(definition: PartitionsDefinition) -> str:
    if not definition.is_multi:
        return (
            "The range names dimensions, but these partitions have none; "
            "use PartitionKeyRange.single(from_key, to_key)."
        )
    names = ", ".join(name for name, _ in definition.dimensions)
    return (
        f"The range names no dimension, but these partitions have {names}; "
        "use PartitionKeyRange.multi({dimension: (from, to)})."
    )


def _span(given: Sequence[str], owner: str) -> KeySpan:
    if len(given) != 2 or not all(isinstance(key, str) and key for key in given):
        raise PartitionValidationError(f"{owner} needs two keys, from and to, not {tuple(given)!r}.")
    return KeySpan(given[0], given[1])


def _choice(name: str, given: Sequence[str]) -> Choice:
    owner = f"The dimension {name!r}"
    if isinstance(given, str):
        raise PartitionValidationError(
            f"{owner} needs a pair (from, to) or a list of keys; write [{given!r}] for a single key."
        )
    if isinstance(given, tuple):
        return _span(given, owner)
    if not isinstance(given, Iterable):
        raise PartitionValidationError(f"{owner} needs a pair (from, to) or a list of keys, not {given!r}.")
    if not given:
        raise PartitionValidationError(f"{owner} lists no keys; leave it out to take all of it.")
    if strange := [key for key in given if not isinstance(key, str)]:
        raise PartitionValidationError(f"{owner} lists {strange[0]!r}, which is no text.")
    return KeyList(tuple(given))
