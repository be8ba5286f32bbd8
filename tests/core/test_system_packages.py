"""Finding the system packages that Qt and the tests lack, and who gets to install them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "packaging" / "system_packages.py"
LDD_OUTPUT = """\
Qt/plugins/platforms/libqxcb.so:
\tlinux-vdso.so.1 (0x00007ffd0d5f2000)
\tlibxcb-cursor.so.0 => not found
\tlibQt6Gui.so.6 => PySide6/Qt/lib/libQt6Gui.so.6 (0x00007f6f4e800000)
\tlibxcb-icccm.so.4 => not found
Qt/plugins/platforms/libqoffscreen.so:
\tlibxcb-cursor.so.0 => not found
"""


@pytest.fixture(scope="module")
def system_packages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("system_packages", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def commands(system_packages: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been run, in place of running it."""
    ran = []

    def run(command: list[str], **options: object):
        ran.append(command)
        return system_packages.subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(system_packages.subprocess, "run", run)
    monkeypatch.setattr(system_packages.shutil, "which", lambda name: f"/usr/bin/{name}")
    return ran


def test_each_missing_library_is_named_once(system_packages: ModuleType):
    assert system_packages.libraries_not_found(LDD_OUTPUT) == ["libxcb-cursor.so.0", "libxcb-icccm.so.4"]


def test_libraries_and_programs_become_packages_and_the_unknown_stay_named(system_packages: ModuleType):
    libraries = ["libEGL.so.1", "libGL.so.1", "libGLX.so.0", "libfuture.so.9"]
    packages, unknown = system_packages.packages_for(libraries, ["Xvfb"])
    assert packages == ["libegl1", "libgl1", "xvfb"]
    assert unknown == ["libfuture.so.9"]


def test_root_gets_missing_packages_installed(
    system_packages: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 0)
    assert system_packages.install(["libegl1", "xvfb"]) == 0
    assert commands[-1] == ["apt-get", "install", "-y", "--no-install-recommends", "libegl1", "xvfb"]


def test_others_are_shown_the_one_line_to_run(
    system_packages: ModuleType,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 1000)
    assert system_packages.install(["libegl1"]) == 1
    assert "sudo apt-get install -y --no-install-recommends libegl1" in capsys.readouterr().out
    assert commands == []


def test_a_system_without_apt_is_told_what_is_missing(
    system_packages: ModuleType,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setattr(system_packages.shutil, "which", lambda name: None)
    assert system_packages.install(["libegl1"]) == 1
    assert "libegl1" in capsys.readouterr().out
    assert commands == []


def test_what_a_screen_reader_stands_on_is_found_by_its_files(system_packages: ModuleType, tmp_path: Path):
    assert system_packages.packages_of_missing_files(tmp_path) == [
        "dbus",
        "at-spi2-core",
        "gir1.2-atspi-2.0",
        "python3-gi",
    ]
    typelib = tmp_path / "usr/lib/x86_64-linux-gnu/girepository-1.0/Atspi-2.0.typelib"
    typelib.parent.mkdir(parents=True)
    typelib.touch()
    assert "gir1.2-atspi-2.0" not in system_packages.packages_of_missing_files(tmp_path)


def test_a_screen_reader_that_cannot_be_installed_stops_nothing(
    system_packages: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    asked = []
    monkeypatch.setattr(system_packages.sys, "argv", ["system_packages.py", "test"])
    monkeypatch.setattr(system_packages, "missing_packages", lambda purpose: [])
    monkeypatch.setattr(system_packages, "packages_of_missing_files", lambda: ["python3-gi"])
    monkeypatch.setattr(system_packages, "can_install", lambda: True)
    monkeypatch.setattr(system_packages, "install", lambda packages: asked.append(packages) or 100)
    assert system_packages.main() == 0
    assert asked == [["python3-gi"]]
    assert "python3-gi" in capsys.readouterr().out
