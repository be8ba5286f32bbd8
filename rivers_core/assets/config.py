"""The config of an asset: which model it has, whether an override fits it, and what of it is secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Any, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError

from rivers_core.exceptions import ConfigurationError


class ConfigProblem(NamedTuple):
    """What is wrong with one field of an override; `field` is its path with dots, empty for the whole."""

    field: str
    message: str


class InvalidConfigError(ConfigurationError):
    """An override does not fit an asset's config; `problems` holds each fault."""

    def __init__(self, asset: str, problems: Sequence[ConfigProblem]) -> None:
        self.asset = asset
        self.problems = tuple(problems)
        lines = (f"{problem.field}: {problem.message}" if problem.field else problem.message for problem in problems)
        super().__init__(f"The config of {asset} cannot be used. " + " ".join(lines))


@dataclass(frozen=True)
class AssetConfig:
    """The config of one computation: a pydantic `model` with `defaults`, or a plain mapping without a model."""

    model: type[BaseModel] | None = None
    defaults: Mapping[str, Any] | None = None

    def value(self, asset: str, override: Mapping[str, Any] | None) -> Any:
        """What `context.config` is for this override; raises InvalidConfigError with every problem at once."""
        if self.model is None:
            return {**(self.defaults or {}), **(override or {})}
        given = {**(self.defaults or {}), **(override or {})}
        if unknown := self._unknown_fields(given):
            names = {problem.field for problem in unknown}
            others = [problem for problem in self._invalid_fields(given) if problem.field not in names]
            raise InvalidConfigError(asset, [*unknown, *others])
        try:
            return self.model.model_validate(given)
        except ValidationError as error:
            raise InvalidConfigError(asset, _problems(error)) from None  # its text would show secret inputs

    def problems(self, asset: str, override: Mapping[str, Any] | None) -> tuple[ConfigProblem, ...]:
        """Everything that is wrong with an override; empty when it can be used."""
        try:
            self.value(asset, override)
        except InvalidConfigError as error:
            return error.problems
        return ()

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema of the model's input, with the defaults the asset was declared with."""
        if self.model is None:
            return None
        schema = self.model.model_json_schema()
        for name, default in (self.defaults or {}).items():
            if name not in self.secret_fields:
                schema.get("properties", {}).get(name, {})["default"] = default
        return schema

    @cached_property
    def secret_fields(self) -> tuple[str, ...]:
        """The paths of the fields whose values are never stored, nested ones with dots."""
        return tuple(_secret_paths(self.model)) if self.model is not None else ()

    def _unknown_fields(self, given: Mapping[str, Any]) -> list[ConfigProblem]:
        """Fields that the model would silently drop: most often they are misspelled."""
        assert self.model is not None
        if self.model.model_config.get("extra") == "allow":
            return []
        known = {name for field, spec in self.model.model_fields.items() for name in (field, spec.alias) if name}
        return [ConfigProblem(name, _unknown(name, known)) for name in given if name not in known]

    def _invalid_fields(self, given: Mapping[str, Any]) -> list[ConfigProblem]:
        assert self.model is not None
        try:
            self.model.model_validate(given)
        except ValidationError as error:
            return _problems(error)
        return []


def _unknown(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    if close := get_close_matches(name, known, n=1):
        return f"There is no such setting; did you mean {close[0]!r}?"
    return f"There is no such setting; there are: {', '.join(sorted(known))}." if known else "There are no settings."


def _problems(error: ValidationError) -> list[ConfigProblem]:
    return [
        ConfigProblem(".".join(str(part) for part in fault["loc"]), f"{fault['msg']}.")
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _secret_paths(model: type[BaseModel], seen: tuple[type[BaseModel], ...] = ()) -> list[str]:
    paths: list[str] = []
    for name, field in model.model_fields.items():
        for kind in _classes_in(field.annotation):
            if issubclass(kind, SecretStr | SecretBytes):
                paths.append(name)
            elif issubclass(kind, BaseModel) and kind not in seen:
                paths += [f"{name}.{inner}" for inner in _secret_paths(kind, (*seen, model))]
    return list(dict.fromkeys(paths))


def _classes_in(annotation: Any) -> list[type]:
    """The classes an annotation is made of, such as both of `SecretStr | None`."""
    if isinstance(annotation, type) and not get_args(annotation):
        return [annotation]
    return [kind for argument in get_args(annotation) for kind in _classes_in(argument)]


def read_config(declared: Any, hinted: Any) -> AssetConfig:
    """The config from `config=` and from the context's type parameter; raises ConfigurationError if they cannot be.

    `declared` is a model, one with values, or a mapping of defaults; either may be None.
    """
    model = _checked_model(hinted)
    if isinstance(declared, BaseModel):
        return AssetConfig(_agreed(type(declared), model), declared.model_dump(exclude_unset=True))
    if isinstance(declared, Mapping):
        return AssetConfig(model, dict(declared))
    if declared is None:
        return AssetConfig(model)
    return AssetConfig(_agreed(_checked_model(declared), model))


def _checked_model(hint: Any) -> type[BaseModel] | None:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    if hint in (None, NoneType, Any, dict, object) or isinstance(hint, TypeVar) or _is_mapping(hint):
        return None
    raise ConfigurationError(
        f"its config must be a pydantic model, a class that derives from pydantic.BaseModel, not {_written(hint)}"
    )


def _is_mapping(hint: Any) -> bool:
    origin = getattr(hint, "__origin__", None)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _agreed(declared: type[BaseModel] | None, hinted: type[BaseModel] | None) -> type[BaseModel] | None:
    if declared is not None and hinted is not None and declared is not hinted:
        raise ConfigurationError(
            f"it names two config models: {_written(declared)} in config= and {_written(hinted)} on its context"
        )
    return declared or hinted


def _written(hint: Any) -> str:
    return str(getattr(hint, "__qualname__", None) or hint)
