"""Where cells are on the screen: pure arithmetic between cells and pixels, zoom, pan and fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor, inf
from typing import Final

LARGEST_CELL: Final = 48.0
"""Pixels a cell may be wide and high."""
FITTED_CELL: Final = 32.0
"""Pixels beyond which fitting does not grow cells."""
SMALLEST_DRAWN: Final = 3.0
"""Pixels below which cells are drawn together in blocks."""
WHOLE_PIXELS_FROM: Final = 6.0
"""Pixels from which a cell takes whole device pixels, so that gaps and marks are crisp."""
_AROUND: Final = 2.0


@dataclass(frozen=True, slots=True)
class Geometry:
    """A grid of `rows` x `columns` cells seen through a `width` x `height` window (logical pixels).

    `scale_x` and `scale_y` are the pixels per cell that were asked for, `left` and `top` what is scrolled
    away. `ratio` is the number of device pixels in a logical one.
    """

    rows: int
    columns: int
    width: float
    height: float
    scale_x: float = FITTED_CELL
    scale_y: float = FITTED_CELL
    left: float = 0.0
    top: float = 0.0
    ratio: float = 1.0

    @property
    def cell_width(self) -> float:
        return snapped(self.scale_x, self.ratio)

    @property
    def cell_height(self) -> float:
        return snapped(self.scale_y, self.ratio)

    @property
    def content_width(self) -> float:
        return self.columns * self.cell_width

    @property
    def content_height(self) -> float:
        return self.rows * self.cell_height

    @property
    def farthest_left(self) -> float:
        """The largest sensible `left`."""
        return max(0.0, self.content_width - self.width)

    @property
    def farthest_top(self) -> float:
        return max(0.0, self.content_height - self.height)

    @property
    def fitted_scale_x(self) -> float:
        return min(FITTED_CELL, self.width / self.columns) if self.columns and self.width > 0 else FITTED_CELL

    @property
    def fitted_scale_y(self) -> float:
        return min(FITTED_CELL, self.height / self.rows) if self.rows and self.height > 0 else FITTED_CELL

    @property
    def block_columns(self) -> int:
        """How many columns are drawn as one: a power of two that makes them wide enough."""
        return blocks_of(self.cell_width)

    @property
    def block_rows(self) -> int:
        return blocks_of(self.cell_height)

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column under a point of the window, None beside the grid."""
        row, column = self.nearest_row(y, clamp=False), self.nearest_column(x, clamp=False)
        if 0 <= row < self.rows and 0 <= column < self.columns:
            return row, column
        return None

    def nearest_row(self, y: float, *, clamp: bool = True) -> int:
        row = floor((y + self.top) / self.cell_height)
        return min(max(row, 0), self.rows - 1) if clamp else row

    def nearest_column(self, x: float, *, clamp: bool = True) -> int:
        column = floor((x + self.left) / self.cell_width)
        return min(max(column, 0), self.columns - 1) if clamp else column

    def x_of(self, column: int) -> float:
        """The left edge of a column in the window."""
        return column * self.cell_width - self.left

    def y_of(self, row: int) -> float:
        return row * self.cell_height - self.top

    def visible_columns(self, start: float = 0.0, stop: float | None = None) -> range:
        """The columns that show between two window coordinates, all of the window by default."""
        stop = self.width if stop is None else stop
        return _visible(self.left + start, self.left + stop, self.cell_width, self.columns)

    def visible_rows(self, start: float = 0.0, stop: float | None = None) -> range:
        stop = self.height if stop is None else stop
        return _visible(self.top + start, self.top + stop, self.cell_height, self.rows)

    def fitted(self) -> Geometry:
        """All cells in the window, none larger than is comfortable."""
        return replace(self, scale_x=self.fitted_scale_x, scale_y=self.fitted_scale_y, left=0.0, top=0.0)

    def zoomed(self, factor: float, x: float, y: float) -> Geometry:
        """Cells `factor` times as large, the point (x, y) of the grid staying where it is."""
        column = (x + self.left) / self.cell_width
        row = (y + self.top) / self.cell_height
        scaled = replace(
            self,
            scale_x=_between(self.scale_x * factor, self.fitted_scale_x, LARGEST_CELL),
            scale_y=_between(self.scale_y * factor, self.fitted_scale_y, LARGEST_CELL),
        )
        return replace(scaled, left=column * scaled.cell_width - x, top=row * scaled.cell_height - y).within_bounds()

    def opened(self, readable_row: float) -> Geometry:
        """As wide as the window and rows high enough to read, scrolled to the end, where the newest is.

        Rows become `readable_row` pixels high unless their cells are narrower than that.
        """
        fitted = self.fitted()
        if fitted.scale_x < SMALLEST_DRAWN:  # then there is no row to read anyway: begin with the overview
            return fitted
        readable = max(fitted.scale_y, min(fitted.scale_x, readable_row))
        return replace(fitted, scale_y=readable, top=inf).within_bounds()

    def framing(self, rows: range, columns: range) -> Geometry:
        """Some rows and columns in the middle of the window, with about as much of the grid around them."""
        fitted = self.fitted()
        scaled = replace(
            fitted,
            scale_x=_between(self.width / (_AROUND * len(columns)), fitted.scale_x, FITTED_CELL),
            scale_y=_between(self.height / (_AROUND * len(rows)), fitted.scale_y, FITTED_CELL),
        )
        left = (columns.start + columns.stop) / 2 * scaled.cell_width - self.width / 2
        top = (rows.start + rows.stop) / 2 * scaled.cell_height - self.height / 2
        return scaled.scrolled_to(left, top)

    def resized(self, width: float, height: float, ratio: float) -> Geometry:
        """The same cells in another window."""
        return replace(self, width=width, height=height, ratio=ratio).zoomed(1.0, 0.0, 0.0)

    def scrolled_to(self, left: float, top: float) -> Geometry:
        return replace(self, left=left, top=top).within_bounds()

    def revealing(self, row: int, column: int) -> Geometry:
        """Scrolled as little as needed to see a cell whole."""
        left = self._revealed(self.left, self.width, column * self.cell_width, self.cell_width)
        top = self._revealed(self.top, self.height, row * self.cell_height, self.cell_height)
        return self.scrolled_to(left, top)

    def within_bounds(self) -> Geometry:
        left = _between(self.left, 0.0, self.farthest_left)
        top = _between(self.top, 0.0, self.farthest_top)
        # Where cells take whole device pixels, the scroll position does too. Smaller ones may begin anywhere:
        # rounding there would let the grid slip away under the cursor while one zooms.
        whole = WHOLE_PIXELS_FROM / self.ratio
        return replace(
            self,
            left=self.aligned(left) if self.cell_width >= whole else left,
            top=self.aligned(top) if self.cell_height >= whole else top,
        )

    def aligned(self, pixels: float) -> float:
        """Rounded down to whole device pixels."""
        return floor(pixels * self.ratio) / self.ratio

    def _revealed(self, scrolled: float, window: float, start: float, size: float) -> float:
        least = ceil((start + size - window) * self.ratio) / self.ratio
        return min(max(scrolled, least), self.aligned(start))


def snapped(scale: float, ratio: float) -> float:
    """Pixels per cell as they are drawn for pixels per cell asked for; both logical."""
    device = scale * ratio
    return max(WHOLE_PIXELS_FROM, floor(device + 1e-6)) / ratio if device >= WHOLE_PIXELS_FROM else scale


def blocks_of(pixels: float) -> int:
    """The smallest power of two of cells that together are not smaller than `SMALLEST_DRAWN`."""
    together = 1
    while pixels * together < SMALLEST_DRAWN:
        together *= 2
    return together


def _visible(start: float, stop: float, size: float, count: int) -> range:
    first = max(0, floor(start / size))
    return range(min(first, count), max(min(first, count), min(count, ceil(stop / size))))


def _between(value: float, least: float, most: float) -> float:
    return max(least, min(value, most))
