"""Finds out which other backfills are at the same partitions, so that two processes never compute one at a time."""

from __future__ import annotations

import numpy as np

from rivers_core.planning.cautions import covered_by_asset
from rivers_core.states import UNDER_WAY
from rivers_core.storage.stores import Stores


class Clashes:
    """Says of backfills whether they are at partitions of one of ours.

    It is asked within a transaction and must answer at once, so it looks before.
    """

    def __init__(self, stores: Stores, backfill_id: str) -> None:
        self._stores = stores
        self._own = backfill_id
        self._known: dict[str, bool] = {}
        self.with_id: str | None = None

    def look(self) -> None:
        """Read the plans of the backfills under way that are not known yet; a plan never changes."""
        unknown = [
            record.backfill_id
            for record in self._stores.backfills.list(states=UNDER_WAY, limit=1_000).records
            if record.backfill_id not in self._known and record.backfill_id != self._own
        ]
        if not unknown:
            return
        own = covered_by_asset(self._stores.backfills.launched(self._own).stages)
        for other in unknown:
            theirs = covered_by_asset(self._stores.backfills.launched(other).stages)
            self._known[other] = any(
                len(np.intersect1d(own[asset], theirs[asset], assume_unique=True)) for asset in own.keys() & theirs
            )

    def __call__(self, other: str) -> bool:
        """Those launched since the last look count as clashing until the next one."""
        known = self._known.get(other)
        if known:
            self.with_id = other
        return known is not False
