"""What a project's files say it needs."""

from __future__ import annotations

from pathlib import Path

from rivers_core.pythons.requirements import Declared, declared


def read(folder: Path, code: str = "") -> Declared:
    (folder / "flows.py").write_text(code, encoding="utf-8")
    return declared(folder, folder / "flows.py")


def test_a_project_without_such_files_needs_nothing(tmp_path: Path):
    assert read(tmp_path) == Declared()


def test_lines_of_requirements_are_read_without_comments_and_hashes(tmp_path: Path):
    (tmp_path / "requirements.txt").write_text(
        "# what it takes\npolars>=1.30  # fast\n\npandas==2.2 \\\n  --hash=sha256:00\n"
        "pyarrow[x] ; sys_platform == 'win32'\n",
        encoding="utf-8",
    )
    found = read(tmp_path)
    assert found.lines == ("polars>=1.30", "pandas==2.2", 'pyarrow[x]; sys_platform == "win32"')
    assert found.places == (tmp_path / "requirements.txt",)


def test_files_that_name_each_other_are_read_once(tmp_path: Path):
    (tmp_path / "requirements.txt").write_text("-r more.txt\npolars\n", encoding="utf-8")
    (tmp_path / "more.txt").write_text("--requirement requirements.txt\nduckdb\n", encoding="utf-8")
    assert read(tmp_path).lines == ("duckdb", "polars")


def test_where_pip_is_to_look_is_kept_for_it(tmp_path: Path):
    (tmp_path / "requirements.txt").write_text(
        "--index-url=https://a.test/simple\n--extra-index-url https://b.test\n--extra-index-url https://c.test\n"
        "-f wheels\n--pre\npolars\n",
        encoding="utf-8",
    )
    assert read(tmp_path).options == (
        *("--index-url", "https://a.test/simple", "--extra-index-url", "https://b.test"),
        *("--extra-index-url", "https://c.test", "--find-links", str(tmp_path / "wheels"), "--pre"),
    )


def test_lines_that_are_no_requirement_are_told(tmp_path: Path):
    (tmp_path / "requirements.txt").write_text("-e .\n./wheels/a.whl\npolars\n--bogus\n", encoding="utf-8")
    found = read(tmp_path)
    assert found.lines == ("polars",)
    assert found.unread == (
        "requirements.txt: the line '-e .' is not looked at.",
        "requirements.txt: the line './wheels/a.whl' is not looked at.",
        "requirements.txt: the line '--bogus' is not looked at.",
    )


def test_a_file_in_another_encoding_is_told(tmp_path: Path):
    (tmp_path / "requirements.txt").write_bytes(b"polars # sch\xf6n\n")
    (sentence,) = read(tmp_path).unread
    assert sentence.startswith(f"{tmp_path / 'requirements.txt'} cannot be read")


def test_dependencies_of_a_pyproject_count_as_well(tmp_path: Path):
    (tmp_path / "requirements.txt").write_text("polars\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "rain"\nrequires-python = ">=3.12"\ndependencies = ["duckdb>=1", "polars"]\n',
        encoding="utf-8",
    )
    found = read(tmp_path)
    assert found.lines == ("duckdb>=1", "polars")
    assert found.requires_python == ">=3.12"


def test_a_pyproject_that_only_sets_up_tools_says_nothing(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n", encoding="utf-8")
    assert read(tmp_path) == Declared()


def test_a_pyproject_that_is_broken_is_told(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text("[project\n", encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("polars\n", encoding="utf-8")
    found = read(tmp_path)
    assert found.lines == ("polars",)
    assert len(found.unread) == 1


def test_the_nearest_folder_up_to_the_root_of_the_repository_says_it(tmp_path: Path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_text("polars\n", encoding="utf-8")
    (tmp_path / "rain").mkdir()
    assert read(tmp_path / "rain").lines == ("polars",)
    (tmp_path / "rain" / "requirements.txt").write_text("duckdb\n", encoding="utf-8")
    assert read(tmp_path / "rain").lines == ("duckdb",)


SCRIPT = """#!/usr/bin/env python
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "polars>=1",
#
#   "humanize",
# ]
# ///
import polars
"""


def test_a_files_inline_metadata_stands_for_itself(tmp_path: Path):
    (tmp_path / "requirements.txt").write_text("duckdb\n", encoding="utf-8")
    found = read(tmp_path, SCRIPT)
    assert found.lines == ("polars>=1", "humanize")
    assert found.requires_python == ">=3.11"
    assert found.places == (tmp_path / "flows.py",)


def test_inline_metadata_that_is_broken_is_told(tmp_path: Path):
    found = read(tmp_path, SCRIPT.replace("[", "{"))
    assert found.lines == ()
    assert "flows.py: its script metadata is not valid TOML" in found.unread[0]
