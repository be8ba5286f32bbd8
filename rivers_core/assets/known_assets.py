"""What each declared asset is by itself, before looking at how they hang together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rivers_core.assets.asset import Asset
from rivers_core.assets.asset_def import AssetDef
from rivers_core.assets.problems import Problems
from rivers_core.assets.retries import RetryPolicy
from rivers_core.assets.suggestions import close_to
from rivers_core.partitions.definitions import PartitionsDefinition

_HANDLER_METHODS = ("handle_output", "load_input")


@dataclass(frozen=True, slots=True)
class Shared:
    """What a repository declares beside its assets, by name."""

    resources: Mapping[str, Any]
    partition_defs: Mapping[str, PartitionsDefinition]
    retries: Mapping[str, RetryPolicy]
    default_retry: RetryPolicy | str | None = None


@dataclass(frozen=True, slots=True)
class KnownAsset:
    """One name that assets can hang on; `output` is what a multi-asset declared for it."""

    name: str
    declared: Asset
    output: AssetDef | None
    partitions: PartitionsDefinition | None
    type_hint: Any
    stores: bool
    io_handler: Any


class KnownAssets(Mapping[str, KnownAsset]):
    """The assets of a repository by name, outputs of multi-assets among them; faults go to `problems`."""

    def __init__(self, assets: Sequence[Asset], shared: Shared, problems: Problems) -> None:
        self._shared = shared
        self._problems = problems
        self._known: dict[str, KnownAsset] = {}
        for asset in assets:
            self._register(asset)

    def __getitem__(self, name: str) -> KnownAsset:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def of(self, asset: Asset) -> list[KnownAsset]:
        """The names that a declared asset computes; none where all of them were taken."""
        return [known for known in self._known.values() if known.declared is asset]

    def io_handler(self, asset: Asset, given: Any) -> Any:
        """The IO handler that was given, or that a name stands for; None for the default one."""
        handler = self._shared.resources.get(given) if isinstance(given, str) else given
        if isinstance(given, str) and handler is None:
            hint = close_to(given, self._shared.resources)
            self._problems.fault(asset, f"names the io_handler {given!r}, but there is no such resource{hint}")
            return None
        if handler is not None and not all(callable(getattr(handler, name, None)) for name in _HANDLER_METHODS):
            self._problems.fault(asset, f"has an io_handler without {' and '.join(_HANDLER_METHODS)}: {handler!r}")
            return None
        return handler

    def _register(self, asset: Asset) -> None:
        if asset.function is None and asset.kind != "external":
            self._problems.fault(asset, "has no function; put the decorator above one")
            return
        named: list[tuple[str, AssetDef | None]] = [(output.name, output) for output in asset.outputs]
        for name, output in named or [(asset.name, None)]:
            if name in self._known:
                first = self._known[name].declared.source
                self._problems.fault(asset, f"is a second asset named {name!r}; the first one is at {first}")
            else:
                self._known[name] = self._described(name, asset, output)

    def _described(self, name: str, asset: Asset, output: AssetDef | None) -> KnownAsset:
        hint, stores = (None, True) if output is None else (output.type_hint, True)
        if asset.function is not None and asset.kind in ("asset", "graph"):
            hint, stores = asset.signature.return_hint, not asset.signature.returns_nothing
        handler = asset.io_handler if output is None or output.io_handler is None else output.io_handler
        return KnownAsset(
            name, asset, output, self._partitions(asset, output), hint, stores, self.io_handler(asset, handler)
        )

    def _partitions(self, asset: Asset, output: AssetDef | None) -> PartitionsDefinition | None:
        given: object = asset.partitions_def
        if output is not None and output.partitions_def is not None:
            given = output.partitions_def
        if isinstance(given, str):
            if given not in self._shared.partition_defs:
                hint = close_to(given, self._shared.partition_defs)
                self._problems.fault(
                    asset, f"names the partitions definition {given!r}, which partition_defs does not hold{hint}"
                )
                return None
            given = self._shared.partition_defs[given]
        if given is not None and not isinstance(given, PartitionsDefinition):
            self._problems.fault(asset, f"has a partitions_def that is none: {given!r}")
            return None
        return given
