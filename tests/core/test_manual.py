"""The code that the manual shows does what the manual says of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import rivers_core as rs

_PAGE = Path(__file__).parents[2] / "resources" / "help" / "writing-a-project.md"


def code_of_the_page() -> dict[str, Any]:
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", _PAGE.read_text(encoding="utf-8"), flags=re.DOTALL):
        exec(compile(block, str(_PAGE), "exec"), names)
    return names


def test_the_first_project_of_the_manual_computes_a_day():
    names = code_of_the_page()
    with names["repo"] as repo:
        result = repo.backfill(
            selection=["readings", "total"], partition_range=rs.PartitionKeyRange.single("2025-01-01", "2025-01-02")
        )
        assert (result.completed, result.failed) == (2, 0)
        assert repo.load_node("total", partition_key=rs.PartitionKey.single("2025-01-02")) == 17


def test_a_month_reads_its_days_of_every_region_as_the_manual_says():
    names = code_of_the_page()
    january = rs.PartitionKeyRange.multi({"date": ("2025-01-01", "2025-01-31"), "region": ("north", "south")})
    with rs.CodeRepository(assets=[names["sales"], names["monthly_report"]]) as repo:
        assert repo.backfill(selection=["sales"], partition_range=january).completed == 62
        month = rs.PartitionKeyRange.single("2025-01", "2025-01")
        assert repo.backfill(selection=["monthly_report"], partition_range=month).completed == 1
        assert repo.load_node("monthly_report", partition_key=rs.PartitionKey.single("2025-01")) == 310
