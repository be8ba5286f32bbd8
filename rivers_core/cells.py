"""The stored cells of one asset in memory, with those found stale that are out of date."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rivers_core.events import PartitionsChanged
from rivers_core.location.spec import AssetSpec, DependencySpec
from rivers_core.pinning import PinnedRepository
from rivers_core.planning.staleness import Outputs, StaleCause, stale_causes, stale_partitions
from rivers_core.states import PartitionState
from rivers_core.storage.state_store import StateStore, StoredStates

Ordinals = NDArray[np.int64]
States = NDArray[np.uint8]

MADE = (PartitionState.COMPLETED, PartitionState.STALE)
_MOST_KEPT = 500_000  # cells of 26 bytes
_OUTPUT_COLUMNS = ("materialized_seq", "changed_seq", "read_seq", "code_version")


@dataclass(slots=True, eq=False)
class AssetCells:
    """`resting` is what each cell shows while nothing is under way; `has_output` whether something is stored for it.

    `unsettled` are upstream cells with a new output, and the dependency by which they are read; `unsure` are cells
    that were made while something upstream changed. Its owner holds a lock.
    """

    fingerprint: str
    position: int
    resting: States
    has_output: NDArray[np.bool_]
    unsettled: list[tuple[DependencySpec, Ordinals]] = field(default_factory=list)
    unsure: list[Ordinals] = field(default_factory=list)
    _meanwhile: list[Ordinals] | None = None  # what changed since `take_unsettled`, until `settle`

    def take_over(self, change: PartitionsChanged) -> None:
        """What a commit stored; one that is older than this was read is in it already."""
        if change.fingerprint != self.fingerprint or change.position <= self.position:
            return
        within = change.ordinals < len(self.resting)
        ordinals, states = change.ordinals[within], change.states[within]
        self.resting[ordinals] = states
        if self._meanwhile is not None:
            self._meanwhile.append(ordinals)
        self.has_output[ordinals[states == PartitionState.COMPLETED]] = True
        self.has_output[ordinals[states == PartitionState.MISSING]] = False

    def take_unsettled(self) -> tuple[list[tuple[DependencySpec, Ordinals]], list[Ordinals]]:
        """`unsettled` and `unsure`, which are looked at now."""
        taken = (self.unsettled, self.unsure)
        self.unsettled, self.unsure, self._meanwhile = [], [], []
        return taken

    def made_among(self, cells: Ordinals) -> Ordinals:
        """Those of these cells that show an output."""
        within = cells[cells < len(self.resting)]
        return within[np.isin(self.resting[within], MADE)]

    def settle(self, ordinals: Ordinals, stale: NDArray[np.bool_]) -> Ordinals:
        """Take over which of these cells are stale, as looked up since `take_unsettled`; those that look different now.

        What was stored meanwhile is newer than that look, and stays as it is.
        """
        if self._meanwhile:
            kept = ~np.isin(ordinals, np.concatenate(self._meanwhile))
            ordinals, stale = ordinals[kept], stale[kept]
        self._meanwhile = None
        now = np.where(stale, np.uint8(PartitionState.STALE), np.uint8(PartitionState.COMPLETED))
        before = self.resting[ordinals]
        # A cell that failed meanwhile shows that.
        changed = (before != now) & np.isin(before, MADE)
        different: Ordinals = ordinals[changed]
        self.resting[different] = now[changed]
        return different


class CellReader:
    """Reads the cells of a repository's assets; waits for the database, so it is not for the writer's thread."""

    def __init__(self, states: StateStore) -> None:
        self._states = states
        self._kept: OrderedDict[str, StoredStates] = OrderedDict()

    def read(self, asset: str, repository: PinnedRepository) -> AssetCells:
        """All cells of an asset as they are stored now, and which of them are stale."""
        stored = self._states.snapshot(asset, repository.definition(asset), ("shown", *_OUTPUT_COLUMNS))
        resting = stored.columns["shown"].astype(np.uint8)
        completed = np.flatnonzero(resting == PartitionState.COMPLETED).astype(np.int64)
        resting[completed[self.stale(asset, repository, completed, stored)]] = PartitionState.STALE
        return AssetCells(stored.fingerprint, stored.position, resting, stored.columns["materialized_seq"] > 0)

    def stale(
        self, asset: str, repository: PinnedRepository, among: Ordinals, own: StoredStates | None = None
    ) -> NDArray[np.bool_]:
        """Whether the outputs of these cells are out of date."""
        spec = repository.asset(asset)
        if not len(among) or (spec.code_version is None and not spec.dependencies):
            return np.zeros(len(among), dtype=bool)
        outputs = self._outputs_around(spec, repository, own)
        return stale_partitions(spec, repository.links, outputs, self._states.code_version_ids(), among)

    def causes(self, asset: str, repository: PinnedRepository) -> tuple[StaleCause, ...]:
        """Why partitions of an asset are stale."""
        spec = repository.asset(asset)
        outputs = self._outputs_around(spec, repository)
        return stale_causes(spec, repository.links, outputs, self._states.code_version_ids())

    def _outputs_around(
        self, spec: AssetSpec, repository: PinnedRepository, own: StoredStates | None = None
    ) -> dict[str, Outputs]:
        """The outputs of an asset and of all that it reads directly."""
        outputs = {spec.name: _outputs(own or self._output_columns(spec.name, repository))}
        for edge in spec.dependencies:
            if edge.upstream not in outputs:
                outputs[edge.upstream] = _outputs(self._output_columns(edge.upstream, repository))
        return outputs

    def _output_columns(self, asset: str, repository: PinnedRepository) -> StoredStates:
        """As they are stored now; an asset that many read is not read again for each while nothing changes."""
        kept = self._kept.pop(asset, None)
        definition = repository.definition(asset)
        if kept is None or not self._states.is_current(kept, definition):
            kept = self._states.snapshot(asset, definition, _OUTPUT_COLUMNS)
        self._kept[asset] = kept
        while len(self._kept) > 1 and sum(stored.size for stored in self._kept.values()) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return kept


def readers(asset: str, repository: PinnedRepository, changes: Sequence[tuple[DependencySpec, Ordinals]]) -> Ordinals:
    """The cells of an asset that read any of these upstream cells, sorted."""
    spec = repository.asset(asset)
    edges = {edge.upstream: edge for edge, _ in changes}
    found = [np.empty(0, dtype=np.int64)]
    found += [
        repository.links.readers_of(
            spec, edge, np.unique(np.concatenate([cells for other, cells in changes if other.upstream == upstream]))
        )
        for upstream, edge in edges.items()
    ]
    return np.unique(np.concatenate(found))


def _outputs(stored: StoredStates) -> Outputs:
    columns = stored.columns
    return Outputs(
        columns["materialized_seq"],
        columns["changed_seq"],
        columns["read_seq"],
        columns["code_version"].astype(np.uint16, copy=False),
    )
