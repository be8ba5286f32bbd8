"""Answers questions about a loaded code location: does a config fit, what does an output hold, is there one."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

from rivers_core.assets.definitions import Definitions
from rivers_core.assets.partition_context import PartitionContext
from rivers_core.exceptions import ExecutionError
from rivers_core.io_handlers.base import stored_ordinals
from rivers_core.io_handlers.contexts import InputContext
from rivers_core.io_handlers.file_handler import FileIOHandler
from rivers_core.location.describe import describe
from rivers_core.location.loading import LoadedCode
from rivers_core.location.previews import preview_of
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset

SPEC = "spec"  # -> RepositorySpec as JSON
PING = "ping"  # -> versions
VALIDATE = "validate"  # config by asset -> [[asset, field, message], ...]
PREVIEW = "preview"  # asset, grid, ordinal, limit -> OutputPreview as JSON
EXISTS = "exists"  # asset, grid, ranges -> ranges, or None where the IO handler cannot tell

# Of all kinds of tables this one reads no more rows of a file than are looked at.
LAZY_TABLE = "duckdb.DuckDBPyRelation"


def answer(code: LoadedCode, default_handler: Any, question: str, arguments: Mapping[str, Any]) -> Any:
    """The answer as a value that JSON can hold; raises RiversError, or what user code raises."""
    definitions: Definitions = code.definitions
    match question:
        case "spec":
            return describe(definitions, code.fingerprint).model_dump(mode="json")
        case "validate":
            return _config_problems(definitions, arguments["config"])
        case "preview":
            return _preview(definitions, default_handler, arguments)
        case "exists":
            return _existing(definitions, default_handler, arguments)
        case "ping":
            return {"ready": True}
        case _:
            raise ExecutionError(f"A worker was asked {question!r}, which it does not know.")


def _config_problems(definitions: Definitions, config: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    return [
        [asset, problem.field, problem.message]
        for asset, override in config.items()
        for problem in definitions.computation(asset).config.problems(asset, override)
    ]


def _preview(definitions: Definitions, default_handler: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    name = arguments["asset"]
    subset = Subset.of([arguments["ordinal"]]) if arguments["grid"] is not None else Subset()
    handler = _handler(definitions, name, default_handler)
    context = _input_context(definitions, name, arguments["grid"], subset)
    if isinstance(handler, FileIOHandler) and importlib.util.find_spec("duckdb") is not None:
        context.type_hint = LAZY_TABLE
    return preview_of(handler.load_input(context), arguments["limit"])


def _existing(definitions: Definitions, default_handler: Any, arguments: Mapping[str, Any]) -> Any:
    name = arguments["asset"]
    subset = Subset.from_ranges(arguments["ranges"])
    context = _input_context(definitions, name, arguments["grid"], subset)
    found = stored_ordinals(_handler(definitions, name, default_handler), context)
    return None if found is None else found.as_json()


def _input_context(definitions: Definitions, name: str, grid: Mapping[str, Any] | None, subset: Subset) -> InputContext:
    asset = definitions.asset(name)
    partition = None if grid is None else PartitionContext(subset, PartitionsDefinition.from_spec(grid))
    return InputContext(name, "", asset.metadata, partition, stored_hint=asset.type_hint)


def _handler(definitions: Definitions, name: str, default_handler: Any) -> Any:
    return definitions.asset(name).io_handler or default_handler
