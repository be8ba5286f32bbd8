"""Collects Python's garbage on the GUI thread only: elsewhere, a widget that went with it would take the app down."""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

_LOOK_MILLISECONDS: Final = 1_000
_YOUNG: Final = 2_000
_OLD_LOOKS: Final = 60
_GROWTH: Final = 1.25
_OLD: Final = 2


class GuiGarbage(QObject):
    """From `start` to `stop` nothing is collected but here: young objects often, all of them now and then.

    Looking through all objects stops the window for as long as that takes, a tenth of a second if it were everything
    that the app has loaded. So it is done when the old objects have become a quarter more (as Python itself does),
    and passes over what was there at `start` and at `settle`.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._looks = 0
        self._old = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._on_timeout)

    def start(self) -> None:
        gc.disable()
        self.settle()
        self._timer.start()

    def settle(self) -> None:
        """Pass over what is there by now; for after much was loaded that stays."""
        gc.freeze()
        self._old = 0

    def release(self) -> None:
        """Look at everything again: much of what was passed over may have gone."""
        gc.unfreeze()

    def stop(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def _on_timeout(self) -> None:
        self._looks += 1
        if self._looks >= _OLD_LOOKS:
            self._looks = 0
            if _old_objects() > self._old * _GROWTH:
                gc.collect()
                self._old = _old_objects()
        elif gc.get_count()[0] > _YOUNG:
            gc.collect(1)


def _old_objects() -> int:
    return len(gc.get_objects(generation=_OLD))
