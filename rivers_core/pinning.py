"""A code location as it stands at one moment: its spec, its definitions that no longer grow, and their links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rivers_core.exceptions import AssetNotFoundError
from rivers_core.location.spec import AssetSpec, RepositorySpec
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.planning.links import Links
from rivers_core.planning.plan import Stage
from rivers_core.planning.selection import find_asset
from rivers_core.steps.task import Grids


@dataclass(frozen=True, slots=True, eq=False)
class PinnedRepository:
    """The spec with every definition pinned at `moment`; never changes, so any thread may share it."""

    spec: RepositorySpec
    definitions: Mapping[str, PartitionsDefinition | None]
    links: Links
    moment: datetime

    @classmethod
    def at(
        cls, spec: RepositorySpec, dynamic_keys: Mapping[str, Sequence[str]], moment: datetime | None = None
    ) -> PinnedRepository:
        """Pin open time grids to `moment`, by default now, and dynamic definitions to these keys."""
        now = moment or datetime.now()
        definitions = {asset.name: _pinned(asset, dynamic_keys, now) for asset in spec.assets}
        return cls(spec, definitions, Links(spec, definitions), now)

    def asset(self, name: str) -> AssetSpec:
        """The asset of that name; AssetNotFoundError names those that are alike."""
        return find_asset(self.spec, name)

    def definition(self, name: str) -> PartitionsDefinition | None:
        """The pinned definition, None for an asset without partitions; AssetNotFoundError."""
        if name not in self.definitions:
            self.asset(name)
            raise AssetNotFoundError(f"There is no asset named {name!r}.")
        return self.definitions[name]

    def size(self, name: str) -> int:
        """The number of cells: those of its partitions, or one."""
        definition = self.definitions[name]
        return 1 if definition is None else definition.size()

    def grids_for(self, stages: Iterable[Stage]) -> Grids:
        """The definitions that workers need: as planned for what is computed, as pinned for all it reads."""
        of_asset: dict[str, str] = {}
        found: dict[str, PartitionsDefinition] = {}
        planned = {name: stage.definition for stage in stages for name in stage.assets}
        for name, definition in {**self.definitions, **planned}.items():
            if definition is None:
                continue
            fingerprint = of_asset[name] = definition.fingerprint
            known = found.get(fingerprint)
            # Two ends of one leading time grid number alike; the longer one holds the keys of both.
            if known is None or known.size() < definition.size():
                found[fingerprint] = definition
        return Grids(of_asset, {fingerprint: definition.to_spec() for fingerprint, definition in found.items()})


def _pinned(asset: AssetSpec, dynamic_keys: Mapping[str, Sequence[str]], now: datetime) -> PartitionsDefinition | None:
    if asset.partitions is None:
        return None
    definition = PartitionsDefinition.from_spec(asset.partitions)
    return definition.pinned(now, _with_empty(definition, dynamic_keys))


def _with_empty(
    definition: PartitionsDefinition, dynamic_keys: Mapping[str, Sequence[str]]
) -> Mapping[str, Sequence[str]]:
    """A dynamic definition that nobody added keys to has none."""
    names = [part.to_spec().get("name") for _, part in definition.dimensions]
    return {**{name: () for name in names if name is not None}, **dynamic_keys}
