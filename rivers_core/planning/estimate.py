"""How long a plan will take, judged by earlier runs of the same assets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rivers_core.planning.plan import Stage
from rivers_core.planning.standing import RunHistory


def estimated_seconds(
    stages: Sequence[Stage],
    at_a_time: int,
    history: Callable[[tuple[str, ...]], RunHistory | None],
) -> tuple[float | None, int]:
    """Seconds from start to end, and how many earlier runs that rests on; None when a stage has no history.

    Runs of a stage fill `at_a_time` places; the last round counts whole, because nothing follows it.
    """
    seconds, basis = 0.0, 0
    for stage in stages:
        earlier = history(stage.assets)
        if earlier is None:
            return None, 0
        seconds += _stage_seconds(stage, at_a_time, earlier)
        basis += earlier.runs
    return seconds, basis


def _stage_seconds(stage: Stage, at_a_time: int, earlier: RunHistory) -> float:
    places = max(1, min(at_a_time, stage.num_runs))
    if not stage.batched:
        return earlier.seconds_per_run * max(1.0, stage.num_runs / places)
    per_run = earlier.seconds_per_partition * stage.num_partitions / max(1, stage.num_runs)
    return per_run * max(1.0, stage.num_runs / places)
