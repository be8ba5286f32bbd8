"""Measures how long the heatmap takes to paint a frame of ten million cells."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from time import perf_counter, thread_time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from rivers_app.heatmap.selection import PartitionSelection
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.theme import Appearance
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.resources import resources_folder
from tests.bench.rows import print_rows

_HOURS: Final = 5_000
_SHOPS: Final = 2_000
_FRAME: Final = (1600, 900)
_FRAMES: Final = 100
_TARGET_MS: Final = 16.0
_SHARES: Final = (0.2, 0.7, 0.01, 0.01, 0.02, 0.03, 0.03)
_ZOOMS: Final = {
    "all of them": None,
    "half a pixel": 0.5,
    "1 px": 1.0,
    "3 px": 3.0,
    "6 px": 6.0,
    "12 px": 12.0,
    "32 px": 32.0,
}


def measure() -> list[dict[str, Any]]:
    """The 95th percentile of the time to paint 1600 x 900 pixels at several zooms, and of a live change.

    Last the processor time of the dearest of them, which other programs on the machine lengthen less.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    heatmap = _heatmap(application)
    rows = [_frames(f"heatmap frame, {name} a cell", heatmap, pixels) for name, pixels in _ZOOMS.items()]
    rows.append(_frames("heatmap frame after 1,000 changes, all of them", heatmap, None, changes=1_000))
    heatmap.selection.replace(np.arange(0, heatmap.model.size, 3, dtype=np.int64))
    rows += [
        _frames(f"heatmap frame, a third selected, {name} a cell", heatmap, _ZOOMS[name])
        for name in ("all of them", "3 px", "12 px")
    ]
    heatmap.close()
    dearest = max(row.pop("work") for row in rows)
    name = "heatmap frame, processor time of the dearest of these"
    return [*rows, {"name": name, "value": dearest, "unit": "ms (p95)", "target": f"<= {_TARGET_MS:g}"}]


def _heatmap(application: QApplication) -> PartitionHeatmap:
    appearance = Appearance(application, resources_folder())
    heatmap = PartitionHeatmap(PartitionGridModel(), PartitionSelection(), appearance)
    heatmap.resize(*_FRAME)
    begin = datetime(2013, 1, 1)
    definition = PartitionsDefinition.multi(
        {
            "hour": PartitionsDefinition.hourly(begin, begin + timedelta(hours=_HOURS)),
            "shop": PartitionsDefinition.static_([f"shop {number}" for number in range(_SHOPS)]),
        }
    )
    chosen = np.random.default_rng(1).choice(len(_SHARES), size=definition.size(), p=_SHARES)
    heatmap.model.set_definition(definition, chosen.astype(np.uint8))
    heatmap.show()
    return heatmap


def _frames(name: str, heatmap: PartitionHeatmap, pixels: float | None, changes: int = 0) -> dict[str, Any]:
    heatmap.fit()
    if pixels is not None:
        heatmap.zoom(pixels / heatmap.grid_geometry.cell_width)
    picture = QImage(*_FRAME, QImage.Format.Format_ARGB32_Premultiplied)
    heatmap.render(picture)
    heatmap.count_blocks()
    random = np.random.default_rng(2)
    times = [_painted(heatmap, picture, _changed(random, heatmap, changes)) for _ in range(_FRAMES)]
    by_clock, work = (round(float(one) * 1000, 1) for one in np.percentile(times, 95, axis=0))
    return {"name": name, "value": by_clock, "unit": "ms (p95)", "target": f"<= {_TARGET_MS:g}", "work": work}


def _changed(random: np.random.Generator, heatmap: PartitionHeatmap, changes: int) -> NDArray[np.int64]:
    return random.integers(0, heatmap.model.size, changes, dtype=np.int64)


def _painted(heatmap: PartitionHeatmap, picture: QImage, changed: NDArray[np.int64]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time."""
    begin, used = perf_counter(), thread_time()
    if len(changed):
        heatmap.model.apply(changed, np.full(len(changed), 3, dtype=np.uint8))
    heatmap.render(picture)
    return perf_counter() - begin, thread_time() - used


if __name__ == "__main__":
    print_rows(measure())
