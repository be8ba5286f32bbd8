"""Where a person wants to go: pages ask here, the main window follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from rivers_core.partitions.subset import Subset
    from rivers_core.planning.request import BackfillRequest


@dataclass(frozen=True, slots=True)
class BackfillDraft:
    """What a backfill dialog begins with: assets and what is known already of the wish.

    `subset` holds ordinals in the first asset's definition of that `fingerprint`; `where` names states to
    take only (see BackfillRequest); `request` is an earlier one to edit.
    """

    assets: tuple[str, ...]
    subset: Subset | None = None
    fingerprint: str | None = None
    where: tuple[str, ...] = ()
    request: BackfillRequest | None = None


class Navigation(QObject):
    """Turns wishes into signals."""

    backfill_opened = Signal(str)
    run_opened = Signal(str)
    runs_of_backfill_opened = Signal(str)
    asset_opened = Signal(str, object)
    """Asset and ordinal; -1 opens the asset as a whole. (`object`: an ordinal may exceed 32 bits.)"""
    output_opened = Signal(str, object)
    backfill_requested = Signal(object)
    """A `BackfillDraft`."""
    code_reload_chosen = Signal()
    python_wanted = Signal()
    packages_wanted = Signal(str)
    """A module that code imports and that is not installed; "" for whatever the project lacks."""

    def open_backfill(self, backfill_id: str) -> None:
        self.backfill_opened.emit(backfill_id)

    def open_run(self, run_id: str) -> None:
        self.run_opened.emit(run_id)

    def open_runs_of(self, backfill_id: str) -> None:
        self.runs_of_backfill_opened.emit(backfill_id)

    def open_asset(self, name: str, ordinal: int = -1) -> None:
        self.asset_opened.emit(name, ordinal)

    def open_output(self, asset: str, ordinal: int) -> None:
        self.output_opened.emit(asset, ordinal)

    def request_backfill(self, draft: BackfillDraft) -> None:
        self.backfill_requested.emit(draft)

    def show_python(self) -> None:
        self.python_wanted.emit()

    def install_packages(self, module: str = "") -> None:
        self.packages_wanted.emit(module)

    def reload_code(self) -> None:
        self.code_reload_chosen.emit()
