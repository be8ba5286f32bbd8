"""What the pointer tells about a cell: the state at once, its last run as soon as the engine answered."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from rivers_app.models.partition_text import spaced_key, tool_tip
from rivers_app.shell import Shell
from rivers_app.wording import PARTITION_STATE_TEXT
from rivers_core.exceptions import PartitionValidationError

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_app.models.partition_grid import PartitionGridModel
    from rivers_core.events import PartitionsChanged
    from rivers_core.records import PartitionRecord

_REST_MILLISECONDS: Final = 60
_MOST_KEPT: Final = 500


class PartitionTips(QObject):
    """Asks for the partition under the pointer when it rests, and keeps the answers until they change."""

    def __init__(self, shell: Shell, model: PartitionGridModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._model = model
        self._session: ProjectSession | None = None
        self._asset = ""
        self._coming = ""
        self._ordinal = -1
        model.replaced.connect(self._on_model_replaced)
        self._known: OrderedDict[int, PartitionRecord] = OrderedDict()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MILLISECONDS)
        self._rest.timeout.connect(self._on_rested)

    def show_asset(self, session: ProjectSession | None, asset: str) -> None:
        self._session, self._coming = session, asset
        self._known.clear()
        self._rest.stop()

    def _on_model_replaced(self) -> None:
        if self._asset != self._coming:
            self._rest.stop()
            self._ordinal = -1  # of the asset before
        self._asset = self._coming

    def forget(self, event: PartitionsChanged) -> None:
        """These partitions changed."""
        for ordinal in self._known.keys() & set(event.ordinals.tolist()):
            del self._known[ordinal]

    def hover(self, ordinal: int) -> None:
        """The pointer is over this partition; -1 is none."""
        self._ordinal = ordinal
        if ordinal >= 0 and ordinal not in self._known:
            self._rest.start()
        else:
            self._rest.stop()

    def describe(self, ordinal: int) -> str:
        """From memory: all that is known of a partition."""
        definition = self._model.definition
        if ordinal < 0 or definition is None:
            return ""
        record = self._known.get(ordinal)
        if record is not None and record.state == self._model.state_at(ordinal):
            return tool_tip(record, time.time())
        return f"{spaced_key(definition.label_at(ordinal))}\n{PARTITION_STATE_TEXT[self._model.state_at(ordinal)]}"

    def _on_rested(self) -> None:
        # Until the model holds the new asset, the cell under the pointer is one of the asset before.
        if self._session is not None and self._ordinal >= 0 and self._asset == self._coming:
            load = self._load(self._session, self._asset, self._ordinal)
            self._shell.tasks.start(self, load, key="tip")

    async def _load(self, session: ProjectSession, asset: str, ordinal: int) -> None:
        try:
            record = await self._shell.background(session.engine.partition, asset, ordinal)
        except PartitionValidationError:
            return  # its key went while the pointer was over it
        if asset == self._asset:
            self._known[ordinal] = record
            while len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)
