"""What every IO handler is: it stores the outputs of assets and loads them as inputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from rivers_core.assets.environment import EnvironmentModel
from rivers_core.exceptions import MissingValueError
from rivers_core.io_handlers.contexts import InputContext, OutputContext
from rivers_core.partitions.subset import Subset


class BaseIOHandler(EnvironmentModel, ABC):
    """Base of IO handlers, own ones too: a pydantic model of their settings with two methods.

    `in_process_only` marks handlers whose values no other process can load. Handlers are called from several
    threads at once.
    """

    in_process_only: ClassVar[bool] = False

    @abstractmethod
    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Store what a call of the asset returned."""

    @abstractmethod
    def load_input(self, context: InputContext) -> Any:
        """Load what was stored; MissingValueError where there is nothing."""

    def output_exists(self, context: InputContext) -> Subset | None:
        """The ordinals that have a stored value, of an asset without partitions ordinal 0; None: cannot tell."""
        return None

    def output_place(self, context: InputContext) -> str | None:
        """Where the output of the context's (first) key lies, as a path or URL; None where there is no such place."""
        return None

    def delete_output(self, context: InputContext) -> None:
        """Remove what is stored for the context's keys, if there is anything; by default nothing is removed."""


def stored_ordinals(handler: Any, context: InputContext) -> Subset | None:
    """What `output_exists` of any handler says; None where it cannot tell or has no such method."""
    found = getattr(handler, "output_exists", None)
    return found(context) if callable(found) else None


def missing_value(context: InputContext, ordinal: int | None = None) -> MissingValueError:
    """The error for a value that was never stored, naming its asset and key."""
    reader = f", which {context.downstream_asset} needs" if context.downstream_asset else ""
    if ordinal is None or context.partition is None:
        return MissingValueError(f"{context.asset_name} has no stored output{reader}; materialize it first.")
    key = context.partition.definition.label_at(ordinal)
    return MissingValueError(f"{context.asset_name} has no stored output for {key}{reader}; materialize it first.")
