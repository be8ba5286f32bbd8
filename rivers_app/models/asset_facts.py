"""What there is to know about an asset besides its partitions, as pairs of a word and a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from rivers_app.wording import count, plural
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.listed_definitions import DynamicPartitions

if TYPE_CHECKING:
    from rivers_core.location.spec import AssetSpec, JsonObject

_CADENCES: Final = {"cron": "windows of a cron schedule", "interval": "windows of equal length"}


def dimensions_text(definition: PartitionsDefinition) -> str:
    """`date by origin`, or what the only dimension is: `daily`, `static`."""
    names = [name for name, _ in definition.dimensions]
    if definition.is_multi:
        return " × ".join(names)  # noqa: RUF001 - the sign for "by"
    return _kind_text(definition.to_spec())


def partitions_text(definition: PartitionsDefinition | None) -> str:
    """One line a dimension: `date: daily from 2013-01-01 to 2013-12-31, 365 keys`."""
    if definition is None:
        return "None: it is materialized as a whole"
    lines = []
    for name, dimension in definition.dimensions:
        size = dimension.size()
        span = f" from {dimension.label_at(0)} to {dimension.label_at(size - 1)}" if size else ""
        title = f"{name}: " if name else ""
        lines.append(f"{title}{_kind_text(dimension.to_spec())}{span}, {plural(size, 'key')}")
    return "\n".join(lines)


def dynamic_names(definition: PartitionsDefinition | None) -> tuple[str, ...]:
    """The names of the dynamic partitions that a definition is or is made of, each once."""
    parts = [part for _, part in definition.dimensions] if definition is not None else []
    return tuple(dict.fromkeys(part.name for part in parts if isinstance(part, DynamicPartitions)))


def none_yet_text(definition: PartitionsDefinition) -> str:
    """Why a definition has no partitions, and how it comes by some."""
    empty = [(name, part) for name, part in definition.dimensions if not part.size()]
    if names := [part.name for _, part in empty if isinstance(part, DynamicPartitions)]:
        what = " and ".join(names)
        return f"The keys of {what} are added here, by rivers-core dynamic add, or by code as it learns of them."
    if begins := [part.label_at(0) for _, part in empty if part.is_time]:
        return f"The first window, {begins[0]}, is still to come."
    return "Its definition lists no keys."


def facts_of(spec: AssetSpec, definition: PartitionsDefinition | None) -> list[tuple[str, str]]:
    """In the order they are shown; what an asset does not have is left out."""
    upstream = ", ".join(dependency.upstream for dependency in spec.dependencies)
    facts = [
        ("Description", spec.description),
        ("Partitions", partitions_text(definition)),
        ("Upstream", upstream or "None"),
        ("Group", spec.group or ""),
        ("Kinds", ", ".join(spec.kinds)),
        ("Tags", _pairs(spec.tags)),
        ("Stored by", spec.io_handler),
        ("Backfill strategy", _strategy_text(spec.backfill_strategy)),
        ("Code version", spec.code_version or ""),
        ("Config", config_text(spec.config_schema)),
        ("Retries", _pairs(spec.retry or {})),
        ("Pool", spec.pool or ""),
        ("Time limit", f"{spec.timeout_seconds:g} s" if spec.timeout_seconds else ""),
        ("Steps", ", ".join(spec.tasks)),
        ("Metadata", _pairs(spec.metadata)),
        ("Defined in", f"{spec.file}:{spec.line}" if spec.file else ""),
    ]
    return [(word, text) for word, text in facts if text]


def config_text(schema: JsonObject | None) -> str:
    """One line a field of a JSON schema: `min_delay_minutes: integer = 15`."""
    if not schema:
        return ""
    properties: Mapping[str, JsonObject] = schema.get("properties", {})
    lines = []
    for name, field in properties.items():
        default = f" = {field['default']!r}" if "default" in field else ""
        lines.append(f"{name}: {field.get('type', 'value')}{default}")
    return "\n".join(lines)


def _kind_text(spec: Mapping[str, Any]) -> str:  # a definition's spec
    if spec.get("kind") != "time":
        return str(spec.get("kind"))
    cadence = str(spec.get("cadence"))
    return _CADENCES.get(cadence, cadence)


def _strategy_text(spec: JsonObject | None) -> str:
    match (spec or {}).get("kind"):
        case "multi_run":
            return "One run each"
        case "single_run":
            return "One run for all"
        case "per_dimension":
            return f"One run for each {' and '.join((spec or {}).get('multi_run', ()))}"
        case _:
            return ""


def _pairs(values: Mapping[str, Any]) -> str:  # JSON values
    return ", ".join(f"{name}: {_value(value)}" for name, value in values.items())


def _value(value: object) -> str:
    return count(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)
