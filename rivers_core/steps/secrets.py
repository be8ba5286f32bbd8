"""Finds the secret values in configs, resources and IO handlers, which no log and no error may show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr

SHORTEST = 4  # characters; covering shorter texts would make a log unreadable and hide nothing


def secrets_in(values: Iterable[Any]) -> tuple[str, ...]:
    """The texts of all secrets inside these values, in models, mappings and lists to any depth."""
    found = {secret for value in values for secret in _secrets(value)}
    return tuple(secret for secret in found if len(secret) >= SHORTEST)


def _secrets(value: Any) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case SecretBytes():
            yield value.get_secret_value().decode("utf-8", "replace")
        case BaseModel():
            for name in type(value).model_fields:
                yield from _secrets(getattr(value, name, None))
        case Mapping():
            for part in value.values():
                yield from _secrets(part)
        case list() | tuple() | set():
            for part in value:
                yield from _secrets(part)
