"""Outputs on the command line: computed once, shown, and looked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.cli.conftest import Said

Command = Callable[..., Said]

PANTRY = """
import duckdb
import rivers as rs


@rs.Asset
def flour():
    return duckdb.sql("select range as sack, 'rye' as kind from range(50)")


@rs.Asset
def bread(flour: duckdb.DuckDBPyRelation):
    return f"{len(flour)} loaves"


repo = rs.CodeRepository(assets=[flour, bread])
"""


@pytest.fixture
def pantry(tmp_path: Path) -> Path:
    (tmp_path / "pantry.py").write_text(PANTRY, encoding="utf-8")
    return tmp_path


def test_assets_without_partitions_are_computed_once(pantry: Path, rivers_core: Command) -> None:
    said = rivers_core("materialize", pantry, "--json")
    assert (said.code, said.json()["success"]) == (0, True)
    assert said.json()["materialized_assets"] == ["flour", "bread"]
    assert rivers_core("list", pantry, "--json").json() == []
    assert rivers_core("output", pantry, "bread").out == "50 loaves\n"


def test_one_asset_is_computed_with_what_it_is_made_from(pantry: Path, rivers_core: Command) -> None:
    refused = rivers_core("materialize", pantry, "--assets", "bread")
    assert refused.code == 1
    assert "flour" in refused.out
    said = rivers_core(
        "materialize", pantry, "--assets", "bread", "--include-upstream", "--tag", "why=hunger", "--json"
    )
    assert said.json()["materialized_assets"] == ["flour", "bread"]
    assert said.json()["runs"][-1]["tags"] == {"why": "hunger"}


def test_a_partition_is_computed_and_what_failed_is_told(project: Path, rivers_core: Command) -> None:
    done = rivers_core("materialize", project, "--assets", "receipts", "--key", "2022-03-12")
    assert (done.code, done.out) == (0, "receipts 2022-03-12 (r1) materialized\n")
    failed = rivers_core("materialize", project, "--assets", "receipts", "--key", "2022-03-13")
    assert (failed.code, failed.out) == (1, "receipts 2022-03-13 (r2) failed: ValueError: the till was closed\n")
    assert "reading 2022-03-13" in rivers_core("logs", project, "r2").out


def test_config_reaches_a_run_without_a_backfill(project: Path, rivers_core: Command) -> None:
    key = "day=2022-03-14|shop=oslo"
    assert rivers_core("materialize", project, "--key", key, "--config", "sales.least=9").code == 0
    assert rivers_core("output", project, "sales", key, "--json").json() == {"text": "{'least': 9}"}
    refused = rivers_core("materialize", project, "--key", key, "--config", "sales.least=many")
    assert refused.code == 2
    assert "least" in refused.err


def test_several_keys_at_once_are_one_run(project: Path, rivers_core: Command) -> None:
    said = rivers_core("materialize", project, "--assets", "sales", "--key", "day=2022-03-14|shop=oslo,rome", "--json")
    assert [run["num_partitions"] for run in said.json()["runs"]] == [2]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("materialize",), "Every asset of this repository has partitions"),
        (("materialize", "--assets", "receipts"), "with --key, such as '2022-03-31'"),
        (("materialize", "--assets", "receipts", "--key", "2023-03-13"), "the nearest key is 2022-03-31"),
        (("materialize", "--assets", "till"), "till"),
        (("output", "receipts"), "such as '2022-03-31'"),
        (("output", "receipts", "2022-03-12"), "has no stored output for 2022-03-12"),
    ],
)
def test_what_cannot_be_computed_or_shown_is_refused(
    project: Path, rivers_core: Command, words: tuple[str, ...], sentence: str
) -> None:
    command, *rest = words
    said = rivers_core(command, project, *rest)
    assert said.code == 2
    assert sentence in said.err
    assert rivers_core("runs", project, "--json").json() == []


def test_a_key_for_an_asset_without_partitions_is_refused(pantry: Path, rivers_core: Command) -> None:
    for words in (("materialize", pantry, "--key", "a"), ("output", pantry, "flour", "a")):
        said = rivers_core(*words)
        assert said.code == 2
        assert "no partitions" in said.err


def test_the_first_rows_of_a_table_are_shown_with_their_types(pantry: Path, rivers_core: Command) -> None:
    rivers_core("materialize", pantry, "--assets", "flour")
    shown = rivers_core("output", pantry, "flour", "--rows", "2", "--json").json()
    assert shown["columns"] == [{"name": "sack", "type": "BIGINT"}, {"name": "kind", "type": "VARCHAR"}]
    assert shown["rows"] == [[0, "rye"], [1, "rye"]]
    assert shown["total_rows"] == 50
    printed = rivers_core("output", pantry, "flour", "--rows", "2").out
    assert "sack" in printed
    assert "2 of 50 rows" in printed


def test_outputs_that_are_gone_are_found_and_can_be_counted_as_missing(project: Path, rivers_core: Command) -> None:
    for day in ("10", "11"):
        rivers_core("materialize", project, "--assets", "receipts", "--key", f"2022-03-{day}")
    assert rivers_core("verify", project).code == 0
    (file,) = (project / ".rivers" / "outputs").rglob("*2022-03-10*")
    file.unlink()
    said = rivers_core("verify", project, "--json")
    assert said.code == 1
    assert said.json()[0] == {"asset": "receipts", "verified": True, "lost": 1, "keys": ["2022-03-10"]}
    assert (
        rivers_core("partitions", project, "receipts", "--where", "missing", "--json").json()[9]["key"] != "2022-03-10"
    )
    marked = rivers_core("verify", project, "--assets", "receipts", "--mark-missing")
    assert marked.out == "receipts: 1 output is gone and marked missing: 2022-03-10\n"
    assert rivers_core("verify", project).code == 0
    missing = rivers_core("partitions", project, "receipts", "--where", "missing", "--json").json()
    assert missing[9]["key"] == "2022-03-10"
