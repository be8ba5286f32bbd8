"""From the words of a command line to a backfill request."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints

from rivers_core.cli import options
from rivers_core.engine import Engine
from rivers_core.exceptions import ConfigurationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.range_text import parse_range_text
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.strategy import MULTI_RUN, PER_DIMENSION, SINGLE_RUN, BackfillStrategy
from rivers_core.planning.request import BackfillRequest


@dataclass(frozen=True, kw_only=True)
class Words:
    """The options of `preview` and `backfill` as they were typed; their help stands in `options`."""

    assets: options.Assets = None
    ranges: options.Ranges = None
    keys: options.Keys = None
    everything: options.Everything = False
    where: options.Where = None
    strategy: options.Strategy = None
    multi_run: options.MultiRun = None
    single_run: options.SingleRun = None
    failure_policy: options.Policy = "continue"
    max_concurrency: options.Concurrency = 4
    order: options.Order = "oldest_first"
    max_retries: options.Retries = 0
    tags: options.Tags = None
    config: options.Config = None
    include_upstream: options.Upstream = False
    include_downstream: options.Downstream = False


def with_words(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes `words` one option for each field of `Words` in its place."""
    hints = get_type_hints(command, include_extras=True)
    own = [
        parameter.replace(annotation=hints[name], kind=Parameter.KEYWORD_ONLY)
        for name, parameter in signature(command).parameters.items()
        if name != "words"
    ]
    types = get_type_hints(Words, include_extras=True)
    worded = [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=types[field.name])
        for field in fields(Words)
    ]

    @wraps(command)
    def worded_command(**given: Any) -> None:  # whatever the options hold
        words = Words(**{field.name: given.pop(field.name) for field in fields(Words)})
        command(words=words, **given)

    together = own[:1] + worded + own[1:]
    worded_command.__signature__ = Signature(together)  # type: ignore[attr-defined]  # what typer reads
    worded_command.__annotations__ = {parameter.name: parameter.annotation for parameter in together}
    return worded_command


def request_from(words: Words, engine: Engine) -> BackfillRequest:
    """The request these words make; ConfigurationError or PartitionValidationError for what they cannot mean."""
    selection = listed(words.assets)
    asked: dict[str, Any] = {
        "selection": tuple(selection) or None,
        "include_upstream": words.include_upstream,
        "include_downstream": words.include_downstream,
        "all_partitions": words.everything,
        "where": tuple(listed(words.where)),
        "strategy": _strategy(words),
        "failure_policy": words.failure_policy,
        "max_concurrency": words.max_concurrency,
        "order": words.order,
        "tags": tags_from(words.tags),
        "config": config_from(words.config),
        "launched_by": "cli",
    }
    if words.max_retries:
        asked["retry"] = {"max_retries": words.max_retries}
    asked |= _partitions(words, engine, selection)
    return BackfillRequest.model_validate(asked)


def listed(text: str | None) -> list[str]:
    """The names between the commas."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def tags_from(words: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    """`name=value` each."""
    return tuple(_pair(tag, "--tag") for tag in words or ())


def _pair(text: str, option: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise ConfigurationError(f"{option} {text}: write it as name=value.")
    return name, value


def _strategy(words: Words) -> BackfillStrategy | None:
    named = (words.strategy or "").replace("-", "_")
    multi, single = listed(words.multi_run), listed(words.single_run)
    if (multi or single) and named in ("", PER_DIMENSION):
        return BackfillStrategy.per_dimension(multi_run=multi, single_run=single)
    if multi or single:
        raise ConfigurationError("--multi-run and --single-run name dimensions of --strategy per_dimension.")
    if named == PER_DIMENSION:
        raise ConfigurationError("--strategy per_dimension needs --multi-run and --single-run with dimensions.")
    if named not in ("", MULTI_RUN, SINGLE_RUN):
        raise ConfigurationError(
            f"There is no strategy {words.strategy!r}; there are {MULTI_RUN}, {SINGLE_RUN} and {PER_DIMENSION}."
        )
    return BackfillStrategy(named) if named else None


def config_from(words: Sequence[str] | None) -> dict[str, dict[str, Any]]:
    """`asset.field=value` (JSON where it can be read as such, else text), or a JSON object asset -> fields."""
    config: dict[str, dict[str, Any]] = {}
    for word in words or ():
        if word.lstrip().startswith("{"):
            for asset, fields in _json_object(word).items():
                config.setdefault(asset, {}).update(fields)
            continue
        path, value = _pair(word, "--config")
        asset, dot, field = path.rpartition(".")
        if not dot or not asset:
            raise ConfigurationError(f"--config {word}: write it as asset.field=value.")
        config.setdefault(asset, {})[field] = _value(value)
    return config


def _json_object(text: str) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"--config holds JSON that cannot be read: {error}.") from error
    if not isinstance(found, dict) or not all(isinstance(fields, dict) for fields in found.values()):
        raise ConfigurationError('--config takes a JSON object such as {"asset": {"field": 1}}.')
    return found


def _value(text: str) -> Any:  # whatever JSON can hold
    try:
        return json.loads(text)
    except ValueError:
        return text


def _partitions(words: Words, engine: Engine, selection: Sequence[str]) -> dict[str, Any]:
    ranges, keys = words.ranges or [], words.keys or []
    if not ranges and not keys:
        _refuse_vagueness(words, engine, selection)
        return {}
    if ranges and keys:
        raise ConfigurationError("Name partitions with --range or with --key, not with both.")
    definition = _definition(engine, selection)
    if keys:
        return {"partition_keys": tuple(definition.parse_key(key) for key in keys)}
    if definition.is_multi:
        return {"partition_range": _multi_range(ranges, definition)}
    return {"subset": parse_range_text(", ".join(ranges), definition), "fingerprint": definition.fingerprint}


def _refuse_vagueness(words: Words, engine: Engine, selection: Sequence[str]) -> None:
    """The planner would refuse this as well, but in the words of Python."""
    if words.everything or words.where:
        return
    for name in selection:
        definition = engine.definition(name)
        if definition is not None:
            raise ConfigurationError(
                f"{name} has partitions, so say which: {_example(definition)}, with --key, by state with --where, "
                "or --all-partitions."
            )


def _example(definition: PartitionsDefinition) -> str:
    """A --range that this definition understands."""
    if definition.is_multi:
        name, part = definition.dimensions[0]
        return f"--range {name}={_span(part)}"
    return f"--range {_span(definition)}"


def _span(definition: PartitionsDefinition) -> str:
    size = len(definition)
    return f"{definition.label_at(0)}..{definition.label_at(size - 1)}" if size else "FIRST..LAST"


def _definition(engine: Engine, selection: Sequence[str]) -> PartitionsDefinition:
    names = selection or [asset.name for asset in engine.spec().assets if asset.partitions]
    definitions = [found for name in names if (found := engine.definition(name)) is not None]
    if not definitions:
        raise ConfigurationError("The selected assets have no partitions; leave --range and --key out.")
    return definitions[0]


def _multi_range(ranges: Sequence[str], definition: PartitionsDefinition) -> PartitionKeyRange:
    parts = dict(definition.dimensions)
    chosen: dict[str, tuple[str, str] | list[str]] = {}
    for text in ranges:
        name, separator, values = text.partition("=")
        if not separator:
            names = ", ".join(parts)
            raise ConfigurationError(
                f"--range {text}: say of which dimension ({names}), such as {_example(definition)}."
            )
        if name in chosen:
            raise ConfigurationError(f"--range names the dimension {name!r} twice; join its keys with commas.")
        chosen[name] = _choice(values, parts.get(name))
    return PartitionKeyRange.multi(chosen)


def _choice(values: str, part: PartitionsDefinition | None) -> tuple[str, str] | list[str]:
    """`a..b` stays a span; a list, or spans in a list, becomes its keys; a wrong name is refused by the range."""
    pieces = listed(values)
    if len(pieces) == 1 and ".." in pieces[0]:
        first, _, last = pieces[0].partition("..")
        return first.strip(), last.strip()
    if part is None or not any(".." in piece for piece in pieces):
        return pieces
    return [part.label_at(ordinal) for ordinal in parse_range_text(values, part)]
