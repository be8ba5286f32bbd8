"""Gathers what the planner has to know of the present, looked up only when the planner asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rivers_core.board import Board
from rivers_core.pinning import PinnedRepository
from rivers_core.planning.standing import RunHistory, Situation, Standing, UnderWay
from rivers_core.states import UNDER_WAY
from rivers_core.storage.stores import Stores

_MOST_UNDER_WAY = 100


def situation(repository: PinnedRepository, board: Board, stores: Stores, slots: int) -> Situation:
    """How things stand now; the position is that of before anything else is read."""

    def history(assets: tuple[str, ...]) -> RunHistory | None:
        found = stores.history.summary(assets)
        return None if found is None else RunHistory(found.runs, found.mean, found.mean_per_partition)

    return Situation(
        spec=repository.spec,
        definitions=repository.definitions,
        standing=_Standings(repository, board),
        position=stores.database.position,
        slots=slots,
        under_way=tuple(_under_way(stores)),
        history=history,
    )


class _Standings(Mapping[str, Standing]):
    """How each asset stands, each looked up once."""

    def __init__(self, repository: PinnedRepository, board: Board) -> None:
        self._names = repository.definitions
        self._board = board
        self._known: dict[str, Standing] = {}

    def __getitem__(self, asset: str) -> Standing:
        if asset not in self._known:
            self._known[asset] = self._board.standing(asset)
        return self._known[asset]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _under_way(stores: Stores) -> Iterator[UnderWay]:
    for record in stores.backfills.list(states=UNDER_WAY, limit=_MOST_UNDER_WAY).records:
        yield UnderWay(record.backfill_id, stores.backfills.load_plan(record.backfill_id).stages)
