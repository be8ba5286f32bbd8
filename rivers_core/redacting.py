"""Keeps what is secret in config overrides out of everything that is stored, and takes it when it is given again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from rivers_core.location.spec import RepositorySpec
from rivers_core.planning.request import BackfillRequest


def without_secrets(config: Mapping[str, Mapping[str, Any]], spec: RepositorySpec) -> dict[str, dict[str, Any]]:
    """The overrides of each asset as JSON can hold them, without the fields that its model declares secret."""
    kept = {}
    for name, override in config.items():
        asset = spec.asset(name)
        kept[name] = _without(override, [path.split(".") for path in asset.secret_fields] if asset else [])
    plain: dict[str, dict[str, Any]] = to_jsonable_python(kept, fallback=str)
    return plain


def _without(override: Mapping[str, Any], paths: Sequence[Sequence[str]]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for field, value in override.items():
        below = [path[1:] for path in paths if path[0] == field]
        if any(not path for path in below):
            continue
        kept[field] = _without(value, below) if below and isinstance(value, Mapping) else value
    return kept


def secrets_in(config: Mapping[str, Mapping[str, Any]], spec: RepositorySpec) -> dict[str, tuple[str, ...]]:
    """The secret fields that overrides hold, by asset, each as its path with dots."""
    held = {}
    for name, override in config.items():
        asset = spec.asset(name)
        held[name] = tuple(path for path in (asset.secret_fields if asset else ()) if _holds(override, path))
    return {name: paths for name, paths in held.items() if paths}


def redacted(request: BackfillRequest, spec: RepositorySpec) -> BackfillRequest:
    """The request as it is stored: it names its secrets and does not hold them."""
    held = {**request.secrets, **secrets_in(request.config, spec)}
    return request.model_copy(update={"config": without_secrets(request.config, spec), "secrets": held})


def lacking(secrets: Mapping[str, Sequence[str]], config: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A sentence for each of these secrets that overrides do not hold any more."""
    return [
        f"{name}.{path} was given when this was launched, and as a secret it is stored nowhere; give it again."
        for name, paths in secrets.items()
        for path in paths
        if not _holds(config.get(name, {}), path)
    ]


def _holds(override: Mapping[str, Any], path: str) -> bool:
    value: Any = override
    for field in path.split("."):
        if not isinstance(value, Mapping) or field not in value:
            return False
        value = value[field]
    return True


def given_again(
    stored: Mapping[str, Mapping[str, Any]], again: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The stored overrides with what somebody gives again, above all what is secret and was not stored."""
    return {name: _merged(stored.get(name, {}), again.get(name, {})) for name in {**stored, **again}}


def _merged(stored: Mapping[str, Any], again: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**stored, **again}
    for field, value in again.items():
        if isinstance(value, Mapping) and isinstance(before := stored.get(field), Mapping):
            merged[field] = _merged(before, value)
    return merged
