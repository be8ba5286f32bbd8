"""The command line plans, runs and repairs backfills."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

from tests.core.cli.conftest import Said

Command = Callable[..., Said]


def test_a_preview_counts_partitions_and_runs_and_writes_nothing(project: Path, rivers_core: Command) -> None:
    said = rivers_core("preview", project, "--assets", "receipts", "--range", "2022-03-01..2022-03-10", "--json")
    assert said.code == 0
    plan = said.json()
    assert (plan["num_partitions"], plan["num_runs"]) == (10, 10)
    assert plan["first_keys"][0] == "2022-03-01"
    assert plan["now"] == {"missing": 10}
    assert rivers_core("list", project, "--json").json() == []


def test_a_backfill_whose_partitions_all_complete_ends_with_zero(project: Path, rivers_core: Command) -> None:
    said = rivers_core("backfill", project, "--assets", "receipts", "--range", "2022-03-01..2022-03-04", "--json")
    assert said.code == 0, said
    done = said.json()
    assert (done["status"], done["completed"], done["failed"]) == ("completed", 4, 0)
    stored = sorted((project / ".rivers").rglob("2022-03-0*.pkl"))
    assert [pickle.loads(path.read_bytes()) for path in stored] == [[path.stem] for path in stored]
    assert len(stored) == 4


def test_a_failed_partition_ends_it_with_one_and_says_which_and_why(project: Path, rivers_core: Command) -> None:
    said = rivers_core("backfill", project, "--assets", "receipts", "--range", "2022-03-12..2022-03-14")
    assert said.code == 1
    assert "2 of 3 completed, 1 failed" in said.out
    assert "2022-03-13" in said.out
    assert "the till was closed" in said.out
    assert "Traceback" not in said.out + said.err


def test_a_rerun_takes_what_failed_once_the_code_is_mended(project: Path, rivers_core: Command) -> None:
    first = rivers_core("backfill", project, "--assets", "receipts", "--range", "2022-03-12..2022-03-14", "--json")
    code = project / "shop.py"
    code.write_text(code.read_text().replace("2022-03-13", "never"), encoding="utf-8")
    again = rivers_core("rerun", project, first.json()["backfill_id"], "--json")
    assert again.code == 0, again
    assert (again.json()["num_partitions"], again.json()["completed"]) == (1, 1)
    assert again.json()["rerun_of"] == first.json()["backfill_id"]


def test_nothing_to_rerun_is_refused_in_a_sentence(project: Path, rivers_core: Command) -> None:
    done = rivers_core("backfill", project, "--assets", "receipts", "--range", "2022-03-01", "--json").json()
    said = rivers_core("rerun", project, done["backfill_id"])
    assert said.code == 2
    assert done["backfill_id"] in said.err


def test_dimensions_are_named_in_ranges_and_strategies(project: Path, rivers_core: Command) -> None:
    said = rivers_core(
        "preview", project, "--assets", "sales", "--range", "day=2022-03-01..2022-03-07", "--range", "shop=oslo,rome",
        "--multi-run", "day", "--single-run", "shop", "--json",
    )  # fmt: skip
    assert said.code == 0, said
    assert (said.json()["num_partitions"], said.json()["num_runs"]) == (14, 7)


def test_config_of_the_wrong_type_is_refused_before_anything_is_written(project: Path, rivers_core: Command) -> None:
    words = ("backfill", project, "--assets", "sales", "--range", "day=2022-03-01", "--config", "sales.least=many")
    said = rivers_core(*words)
    assert said.code == 2
    assert "least" in said.err
    assert rivers_core("list", project, "--json").json() == []


def test_config_reaches_the_asset(project: Path, rivers_core: Command) -> None:
    words = (
        "backfill",
        project,
        "--assets",
        "sales",
        "--range",
        "day=2022-03-01",
        "--config",
        "sales.least=8",
        "--json",
    )
    assert rivers_core(*words).code == 0
    values = [pickle.loads(path.read_bytes()) for path in (project / ".rivers").rglob("*.pkl")]
    assert values == [{"least": 8}, {"least": 8}]


def test_backfills_are_listed_newest_first_and_filtered(project: Path, rivers_core: Command) -> None:
    for day in ("2022-03-01", "2022-03-13"):
        rivers_core("backfill", project, "--assets", "receipts", "--range", day, "--tag", f"day={day}")
    every = rivers_core("list", project, "--json").json()
    assert [found["status"] for found in every] == ["failed", "completed"]
    failed = rivers_core("list", project, "--status", "failed", "--tag", "day=2022-03-13", "--json").json()
    assert [found["backfill_id"] for found in failed] == [every[0]["backfill_id"]]
    shown = rivers_core("show", project, every[0]["backfill_id"], "--json").json()
    assert shown["failures"][0]["key"] == "2022-03-13"
    assert "the till was closed" in shown["failures"][0]["error"]


def test_a_runs_log_is_printed(project: Path, rivers_core: Command) -> None:
    done = rivers_core("backfill", project, "--assets", "receipts", "--range", "2022-03-05", "--json").json()
    said = rivers_core("logs", project, done["run_ids"]["first"], "--follow")
    assert said.code == 0
    assert "reading 2022-03-05" in said.out


def test_a_rerun_takes_a_secret_that_is_given_again(project: Path, rivers_core: Command) -> None:
    code = project / "shop.py"
    locked = code.read_text().replace("import BaseModel", "import BaseModel, SecretStr")
    locked = locked.replace("    least: int = 3", "    least: int = 3\n    pin: SecretStr")
    secret = "context.config.pin.get_secret_value()"
    locked = locked.replace('{"least": context.config.least}', f"[context.config.least, 1 // ({secret} == '2')]")
    code.write_text(locked, encoding="utf-8")
    settings = ("--config", "sales.least=8", "--config", 'sales.pin="1"')
    first = rivers_core(
        "backfill", project, "--assets", "sales", "--key", "day=2022-03-01|shop=oslo", *settings, "--json"
    )
    assert first.json()["failed"] == 1
    refused = rivers_core("rerun", project, first.json()["backfill_id"])
    assert (refused.code, "sales.pin" in refused.err) == (2, True)
    again = rivers_core("rerun", project, first.json()["backfill_id"], "--config", 'sales.pin="2"')
    assert again.code == 0, again
    stored = next((project / ".rivers").rglob("*.pkl"))
    assert pickle.loads(stored.read_bytes()) == [8, 1]


def test_runs_are_listed_for_a_backfill_and_those_that_failed(project: Path, rivers_core: Command) -> None:
    rivers_core("backfill", project, "--assets", "receipts", "--range", "2022-03-12..2022-03-14")
    listed = rivers_core("runs", project, "--backfill", "b1", "--json").json()
    assert [(run["run_id"], run["status"], run["partitions"]) for run in listed] == [
        ("r1", "completed", "2022-03-12"),
        ("r2", "failed", "2022-03-13"),
        ("r3", "completed", "2022-03-14"),
    ]
    (failed,) = rivers_core("runs", project, "--failed", "--json").json()
    assert (failed["run_id"], failed["error"]) == ("r2", "ValueError: the till was closed")
    assert rivers_core("runs", project, "--status", "asleep").code == 2


def test_an_ended_backfill_can_be_deleted(project: Path, rivers_core: Command) -> None:
    rivers_core("backfill", project, "--assets", "receipts", "--range", "2022-03-12")
    assert rivers_core("delete", project, "b1").out == "Backfill b1 is deleted.\n"
    assert rivers_core("list", project, "--json").json() == []
    assert rivers_core("delete", project, "b1").code == 2
    assert rivers_core("partitions", project, "receipts", "--where", "completed").out == "completed  2022-03-12\n"
