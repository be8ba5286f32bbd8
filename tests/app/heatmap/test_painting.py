"""What is painted: the color of each state in the middle of its cell, at every size, in every theme."""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter

from rivers_app.heatmap.arrangement import Arrangement
from rivers_app.heatmap.painting import CellPainter
from rivers_app.heatmap.pyramid import TINTS
from rivers_app.heatmap.sprites import CellShape, assembled, cell_sprites, fill_of
from rivers_app.palettes import Scheme, StateColors, mixed
from rivers_app.theme import Theme
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.states import PartitionState
from tests.app.heatmap.conftest import DAYS, DAYS_AND_SHOPS, MANY, color_at, middle_of

ALL_STATES = {int(state): int(state) for state in PartitionState}
PLAIN = [PartitionState.MISSING, PartitionState.COMPLETED]


def beside_mark(heatmap, ordinal):
    """A point of the cell's fill that no mark covers."""
    place = heatmap.place_of(ordinal)
    return QPoint(round(place.left() + place.width() * 0.5), round(place.top() + place.height() * 0.2))


def block_with(heatmap, ordinal):
    """The middle of the block that a partition's cell is drawn in."""
    geometry = heatmap.grid_geometry
    row, column = heatmap.grid_layout.cell_of(ordinal)
    row = (row // geometry.block_rows + 0.5) * geometry.block_rows
    column = (column // geometry.block_columns + 0.5) * geometry.block_columns
    x, y = column * geometry.cell_width - geometry.left, row * geometry.cell_height - geometry.top
    return QPoint(int(x + heatmap.grid_origin.x()), int(y + heatmap.grid_origin.y()))


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("state_colors", StateColors)
def test_each_cell_has_the_color_of_its_state(show_heatmap, appearance, scheme, state_colors):
    appearance.choose(scheme=scheme, state_colors=state_colors)
    heatmap = show_heatmap(DAYS, ALL_STATES)
    for state in PartitionState:
        painted = color_at(heatmap, beside_mark(heatmap, int(state)))
        assert painted.name() == appearance.theme.states.fills[state], state


@pytest.mark.parametrize("state", PartitionState)
def test_marks_stand_in_the_middle_of_cells(show_heatmap, appearance, state):
    heatmap = show_heatmap(DAYS, {0: int(state)})
    place = heatmap.place_of(0).toRect()
    image = heatmap.viewport().grab(place).toImage()
    inside = {image.pixelColor(x, y).name() for x in range(6, place.width() - 6) for y in range(6, place.height() - 6)}
    assert (len(inside) > 1) == (state not in PLAIN)


def test_a_missing_cell_has_an_outline(show_heatmap, appearance):
    heatmap = show_heatmap(DAYS)
    place = heatmap.place_of(3)
    edge = color_at(heatmap, QPoint(round(place.center().x()), round(place.top()) + 1))
    assert edge.name() == appearance.theme.states.missing_outline


def test_cells_change_while_they_are_looked_at(show_heatmap, appearance):
    heatmap = show_heatmap(DAYS)
    heatmap.model.apply(np.array([5, 6]), np.array([1, 3], dtype=np.uint8))
    fills = appearance.theme.states.fills
    assert color_at(heatmap, beside_mark(heatmap, 5)).name() == fills[PartitionState.COMPLETED]
    assert color_at(heatmap, beside_mark(heatmap, 6)).name() == fills[PartitionState.FAILED]


def test_changing_the_theme_repaints(show_heatmap, appearance):
    appearance.choose(scheme=Scheme.LIGHT)
    heatmap = show_heatmap(DAYS, {4: 1})
    appearance.choose(scheme=Scheme.DARK)
    assert color_at(heatmap, middle_of(heatmap, 4)).name() == appearance.theme.states.fills[PartitionState.COMPLETED]


def test_selected_cells_lie_on_the_accent(show_heatmap, appearance):
    heatmap = show_heatmap(DAYS, {4: 1})
    heatmap.selection.replace(np.array([4]))
    place = heatmap.place_of(4)
    assert (
        color_at(heatmap, QPoint(round(place.center().x()), round(place.top()))).name()
        == appearance.theme.colors.accent
    )
    assert color_at(heatmap, middle_of(heatmap, 4)).name() == appearance.theme.states.fills[PartitionState.COMPLETED]


def test_a_single_failure_among_many_shows_when_all_are_in_the_window(show_heatmap, appearance):
    ordinal = 1_234_567
    heatmap = show_heatmap(MANY, {})
    heatmap.model.set_states(np.ones(MANY.size(), dtype=np.uint8))
    heatmap.model.apply(np.array([ordinal]), np.array([3], dtype=np.uint8))
    heatmap.fit()
    assert heatmap.grid_geometry.cell_width < 1
    palette = appearance.theme.states
    tinted = [fill_of(palette, PartitionState.COMPLETED, tint) for tint in range(1, TINTS + 1)]
    assert color_at(heatmap, block_with(heatmap, ordinal)).name() in tinted
    assert color_at(heatmap, block_with(heatmap, 0)).name() == palette.fills[PartitionState.COMPLETED]


def test_blocks_are_painted_in_steps_between_other_events(show_heatmap, qtbot):
    heatmap = show_heatmap(MANY, {1_234_567: 3})
    heatmap.fit()
    heatmap.viewport().grab()
    qtbot.waitUntil(lambda: heatmap._cells.pyramid.is_complete)


def colors_around(heatmap, ordinal):
    middle = block_with(heatmap, ordinal)
    image = heatmap.viewport().grab(QRect(middle - QPoint(8, 8), QSize(17, 17))).toImage()
    return Counter(image.pixelColor(x, y).name() for x in range(17) for y in range(17))


def test_a_selection_of_specks_is_hatched_and_keeps_their_color(show_heatmap, appearance):
    heatmap = show_heatmap(MANY)
    heatmap.model.set_states(np.ones(MANY.size(), dtype=np.uint8))
    heatmap.fit()
    heatmap.selection.replace(np.arange(600_000, 800_000))
    completed = appearance.theme.states.fills[PartitionState.COMPLETED]
    inside = colors_around(heatmap, 700_350)
    assert inside.most_common(1)[0][0] == completed
    assert len(inside) > 1
    assert colors_around(heatmap, 1_500_450) == {completed: 17 * 17}


def test_a_selection_too_scattered_to_be_hatched_is_tinted(show_heatmap, appearance):
    heatmap = show_heatmap(MANY)
    heatmap.model.set_states(np.ones(MANY.size(), dtype=np.uint8))
    heatmap.fit()
    rows, columns = heatmap.grid_geometry.block_rows, heatmap.grid_geometry.block_columns
    heatmap.selection.replace(
        np.concatenate([np.arange(at * 700, at * 700 + 700, 2 * rows) for at in range(0, 2900, 2 * columns)])
    )
    completed = appearance.theme.states.fills[PartitionState.COMPLETED]
    tinted = mixed(completed, appearance.theme.colors.accent, 0.3)
    assert {completed, tinted} <= set(colors_around(heatmap, 700_350))


def test_an_aggregated_cell_shows_that_one_of_its_partitions_failed(show_heatmap, appearance):
    heatmap = show_heatmap(DAYS_AND_SHOPS, {0: 1, 1: 1, 2: 3, 3: 1, 4: 1, 5: 1}, Arrangement("day"))
    palette = appearance.theme.states
    assert color_at(heatmap, beside_mark(heatmap, 3)).name() == palette.fills[PartitionState.COMPLETED]
    assert color_at(heatmap, beside_mark(heatmap, 0)).name() == fill_of(palette, PartitionState.COMPLETED, 3)


def test_part_of_a_frame_is_painted_like_the_whole(show_heatmap):
    heatmap = show_heatmap(DAYS, {ordinal: ordinal % 7 for ordinal in range(90)})
    whole = heatmap.viewport().grab().toImage()
    part = heatmap.place_of(40).toRect().adjusted(-9, -9, 9, 9)
    assert heatmap.viewport().grab(part).toImage() == whole.copy(part)


def test_cells_are_one_picture_not_many_rectangles(show_heatmap, monkeypatch):
    heatmap = show_heatmap(DAYS_AND_SHOPS, dict.fromkeys(range(270), 1))
    pictures = []
    original = QPainter.drawImage
    monkeypatch.setattr(QPainter, "drawImage", lambda painter, *args: (pictures.append(args), original(painter, *args)))
    monkeypatch.setattr(QPainter, "drawRect", lambda *_: pytest.fail("a rectangle was painted"))
    heatmap.viewport().grab()
    assert len(pictures) == 1


def test_a_frame_reads_no_more_blocks_than_can_be_seen(show_heatmap, monkeypatch):
    heatmap = show_heatmap(MANY)
    heatmap.fit()
    read = []
    original = CellPainter._codes
    monkeypatch.setattr(CellPainter, "_codes", lambda *args: read.append(original(*args)) or read[-1])
    heatmap.viewport().grab()
    window = heatmap.grid_geometry
    assert len(read) == 1
    assert read[0].shape[0] <= window.height / 3 + 1
    assert read[0].shape[1] <= window.width / 3 + 1


def test_part_of_a_selection_of_specks_is_painted_like_the_whole(show_heatmap):
    heatmap = show_heatmap(MANY)
    heatmap.fit()
    heatmap.selection.replace(np.arange(600_000, 900_000))
    heatmap.count_blocks()
    whole = heatmap.viewport().grab().toImage()
    part = QRect(300, 200, 150, 90)
    assert heatmap.viewport().grab(part).toImage() == whole.copy(part)


def test_painting_leaves_the_count_of_references_to_none_alone(show_heatmap):
    heatmap = show_heatmap(DAYS, ALL_STATES)
    heatmap.selection.replace(np.array([3, 4]))
    heatmap.viewport().grab()
    before = sys.getrefcount(None)
    for _ in range(100):
        heatmap.viewport().grab()
        heatmap.viewport().update()
        heatmap.setToolTip("")
    assert abs(sys.getrefcount(None) - before) < 50


@pytest.mark.parametrize("side", [6, 8, 12, 20, 48])
def test_sprites_of_all_sizes_have_a_gap_and_a_fill(qapp, side):
    theme = Theme.of(Scheme.DARK)
    shape = CellShape(side, side)
    sprites = cell_sprites(shape, theme)
    codes = np.full((2, 3), int(PartitionState.COMPLETED), dtype=np.uint8)
    picture = assembled(codes, sprites)
    assert picture.shape == (2 * side, 3 * side)
    assert picture[side // 2, side // 2] == QColor(theme.states.fills[PartitionState.COMPLETED]).rgba()
    assert picture[side - 1, side // 2] == 0
    assert picture[side // 2, 2 * side - 1] == 0


def test_a_grid_without_cells_paints_its_background(show_heatmap, appearance):
    heatmap = show_heatmap(PartitionsDefinition.static_(["only"]))
    assert color_at(heatmap, QPoint(800, 400)).name() == appearance.theme.states.background


def test_a_painter_in_another_theme_keeps_what_was_counted(qapp, show_heatmap):
    heatmap = show_heatmap(MANY)
    cells = CellPainter(heatmap.model.states, heatmap.grid_layout, Theme.of(Scheme.DARK))
    cells.pyramid.level(4, 4)
    assert cells.with_theme(Theme.of(Scheme.LIGHT)).pyramid is cells.pyramid


def test_headers_stay_while_cells_scroll(show_heatmap):
    heatmap = show_heatmap(MANY)
    heatmap.zoom(40)
    strip = QRectF(0, heatmap.grid_origin.y(), heatmap.grid_origin.x(), 300).toRect()
    before = heatmap.viewport().grab(strip).toImage()
    heatmap.horizontalScrollBar().setValue(heatmap.horizontalScrollBar().value() + 500)
    assert heatmap.viewport().grab(strip).toImage() == before


def test_there_are_four_tints():
    assert TINTS == 4
