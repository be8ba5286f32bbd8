"""Cells and pixels agree at every zoom and scroll position."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_app.heatmap.geometry import FITTED_CELL, LARGEST_CELL, SMALLEST_DRAWN, Geometry, blocks_of, snapped

sides = st.integers(1, 20_000)
pixels = st.floats(40, 3000)
ratios = st.sampled_from([1.0, 1.25, 1.5, 2.0])


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    geometry = Geometry(draw(sides), draw(sides), draw(pixels), draw(pixels), ratio=draw(ratios)).fitted()
    for _ in range(draw(st.integers(0, 3))):
        x, y = draw(st.floats(0, 1)) * geometry.width, draw(st.floats(0, 1)) * geometry.height
        geometry = geometry.zoomed(draw(st.floats(0.2, 30)), x, y)
    return geometry


@given(geometries(), st.data())
def test_a_visible_cells_middle_leads_back_to_it(geometry, data):
    row = data.draw(st.sampled_from(geometry.visible_rows()))
    column = data.draw(st.sampled_from(geometry.visible_columns()))
    x = geometry.x_of(column) + geometry.cell_width / 2
    y = geometry.y_of(row) + geometry.cell_height / 2
    assert geometry.cell_at(x, y) == (row, column)


@given(geometries())
def test_fitting_shows_every_cell_and_none_larger_than_comfortable(geometry):
    fitted = geometry.fitted()
    assert fitted.content_width <= fitted.width + 1e-6
    assert fitted.content_height <= fitted.height + 1e-6
    assert list(fitted.visible_columns())[-1] == geometry.columns - 1
    assert list(fitted.visible_rows())[-1] == geometry.rows - 1
    assert max(fitted.cell_width, fitted.cell_height) <= FITTED_CELL


@given(geometries(), st.floats(0.05, 50), st.floats(0, 1), st.floats(0, 1))
def test_zoom_keeps_scroll_and_size_within_bounds(geometry, factor, x, y):
    zoomed = geometry.zoomed(factor, x * geometry.width, y * geometry.height)
    assert zoomed.fitted_scale_x <= zoomed.scale_x <= LARGEST_CELL
    assert zoomed.fitted_scale_y <= zoomed.scale_y <= LARGEST_CELL
    assert 0 <= zoomed.left <= zoomed.farthest_left
    assert 0 <= zoomed.top <= zoomed.farthest_top


def test_zooming_keeps_the_cell_under_the_cursor():
    geometry = Geometry(2000, 5000, 1500, 800).fitted().zoomed(40, 700, 300)
    under = geometry.cell_at(640, 410)
    zoomed = geometry.zoomed(1.7, 640, 410)
    assert under is not None
    assert zoomed.cell_at(640, 410) == under


@given(geometries(), st.data())
def test_revealing_brings_a_cell_into_the_window(geometry, data):
    row = data.draw(st.integers(0, geometry.rows - 1))
    column = data.draw(st.integers(0, geometry.columns - 1))
    shown = geometry.revealing(row, column)
    assert row in shown.visible_rows()
    assert column in shown.visible_columns()


def test_revealing_what_is_seen_scrolls_nothing():
    geometry = Geometry(300, 300, 500, 500).fitted().zoomed(8, 100, 100)
    row, column = geometry.visible_rows()[2], geometry.visible_columns()[2]
    assert geometry.revealing(row, column) == geometry


@given(st.floats(0.001, 40))
def test_blocks_are_the_smallest_that_can_be_seen(size):
    together = blocks_of(size)
    assert size * together >= SMALLEST_DRAWN
    assert together == 1 or size * together / 2 < SMALLEST_DRAWN


@given(st.floats(6, 60), ratios)
def test_large_cells_take_whole_device_pixels(size, ratio):
    assert (snapped(size, ratio) * ratio) == pytest.approx(round(snapped(size, ratio) * ratio), abs=1e-6)


def test_a_tall_grid_opens_at_its_end_with_rows_that_can_be_read():
    opened = Geometry(3650, 24, 900, 500).opened(14)
    assert opened.cell_height == 14
    assert opened.visible_rows()[-1] == 3649


def test_a_grid_of_specks_opens_whole():
    assert Geometry(2000, 5000, 900, 500).opened(14) == Geometry(2000, 5000, 900, 500).fitted()


def test_points_beside_the_grid_are_no_cell():
    geometry = Geometry(2, 2, 500, 500).fitted()
    assert geometry.cell_at(400, 10) is None
    assert geometry.cell_at(-1, 10) is None
    assert geometry.nearest_column(400) == 1


@given(geometries(), st.data())
def test_framed_rows_and_columns_are_in_the_window(geometry, data):
    row, column = data.draw(st.integers(0, geometry.rows - 1)), data.draw(st.integers(0, geometry.columns - 1))
    framed = geometry.framing(range(row, row + 1), range(column, column + 1))
    assert row in framed.visible_rows()
    assert column in framed.visible_columns()
    assert 0 <= framed.left <= framed.farthest_left
