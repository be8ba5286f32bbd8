"""What the engine and the app know of a code location: its assets as plain values that JSON can hold.

User code is loaded in worker processes only; this is what such a worker says of it.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

# Specs of definitions, mappings, strategies and retries are the `to_spec()` of those values: JSON objects.
JsonObject = dict[str, Any]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")  # a newer worker may say more than we know


class DependencySpec(_Spec):
    """One edge of the graph; `parameter` receives the value, None where only the order counts."""

    upstream: str
    parameter: str | None = None
    mapping: JsonObject | None = None
    allow_missing: bool = False


class AssetSpec(_Spec):
    """One asset. Assets with the same `computation` come from one function and run in one step."""

    name: str
    computation: str
    kind: Literal["asset", "multi_asset", "graph", "external"] = "asset"
    group: str | None = None
    kinds: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    metadata: JsonObject = {}
    description: str = ""
    partitions: JsonObject | None = None
    dependencies: tuple[DependencySpec, ...] = ()
    self_dependency: bool = False
    subsettable: bool = True
    tasks: tuple[str, ...] = ()
    backfill_strategy: JsonObject | None = None
    config_schema: JsonObject | None = None
    secret_fields: tuple[str, ...] = ()
    code_version: str | None = None
    pool: str | None = None
    timeout_seconds: float | None = None
    retry: JsonObject | None = None
    io_handler: str = ""
    file: str = ""
    line: int = 0


class RepositorySpec(_Spec):
    """Everything a code repository holds; `assets` are in dependency order (upstream first)."""

    assets: tuple[AssetSpec, ...]
    pool_limits: dict[str, int] = {}
    not_run_here: tuple[str, ...] = ()
    code_fingerprint: str = ""
    python_version: str = ""

    def asset(self, name: str) -> AssetSpec | None:
        return next((asset for asset in self.assets if asset.name == name), None)
