"""The part of the heatmap that shows: layout, scrolling, zoom and painting."""

from __future__ import annotations

from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget
from typing_extensions import override

from rivers_app.heatmap.arrangement import Arrangement, arrange
from rivers_app.heatmap.cursor import Cell
from rivers_app.heatmap.geometry import Geometry
from rivers_app.heatmap.headers import Headers
from rivers_app.heatmap.layouts import GridLayout
from rivers_app.heatmap.painting import CellPainter, cell_place, paint_outline
from rivers_app.heatmap.selection import NO_CURRENT, PartitionSelection
from rivers_app.models.partition_grid import CellChange, PartitionGridModel
from rivers_app.theme import GRID, Appearance, Theme, scaled_font

_COUNTING_SECONDS: Final = 0.006
_HEADER_FONT: Final = 0.88
_ROUNDING: Final = 0.01


class HeatmapCanvas(QAbstractScrollArea):
    """Shows the cells of a `PartitionGridModel`, labeled, scrolled and zoomed; it does not change a selection.

    `layout` and what depends on it are None while there is no partition to show.
    """

    def __init__(
        self,
        model: PartitionGridModel,
        selection: PartitionSelection,
        appearance: Appearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._model = model
        self._selection = selection
        self._theme = appearance.theme
        self._definition = model.definition
        self._arrangement: Arrangement | None = None
        self._grid: GridLayout | None = None
        self._headers: Headers | None = None
        self._cells: CellPainter | None = None
        self._geometry = Geometry(0, 0, 0, 0)
        self._adapts = True
        self._framed: NDArray[np.int64] | None = None
        self._hover: Cell | None = None
        self._counting = QTimer(self, interval=0)
        self._counting.timeout.connect(self._on_time_to_count)
        self._bars_are_following = False
        model.replaced.connect(self._on_replaced)
        model.cells_changed.connect(self._on_cells_changed)
        selection.changed.connect(self.viewport().update)
        selection.current_changed.connect(self.viewport().update)
        appearance.theme_changed.connect(self._on_theme_changed)
        self._lay_out()
        self._on_replaced()

    @property
    def model(self) -> PartitionGridModel:
        return self._model

    @property
    def selection(self) -> PartitionSelection:
        return self._selection

    @property
    def grid_layout(self) -> GridLayout | None:
        return self._grid

    @property
    def grid_geometry(self) -> Geometry:
        """Where cells are, counted from `grid_origin`."""
        return self._geometry

    @property
    def grid_origin(self) -> QPointF:
        """The viewport's point where the grid's window begins, beside and below the headers."""
        return QPointF(self._headers.width, self._headers.height) if self._headers else QPointF()

    @property
    def arrangement(self) -> Arrangement | None:
        return self._arrangement

    def set_arrangement(self, arrangement: Arrangement | None) -> None:
        """Lay the dimensions out so, until there is another definition; None is what suits the definition."""
        if arrangement != self._arrangement:
            self._arrangement = arrangement
            self._lay_out()

    def fit(self) -> None:
        """All cells in the window."""
        self._show(self._geometry.fitted())

    def frame(self, ordinals: NDArray[np.int64]) -> None:
        """Show these partitions large, in the middle; it stays so as the window grows, until one zooms or scrolls."""
        self._framed = ordinals
        self._adapts = True
        self._take_room()

    def zoom(self, factor: float, around: QPointF | None = None) -> None:
        """Enlarge cells about a point of the viewport, or about the middle."""
        window = self._geometry
        point = around - self.grid_origin if around is not None else QPointF(window.width, window.height) / 2
        self._show(window.zoomed(factor, point.x(), point.y()))

    def reveal(self, ordinal: int) -> None:
        """Scroll to a partition, if it is shown at all."""
        cell = self._grid.cell_of(ordinal) if self._grid else None
        if cell is not None:
            revealed = self._geometry.revealing(*cell)
            if revealed != self._geometry:
                self._show(revealed)

    def count_blocks(self) -> None:
        """Count what the next frame needs at once, for pictures that must be exact now."""
        if self._cells is not None:
            self._cells.count(self._geometry)
        self.viewport().update()

    def place_of(self, ordinal: int) -> QRectF | None:
        """A partition's rectangle in the viewport, None if it is not shown (filtered or scrolled away)."""
        cell = self._grid.cell_of(ordinal) if self._grid else None
        if cell is None:
            return None
        place = cell_place(self._geometry, *cell).translated(self.grid_origin)
        return place if place.intersects(self._window()) else None

    def cell_under(self, point: QPointF) -> Cell | None:
        """Row and column at a point of the viewport, where there is a cell."""
        at = point - self.grid_origin
        if self._grid is None or not self._window().contains(point):
            return None
        cell = self._geometry.cell_at(at.x(), at.y())
        return cell if cell is not None and self._grid.has_cell(*cell) else None

    def _on_replaced(self) -> None:
        definition = self._model.definition
        if definition is not self._definition or self._selection.size != self._model.size:
            if definition != self._definition:  # its dimensions may be others
                self._arrangement = None
            self._definition = definition
            self._selection.resize(self._model.size)
            self._lay_out()
        elif self._grid is not None:
            self._cells = CellPainter(self._model.states, self._grid, self._theme)
            self.viewport().update()

    def _on_cells_changed(self, change: CellChange) -> None:
        if self._grid is None or self._cells is None:
            return
        self._cells.pyramid.apply(change.ordinals, change.before, change.after)
        rows, columns = self._grid.cells_of(change.ordinals)
        shown = rows >= 0
        if shown.any():
            corners = (rows[shown].min(), columns[shown].min(), rows[shown].max(), columns[shown].max())
            self._update_cells(*(int(corner) for corner in corners))

    def _on_time_to_count(self) -> None:
        if self._cells is not None:
            self._cells.pyramid.advance(_COUNTING_SECONDS)
        if self._cells is None or self._cells.pyramid.is_complete:
            self._counting.stop()
            self.viewport().update()

    def _on_theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        if self._cells is not None:
            self._cells = self._cells.with_theme(theme)
        self.viewport().update()

    def _lay_out(self) -> None:
        definition = self._model.definition
        self._grid = arrange(definition, self._arrangement) if definition is not None else None
        self._hover = None
        self._framed = None
        self._adapts = True
        if self._grid is None:
            self._cells = self._headers = None
            self._geometry = Geometry(0, 0, 0, 0)
        else:
            self._cells = CellPainter(self._model.states, self._grid, self._theme)
            self._headers = Headers(self._grid, self._header_font())
            self._geometry = Geometry(self._grid.rows, self._grid.columns, 0, 0)
        self._take_room()

    def _header_font(self) -> QFont:
        return scaled_font(self.font(), _HEADER_FONT)

    def _take_room(self) -> None:
        """Fit the grid's window between the headers and where scroll bars may come."""
        if self._headers is None:
            self._scroll_bars_follow()
            return
        room, bar = self.maximumViewportSize(), self.verticalScrollBar().sizeHint().width()
        width = max(1.0, room.width() - self._headers.width - bar)
        height = max(1.0, room.height() - self._headers.height - bar)
        resized = self._geometry.resized(width, height, self.devicePixelRatioF())
        self._geometry = self._begun(resized, ceil(self._headers.line)) if self._adapts else resized
        self._scroll_bars_follow()

    def _begun(self, resized: Geometry, line: int) -> Geometry:
        """What is shown before one zooms or scrolls."""
        if self._framed is None or self._grid is None:
            return resized.opened(line)
        rows, columns = self._grid.cells_of(self._framed)
        shown = rows >= 0
        if not shown.any():
            return resized.opened(line)
        rows, columns = rows[shown], columns[shown]
        down = range(int(rows.min()), int(rows.max()) + 1)
        return resized.framing(down, range(int(columns.min()), int(columns.max()) + 1))

    def _show(self, geometry: Geometry) -> None:
        self._adapts = False
        self._geometry = geometry
        self._scroll_bars_follow()

    def _scroll_bars_follow(self) -> None:
        window = self._geometry
        self._bars_are_following = True
        for bar, value, farthest, page, step in (
            (self.horizontalScrollBar(), window.left, window.farthest_left, window.width, window.cell_width),
            (self.verticalScrollBar(), window.top, window.farthest_top, window.height, window.cell_height),
        ):
            bar.setPageStep(floor(page))
            bar.setSingleStep(max(8, round(step)))
            bar.setRange(0, ceil(farthest - _ROUNDING))
            bar.setValue(round(value))
        self._bars_are_following = False
        self.viewport().update()

    def _window(self) -> QRectF:
        return QRectF(self.grid_origin, QPointF(self.viewport().width(), self.viewport().height()))

    def _update_cells(self, top: int, left: int, bottom: int, right: int) -> None:
        """Repaint a rectangle of cells, and around it what their outlines and blocks may touch."""
        window, origin = self._geometry, self.grid_origin
        margin = max(4.0, window.cell_width * window.block_columns, window.cell_height * window.block_rows)
        begin = QPointF(window.x_of(left), window.y_of(top)) + origin
        end = QPointF(window.x_of(right + 1), window.y_of(bottom + 1)) + origin
        place = QRectF(begin, end).adjusted(-margin, -margin, margin, margin) & self._window()
        if not place.isEmpty():
            self.viewport().update(place.toAlignedRect())

    def _set_hover(self, cell: Cell | None) -> None:
        for changed in (self._hover, cell):
            if changed is not None:
                self._update_cells(*changed, *changed)
        self._hover = cell

    def _paint_overlays(self, painter: QPainter) -> None:
        """Lines between bands and outlines above the cells, in coordinates of the grid's window."""
        grid, window, colors = self._grid, self._geometry, self._theme.colors
        if grid is None:
            return
        for row in grid.band_starts(window.visible_rows()):
            painter.fillRect(QRectF(0, window.y_of(row) - 1, window.content_width, 1), QColor(colors.text_disabled))
        if grid.open_rows is not None and grid.open_column is not None:
            ends = (grid.open_rows[0], grid.open_rows[-1])
            place = cell_place(window, ends[0], grid.open_column) | cell_place(window, ends[1], grid.open_column)
            paint_outline(painter, place, QColor(colors.accent), 1.5, dashed=True)
        if self._hover is not None:
            paint_outline(painter, cell_place(window, *self._hover), QColor(colors.text), 1.0)
        current = grid.cell_of(self._selection.current)
        if self._selection.current != NO_CURRENT and current is not None:
            place = cell_place(window, *current)
            paint_outline(painter, place.adjusted(-1, -1, 1, 1), QColor(colors.text), 2.0)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        try:
            self._paint_frame(painter, QRectF(event.rect()))
        finally:  # a painter that is left open by an error takes the process down
            painter.end()

    def _paint_frame(self, painter: QPainter, damaged: QRectF) -> None:
        painter.fillRect(damaged, QColor(self._theme.states.background))
        if self._grid is None or self._cells is None or self._headers is None:
            return
        painter.save()
        painter.setClipRect(self._window() & damaged)
        painter.translate(self.grid_origin)
        clip = (damaged & self._window()).translated(-self.grid_origin)
        self._cells.paint(painter, self._geometry, clip, self._selection)
        self._paint_overlays(painter)
        painter.restore()
        if not self._window().contains(damaged):
            self._headers.paint(painter, self._geometry, self._theme.colors)
        if not self._cells.pyramid.is_complete and not self._counting.isActive():
            self._counting.start()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._take_room()

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self._bars_are_following:
            return
        horizontal, vertical = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self._geometry = self._geometry.scrolled_to(horizontal, vertical)
        self.viewport().update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(160 * GRID, 90 * GRID)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(40 * GRID, 24 * GRID)
