"""Hands for the real window: parts found by their names, pressed and dragged by mouse events."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QLineEdit, QSpinBox, QWidget

from rivers_app.heatmap.view import PartitionHeatmap

Part = TypeVar("Part", bound=QWidget)
_EASY_TO_HIT: Final = 6.0
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def part(inside: QWidget, kind: type[Part], name: str) -> Part:
    """The part of that object name, a visible one if there are several; AssertionError where there is none."""
    found = inside.findChildren(kind, name)
    assert found, f"there is no {name}"
    return next((one for one in found if one.isVisible()), found[0])


def dialog(name: str) -> QWidget | None:
    """The open dialog of that name."""
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.objectName() == name and widget.isVisible()]
    return shown[0] if shown else None


def press(inside: QWidget, name: str) -> None:
    """Click a button in its middle; AssertionError if nobody could."""
    button = part(inside, QWidget, name)
    assert button.isVisible(), f"{name} is not to be seen"
    assert button.isEnabled(), f"{name} is disabled"
    QTest.mouseClick(button, LEFT, NONE, QPoint(min(20, button.width() // 2), button.height() // 2))


def choose_action(inside: QWidget, name: str) -> None:
    """Choose an entry of a menu that belongs to `inside`."""
    action = inside.findChild(QAction, name)
    assert action is not None, f"there is no {name}"
    assert action.isEnabled(), f"{name} is disabled"
    action.trigger()


def choose_row(inside: QWidget, name: str, row: int) -> None:
    """Click a row of a table."""
    table = part(inside, QAbstractItemView, name)
    model = table.model()
    assert model is not None
    index = model.index(row, 0)
    table.scrollTo(index)
    QTest.mouseClick(table.viewport(), LEFT, NONE, table.visualRect(index).center())


def choose_text(inside: QWidget, name: str, text: str) -> None:
    """Choose the entry of a combo box that says `text`."""
    box = part(inside, QComboBox, name)
    assert box.findText(text) >= 0, f"{name} does not offer {text}"
    box.setCurrentIndex(box.findText(text))


def write(inside: QWidget, name: str, text: str) -> None:
    """Replace what a field holds by typing, and press Enter."""
    field = part(inside, QLineEdit, name)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def middle_of(heatmap: PartitionHeatmap, key: str) -> QPoint:
    """The point of the heatmap's viewport in the middle of a partition's cell."""
    definition = heatmap.model.definition
    assert definition is not None
    ordinal = definition.ordinal_of(key)
    heatmap.reveal(ordinal)
    place = heatmap.place_of(ordinal)
    assert place is not None, f"{key} is not in the picture"
    return place.center().toPoint()


def zoom_to(heatmap: PartitionHeatmap, key: str) -> None:
    """Turn the wheel with Ctrl over a partition until its cell is wide enough to be hit."""
    while heatmap.grid_geometry.cell_width < _EASY_TO_HIT:
        at = QPointF(middle_of(heatmap, key))
        event = QWheelEvent(
            at,
            heatmap.viewport().mapToGlobal(at),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ControlModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(heatmap.viewport(), event)


def ordinals(heatmap: PartitionHeatmap, *keys: str) -> NDArray[np.int64]:
    definition = heatmap.model.definition
    assert definition is not None
    return np.array([definition.ordinal_of(key) for key in keys], dtype=np.int64)


def click_cell(heatmap: PartitionHeatmap, key: str) -> None:
    zoom_to(heatmap, key)
    QTest.mouseClick(heatmap.viewport(), LEFT, NONE, middle_of(heatmap, key))


def drag_cells(heatmap: PartitionHeatmap, first: str, last: str) -> None:
    """Drag a rubber band from one partition's cell to another's."""
    start, stop = middle_of(heatmap, first), middle_of(heatmap, last)
    viewport = heatmap.viewport()
    QTest.mousePress(viewport, LEFT, NONE, start)
    QTest.mouseMove(viewport, (start + stop) / 2)
    QTest.mouseMove(viewport, stop)
    QTest.mouseRelease(viewport, LEFT, NONE, stop)


def extend_cells(heatmap: PartitionHeatmap, first: str, last: str) -> None:
    """Click one partition's cell, and another's with Shift: all between them is selected."""
    for key, modifier in ((first, NONE), (last, Qt.KeyboardModifier.ShiftModifier)):
        QTest.mouseClick(heatmap.viewport(), LEFT, modifier, middle_of(heatmap, key))


def count_to(inside: QWidget, name: str, value: int) -> None:
    """Type a number into a spin box, and press Enter."""
    box = part(inside, QSpinBox, name)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, str(value))
    QTest.keyClick(box, Qt.Key.Key_Return)
