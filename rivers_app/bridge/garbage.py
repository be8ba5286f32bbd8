"""Collects Python's garbage on the GUI thread only: elsewhere, a widget that went with it would take the app down."""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

_LOOK_MILLISECONDS: Final = 1_000
_YOUNG: Final = 2_000
_OLD_LOOKS: Final = 60


class GuiGarbage(QObject):
    """From `start` to `stop` nothing is collected but here: young objects often, all of them once a minute."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._on_timeout)

    def start(self) -> None:
        gc.disable()
        gc.freeze()  # what is there by now stays: it need not be looked through each time
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def _on_timeout(self) -> None:
        self._looks += 1
        if self._looks >= _OLD_LOOKS:
            self._looks = 0
            gc.collect()
        elif gc.get_count()[0] > _YOUNG:
            gc.collect(1)
