"""Decides whose tasks a worker gets next: slots shared fairly, pools respected, short runs sent ahead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rivers_core.location.remote_worker import RemoteWorker
from rivers_core.location.session import Session
from rivers_core.location.spec import RepositorySpec
from rivers_core.steps.task import RunTask


@dataclass(frozen=True, slots=True)
class PoolRules:
    """Which pools each asset holds while its run lasts, and how many may hold each at a time."""

    of_asset: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: RepositorySpec) -> PoolRules:
        return cls({asset.name: (asset.pool,) for asset in spec.assets if asset.pool}, dict(spec.pool_limits))

    def pools_of(self, task: RunTask) -> frozenset[str]:
        """The limited pools that a run of the task holds."""
        return frozenset(pool for asset in task.assets for pool in self.of_asset.get(asset, ()) if pool in self.limits)


class Demand:
    """A snapshot of who works for whom."""

    def __init__(self, sessions: Iterable[Session], workers: Sequence[RemoteWorker], rules: PoolRules) -> None:
        self._rules = rules
        self._held = Counter(pool for worker in workers for pool in worker.pools)
        self.in_use = Counter(worker.session.number for worker in workers if worker.session is not None)
        self.busy = sum(self.in_use.values())
        self._waiting = [
            session for session in sessions if session.waiting and not (session.halted or session.is_barred)
        ]

    def eligible(self) -> list[Session]:
        """Sessions that could use one more worker now, the one to be served first at the beginning."""
        able = [session for session in self._waiting if self._may_have_another(session)]
        return sorted(able, key=lambda session: (self.in_use[session.number], session.last_served))

    def must_yield(self, session: Session) -> bool:
        """Whether another session waits for a worker more rightfully than this one keeps all of its own."""
        mine = self.in_use[session.number]
        others = [
            other for other in self._waiting if other is not session and other.waiting and self._may_have_another(other)
        ]
        return any(self.in_use[other.number] == 0 or self.in_use[other.number] + 1 < mine for other in others)

    def pools_of(self, session: Session) -> frozenset[str]:
        return self._rules.pools_of(session.waiting[0])

    def _may_have_another(self, session: Session) -> bool:
        if self.in_use[session.number] >= session.wanted:
            return False
        return all(self._held[pool] < self._rules.limits[pool] for pool in self.pools_of(session))


def share_for(session: Session, slots: int) -> int:
    """How many tasks an idle worker gets: as deep as runs are short, but leaving as much for the others."""
    workers = max(1, min(session.wanted, slots))
    return max(1, min(session.depth, -(-len(session.waiting) // workers)))


def refill_for(session: Session, worker: RemoteWorker, rules: PoolRules) -> int:
    """How many tasks to add to a working worker's queue, 0 as long as that is still half full."""
    depth = session.depth
    if depth == 1 or not session.waiting or len(worker.tasks) > depth // 2:
        return 0
    if rules.pools_of(session.waiting[0]) != worker.pools:
        return 0
    return depth - len(worker.tasks)
