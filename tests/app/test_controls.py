"""The map of controls that tests outside the process ask for."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton, QVBoxLayout, QWidget

from rivers_app.controls import ControlMap, controls
from tests.app.heatmap.conftest import DAYS, show_heatmap

__all__ = ["show_heatmap"]


@pytest.fixture
def window(qtbot):
    window = QWidget(objectName="window")
    layout = QVBoxLayout(window)
    says, press, hidden = (
        QLabel("Ready", objectName="says"),
        QPushButton("Go", objectName="press"),
        QLabel(objectName="no"),
    )
    rows = QListWidget(objectName="rows")
    rows.addItems(["first", "second"])
    press.setEnabled(False)
    for part in (says, press, rows, hidden):
        layout.addWidget(part)
    hidden.hide()
    qtbot.addWidget(window)
    window.move(30, 40)
    window.show()
    return window


def found(name):
    return next(control for control in controls() if control["name"] == name)


def test_controls_say_what_they_say_and_whether_they_can_be_used(window):
    assert found("says")["says"] == "Ready"
    assert (found("press")["says"], found("press")["enabled"]) == ("Go", False)
    assert "no" not in [control["name"] for control in controls()]


def test_places_are_where_they_are_on_the_screen(window):
    press = window.findChild(QPushButton, "press")
    corner = press.mapToGlobal(QPoint(0, 0))
    assert found("press")["place"] == [corner.x(), corner.y(), press.width(), press.height()]
    rows = found("rows")["rows"]
    assert [row["says"] for row in rows] == ["first", "second"]
    assert rows[1]["place"][1] > rows[0]["place"][1]


def test_cells_of_a_heatmap_are_found_from_the_first(show_heatmap):
    heatmap = show_heatmap(DAYS)
    left, top, width, height = found("partitionHeatmap")["cell_1_1"]
    place = heatmap.place_of(1)
    second = heatmap.viewport().mapToGlobal(place.center())
    assert left + 1.5 * width == pytest.approx(second.x(), abs=1)
    assert top + 0.5 * height == pytest.approx(second.y(), abs=1)


def test_whoever_connects_is_told_everything_once(window, qtbot, tmp_path):
    path = str(tmp_path / "controls")
    told = ControlMap(path, window)
    connection = QLocalSocket()
    with qtbot.waitSignal(connection.disconnected):
        connection.connectToServer(path)
    names = [control["name"] for control in json.loads(connection.readAll().data())]
    assert {"window", "says", "press", "rows"} <= set(names)
    assert told.parent() is window


def test_a_socket_that_cannot_be_made_is_told(qapp, tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        ControlMap(str(tmp_path / "nowhere" / "controls"))
