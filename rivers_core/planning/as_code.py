"""Writes a backfill request as Python and as a command line that ask for the same.

What is secret in its config is taken from the environment: text that is copied goes to chats and tickets.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from rivers_core.partitions.boxes import boxes_of
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.key_choices import Choice, KeySpan
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.range_text import format_subset
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.strategy import MULTI_RUN, SINGLE_RUN, BackfillStrategy
from rivers_core.partitions.subset import Subset
from rivers_core.planning.plan import BackfillPlan
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import FailurePolicy, RunOrder

_CALL = "repo.backfill(\n{arguments})\n"

Config = Mapping[str, Mapping[str, Any]]


def as_python(request: BackfillRequest, definition: PartitionsDefinition | None = None) -> str:
    """A call of `repo.backfill`, or of `repo.rerun_backfill` for what only that can ask.

    `definition` names the ordinals of `request.subset` where there is one.
    """
    lead = "import os\n\n" if request.secrets else ""
    if request.exact and request.rerun_of is not None:
        partitions = "" if request.rerun_partitions is None else f", partitions={request.rerun_partitions!r}"
        again = f", config={_with_secrets({}, request)!r}" if request.secrets else ""
        return f"{lead}repo.rerun_backfill({request.rerun_of!r}{partitions}{again})\n"
    arguments = [*_what(request), *_which(request, definition), *_how(request)]
    return lead + _CALL.format(arguments="".join(f"    {name}={value},\n" for name, value in arguments))


def as_command(request: BackfillRequest, project: str, definition: PartitionsDefinition | None = None) -> str:
    """A call of `rivers-core backfill` (or `rerun`) as a shell reads it; `definition` as in `as_python`."""
    if request.exact and request.rerun_of is not None:
        every = ["--all"] if request.rerun_partitions == "all" else []
        words = ["rivers-core", "rerun", project, request.rerun_of, *every]
        return shlex.join(words) + _shell_config({}, request) + "\n"
    words = ["rivers-core", "backfill", project, *_options(request, definition)]
    return shlex.join(words) + _shell_config(request.config, request) + "\n"


def asked_definition(plan: BackfillPlan) -> PartitionsDefinition | None:
    """The definition whose ordinals a plan's request names; None where it names none."""
    fingerprint = plan.request.fingerprint
    definitions = (stage.definition for stage in plan.stages if stage.definition is not None)
    return next((found for found in definitions if found.fingerprint == fingerprint), None)


def _what(request: BackfillRequest) -> Iterator[tuple[str, str]]:
    if request.selection is not None:
        yield "selection", repr(list(request.selection))
    for name in ("include_upstream", "include_downstream", "add_missing_upstream"):
        if getattr(request, name):
            yield name, "True"


def _which(request: BackfillRequest, definition: PartitionsDefinition | None) -> Iterator[tuple[str, str]]:
    chosen = request.partition_range or _range(request, definition)
    if chosen is not None:
        yield "partition_range", f"rs.{chosen!r}"
    elif keys := _keys(request, definition):
        yield "partition_keys", "[" + ", ".join(f"rs.{key!r}" for key in keys) + "]"
    elif request.all_partitions:
        yield "all_partitions", "True"
    if request.where:
        yield "where", repr(list(request.where))


def _how(request: BackfillRequest) -> Iterator[tuple[str, str]]:
    if request.strategy is not None:
        yield "strategy", _python_strategy(request.strategy)
    if request.failure_policy is not FailurePolicy.CONTINUE:
        yield "failure_policy", repr(request.failure_policy.value)
    if request.order is not RunOrder.OLDEST_FIRST:
        yield "order", repr(request.order.value)
    yield "max_concurrency", str(request.max_concurrency)
    if request.retry:
        only = set(request.retry) == {"max_retries"}
        policy = f"({request.retry['max_retries']})" if only else f".from_spec({request.retry!r})"
        yield "retry", f"rs.RetryPolicy{policy}"
    if request.tags:
        yield "tags", repr(list(request.tags))
    if request.config or request.secrets:
        yield "config", repr(_with_secrets(request.config, request))


def _range(request: BackfillRequest, definition: PartitionsDefinition | None) -> PartitionKeyRange | None:
    """The one range that a chosen subset is, if it is one."""
    if request.subset is None or definition is None:
        return None
    boxes = list(islice(boxes_of(request.subset, definition.shape()), 2))
    if len(boxes) != 1:
        return None
    if definition.is_multi:
        return PartitionKeyRange.multi(
            {name: _choice(part, at) for (name, part), at in zip(definition.dimensions, boxes[0], strict=True)}
        )
    chosen = _choice(definition, boxes[0][0])
    return PartitionKeyRange.single(*chosen) if isinstance(chosen, tuple) else None


def _choice(definition: PartitionsDefinition, positions: Subset) -> tuple[str, str] | list[str]:
    if len(positions.ranges) == 1 and len(positions) > 1:
        ((start, stop),) = positions.ranges
        return definition.label_at(start), definition.label_at(stop - 1)
    return [definition.label_at(at) for at in positions]


def _keys(request: BackfillRequest, definition: PartitionsDefinition | None) -> list[PartitionKey]:
    """The keys asked for, as few as can stand for all of a chosen subset."""
    if request.partition_keys is not None:
        return list(request.partition_keys)
    if request.subset is None or definition is None:
        return []
    boxes = boxes_of(request.subset, definition.shape())
    if not definition.is_multi:
        return [PartitionKey.single([definition.label_at(at) for at in box[0]]) for box in boxes]
    return [
        PartitionKey.multi(
            {
                name: [part.label_at(at) for at in positions]
                for (name, part), positions in zip(definition.dimensions, box, strict=True)
            }
        )
        for box in boxes
    ]


def _python_strategy(strategy: BackfillStrategy) -> str:
    if not strategy.is_per_dimension:
        return f"rs.BackfillStrategy.{strategy.kind}()"
    spread, batched = list(strategy.multi_run_dimensions), list(strategy.single_run_dimensions)
    return f"rs.BackfillStrategy.per_dimension(multi_run={spread!r}, single_run={batched!r})"


def _options(request: BackfillRequest, definition: PartitionsDefinition | None) -> Iterator[str]:
    if request.selection is not None:
        yield from ("--assets", ",".join(request.selection))
    for name in ("include_upstream", "include_downstream"):
        if getattr(request, name):
            yield "--" + name.replace("_", "-")
    yield from _partition_options(request, definition)
    if request.where:
        yield from ("--where", ",".join(request.where))
    yield from _run_options(request)


def _partition_options(request: BackfillRequest, definition: PartitionsDefinition | None) -> Iterator[str]:
    chosen = request.partition_range or _range(request, definition)
    if chosen is not None:
        for name, choice in chosen.choices:
            yield from ("--range", f"{name}={_written(choice)}" if name else _written(choice))
    elif request.subset is not None and definition is not None and not definition.is_multi:
        yield from ("--range", format_subset(request.subset, definition))
    elif keys := _keys(request, definition):
        for key in keys:
            yield from ("--key", str(key))
    elif request.all_partitions:
        yield "--all-partitions"


def _written(choice: Choice) -> str:
    return f"{choice.first}..{choice.last}" if isinstance(choice, KeySpan) else ",".join(choice.keys)


def _run_options(request: BackfillRequest) -> Iterator[str]:
    if request.strategy is not None:
        yield from _strategy_options(request.strategy)
    if request.failure_policy is not FailurePolicy.CONTINUE:
        yield from ("--failure-policy", request.failure_policy.value)
    if request.order is not RunOrder.OLDEST_FIRST:
        yield from ("--order", request.order.value)
    yield from ("--max-concurrency", str(request.max_concurrency))
    if request.retry:
        yield from ("--max-retries", str(request.retry.get("max_retries", 0)))
    for name, value in request.tags:
        yield from ("--tag", f"{name}={value}")


def _strategy_options(strategy: BackfillStrategy) -> Iterator[str]:
    if strategy.kind in (MULTI_RUN, SINGLE_RUN):
        yield from ("--strategy", strategy.kind)
        return
    if strategy.multi_run_dimensions:
        yield from ("--multi-run", ",".join(strategy.multi_run_dimensions))
    if strategy.single_run_dimensions:
        yield from ("--single-run", ",".join(strategy.single_run_dimensions))


class _FromEnvironment:
    """A secret in an override: as Python it is read from a variable of the environment."""

    def __init__(self, asset: str, path: str) -> None:
        self.variable = re.sub(r"\W", "_", f"{asset}_{path}").upper()

    def __repr__(self) -> str:
        return f"os.environ[{self.variable!r}]"


def _with_secrets(config: Config, request: BackfillRequest) -> dict[str, dict[str, Any]]:
    """The overrides with the request's secrets, each of which stands for a variable of the environment."""
    full = {asset: dict(override) for asset, override in config.items()}
    for asset, paths in request.secrets.items():
        for path in paths:
            *outer, last = path.split(".")
            inside = full.setdefault(asset, {})
            for field in outer:
                inside[field] = dict(inside.get(field, {}))
                inside = inside[field]
            inside[last] = _FromEnvironment(asset, path)
    return full


def _shell_config(config: Config, request: BackfillRequest) -> str:
    """The option with the overrides; secrets among them are variables that the shell puts in."""
    if not request.secrets:
        return " " + shlex.join(["--config", json.dumps(config)]) if config else ""
    variables: list[str] = []

    def marked(secret: _FromEnvironment) -> str:
        variables.append(secret.variable)
        return f"\0{len(variables) - 1}\0"

    text = json.dumps(_with_secrets(config, request), default=marked)
    quoted = re.sub(r'([\\"$`])', r"\\\1", text)
    for at, variable in enumerate(variables):
        quoted = quoted.replace(rf"\\u0000{at}\\u0000", f"${variable}")
    return f' --config "{quoted}"'
