"""Finds out who else is at the same partitions, so that two processes never compute one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from rivers_core.planning.cautions import covered_by_asset
from rivers_core.planning.plan import Stage
from rivers_core.states import UNDER_WAY
from rivers_core.storage.lease import Holder
from rivers_core.storage.stores import Stores


class Clashes:
    """Says of backfills, and of runs outside of any, whether they are at partitions of ours.

    It is asked within a transaction and must answer at once, so it looks before.
    """

    def __init__(self, stores: Stores, here: Holder, own: Callable[[], Sequence[Stage]], own_id: str = "") -> None:
        """`own` gives what is ours; it is called only where there is somebody else. `own_id` is a backfill's."""
        self._stores = stores
        self._here = here
        self._own = own
        self._own_id = own_id
        self._known: dict[str, bool] = {}
        self.with_id: str | None = None

    def look(self) -> None:
        """Read what others do that is not known yet; a plan never changes."""
        unknown = dict(self._unknown())
        if not unknown:
            return
        own = covered_by_asset(self._own())
        for other, stages in unknown.items():
            theirs = covered_by_asset(stages)
            self._known[other] = any(
                len(np.intersect1d(own[asset], theirs[asset], assume_unique=True)) for asset in own.keys() & theirs
            )

    def __call__(self, other: str) -> bool:
        """Those that began since the last look count as clashing until the next one."""
        known = self._known.get(other)
        if known:
            self.with_id = other
        return known is not False

    def _unknown(self) -> Iterator[tuple[str, Sequence[Stage]]]:
        for record in self._stores.backfills.list(states=UNDER_WAY, limit=1_000).records:
            if record.backfill_id not in self._known and record.backfill_id != self._own_id:
                yield record.backfill_id, self._stores.backfills.launched(record.backfill_id).stages
        for run in self._stores.runs.direct_elsewhere(self._here):
            if run.run_id not in self._known:
                yield run.run_id, self._stores.runs.launched(run.run_id).stages


def named(other: str) -> str:
    """`the backfill b3` or `the run r12`."""
    return f"the {'run' if other.startswith('r') else 'backfill'} {other}"
