"""Mappings with definitions that they fit, as hypothesis strategies."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.mapping import PartitionMapping
from tests.core.partitions.definition_strategies import CRON

P, M = PartitionsDefinition, PartitionMapping
START = datetime(2024, 1, 1)
LETTERS = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True).map(P.static_)


@st.composite
def near_grids(draw):
    """A small time grid near the start of 2024, so that two of them overlap now and then."""
    start = START + timedelta(hours=draw(st.integers(-500, 500)))
    end = start + timedelta(days=draw(st.integers(1, 45)))
    match draw(st.sampled_from(["hours", "daily", "weekly", "monthly", "cron"])):
        case "hours":
            return P.time_window(start, interval_seconds=3600 * draw(st.integers(3, 40)), end=end)
        case "cron":
            return P.time_window(start, cron_schedule=draw(CRON), end=end)
        case cadence:
            return getattr(P, cadence)(start, end)


@st.composite
def mapped(draw):
    """A mapping and two definitions that it fits."""
    down_grid, up_grid = draw(near_grids()), draw(near_grids())
    down_list, up_list = draw(LETTERS), draw(LETTERS)
    window = M.time_window(draw(st.integers(-4, 4)))
    table = M.static_(
        {
            key: [up_list.label_at(at) for at in draw(st.sets(st.integers(0, len(up_list) - 1), min_size=1))]
            for key in draw(st.sets(st.sampled_from(down_list.keys)))
        }
    )
    listed = draw(
        st.sampled_from(
            [M.identity(), M.subset(), table, M.all_partitions(), M.specific_partitions([up_list.label_at(0)])]
        )
    )
    down = P.multi({"letter": down_list, "when": down_grid})
    up = P.multi({"time": up_grid, "letter": up_list})
    return draw(st.sampled_from([
        (window, down_grid, up_grid),
        (M.identity(), down_grid, down_grid),
        (M.all_partitions(), down_grid, up_grid),
        (M.all_partitions(), None, up),
        (M.all_partitions(), down, None),
        (table, down_list, up_list),
        (M.multi({"time": ("when", window), "letter": listed}), down, up),
        (M.multi({"one": ("letter", M.subset()), "other": ("letter", M.subset())}), down,
         P.multi({"one": up_list, "other": down_list})),
        (M.multi_to_single("when", window), down, up_grid),
        (M.multi_to_single("time", window), down_grid, up),
    ]))  # fmt: skip
