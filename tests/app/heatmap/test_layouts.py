"""Every partition has one place on the grid, and every place knows its partitions."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_app.heatmap.arrangement import Arrangement, arrange, default_arrangement
from rivers_app.heatmap.layouts import NO_CELL, BandedLayout, MatrixLayout, RowsLayout
from rivers_core.partitions.definitions import PartitionsDefinition
from tests.app.heatmap.conftest import DAYS, DAYS_AND_SHOPS, SHOPS

starts = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1))


@st.composite
def time_definitions(draw: st.DrawFn) -> PartitionsDefinition:
    start = draw(starts).replace(microsecond=0)
    make, step = draw(
        st.sampled_from(
            [
                (PartitionsDefinition.hourly, timedelta(hours=1)),
                (PartitionsDefinition.daily, timedelta(days=1)),
                (PartitionsDefinition.weekly, timedelta(days=7)),
                (PartitionsDefinition.monthly, timedelta(days=31)),
            ]
        )
    )
    return make(start, start + step * draw(st.integers(2, 900)))


@st.composite
def static_definitions(draw: st.DrawFn) -> PartitionsDefinition:
    return PartitionsDefinition.static_([f"k{number}" for number in range(draw(st.integers(1, 400)))])


@st.composite
def multi_definitions(draw: st.DrawFn) -> tuple[PartitionsDefinition, Arrangement]:
    sizes = draw(st.lists(st.integers(1, 9), min_size=2, max_size=4))
    names = [f"d{at}" for at in range(len(sizes))]
    parts = {
        name: PartitionsDefinition.static_([f"v{number}" for number in range(size)])
        for name, size in zip(names, sizes, strict=True)
    }
    across, down, *_rest = draw(st.permutations([*names, None]))
    if across is None:
        across, down = down, None
    others = [name for name in names if name not in (across, down)]
    fixed = {name: draw(st.integers(0, sizes[names.index(name)] - 1)) for name in others if draw(st.booleans())}
    return PartitionsDefinition.multi(parts), Arrangement(across, down, fixed)


@st.composite
def banded_definitions(draw: st.DrawFn) -> tuple[PartitionsDefinition, Arrangement]:
    names = draw(st.permutations(["time", "shop", "more"]))
    kinds = {
        "time": draw(time_definitions()),
        "shop": PartitionsDefinition.static_([f"s{number}" for number in range(draw(st.integers(1, 5)))]),
        "more": PartitionsDefinition.static_(["a", "b"]),
    }
    fixed = {"more": 1} if draw(st.booleans()) else {}
    return PartitionsDefinition.multi({name: kinds[name] for name in names}), Arrangement("time", "shop", fixed, True)


def assert_places_are_true(definition, arrangement=None):
    layout = arrange(definition, arrangement)
    ordinals = np.arange(definition.size(), dtype=np.int64)
    rows, columns = layout.cells_of(ordinals)
    shown = rows >= 0
    everything = layout.ordinals_in(range(layout.rows), range(layout.columns))
    assert np.array_equal(np.sort(everything), ordinals[shown])
    for ordinal in ordinals[shown][:: max(1, shown.sum() // 25)].tolist():
        assert ordinal in layout.ordinals_at(int(rows[ordinal]), int(columns[ordinal]))
    return layout


@given(time_definitions() | static_definitions())
def test_a_lone_dimension_has_each_key_once(definition):
    layout = assert_places_are_true(definition)
    assert isinstance(layout, RowsLayout)
    rows, columns = layout.cells_of(np.arange(definition.size(), dtype=np.int64))
    assert len(set(zip(rows.tolist(), columns.tolist(), strict=True))) == definition.size()


@given(multi_definitions())
def test_dimensions_are_laid_out_filtered_or_aggregated(case):
    definition, arrangement = case
    layout = assert_places_are_true(definition, arrangement)
    shown = layout.ordinals_in(range(layout.rows), range(layout.columns))
    for ordinal in shown.tolist()[::7]:
        indices = dict(zip((name for name, _ in definition.dimensions), definition.unravel(ordinal), strict=True))
        assert all(indices[name] == position for name, position in arrangement.fixed.items())
        row, column = layout.cell_of(ordinal)
        if arrangement.down is not None:
            assert (row, column) == (indices[arrangement.down], indices[arrangement.across])


@given(banded_definitions())
def test_time_is_broken_into_bands_with_a_row_for_each_key(case):
    definition, arrangement = case
    layout = assert_places_are_true(definition, arrangement)
    assert isinstance(layout, BandedLayout)
    alone = arrange(dict(definition.dimensions)["time"])
    assert (layout.columns, layout.rows) == (alone.columns, alone.rows * layout.keys)
    for ordinal in layout.ordinals_in(range(layout.rows), range(layout.columns)).tolist()[::97]:
        indices = dict(zip((name for name, _ in definition.dimensions), definition.unravel(ordinal), strict=True))
        line, column = alone.cell_of(indices["time"])
        assert layout.cell_of(ordinal) == (line * layout.keys + indices["shop"], column)


@given(multi_definitions() | banded_definitions(), st.data())
def test_values_of_a_window_are_those_of_its_ordinals(case, data):
    layout = arrange(*case)
    values = np.arange(layout.size).astype(np.uint8) % 7
    row_ends = sorted(data.draw(st.tuples(st.integers(0, layout.rows), st.integers(0, layout.rows))))
    column_ends = sorted(data.draw(st.tuples(st.integers(0, layout.columns), st.integers(0, layout.columns))))
    rows = range(*row_ends, data.draw(st.integers(1, 3)))
    columns = range(*column_ends, data.draw(st.integers(1, 3)))
    found = layout.values_in(values, rows, columns)
    assert found.shape == (len(rows), len(columns))
    for at, row in enumerate(rows):
        for across, column in enumerate(columns):
            ordinal = layout.ordinal_at(row, column)
            assert found[at, across] == (values[ordinal] if ordinal >= 0 else NO_CELL)


def test_days_have_a_row_a_month_and_a_column_a_day():
    layout = arrange(PartitionsDefinition.daily(datetime(2024, 1, 5), datetime(2024, 3, 10)))
    assert (layout.rows, layout.columns) == (3, 31)
    assert layout.cell_of(0) == (0, 4)
    assert layout.cell_of(27) == (1, 0)
    assert not layout.has_cell(0, 3)
    assert not layout.has_cell(1, 29)
    assert layout.ordinal_at(0, 3) == -1
    assert layout.values_in(np.ones(65, dtype=np.uint8), range(0, 1), range(3, 6)).tolist() == [[NO_CELL, 1, 1]]


def test_hours_have_a_row_a_day():
    layout = arrange(PartitionsDefinition.hourly(datetime(2024, 1, 1, 7), datetime(2024, 1, 3)))
    assert (layout.rows, layout.columns) == (2, 24)
    assert layout.cell_of(0) == (0, 7)
    assert [tick.text for tick in layout.across.ticks(range(0, 24), 40, lambda text: 8.0 * len(text))][:2] == [
        "00",
        "01",
    ]


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(10, 40_000), st.integers(2, 900))
def test_intervals_of_less_than_a_day_have_a_row_a_day(start, seconds, count):
    start = start.replace(microsecond=0)
    end = start + timedelta(seconds=seconds * count)
    definition = PartitionsDefinition.time_window(start, interval_seconds=seconds, end=end)
    layout = assert_places_are_true(definition)
    days = [definition.window_at(ordinal).start.date() for ordinal in range(definition.size())]
    rows, _ = layout.cells_of(np.arange(definition.size(), dtype=np.int64))
    assert rows.tolist() == [(day - days[0]).days for day in days]


def test_months_and_weeks_have_a_row_a_year():
    months = arrange(PartitionsDefinition.monthly(datetime(2020, 3, 1), datetime(2022, 2, 1)))
    assert (months.rows, months.columns, months.cell_of(0)) == (3, 12, (0, 2))
    assert months.down.name_at(1) == "2021"
    weeks = arrange(PartitionsDefinition.weekly(datetime(2020, 1, 6), datetime(2022, 1, 1)))
    assert (weeks.rows, weeks.columns) == (2, 52)


def test_each_of_a_few_keys_has_a_row_with_its_name():
    layout = arrange(PartitionsDefinition.static_([f"k{number}" for number in range(24)]))
    assert (layout.rows, layout.columns) == (24, 1)
    assert [layout.down.name_at(row) for row in (0, 23)] == ["k0", "k23"]


def test_other_keys_are_wrapped_into_round_rows():
    layout = arrange(PartitionsDefinition.static_([f"k{number}" for number in range(77)]))
    assert (layout.rows, layout.columns) == (4, 20)
    assert layout.down.name_at(2) == "k40"


def test_time_lies_across_by_default():
    definition = PartitionsDefinition.multi({"shop": SHOPS, "day": DAYS, "more": SHOPS})
    assert default_arrangement(definition) == Arrangement("day", "shop", banded=True)
    layout = arrange(definition, Arrangement("day", "shop"))
    assert isinstance(layout, MatrixLayout)
    assert (layout.rows, layout.columns, layout.is_aggregated) == (3, 91, True)


@pytest.mark.parametrize(
    ("days", "keys", "banded"),
    [(365, 3, True), (365, 10, True), (365, 11, False), (90, 12, True), (90, 13, False), (20, 3, False)],
)
def test_a_calendar_in_bands_is_the_default_where_it_is_about_as_high_as_a_window(days, keys, banded):
    start = datetime(2023, 1, 1)
    shops = PartitionsDefinition.static_([f"s{number}" for number in range(keys)])
    days = PartitionsDefinition.daily(start, start + timedelta(days=days))
    definition = PartitionsDefinition.multi({"day": days, "shop": shops})
    assert default_arrangement(definition).banded is banded


def test_categories_are_never_banded():
    definition = PartitionsDefinition.multi({"shop": SHOPS, "more": SHOPS})
    assert not default_arrangement(definition).banded
    assert isinstance(arrange(definition, Arrangement("shop", "more", banded=True)), MatrixLayout)


def test_extending_runs_on_through_the_rows_of_a_calendar():
    layout = arrange(DAYS)
    assert layout.between((0, 29), (1, 1)).tolist() == [29, 30, 31, 32]
    assert layout.between((1, 1), (0, 29)).tolist() == [29, 30, 31, 32]


def test_extending_takes_the_rectangle_of_a_matrix():
    layout = arrange(DAYS_AND_SHOPS, Arrangement("day", "shop"))
    assert sorted(layout.between((0, 1), (1, 2)).tolist()) == [3, 4, 6, 7]


def test_extending_runs_on_through_the_bands_for_the_keys_between():
    layout = arrange(DAYS_AND_SHOPS)
    january_30_north, february_2_south = (0, 29), (4, 1)
    days = (29, 30, 31, 32)
    for ends in ((january_30_north, february_2_south), (february_2_south, january_30_north)):
        assert sorted(layout.between(*ends).tolist()) == sorted(day * 3 + shop for day in days for shop in (0, 1))


def test_a_whole_row_of_bands_is_all_the_time_of_its_key_and_a_column_every_key_of_its_time():
    layout = arrange(DAYS_AND_SHOPS)
    february_2_south = np.array([32 * 3 + 1])
    assert sorted(layout.whole_rows(february_2_south).tolist()) == list(range(1, 91 * 3, 3))
    assert sorted(layout.whole_columns(february_2_south).tolist()) == [96, 97, 98]


def test_whole_rows_and_columns_of_nothing_are_nothing():
    for arrangement in (Arrangement("day", "shop"), Arrangement("day", "shop", banded=True)):
        layout = arrange(DAYS_AND_SHOPS, arrangement)
        assert layout.whole_rows(np.array([], dtype=np.int64)).tolist() == []
        assert layout.whole_columns(np.array([], dtype=np.int64)).tolist() == []


def test_the_open_window_is_known_where_it_lies():
    now = datetime(2024, 3, 10, 12)
    days = PartitionsDefinition.daily(datetime(2024, 1, 1)).pinned(now)
    layout = arrange(days, now=now)
    assert [layout.cell_of(ordinal) for ordinal in range(days.size()) if layout.is_open(*layout.cell_of(ordinal))] == [
        (2, 9)
    ]
    both = PartitionsDefinition.multi({"day": days, "shop": SHOPS})
    bands = arrange(both, now=now)
    assert [ordinal for ordinal in range(both.size()) if bands.is_open(*bands.cell_of(ordinal))] == [207, 208, 209]
    matrix = arrange(both, Arrangement("day", "shop"), now)
    assert matrix.open_column == 69
    assert matrix.is_open(1, 69)
    assert not matrix.is_open(1, 68)


def test_a_definition_without_partitions_has_no_grid():
    empty = PartitionsDefinition.daily(datetime(2024, 5, 1)).pinned(datetime(2024, 1, 1))
    assert arrange(empty) is None


def test_unknown_dimensions_are_refused():
    with pytest.raises(KeyError):
        arrange(DAYS_AND_SHOPS, Arrangement("day", "shop", {"color": 1}))
    with pytest.raises(KeyError):
        arrange(DAYS_AND_SHOPS, Arrangement("color"))
