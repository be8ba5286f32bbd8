"""What a script passes to the calls of its repository, checked before Python stumbles over it somewhere inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rivers_core.exceptions import ConfigurationError
from rivers_core.partitions.keys import PartitionKey

if TYPE_CHECKING:
    from rivers_core.planning.request import BackfillRequest

# Whatever a script may pass is checked here, so it comes without a type.


def backfill_request(**asked: Any) -> BackfillRequest:
    """The request; ConfigurationError with every field that cannot be asked for like this."""
    from pydantic import ValidationError

    from rivers_core.planning.request import BackfillRequest

    try:
        return BackfillRequest(**asked)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ConfigurationError(f"The backfill cannot be asked for like this. {faults}.") from None


def texts(given: Any, name: str) -> tuple[str, ...]:
    """A list of texts, such as names of assets."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ConfigurationError(f"{name} takes a list of texts, such as [{given!r}]; it was given {given!r} alone.")
    found = tuple(given)
    for one in found:
        if not isinstance(one, str):
            named = f", such as {one.name!r}" if isinstance(getattr(one, "name", None), str) else ""
            raise ConfigurationError(f"{name} takes texts{named}, not {_short(one)}.")
    return found


def partition_keys(given: Any) -> tuple[PartitionKey, ...]:
    """A list of partition keys."""
    if isinstance(given, PartitionKey | str) or not isinstance(given, Iterable):
        raise ConfigurationError(f"partition_keys takes a list of PartitionKey, not {_short(given)} alone.")
    return tuple(one_key(one, "partition_keys") for one in given)


def one_key(given: Any, name: str) -> PartitionKey:
    """A partition key, and not the text that it is written as."""
    if isinstance(given, PartitionKey):
        return given
    raise ConfigurationError(
        f"{name} takes PartitionKey, such as PartitionKey.single('2024-01-15'), not {_short(given)}."
    )


def backfill_id(given: Any) -> str:
    """The id of a backfill, from a result's `backfill_id`."""
    if not isinstance(given, str):
        raise ConfigurationError(f"A backfill's id is a text such as 'b12', not {_short(given)}.")
    return given


def pairs(given: Any) -> tuple[Any, ...]:
    """Tags: pairs of texts, or a mapping."""
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ConfigurationError(f"tags takes pairs, such as [('team', 'data')], not {_short(given)}.")
    return tuple(given.items() if isinstance(given, Mapping) else given)


def plain_config(config: Any) -> dict[str, dict[str, Any]]:
    """Overrides as plain mappings; an asset's config may also be given as its model."""
    if config is None:
        return {}
    if not isinstance(config, Mapping):
        raise ConfigurationError(
            f'config takes overrides by asset, such as {{"asset": {{"field": 1}}}}, not {_short(config)}.'
        )
    return {asset: _override(asset, override) for asset, override in config.items()}


def _override(asset: Any, override: Any) -> dict[str, Any]:
    plain = override.model_dump() if hasattr(override, "model_dump") else override
    if not isinstance(plain, Mapping):
        raise ConfigurationError(f"config of {asset} takes fields with their values, not {_short(override)}.")
    return dict(plain)


def _short(value: object) -> str:
    """What was given, as far as one line can show it."""
    shown = repr(value)
    return shown if len(shown) <= 80 else f"a {type(value).__name__}"
