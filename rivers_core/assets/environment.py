"""Settings of resources and IO handlers that may come from the environment instead of the code."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

_JSON_BEGINNINGS = ("{", "[")

# What the operating system itself puts there means something else: a handler's `path` is not $PATH.
_OF_THE_SYSTEM = frozenset(
    {"path", "home", "user", "username", "logname", "shell", "lang", "pwd", "term", "host", "hostname", "temp", "tmp"}
)


class EnvironmentModel(BaseModel):
    """A model whose fields that are not given are read from environment variables of the same name, in any case.

    `env_prefix` goes before every field's name. Lists and objects are written as JSON there. Variables that
    systems define for themselves, such as PATH or USER, are not read.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    env_prefix: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _read_environment(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        environment = {name.lower(): value for name, value in os.environ.items() if name.lower() not in _OF_THE_SYSTEM}
        found: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            text = environment.get((cls.env_prefix + name).lower())
            if text is not None and name not in given and (field.alias is None or field.alias not in given):
                found[field.alias or name] = _read(text)
        return {**found, **given}


def _read(text: str) -> Any:
    if not text.startswith(_JSON_BEGINNINGS):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
