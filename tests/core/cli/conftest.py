"""A small project and a way to run the command line over it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rivers_core.cli.commands import app

CODE = """
from datetime import datetime
from pydantic import BaseModel
import rivers as rs

days = rs.PartitionsDefinition.daily(start=datetime(2022, 3, 1), end=datetime(2022, 4, 1))
grid = rs.PartitionsDefinition.multi({"day": days, "shop": rs.PartitionsDefinition.static_(["oslo", "rome"])})


class Threshold(BaseModel):
    least: int = 3


@rs.Asset(partitions_def=days)
def receipts(context):
    context.log.info("reading %s", context.partition_key)
    if context.partition_key == "2022-03-13":
        raise ValueError("the till was closed")
    return [context.partition_key]


@rs.Asset(partitions_def=grid)
def sales(context: rs.AssetExecutionContext[Threshold]):
    return {"least": context.config.least}


repo = rs.CodeRepository(assets=[receipts, sales])
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:  # whatever was printed
        return json.loads(self.out)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.py").write_text(CODE, encoding="utf-8")
    return folder


@pytest.fixture
def rivers_core() -> Callable[..., Said]:
    def run(*words: object) -> Said:
        result = CliRunner().invoke(app, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    return run
