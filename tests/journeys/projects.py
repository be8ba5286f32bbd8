"""Small projects for journeys, whose assets do as the journey says."""

from __future__ import annotations

from pathlib import Path

_GATED = '''
from pathlib import Path
from time import sleep

import rivers_core as rs

GATE = Path(__file__).parent / "gate"
letters = rs.PartitionsDefinition.static_([{keys}])


@rs.Asset(partitions_def=letters)
def letter(context: rs.AssetExecutionContext) -> str:
    """Waits at a gate, but for the first."""
    while context.partition_key != "a" and not GATE.exists():
        sleep(0.02)
    return context.partition_key


repo = rs.CodeRepository(assets=[letter])
'''

PLAIN = """
import rivers_core as rs

letters = rs.PartitionsDefinition.static_(["a", "b", "c"])


@rs.Asset(partitions_def=letters)
def letter(context: rs.AssetExecutionContext) -> str:
    return context.partition_key


repo = rs.CodeRepository(assets=[letter])
"""


def gated(folder: Path, keys: str = "abcdef") -> Path:
    """A project with one partition a letter; all but `a` run until `open_gate`."""
    return written(folder, _GATED.format(keys=", ".join(repr(key) for key in keys)))


def open_gate(project: Path) -> None:
    (project / "gate").touch()


def written(folder: Path, code: str) -> Path:
    """A project of this code; whatever code it had is replaced."""
    folder.mkdir(exist_ok=True)
    (folder / "assets.py").write_text(code, encoding="utf-8")
    return folder
