"""Checks of what a user declares on an asset, each refused with a sentence that names the line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

from rivers_core.assets.source import SourceLine
from rivers_core.exceptions import AssetDefinitionError

Tags: TypeAlias = Mapping[str, str] | Sequence[str] | None

_RESERVED_IN_NAMES = "/,"

# What rivers takes and this engine has not: the words by which a refusal names it.
_UNAVAILABLE = {
    "hooks": "Hooks",
    "compute": "Compute requests for Kubernetes",
    "actions": "Asset actions",
}
_NOT_RUN_HERE = {"automation_condition": "automation condition"}


def checked_name(name: object, what: str, source: SourceLine) -> str:
    """The name itself; raises AssetDefinitionError for one that cannot be shown, typed or stored."""
    if not isinstance(name, str) or not name or name != name.strip() or not name.isprintable():
        raise AssetDefinitionError(f"{source}: {name!r} cannot name {what}; use a short text such as 'daily_sales'.")
    for character in _RESERVED_IN_NAMES:
        if character in name:
            raise AssetDefinitionError(f"{source}: the name {name!r} of {what} holds {character!r}; leave it out.")
    return name


def checked_tags(tags: Tags, owner: str, source: SourceLine) -> dict[str, str]:
    """Tags as a mapping; a list of tags gives each an empty value."""
    if tags is None:
        return {}
    if isinstance(tags, str) or not isinstance(tags, Collection):
        raise AssetDefinitionError(f"{source}: the tags of {owner} must be a dict or a list, not {tags!r}.")
    pairs = dict(tags) if isinstance(tags, Mapping) else dict.fromkeys(tags, "")
    if not all(isinstance(text, str) for pair in pairs.items() for text in pair):
        raise AssetDefinitionError(f"{source}: the tags of {owner} must be text, not {tags!r}.")
    return pairs


def checked_names(given: str | Sequence[str] | None, what: str, owner: str, source: SourceLine) -> tuple[str, ...]:
    """One text or several as a tuple of texts."""
    if given is None:
        return ()
    names = (given,) if isinstance(given, str) or not isinstance(given, Collection) else tuple(given)
    if not all(isinstance(name, str) and name for name in names):
        raise AssetDefinitionError(f"{source}: the {what} of {owner} must be text or a list of texts, not {given!r}.")
    return names


def checked_pool(pool: str | Sequence[str] | None, owner: str, source: SourceLine) -> str | None:
    """The name of the one pool that a step holds a slot of."""
    names = checked_names(pool, "pool", owner, source)
    if len(names) > 1:
        raise AssetDefinitionError(
            f"{source}: {owner} names {len(names)} pools ({', '.join(names)}), and a step can hold one; name one pool."
        )
    return names[0] if names else None


def checked_seconds(seconds: float | None, owner: str, source: SourceLine) -> float | None:
    """A positive time limit in seconds, if there is one."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise AssetDefinitionError(
            f"{source}: timeout_seconds of {owner} must be a number of seconds above 0, not {seconds!r}."
        )
    return float(seconds)


def refuse_unavailable(
    given: Mapping[str, Any], owner: str, source: SourceLine, known: Sequence[str] = ()
) -> tuple[str, ...]:
    """The features among the remaining arguments that are accepted but not run here; refuses all others."""
    accepted: list[str] = []
    for name, value in given.items():
        if name in _NOT_RUN_HERE:
            if value is not None:
                accepted.append(_NOT_RUN_HERE[name])
        elif name in _UNAVAILABLE:
            if value:
                raise AssetDefinitionError(
                    f"{source}: {owner} uses {name}=, but {_UNAVAILABLE[name]} are not part of Rivers Desktop; "
                    "remove the argument to run it here."
                )
        elif name == "partition_mapping":
            if value:
                raise AssetDefinitionError(
                    f"{source}: {owner} uses partition_mapping=; a mapping belongs to its dependency here: "
                    "deps=[AssetDef.input(name, partition_mapping=...)]."
                )
        elif name == "pool_slots":
            if value not in (None, 1):
                raise AssetDefinitionError(
                    f"{source}: {owner} asks for pool_slots={value!r}, but a step holds one slot of its pool here; "
                    "remove the argument and lower pool_limits instead."
                )
        else:
            from difflib import get_close_matches

            close = get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "."
            raise AssetDefinitionError(f"{source}: {owner} has an unknown argument {name!r}{hint}")
    return tuple(accepted)
