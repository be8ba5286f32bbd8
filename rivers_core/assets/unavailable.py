"""Names of rivers that stand for features this engine has not: using one is refused, naming feature and line."""

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

_INSTEAD = {
    "Delta tables": "ParquetIOHandler stores tables",
    "Iceberg tables": "ParquetIOHandler stores tables",
    "Run backends and run queues": "pool_limits and max_concurrency limit what runs at once",
    "Shell tasks": "call subprocess.run in a @Task",
}


def refusal(name: str) -> AssetDefinitionError | None:
    """The error for a name of rivers that is refused; None for any other name."""
    feature = _FEATURE_OF.get(name)
    if feature is None:
        return None
    instead = f"; {_INSTEAD[feature]}" if feature in _INSTEAD else ""
    return AssetDefinitionError(
        f"{calling_line()}: {feature} ({name}) are not part of Rivers Desktop{instead}. "
        "Remove it to run this file here."
    )
