"""What a worker answers to questions about a code location besides running it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One value of a config override that the asset's model refuses; `field` is its dotted path, "" for the whole."""

    asset: str
    field: str
    message: str

    @property
    def sentence(self) -> str:
        where = f"{self.asset}.{self.field}" if self.field else self.asset
        return f"{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class OutputPreview:
    """The beginning of a stored output: a table, or the text of a value that is none.

    `columns` and `types` have equal length, each of `rows` too; `total` counts all rows of the table.
    """

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()  # values that JSON can hold
    total: int | None = None
    text: str | None = None

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> OutputPreview:
        """From the fields as JSON holds them."""
        return cls(
            columns=tuple(answer.get("columns", ())),
            types=tuple(answer.get("types", ())),
            rows=tuple(tuple(row) for row in answer.get("rows", ())),
            total=answer.get("total"),
            text=answer.get("text"),
        )
