"""Partition keys: the labels by which users name partitions, with or without dimensions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from rivers_core.exceptions import PartitionDefinitionError, PartitionValidationError, RiversError
from rivers_core.partitions.forms import form

RESERVED_IN_VALUES = "|,"
RESERVED_IN_NAMES = "|,="


class PartitionKeyShapeError(RiversError, AttributeError):
    """`.key` was asked of a key with dimensions, or `.keys` of one without."""


def fault_in_value(value: object) -> str | None:
    """What keeps `value` from being a partition key, as the end of a sentence; None when nothing does."""
    if not isinstance(value, str):
        return f"is a {type(value).__name__}; write it as text"
    if not value:
        return "is empty"
    if value != value.strip() or not value.isprintable():
        return "begins or ends with a space, or holds a character that cannot be shown"
    for character in RESERVED_IN_VALUES:
        if character in value:
            return f"holds {character!r}, which separates the parts of a written key"
    return None


def check_dimension_name(name: object) -> str:
    """The name itself, once it is known to be usable; raises PartitionDefinitionError otherwise."""
    if not isinstance(name, str) or not name.strip():
        raise PartitionDefinitionError(f"A dimension needs a name, and {name!r} is none.")
    for character in RESERVED_IN_NAMES:
        if character in name:
            raise PartitionDefinitionError(
                f"The dimension name {name!r} holds {character!r}, which separates the parts of a written key."
            )
    return name


def _values(given: str | Iterable[str], where: str) -> tuple[str, ...]:
    if not isinstance(given, str) and not isinstance(given, Iterable):
        raise PartitionValidationError(
            f"The partition key {given!r}{where} is a {type(given).__name__}; write it as text."
        )
    values = (given,) if isinstance(given, str) else tuple(given)
    if not values:
        raise PartitionValidationError(f"A partition key needs at least one value{where}.")
    for value in values:
        if fault := fault_in_value(value):
            raise PartitionValidationError(f"The partition key {value!r}{where} {fault}.")
    if len(set(values)) != len(values):
        twice = next(value for at, value in enumerate(values) if value in values[:at])
        raise PartitionValidationError(f"The partition key {twice!r}{where} is given twice.")
    return values


@dataclass(frozen=True, slots=True, order=True)
class PartitionKey:
    """The key of one partition, or of a product of several when a dimension holds more than one value.

    `parts` are pairs of dimension name and values, sorted by name, so keys are equal whatever the order in
    which their dimensions were written; a key without dimensions has one part, named "".
    """

    parts: tuple[tuple[str, tuple[str, ...]], ...]

    Single: ClassVar[type]
    Multi: ClassVar[type]

    @classmethod
    def single(cls, key: str | list[str]) -> PartitionKey:
        """A key without dimensions; raises PartitionValidationError for a value that can be no key."""
        return cls((("", _values(key, "")),))

    @classmethod
    def multi(cls, keys: Mapping[str, str | list[str]]) -> PartitionKey:
        """A key with a value, or several, for each dimension.

        Raises PartitionDefinitionError for a dimension's name, PartitionValidationError for a value.
        """
        if not keys:
            raise PartitionValidationError("A partition key with dimensions needs at least one dimension.")
        return cls(
            tuple(
                sorted(
                    (check_dimension_name(name), _values(given, f" of dimension {name!r}"))
                    for name, given in keys.items()
                )
            )
        )

    @classmethod
    def parse(cls, text: str) -> PartitionKey:
        """The key that `str()` wrote; it has dimensions if every part between `|` has a `=`.

        A key without dimensions whose value holds a `=` reads as one with them: where the definition is
        known, its `parse_key` is the one to ask.
        """
        parts = text.split("|")
        if all("=" in part for part in parts):
            return cls.multi(split_dimensions(text))
        return cls.single(text.split(","))

    def to_json(self) -> str:
        """The key as JSON, for another program to read with `from_json`."""
        values: dict[str, object] = {"multi": self.keys} if self.is_multi else {"single": self.key}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> PartitionKey:
        """The key that `to_json` wrote; raises PartitionValidationError for anything else."""
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        match found:
            case {"single": list(values)}:
                return cls.single(values)
            case {"multi": dict(by_dimension)} if all(isinstance(one, list) for one in by_dimension.values()):
                return cls.multi(by_dimension)
        raise PartitionValidationError(f"{text!r} is not a partition key as to_json writes it.")

    @property
    def is_multi(self) -> bool:
        return self.parts[0][0] != ""

    @property
    def key(self) -> list[str]:
        """The values of a key without dimensions; PartitionKeyShapeError (an AttributeError) otherwise."""
        if self.is_multi:
            raise PartitionKeyShapeError(f"The partition key {self} has dimensions: read .keys, not .key.")
        return list(self.parts[0][1])

    @property
    def keys(self) -> dict[str, list[str]]:
        """The values by dimension; PartitionKeyShapeError (an AttributeError) for a key without any."""
        if not self.is_multi:
            raise PartitionKeyShapeError(f"The partition key {self} has no dimensions: read .key, not .keys.")
        return {name: list(values) for name, values in self.parts}

    def __str__(self) -> str:
        if not self.is_multi:
            return ",".join(self.parts[0][1])
        return "|".join(f"{name}={','.join(values)}" for name, values in self.parts)

    def __repr__(self) -> str:
        if not self.is_multi:
            return f"PartitionKey.single({_as_given(self.parts[0][1])!r})"
        return f"PartitionKey.multi({ ({name: _as_given(values) for name, values in self.parts})!r})"


PartitionKey.Single = form(
    "PartitionKey.Single", "PartitionKey.single", lambda one: isinstance(one, PartitionKey) and not one.is_multi
)
PartitionKey.Multi = form(
    "PartitionKey.Multi", "PartitionKey.multi", lambda one: isinstance(one, PartitionKey) and one.is_multi
)


def _as_given(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def split_dimensions(text: str) -> dict[str, str | list[str]]:
    """The values by dimension of a written key such as `date=2024-01-15|region=us`."""
    found: dict[str, str | list[str]] = {}
    for part in text.split("|"):
        name, equals, values = part.partition("=")
        if not equals:
            raise PartitionValidationError(
                f"{text!r} cannot be read as a partition key: {part!r} should be written dimension=key."
            )
        if name in found:
            raise PartitionValidationError(f"The dimension {name!r} is given twice in {text!r}.")
        found[name] = values.split(",")
    return found
