"""Partitions and dynamic keys on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.cli.conftest import Said

Command = Callable[..., Said]

CUSTOMERS = """
import rivers as rs

@rs.Asset(partitions_def=rs.PartitionsDefinition.dynamic("customers"))
def bills():
    return 1

@rs.Asset(partitions_def=rs.PartitionsDefinition.static_(["[red]a[/red]", "b"]))
def colors():
    return 1

repo = rs.CodeRepository(assets=[bills, colors])
"""


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    (tmp_path / "bills.py").write_text(CUSTOMERS, encoding="utf-8")
    return tmp_path


def test_partitions_are_listed_by_state(project: Path, rivers_core: Command) -> None:
    rivers_core("backfill", project, "--assets", "receipts", "--range", "2022-03-12..2022-03-14")
    listed = rivers_core("partitions", project, "receipts", "--where", "failed,completed", "--json").json()
    assert [(one["key"][-2:], one["state"]) for one in listed] == [
        ("12", "completed"),
        ("13", "failed"),
        ("14", "completed"),
    ]
    few = rivers_core("partitions", project, "receipts", "--limit", "2")
    assert few.out.split() == ["missing", "2022-03-01", "missing", "2022-03-02"]
    assert few.err == "29 more are not shown; ask for them with --limit.\n"
    refused = rivers_core("partitions", project, "receipts", "--where", "lost")
    assert (refused.code, "missing, completed" in refused.err) == (2, True)


def test_dynamic_keys_are_added_backfilled_and_deleted_while_their_states_are_kept(
    customers: Path, rivers_core: Command
) -> None:
    assert rivers_core("dynamic", "add", customers, "customers", "ann", "bob", "ann").code == 0
    assert rivers_core("dynamic", "list", customers, "customers", "--json").json() == ["ann", "bob"]
    assert rivers_core("backfill", customers, "--assets", "bills", "--all-partitions").code == 0
    assert rivers_core("dynamic", "delete", customers, "customers", "ann").code == 0
    assert rivers_core("dynamic", "list", customers, "customers").out == "bob\n"
    unfitting = rivers_core("partitions", customers, "bills", "--unfitting", "--json").json()
    assert [one["key"] for one in unfitting] == ["ann"]
    gone = rivers_core("dynamic", "delete", customers, "customers", "ann", "--json")
    assert (gone.code, "no key 'ann'" in gone.json()["error"]) == (2, True)
    bad = rivers_core("dynamic", "add", customers, "customers", "a|b")
    assert (bad.code, "a|b" in bad.err) == (2, True)


def test_keys_that_look_like_markup_are_printed_as_they_are(customers: Path, rivers_core: Command) -> None:
    words = ("--assets", "colors", "--range", "[red]a[/red]")
    assert "[red]a[/red]" in rivers_core("preview", customers, *words).out
    assert rivers_core("backfill", customers, *words).code == 0
    assert "[red]a[/red]" in rivers_core("runs", customers).out
    assert "[red]a[/red]" in rivers_core("list", customers).out
