"""Where the keyboard takes the current cell: pure steps on a layout."""

from __future__ import annotations

from enum import Enum, auto

from rivers_app.heatmap.layouts import GridLayout

Cell = tuple[int, int]


class Step(Enum):
    """A move of the current cell."""

    LEFT = auto()
    RIGHT = auto()
    UP = auto()
    DOWN = auto()
    ROW_START = auto()
    ROW_END = auto()
    FIRST = auto()
    LAST = auto()
    PAGE_UP = auto()
    PAGE_DOWN = auto()


def moved(layout: GridLayout, cell: Cell, step: Step, page: int = 1) -> Cell:
    """The cell (row, column) a step away, the nearest one that exists; `page` is the rows of a page."""
    row, column = cell
    if step in (Step.LEFT, Step.RIGHT):
        return _sideways(layout, row, column + (1 if step is Step.RIGHT else -1))
    targets = {
        Step.UP: (row - 1, column),
        Step.DOWN: (row + 1, column),
        Step.PAGE_UP: (row - page, column),
        Step.PAGE_DOWN: (row + page, column),
        Step.ROW_START: (row, 0),
        Step.ROW_END: (row, layout.columns),
        Step.FIRST: (0, 0),
        Step.LAST: (layout.rows, layout.columns),
    }
    return _in_row(layout, *targets[step])


def _in_row(layout: GridLayout, row: int, column: int) -> Cell:
    row = min(max(row, 0), layout.rows - 1)
    first, last = int(layout.first_columns[row]), int(layout.last_columns[row]) - 1
    return row, min(max(column, first), last)


def _sideways(layout: GridLayout, row: int, column: int) -> Cell:
    """Where rows go on in the next one (calendars), so does the cursor."""
    step = layout.rows_to_next
    if step and column < layout.first_columns[row] and row >= step:
        return _in_row(layout, row - step, layout.columns)
    if step and column >= layout.last_columns[row] and row + step < layout.rows:
        return _in_row(layout, row + step, 0)
    return _in_row(layout, row, column)
