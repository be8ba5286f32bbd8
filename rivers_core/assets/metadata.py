"""Metadata of outputs as values that JSON can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

_PLAIN = (str, int, float, bool, type(None))


def plain_metadata(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """The metadata with every value as JSON can hold it; what it cannot hold becomes its text."""
    return {str(name): _plain(value) for name, value in metadata.items()} if metadata else {}


def _plain(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    number = getattr(value, "item", None)  # a scalar of numpy, pandas or Arrow knows its plain value
    if callable(number) and getattr(value, "ndim", 0) == 0:
        return _plain(number())
    return str(value)


class MetadataValue:
    """The constructors of rivers' typed metadata; each gives the plain value that is shown here."""

    @staticmethod
    def text(value: str) -> str:
        return value

    url = path = md = image = data_version = text

    @staticmethod
    def int(value: int) -> int:
        return value

    bytes = int

    @staticmethod
    def float_(value: float) -> float:
        return value

    timestamp = duration = percentage = float_

    @staticmethod
    def bool_(value: bool) -> bool:
        return value

    @staticmethod
    def null() -> None:
        return None

    @staticmethod
    def json(value: str) -> Any:
        """The value that a JSON text holds."""
        return json.loads(value)

    @staticmethod
    def sql(query: str, dialect: str | None = None) -> str:
        return query

    @staticmethod
    def code_block(code: str, language: str | None = None) -> str:
        return code

    @staticmethod
    def list_(values: Sequence[Any]) -> Any:
        return list(values)

    @staticmethod
    def date_range(start: Any, end: Any) -> Any:
        """Start and end, the end not included, as texts."""
        return [str(start), str(end)]
