"""What cannot be done is said in a sentence, with exit code 2 and without a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.cli.conftest import Said

Command = Callable[..., Said]

BROKEN_IMPORT = """import no_such_package_at_all
import rivers as rs

repo = rs.CodeRepository(assets=[])
"""


def refused(said: Said) -> str:
    assert said.code == 2, said
    assert "Traceback" not in said.err + said.out
    return said.err


def test_a_project_that_does_not_exist(tmp_path: Path, rivers_core: Command) -> None:
    assert "nowhere" in refused(rivers_core("list", tmp_path / "nowhere"))


def test_code_without_a_repository(project: Path, rivers_core: Command) -> None:
    (project / "shop.py").write_text("x = 1\n", encoding="utf-8")
    assert "CodeRepository" in refused(rivers_core("preview", project, "--all-partitions"))


def test_a_syntax_error_names_file_and_line(project: Path, rivers_core: Command) -> None:
    (project / "shop.py").write_text("import rivers as rs\nrepo = rs.CodeRepository(assets=[\n", encoding="utf-8")
    said = refused(rivers_core("preview", project, "--all-partitions"))
    assert "shop.py" in said
    assert "line 2" in said


def test_an_import_error_names_the_package(project: Path, rivers_core: Command) -> None:
    (project / "shop.py").write_text(BROKEN_IMPORT, encoding="utf-8")
    assert "no_such_package_at_all" in refused(rivers_core("preview", project, "--all-partitions"))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--assets", "receipts", "--range", "2022-03-09..2022-03-02"), "backwards"),
        (("--assets", "receipts", "--range", "2031-01-01"), "2031-01-01"),
        (("--assets", "sales", "--range", "month=2022-03"), "month"),
        (("--assets", "receits", "--all-partitions"), "receipts"),
        (("--assets", "receipts", "--range", "2022-03-01", "--key", "2022-03-02"), "both"),
        (("--assets", "receipts"), "partition"),
        (("--assets", "receipts", "--all-partitions", "--strategy", "sideways"), "multi_run"),
        (("--assets", "receipts", "--all-partitions", "--max-concurrency", "0"), "--max-concurrency"),
        (("--assets", "receipts", "--all-partitions", "--failure-policy", "shrug"), "failure_policy"),
        (("--assets", "receipts", "--all-partitions", "--tag", "loose"), "name=value"),
        (("--assets", "receipts", "--all-partitions", "--config", "least=3"), "asset.field=value"),
    ],
)
def test_a_request_that_cannot_be_met(project: Path, rivers_core: Command, words: tuple[str, ...], named: str) -> None:
    assert named in refused(rivers_core("backfill", project, *words))


def test_a_refusal_is_an_object_where_json_is_asked_for(project: Path, rivers_core: Command) -> None:
    said = rivers_core("backfill", project, "--assets", "receits", "--all-partitions", "--json")
    assert said.code == 2
    assert said.json()["kind"] == "AssetNotFoundError"
    assert "receits" in said.json()["error"]


@pytest.mark.parametrize(("command", "name"), [("show", "b"), ("logs", "r")])
def test_an_id_of_more_digits_than_any_is_unknown(project: Path, rivers_core: Command, command: str, name: str) -> None:
    assert "There is no " in refused(rivers_core(command, project, name + "9" * 30))


def test_an_unknown_backfill(project: Path, rivers_core: Command) -> None:
    assert "b99" in refused(rivers_core("show", project, "b99"))


def test_the_doctor_finds_a_healthy_project_healthy(project: Path, rivers_core: Command) -> None:
    said = rivers_core("doctor", project, "--json")
    assert said.code == 0
    assert all(check["ok"] for check in said.json())
    assert {"project", "storage", "database", "code", "states"} <= {check["check"] for check in said.json()}


def test_the_doctor_says_what_is_wrong_with_the_code(project: Path, rivers_core: Command) -> None:
    (project / "shop.py").write_text(BROKEN_IMPORT, encoding="utf-8")
    said = rivers_core("doctor", project)
    assert said.code == 2
    assert "no_such_package_at_all" in said.out


def test_a_project_whose_state_must_be_kept_elsewhere_says_where(project: Path, rivers_core: Command) -> None:
    (project / ".rivers").write_text("in the way", encoding="utf-8")
    said = rivers_core("backfill", project, "--assets", "receipts", "--range", "2022-03-01")
    assert said.code == 0, said
    place = said.err.rpartition("kept in ")[2].strip().rstrip(".")
    assert (Path(place) / "rivers.sqlite").is_file()
    assert (project / ".rivers").read_text(encoding="utf-8") == "in the way"


@pytest.mark.parametrize(
    "words",
    [("backfill", "--sideways"), ("set-concurrency", "b1", "many"), ("list", "--limit", "0"), ("shout",), ("show",)],
)
def test_a_command_line_that_cannot_be_understood_is_an_object_too(
    project: Path, rivers_core: Command, words: tuple[str, ...]
) -> None:
    said = rivers_core(words[0], project, *words[1:], "--json")
    assert said.code == 2
    assert said.json()["error"]


def test_a_range_without_its_dimension_is_told_how_to_write_it(project: Path, rivers_core: Command) -> None:
    said = refused(rivers_core("preview", project, "--assets", "sales", "--range", "2022-03-01"))
    assert "(day, shop)" in said
    assert "--range day=2022-03-01..2022-03-31" in said
    said = refused(rivers_core("preview", project, "--assets", "receipts"))
    assert "--range 2022-03-01..2022-03-31, with --key" in said
