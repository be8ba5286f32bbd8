"""Names and modules of rivers whose features this engine has not: using one is refused, naming feature and line."""

from __future__ import annotations

from rivers_core.assets.source import calling_line
from rivers_core.exceptions import AssetDefinitionError

_FEATURES = {
    "Hooks": ("Hook", "HookContext"),
    "Delta tables": ("DeltaAsset", "DeltaIOHandler"),
    "Iceberg tables": ("IcebergAsset", "IcebergIOHandler"),
    "Compute requests for Kubernetes": ("Compute", "ComputeEscalation"),
    "Run backends and run queues": ("RunBackendConfig", "RunQueueConfig", "TagConcurrencyLimit"),
    "Asset actions": (
        "action",
        "ActionConcurrency",
        "ActionContext",
        "ActionOrdering",
        "ActionPartitioning",
        "ActionResult",
        "AssetAction",
        "Outcome",
    ),
    "Dynamic outputs": ("DynamicOutput",),
    "Observations of external assets": ("Observation",),
    "Shell tasks": ("BashTask",),
    "Arrow schemas as metadata": ("Schema",),
}
_FEATURE_OF = {name: feature for feature, names in _FEATURES.items() for name in names}

_FEATURE_OF_MODULE = {
    "integrations": "Integrations with other tools",
    "io_handlers.delta": "Delta tables",
    "io_handlers.iceberg": "Iceberg tables",
    "testing": "Fixtures for tests",
}

_INSTEAD = {
    "Delta tables": "ParquetIOHandler stores tables",
    "Iceberg tables": "ParquetIOHandler stores tables",
    "Run backends and run queues": "pool_limits and max_concurrency limit what runs at once",
    "Shell tasks": "call subprocess.run in a @Task",
}


class UnavailableModuleError(AssetDefinitionError, ImportError):
    """A module of rivers that is not here; code that tries an import sees it as any other that fails."""


def refusal(name: str) -> AssetDefinitionError | None:
    """The error for a name of rivers that is refused; None for any other name."""
    feature = _FEATURE_OF.get(name)
    return AssetDefinitionError(_sentence(feature, name)) if feature is not None else None


def module_refusal(name: str) -> UnavailableModuleError | None:
    """The error for a module below `rivers` that is refused; None for any other."""
    feature = _FEATURE_OF_MODULE.get(name)
    return UnavailableModuleError(_sentence(feature, f"rivers.{name}")) if feature is not None else None


def _sentence(feature: str, name: str) -> str:
    instead = f"; {_INSTEAD[feature]}" if feature in _INSTEAD else ""
    return (
        f"{calling_line()}: {feature} ({name}) are not part of Rivers Desktop{instead}. "
        "Remove it to run this file here."
    )
