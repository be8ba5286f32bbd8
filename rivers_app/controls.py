"""Tells a test outside the process where every control is, so that it can use a real mouse and real keys.

With the environment variable RIVERS_DESKTOP_CONTROLS holding a path, each connection to the local socket of
that path is answered with JSON: what is to be seen now, in pixels of the screen. Nothing can be changed by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from PySide6.QtCore import QObject, QPoint, QRect, QRectF
from PySide6.QtNetwork import QLocalServer
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QLabel, QWidget

from rivers_app.heatmap.canvas import HeatmapCanvas

_MOST_ROWS: Final = 200

# One control: its object name, what it says, whether it can be used, and its place; JSON values.
Control = dict[str, Any]


class ControlMap(QObject):
    """Listens until it is destroyed; raises OSError where the socket cannot be made."""

    def __init__(self, socket: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not self._server.listen(socket):
            raise OSError(f"{socket}: {self._server.errorString()}")
        self._server.newConnection.connect(self._on_connected)

    def _on_connected(self) -> None:
        connection = self._server.nextPendingConnection()
        connection.disconnected.connect(connection.deleteLater)
        connection.write(json.dumps(list(controls())).encode())
        connection.disconnectFromServer()


def controls() -> Iterator[Control]:
    """Everything with a name that is to be seen, window by window, the one in front last."""
    windows = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    for window in sorted(windows, key=lambda widget: widget is QApplication.activeWindow()):
        for widget in (window, *window.findChildren(QWidget)):
            if widget.objectName() and widget.isVisible() and widget.window() is window:
                yield _control(widget, window)


def _control(widget: QWidget, window: QWidget) -> Control:
    found: Control = {
        "name": widget.objectName(),
        "window": window.objectName(),
        "says": _words(widget),
        "enabled": widget.isEnabled(),
        "place": _on_screen(widget, QRectF(widget.rect())),
    }
    if isinstance(widget, HeatmapCanvas):
        found["cell_1_1"] = _first_cell(widget)
    elif isinstance(widget, QAbstractItemView):
        found["rows"] = list(_rows(widget))
    return found


def _words(widget: QWidget) -> str:
    written = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
    return written or widget.accessibleName()


def _first_cell(heatmap: HeatmapCanvas) -> list[float]:
    """Where the first cell lies, whether scrolled away or not; the others follow in steps of its size."""
    window, origin = heatmap.grid_geometry, heatmap.grid_origin
    corner = QRectF(window.x_of(0), window.y_of(0), window.cell_width, window.cell_height).translated(origin)
    return _on_screen(heatmap.viewport(), corner)


def _rows(view: QAbstractItemView) -> Iterator[dict[str, Any]]:
    """The rows of a list or table that are to be seen."""
    model = view.model()
    for row in range(min(model.rowCount(), _MOST_ROWS) if model is not None else 0):
        index = model.index(row, 0)
        place = view.visualRect(index)
        if place.intersects(QRect(QPoint(0, 0), view.viewport().size())):
            yield {"says": str(index.data()), "place": _on_screen(view.viewport(), QRectF(place))}


def _on_screen(widget: QWidget, place: QRectF) -> list[float]:
    """Left, top, width and height in the screen's own pixels."""
    corner = QRectF(widget.mapToGlobal(place.topLeft()), place.size())
    ratio = widget.devicePixelRatioF()
    return [round(value * ratio, 2) for value in (corner.x(), corner.y(), corner.width(), corner.height())]
