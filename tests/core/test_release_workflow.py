"""The workflow that releases what cannot be built here: it cannot be run by a test, but what it names has to exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / ".github" / "workflows" / "release.yml"


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def commands(workflow: dict[str, Any]) -> list[str]:
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    return [line.strip() for step in steps for line in step.get("run", "").splitlines() if line.strip()]


@pytest.fixture(scope="module")
def release_version() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release_version", ROOT / "packaging" / "release_version.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_first_line_says_that_it_is_untested():
    assert "UNTESTED" in FILE.read_text(encoding="utf-8").splitlines()[0]


def test_each_job_waits_for_jobs_that_there_are(workflow: dict[str, Any]):
    jobs = workflow["jobs"]
    assert {"linux", "windows", "macos", "release"} <= jobs.keys()
    for job in jobs.values():
        needs = job.get("needs", [])
        assert {needs} if isinstance(needs, str) else set(needs) <= jobs.keys()
        assert all("run" in step or "uses" in step for step in job["steps"])


def test_every_target_it_makes_is_in_the_makefile(commands: list[str]):
    made = {target for line in commands for target in re.findall(r"^make ([a-z-]+)", line)}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert {"test", "dist", "dist-check"} <= made
    assert made <= targets


def test_what_it_builds_shows_software_centers_the_pictures_of_that_very_version(workflow: dict[str, Any]):
    (build,) = (step for step in workflow["jobs"]["linux"]["steps"] if step.get("run") == "make dist")
    address = build["env"][_pictures_variable()]
    assert address.startswith("${{ github.server_url }}/")
    assert "${{ github.ref_name }}" in address
    assert (ROOT / address.partition("${{ github.ref_name }}/")[2]).is_dir()


def _pictures_variable() -> str:
    text = (ROOT / "packaging" / "make_dist.py").read_text(encoding="utf-8")
    return re.search(r'^PICTURES_VARIABLE = "(\w+)"', text, re.M).group(1)


def test_every_file_of_the_project_it_names_is_there(commands: list[str]):
    named = {file for line in commands for file in re.findall(r"\b((?:packaging|resources)/[\w./-]+)", line)}
    assert "packaging/macos_dmg.py" in named
    assert {file for file in named if not (ROOT / file).exists()} == set()


def test_what_one_job_takes_another_has_kept(workflow: dict[str, Any]):
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]

    def names(action: str) -> set[str]:
        return {
            step["with"]["name"] for step in steps if step.get("uses", "").startswith(f"actions/{action}-artifact@")
        }

    assert names("download") == names("upload") == {"linux", "windows", "macos"}


def test_secrets_reach_a_script_by_variables_only(commands: list[str]):
    assert not [line for line in commands if "secrets." in line]


def test_a_tag_that_is_not_the_version_is_refused(release_version: ModuleType):
    assert release_version.refusal("v1.2.0", "1.2.0") is None
    assert release_version.refusal("v1.2.1", "1.2.0") == (
        "The tag is v1.2.1, but pyproject.toml says 1.2.0. Tag it v1.2.0, or change the version first."
    )
