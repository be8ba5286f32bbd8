"""What an asset's function returns beside plain values, and the own last value that it may ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Output(Generic[T]):
    """A value together with what is to be known of it; a multi-asset yields one for each output it computes.

    `metadata` holds values that JSON can hold. `data_version` marks the value as changed or unchanged.
    """

    value: T | None = None
    output_name: str | None = None
    metadata: Mapping[str, Any] | None = None
    data_version: str | None = None
    tags: Sequence[str] | Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Materialization:
    """What a function returns that stored its output by itself: no IO handler is asked."""

    output_name: str | None = None
    metadata: Mapping[str, Any] | None = None
    data_version: str | None = None
    tags: Sequence[str] | Mapping[str, str] | None = None


class SelfDependency(Generic[T]):
    """The value that was stored for the same partition of the same asset before, if there is one."""

    __slots__ = ("_exists", "_value")

    def __init__(self, value: T | None = None, *, exists: bool | None = None) -> None:
        self._value = value
        self._exists = value is not None if exists is None else exists

    @property
    def exists(self) -> bool:
        """Whether a value was stored before; tells a stored None from none."""
        return self._exists

    def get_inner(self) -> T | None:
        """The value stored before; None on the first time."""
        return self._value

    def __repr__(self) -> str:
        return f"SelfDependency({self._value!r})" if self._exists else "SelfDependency()"
