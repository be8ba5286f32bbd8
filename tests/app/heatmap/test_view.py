"""The heatmap under mouse and keyboard."""

from __future__ import annotations

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QMenu, QToolTip

from rivers_app.heatmap.arrangement import Arrangement
from rivers_app.heatmap.selection import PartitionSelection
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_core.partitions.definitions import PartitionsDefinition
from tests.app.heatmap.conftest import DAYS, DAYS_AND_SHOPS, MANY, SHOPS, middle_of

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


def selected(heatmap):
    return heatmap.selection.ordinals().tolist()


def click(qtbot, heatmap, ordinal, modifiers=NONE):
    qtbot.mouseClick(heatmap.viewport(), LEFT, modifiers, middle_of(heatmap, ordinal))


def drag(qtbot, heatmap, start, stop, modifiers=NONE, button=LEFT):
    qtbot.mousePress(heatmap.viewport(), button, modifiers, start)
    qtbot.mouseMove(heatmap.viewport(), start + (stop - start) / 2)
    qtbot.mouseMove(heatmap.viewport(), stop)
    qtbot.mouseRelease(heatmap.viewport(), button, modifiers, stop)


def turn_wheel(heatmap, at, notches, modifiers):
    event = QWheelEvent(
        QPointF(at),
        heatmap.viewport().mapToGlobal(QPointF(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(heatmap.viewport(), event)


def test_a_click_selects_one_partition_and_makes_it_current(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    with qtbot.waitSignal(heatmap.current_changed) as told:
        click(qtbot, heatmap, 10)
    assert told.args == [10]
    assert selected(heatmap) == [10]


def test_shift_click_extends_through_the_calendar(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 28)
    click(qtbot, heatmap, 33, SHIFT)
    assert selected(heatmap) == list(range(28, 34))
    click(qtbot, heatmap, 26, SHIFT)
    assert selected(heatmap) == [26, 27, 28]


def test_shift_click_takes_the_rectangle_of_a_matrix(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS_AND_SHOPS)
    click(qtbot, heatmap, 0)
    click(qtbot, heatmap, 7, SHIFT)
    assert selected(heatmap) == [0, 1, 3, 4, 6, 7]


def test_control_click_toggles(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 3)
    click(qtbot, heatmap, 5, CONTROL)
    assert selected(heatmap) == [3, 5]
    click(qtbot, heatmap, 3, CONTROL)
    assert selected(heatmap) == [5]


def test_a_click_beside_all_cells_selects_nothing(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 3)
    qtbot.mouseClick(heatmap.viewport(), LEFT, NONE, QPoint(1000, 550))
    assert selected(heatmap) == []


def test_a_rubber_band_selects_the_cells_it_touches(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    drag(qtbot, heatmap, middle_of(heatmap, 1), middle_of(heatmap, 34))
    assert selected(heatmap) == [1, 2, 3, 32, 33, 34]


def test_control_and_a_rubber_band_add(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 70)
    drag(qtbot, heatmap, middle_of(heatmap, 1), middle_of(heatmap, 3), CONTROL)
    assert selected(heatmap) == [1, 2, 3, 70]


def test_escape_gives_up_a_rubber_band(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 70)
    qtbot.mousePress(heatmap.viewport(), LEFT, CONTROL, middle_of(heatmap, 1))
    qtbot.mouseMove(heatmap.viewport(), middle_of(heatmap, 40))
    assert len(selected(heatmap)) > 2
    qtbot.keyClick(heatmap, Qt.Key.Key_Escape)
    assert selected(heatmap) == [70]
    qtbot.mouseRelease(heatmap.viewport(), LEFT, CONTROL, middle_of(heatmap, 40))
    qtbot.keyClick(heatmap, Qt.Key.Key_Escape)
    assert selected(heatmap) == []


def test_an_aggregated_cell_selects_all_its_partitions(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS_AND_SHOPS, arrangement=Arrangement("day"))
    click(qtbot, heatmap, 4)
    assert selected(heatmap) == [3, 4, 5]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([(Qt.Key.Key_Right, NONE)], 11),
        ([(Qt.Key.Key_Left, NONE)], 9),
        ([(Qt.Key.Key_Down, NONE)], 41),
        ([(Qt.Key.Key_Down, NONE), (Qt.Key.Key_Up, NONE)], 10),
        ([(Qt.Key.Key_Home, NONE)], 0),
        ([(Qt.Key.Key_End, NONE)], 30),
        ([(Qt.Key.Key_End, NONE), (Qt.Key.Key_Right, NONE)], 31),
        ([(Qt.Key.Key_Home, NONE), (Qt.Key.Key_Down, NONE), (Qt.Key.Key_Left, NONE)], 30),
        ([(Qt.Key.Key_End, CONTROL)], 90),
        ([(Qt.Key.Key_Home, CONTROL)], 0),
        ([(Qt.Key.Key_PageDown, NONE)], 70),
    ],
)
def test_arrows_move_the_current_cell(show_heatmap, qtbot, keys, expected):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 10)
    for key, modifiers in keys:
        qtbot.keyClick(heatmap, key, modifiers)
    assert heatmap.selection.current == expected
    assert selected(heatmap) == [expected]


def test_shift_and_arrows_extend_from_where_they_began(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 10)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(heatmap, key, SHIFT)
    assert selected(heatmap) == [10, 11]


def test_the_first_arrow_goes_to_the_first_cell(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    qtbot.keyClick(heatmap, Qt.Key.Key_Right)
    assert heatmap.selection.current == 0


def test_the_keyboard_runs_on_into_the_next_band_with_the_same_key(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS_AND_SHOPS)
    click(qtbot, heatmap, 30 * 3 + 1)
    qtbot.keyClick(heatmap, Qt.Key.Key_Right)
    assert selected(heatmap) == [31 * 3 + 1]
    qtbot.keyClick(heatmap, Qt.Key.Key_Left)
    assert selected(heatmap) == [30 * 3 + 1]
    qtbot.keyClick(heatmap, Qt.Key.Key_Down)
    assert selected(heatmap) == [30 * 3 + 2]


def test_space_toggles_and_extends(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS_AND_SHOPS)
    click(qtbot, heatmap, 4)
    qtbot.keyClick(heatmap, Qt.Key.Key_Space, CONTROL)
    assert selected(heatmap) == [3, 4, 5]
    qtbot.keyClick(heatmap, Qt.Key.Key_Space)
    assert selected(heatmap) == [3, 5]
    click(qtbot, heatmap, 4)
    qtbot.keyClick(heatmap, Qt.Key.Key_Space, SHIFT)
    assert selected(heatmap) == list(range(1, 273, 3))


def test_all_and_inverted(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    qtbot.keyClick(heatmap, Qt.Key.Key_A, CONTROL)
    assert heatmap.selection.count == 91
    click(qtbot, heatmap, 10)
    qtbot.keyClick(heatmap, Qt.Key.Key_I, CONTROL)
    assert heatmap.selection.count == 90
    assert 10 not in selected(heatmap)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_asks_for_the_run_of_the_current_partition(show_heatmap, qtbot, key):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 10)
    with qtbot.waitSignal(heatmap.run_requested) as asked:
        qtbot.keyClick(heatmap, key)
    assert asked.args == [10]


def test_a_double_click_asks_for_the_run(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    with qtbot.waitSignal(heatmap.run_requested) as asked:
        click(qtbot, heatmap, 12)
        qtbot.mouseDClick(heatmap.viewport(), LEFT, NONE, middle_of(heatmap, 12))
    assert asked.args == [12]


def test_copying_puts_the_keys_on_the_clipboard(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 10)
    click(qtbot, heatmap, 12, SHIFT)
    with qtbot.waitSignal(heatmap.message) as told:
        qtbot.keyClick(heatmap, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text().splitlines() == ["2024-01-11", "2024-01-12", "2024-01-13"]
    assert told.args == ["Copied 3 keys."]


def test_copying_a_million_keys_copies_the_first_and_says_so(show_heatmap, qtbot):
    heatmap = show_heatmap(MANY)
    heatmap.selection.select_all()
    with qtbot.waitSignal(heatmap.message) as told:
        heatmap.copy_keys()
    assert told.args == ["Copied the first 10,000 of 2,032,800 keys."]
    assert len(QGuiApplication.clipboard().text().splitlines()) == 10_000


def test_keys_the_grid_does_not_know_are_left_to_the_window(show_heatmap):
    heatmap = show_heatmap(DAYS)
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_F5, NONE)
    heatmap.keyPressEvent(event)
    assert not event.isAccepted()


@pytest.mark.parametrize(
    ("key", "modifiers", "own"),
    [
        (Qt.Key.Key_A, CONTROL, True),
        (Qt.Key.Key_0, NONE, True),
        (Qt.Key.Key_B, CONTROL, False),
        (Qt.Key.Key_Escape, NONE, False),
    ],
)
def test_the_grids_keys_go_before_the_windows_shortcuts(show_heatmap, key, modifiers, own):
    heatmap = show_heatmap(DAYS)
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers)
    event.ignore()
    QApplication.sendEvent(heatmap, event)
    assert event.isAccepted() == own


def test_control_and_wheel_zoom_about_the_cursor(show_heatmap):
    heatmap = show_heatmap(MANY)
    at = QPoint(600, 300)
    under = heatmap.cell_under(QPointF(at))
    size = heatmap.grid_geometry.cell_width
    for _ in range(20):
        turn_wheel(heatmap, at, 1, CONTROL)
    assert heatmap.grid_geometry.cell_width > 20 * size
    now_under = heatmap.cell_under(QPointF(at))
    assert abs(now_under[0] - under[0]) <= 2
    assert abs(now_under[1] - under[1]) <= 2


def test_zero_fits_everything_again(show_heatmap, qtbot):
    heatmap = show_heatmap(MANY)
    heatmap.zoom(30)
    assert heatmap.verticalScrollBar().maximum() > 0
    qtbot.keyClick(heatmap, Qt.Key.Key_0)
    assert heatmap.grid_geometry == heatmap.grid_geometry.fitted()
    assert heatmap.verticalScrollBar().maximum() == 0
    assert heatmap.horizontalScrollBar().maximum() == 0


def test_plus_and_minus_zoom(show_heatmap, qtbot):
    heatmap = show_heatmap(MANY)
    before = heatmap.grid_geometry.scale_x
    qtbot.keyClick(heatmap, Qt.Key.Key_Plus)
    assert heatmap.grid_geometry.scale_x > before
    qtbot.keyClick(heatmap, Qt.Key.Key_Minus)
    assert heatmap.grid_geometry.scale_x == pytest.approx(before)


def test_the_wheel_scrolls_and_with_shift_sideways(show_heatmap):
    heatmap = show_heatmap(MANY)
    heatmap.zoom(40)
    top, left = heatmap.grid_geometry.top, heatmap.grid_geometry.left
    turn_wheel(heatmap, QPoint(500, 300), -1, NONE)
    assert heatmap.grid_geometry.top > top
    turn_wheel(heatmap, QPoint(500, 300), -1, SHIFT)
    assert heatmap.grid_geometry.left > left


def test_a_pinch_zooms(show_heatmap):
    heatmap = show_heatmap(MANY)
    before = heatmap.grid_geometry.scale_x
    middle = QPointF(500, 300)
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        middle,
        middle,
        middle,
        0.5,
        QPointF(),
    )
    QApplication.sendEvent(heatmap.viewport(), event)
    assert heatmap.grid_geometry.scale_x == pytest.approx(before * 1.5)


def test_the_middle_button_pans(show_heatmap, qtbot):
    heatmap = show_heatmap(MANY)
    heatmap.zoom(40)
    before = heatmap.grid_geometry
    drag(qtbot, heatmap, QPoint(500, 300), QPoint(400, 250), button=MIDDLE)
    assert heatmap.grid_geometry.left == pytest.approx(before.left + 100, abs=1)
    assert heatmap.grid_geometry.top == pytest.approx(before.top + 50, abs=1)


def test_dragging_beyond_the_edge_scrolls(show_heatmap, qtbot):
    heatmap = show_heatmap(MANY)
    heatmap.zoom(40)
    before = heatmap.grid_geometry.left
    qtbot.mousePress(heatmap.viewport(), LEFT, NONE, QPoint(500, 300))
    qtbot.mouseMove(heatmap.viewport(), QPoint(1095, 300))
    qtbot.waitUntil(lambda: heatmap.grid_geometry.left > before + 50)
    qtbot.mouseRelease(heatmap.viewport(), LEFT, NONE, QPoint(1095, 300))
    assert heatmap.selection.count > 30


def test_hovering_tells_the_partition_and_leaving_that_there_is_none(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    with qtbot.waitSignal(heatmap.hovered) as told:
        qtbot.mouseMove(heatmap.viewport(), middle_of(heatmap, 7))
    assert told.args == [7]
    with qtbot.waitSignal(heatmap.hovered) as told:
        QApplication.sendEvent(heatmap.viewport(), QEvent(QEvent.Type.Leave))
    assert told.args == [-1]


def test_tool_tips_come_from_whoever_describes_partitions(show_heatmap, qtbot, monkeypatch):
    shown = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, *_: shown.append(text))
    heatmap = show_heatmap(DAYS, {7: 3})
    at = middle_of(heatmap, 7)
    event = QHelpEvent(QEvent.Type.ToolTip, at, heatmap.viewport().mapToGlobal(at))
    QApplication.sendEvent(heatmap.viewport(), event)
    heatmap.set_description(lambda ordinal: f"partition {ordinal}")
    QApplication.sendEvent(heatmap.viewport(), event)
    assert shown == ["2024-01-08\nfailed", "partition 7"]


def open_menu(heatmap, qtbot, at):
    qtbot.mousePress(heatmap.viewport(), RIGHT, NONE, at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, heatmap.viewport().mapToGlobal(at))
    QApplication.sendEvent(heatmap.viewport(), event)
    return heatmap.findChild(QMenu, "partitionHeatmapMenu")


def test_a_right_click_beside_the_selection_means_the_cell_under_it(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 3)
    menu = open_menu(heatmap, qtbot, middle_of(heatmap, 20))
    assert selected(heatmap) == [20]
    menu.close()


def test_a_right_click_on_the_selection_keeps_it(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    heatmap.selection.replace(np.arange(5, 25))
    menu = open_menu(heatmap, qtbot, middle_of(heatmap, 20))
    assert heatmap.selection.count == 20
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts[0] == "Backfill Selection…"
    assert all(action.isEnabled() for action in menu.actions())
    with qtbot.waitSignal(heatmap.backfill_requested):
        menu.actions()[0].trigger()
    menu.close()


def test_without_a_selection_its_actions_are_off(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    menu = open_menu(heatmap, qtbot, QPoint(1000, 550))
    off = {action.text() for action in menu.actions() if action.text() and not action.isEnabled()}
    assert "Backfill Selection…" in off
    assert "Copy Keys" in off
    assert "Select all" not in off
    menu.close()


def test_another_definition_begins_with_nothing_selected(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 3)
    heatmap.model.set_definition(DAYS_AND_SHOPS, np.zeros(DAYS_AND_SHOPS.size(), dtype=np.uint8))
    assert selected(heatmap) == []
    assert heatmap.selection.size == DAYS_AND_SHOPS.size()
    assert heatmap.grid_layout.rows == 9


def test_new_states_of_the_same_asset_leave_zoom_and_selection_alone(show_heatmap, qtbot):
    heatmap = show_heatmap(MANY)
    heatmap.zoom(30)
    heatmap.selection.replace(np.array([5]))
    before = heatmap.grid_geometry
    heatmap.model.set_states(np.ones(MANY.size(), dtype=np.uint8))
    assert heatmap.grid_geometry == before
    assert selected(heatmap) == [5]


def test_another_asset_of_the_same_size_begins_with_nothing_selected(show_heatmap, qtbot):
    heatmap = show_heatmap(SHOPS)
    click(qtbot, heatmap, 1)
    heatmap.model.set_definition(PartitionsDefinition.static_(["a", "b", "c"]), np.zeros(3, dtype=np.uint8))
    assert selected(heatmap) == []


def test_a_second_heatmap_takes_the_selection_as_it_is(show_heatmap, appearance, qtbot):
    heatmap = show_heatmap(DAYS)
    click(qtbot, heatmap, 3)
    second = PartitionHeatmap(heatmap.model, heatmap.selection, appearance)
    qtbot.addWidget(second)
    assert selected(second) == [3]


def test_revealing_what_is_seen_keeps_the_grid_fitted(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS_AND_SHOPS, size=(700, 400))
    small = heatmap.grid_geometry.cell_width
    heatmap.reveal(10)
    heatmap.resize(1400, 400)
    qtbot.waitUntil(lambda: heatmap.grid_geometry.cell_width > small)


def test_the_window_grows_and_the_grid_with_it_until_one_zooms(show_heatmap, qtbot):
    heatmap = show_heatmap(DAYS_AND_SHOPS, size=(700, 400))
    small = heatmap.grid_geometry.cell_width
    heatmap.resize(1400, 400)
    qtbot.waitUntil(lambda: heatmap.grid_geometry.cell_width > small)
    heatmap.zoom(2)
    zoomed = heatmap.grid_geometry.cell_width
    heatmap.resize(1300, 400)
    qtbot.waitUntil(lambda: heatmap.grid_geometry.width < 1300)
    assert heatmap.grid_geometry.cell_width == zoomed


def test_a_partition_far_away_is_revealed(show_heatmap):
    heatmap = show_heatmap(MANY)
    heatmap.zoom(60)
    heatmap.verticalScrollBar().setValue(0)
    heatmap.reveal(MANY.size() - 1)
    assert heatmap.place_of(MANY.size() - 1) is not None


def test_filtered_partitions_have_no_place(show_heatmap):
    heatmap = show_heatmap(DAYS_AND_SHOPS, arrangement=Arrangement("day", None, {"shop": 1}))
    assert heatmap.place_of(1) is not None
    assert heatmap.place_of(0) is None


def test_names_tell_screen_readers_where_the_same_is_as_a_table(show_heatmap):
    heatmap = show_heatmap(DAYS)
    assert heatmap.objectName() == "partitionHeatmap"
    assert heatmap.accessibleName()
    assert "Table" in heatmap.accessibleDescription()


def test_a_heatmap_closed_while_it_counts_leaves_no_timer_behind(appearance, qtbot):
    model = PartitionGridModel()
    heatmap = PartitionHeatmap(model, PartitionSelection(), appearance)  # not qtbot's, which would close it again
    heatmap.resize(1000, 600)
    model.set_definition(MANY, np.ones(MANY.size(), dtype=np.uint8))
    heatmap.viewport().grab()
    assert heatmap._counting.isActive()
    shiboken6.delete(heatmap)
    events_went_on = []
    QTimer.singleShot(0, lambda: events_went_on.append(True))
    qtbot.waitUntil(lambda: bool(events_went_on))
    assert not shiboken6.isValid(heatmap)
