"""The legend counts states and selects by them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from rivers_app.palettes import Scheme
from rivers_app.widgets.flow_layout import FlowLayout
from rivers_app.widgets.status_legend import StatusLegend
from rivers_core.states import PartitionState


@pytest.fixture
def legend(qtbot, appearance):
    legend = StatusLegend(appearance)
    qtbot.addWidget(legend)
    legend.set_counts({PartitionState.COMPLETED: 1812, PartitionState.FAILED: 1})
    legend.resize(900, 40)
    legend.show()
    return legend


def test_counts_stand_beside_their_states(legend):
    assert legend.objectName() == "statusLegend"
    assert legend.button(PartitionState.COMPLETED).text() == "completed 1,812"
    assert legend.button(PartitionState.STALE).text() == "stale 0"


def test_screen_readers_hear_the_same(legend):
    assert legend.button(PartitionState.COMPLETED).accessibleName() == "completed: 1,812 partitions"
    assert legend.button(PartitionState.FAILED).accessibleName() == "failed: 1 partition"


def test_a_click_names_the_state(legend, qtbot):
    with qtbot.waitSignal(legend.state_clicked) as clicked:
        qtbot.mouseClick(legend.button(PartitionState.FAILED), Qt.MouseButton.LeftButton)
    assert clicked.args == [PartitionState.FAILED]


def test_what_is_not_there_cannot_be_selected(legend):
    assert not legend.button(PartitionState.STALE).isEnabled()
    assert legend.button(PartitionState.FAILED).isEnabled()


@pytest.mark.parametrize("state", [state for state in PartitionState if state is not PartitionState.MISSING])
def test_swatches_have_the_states_color_in_every_theme(legend, appearance, state):
    for scheme in Scheme:
        appearance.choose(scheme=scheme)
        image = legend.button(state).icon().pixmap(14, 14).toImage()
        assert image.pixelColor(7, 1).name() == appearance.theme.states.fills[state]


def test_a_narrow_legend_goes_on_in_the_next_line(legend, qtbot):
    assert legend.layout().heightForWidth(900) < legend.layout().heightForWidth(250)
    legend.resize(250, legend.layout().heightForWidth(250))
    qtbot.waitUntil(lambda: legend.button(PartitionState.MISSING).y() > legend.button(PartitionState.COMPLETED).y())
    assert all(button.geometry().right() <= 250 for button in legend.findChildren(QPushButton))


def test_a_flow_layout_gives_its_items_back(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    layout = FlowLayout(widget)
    layout.addWidget(QPushButton("one"))
    layout.addWidget(QPushButton("two"))
    assert layout.count() == 2
    assert layout.itemAt(2) is None
    assert layout.takeAt(0).widget().text() == "one"
    assert layout.takeAt(5) is None
    assert layout.count() == 1
