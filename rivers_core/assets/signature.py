"""What a user's function takes and returns, read once from its signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Any, ForwardRef, get_args, get_origin, get_type_hints

from rivers_core.assets.outputs import SelfDependency
from rivers_core.assets.source import SourceLine, calling_frame, line_of
from rivers_core.exceptions import AssetDefinitionError

EMPTY = inspect.Parameter.empty
_NAMELESS = (
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.VAR_KEYWORD,
    inspect.Parameter.POSITIONAL_ONLY,
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `hint` is EMPTY without an annotation, and a text where its names are unknown at run time."""

    name: str
    hint: Any
    has_default: bool


class Signature:
    """Parameters, hints and place of a function.

    Hints are read when they are first asked for, so they may name what the file defines further down.
    """

    def __init__(self, function: Callable[..., Any], names_around: Mapping[str, Any], owner: str) -> None:
        """`names_around` are the local names where the function was decorated. Raises AssetDefinitionError."""
        self.function = function
        self.source: SourceLine = line_of(inspect.unwrap(function))
        self._names_around = names_around
        try:
            self._signature = inspect.signature(function)
        except (TypeError, ValueError) as error:
            raise AssetDefinitionError(f"{owner} needs a function whose parameters can be read: {error}.") from error
        for parameter in self._signature.parameters.values():
            if parameter.kind in _NAMELESS:
                raise AssetDefinitionError(
                    f"{self.source}: {owner} takes {str(parameter)!r} without a name to give it by; every parameter is "
                    "named like the upstream asset or resource that it receives."
                )

    @classmethod
    def of(cls, function: Callable[..., Any], owner: str) -> Signature:
        """Read a function that user code is declaring at this moment."""
        frame = calling_frame()
        is_local = frame is not None and frame.f_locals is not frame.f_globals
        return cls(function, dict(frame.f_locals) if frame is not None and is_local else {}, owner)

    @cached_property
    def hints(self) -> dict[str, Any]:
        """The annotations by parameter, and the returned value's as "return"."""
        try:
            return get_type_hints(self.function, localns=dict(self._names_around), include_extras=True)
        except Exception:  # noqa: BLE001  # any error of user code: then each hint stands for itself
            given = getattr(self.function, "__annotations__", {})
            return {name: self._single_hint(hint) for name, hint in given.items()}

    def _single_hint(self, hint: Any) -> Any:
        text = hint.__forward_arg__ if isinstance(hint, ForwardRef) else hint
        if not isinstance(text, str):
            return hint
        scope = {**getattr(inspect.unwrap(self.function), "__globals__", {}), **self._names_around}
        try:
            return eval(text, scope)  # the user's own annotation, in the user's own module
        except Exception:  # noqa: BLE001  # names that only a type checker knows stay text
            return text

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(
            Parameter(name, self.hints.get(name, EMPTY), parameter.default is not EMPTY)
            for name, parameter in self._signature.parameters.items()
        )

    @property
    def parameter_names(self) -> tuple[str, ...]:
        return tuple(self._signature.parameters)

    @cached_property
    def return_hint(self) -> Any:
        """The annotation of the returned value; None where there is none or it says None."""
        hint = self.hints.get("return")
        return None if hint in (NoneType, EMPTY) else hint

    @cached_property
    def returns_nothing(self) -> bool:
        """Whether the function is annotated `-> None`."""
        return self.hints.get("return", EMPTY) in (None, NoneType, "None")


def is_hint_of(hint: Any, kind: type) -> bool:
    """Whether an annotation is this class, with or without its type parameters, or names it as a text."""
    if isinstance(hint, str):
        return hint.partition("[")[0].rpartition(".")[2] == kind.__name__
    origin = get_origin(hint) or hint
    return isinstance(origin, type) and issubclass(origin, kind)


def is_self(parameter: Parameter) -> bool:
    """Whether a parameter receives the asset's own last value."""
    return parameter.name == "self" or is_hint_of(parameter.hint, SelfDependency)


def type_argument(hint: Any) -> Any:
    """The first type parameter of an annotation; None where there is none, or it is known to a type checker only."""
    arguments = get_args(hint)
    return arguments[0] if arguments else None
