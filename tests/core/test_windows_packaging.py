"""What the Windows installer brings, leaves out, writes and takes away again."""

from __future__ import annotations

import importlib
import os
import re
import runpy
import struct
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
SOURCES = PACKAGING / "windows"
_SCRIPTS = ("windows_payload", "windows_imports", "windows_icon", "windows_setup", "windows_wine", "release_version")


@pytest.fixture(scope="module", autouse=True)
def folder_of_scripts() -> Iterator[None]:
    """Lets the scripts find each other, as they do when one of them is run."""
    before = set(sys.modules)
    sys.path.insert(0, str(PACKAGING))
    yield
    sys.path.remove(str(PACKAGING))
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in {*_SCRIPTS, "bundle", "contents", "notices", "desktop_files"}:
            del sys.modules[name]


def script(name: str) -> ModuleType:
    return importlib.import_module(name)


# What is in it.


@pytest.mark.parametrize(
    "place",
    [
        "PySide6/Qt6Core.dll",
        "PySide6/QtWidgets.pyd",
        "PySide6/pyside6.abi3.dll",
        "PySide6/msvcp140.dll",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/plugins/styles/qmodernwindowsstyle.dll",
        "shiboken6/Shiboken.pyd",
        "rivers_core/_resources/demo/nyc_flights/rivers.toml",
        "rivers_core/storage/migrations/versions/0001_first.py",
        "pandas-3.1.1.dist-info/METADATA",
        "pygments/lexers/__init__.py",
        "pygments/lexers/python.py",
        "numpy.libs/msvcp140-abc.dll",
    ],
)
def test_what_the_app_and_user_code_load_comes_along(place: str):
    assert script("windows_payload").is_wanted_package_file(place)


@pytest.mark.parametrize(
    "place",
    [
        "PySide6/Qt6Quick.dll",
        "PySide6/QtQml.pyd",
        "PySide6/designer.exe",
        "PySide6/opengl32sw.dll",
        "PySide6/qml/QtQuick/plugin.dll",
        "PySide6/plugins/sqldrivers/qsqlite.dll",
        "PySide6/plugins/platforms/qdirect2d.dll",
        "PySide6/translations/qt_de.qm",
        "shiboken6/vcamp140.dll",
        "numpy/_core/tests/test_abc.py",
        "numpy/f2py/__init__.py",
        "numpy/_core/include/numpy/arrayobject.h",
        "pygments/lexers/javascript.py",
        "bin/f2py.exe",
    ],
)
def test_what_nothing_loads_stays_away(place: str):
    assert not script("windows_payload").is_wanted_package_file(place)


def test_every_qt_module_that_the_app_imports_is_brought():
    imported = set()
    for file in (ROOT / "rivers_app").rglob("*.py"):
        imported |= set(re.findall(r"^\s*(?:from|import) PySide6\.Qt(\w+)", file.read_text(encoding="utf-8"), re.M))
    assert imported
    of_linux_alone = {"DBus"}  # the number on the icon in its taskbar
    assert imported - of_linux_alone <= set(script("windows_payload").QT_MODULES)


def test_python_looks_for_modules_in_its_own_folder_alone():
    assert script("windows_payload").search_path("python313.zip").splitlines() == ["python313.zip", ".", "packages"]


def test_pythons_own_programs_stay_away():
    payload = script("windows_payload")
    names = ("python.exe", "pythonw.exe", "python313.dll", "_ssl.pyd", "python313._pth")
    assert [name for name in names if payload.is_wanted_python_file(name)] == ["python313.dll", "_ssl.pyd"]


# What each lock says.


@pytest.mark.parametrize("name", ["packages.lock", "python.lock"])
def test_all_that_is_brought_is_pinned_with_its_hash_and_no_address(name: str):
    lock = (SOURCES / name).read_text(encoding="utf-8")
    entries = re.findall(r"^[a-z0-9-]+==\S+ \\\n(?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", lock, re.M)
    assert "".join(entries) == lock
    assert "://" not in lock


def test_windows_gets_the_versions_that_debian_gets():
    versions = [
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", file.read_text(encoding="utf-8"), re.M))
        for file in (SOURCES / "packages.lock", PACKAGING / "bundle.lock")
    ]
    here, there = versions
    differing = {name for name, version in here.items() if there.get(name) != version}
    assert differing <= {"colorama"}  # terminals on Windows alone need it


def test_every_dependency_of_the_project_is_locked_for_windows():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.match(r"[\w-]+", line)[0].lower().replace("_", "-") for line in declared}
    locked = set(re.findall(r"^([a-z0-9-]+)==", (SOURCES / "packages.lock").read_text(encoding="utf-8"), re.M))
    assert names - locked <= {"pip"}  # it comes as one file that also a project's own Python can run


# What is written.


def test_files_are_installed_folder_by_folder_and_nothing_else_is_removed(tmp_path: Path):
    payload = script("windows_payload")
    places = ["a.dll", "packages/numpy/x.py", "packages/numpy/y.py", "start.py"]
    assert list(payload.installed_lines(places, tmp_path)) == [
        'SetOutPath "$INSTDIR"',
        f'File "{tmp_path}/a.dll"',
        'SetOutPath "$INSTDIR\\packages\\numpy"',
        f'File "{tmp_path}/packages/numpy/x.py"',
        f'File "{tmp_path}/packages/numpy/y.py"',
        'SetOutPath "$INSTDIR"',
        f'File "{tmp_path}/start.py"',
    ]
    assert list(payload.removed_lines(places)) == [
        'RMDir /r "$INSTDIR\\packages"',
        'Delete "$INSTDIR\\a.dll"',
        'Delete "$INSTDIR\\start.py"',
    ]


@pytest.mark.parametrize(
    ("version", "numbers"), [("0.1.0", (0, 1, 0, 0)), ("1.2.0rc1", (1, 2, 0, 0)), ("3", (3, 0, 0, 0))]
)
def test_windows_keeps_versions_as_four_numbers(version: str, numbers: tuple[int, ...]):
    assert script("windows_payload").four_numbers(version) == numbers


def test_every_key_the_installer_writes_is_taken_away_by_the_uninstaller():
    text = (SOURCES / "installer.nsi").read_text(encoding="utf-8")
    installing, _, removing = text.partition('Section "Uninstall"')
    written = set(re.findall(r'WriteReg\w+ HKCU "([^"]+)"', installing))
    taken = set(re.findall(r'DeleteRegKey(?: /ifempty)? HKCU "([^"]+)"', removing))
    assert len(written) > 5
    left = {key for key in written if not any(key == root or key.startswith(f"{root}\\") for root in taken)}
    assert left == set()


def test_the_installer_needs_no_administrator():
    text = (SOURCES / "installer.nsi").read_text(encoding="utf-8")
    assert "RequestExecutionLevel user" in text
    assert "HKLM" not in text
    assert "SetShellVarContext all" not in text


def test_the_icon_has_a_picture_for_each_size_that_windows_shows(qt_free_drawing: list[tuple[int, bytes]]):
    content = script("windows_icon").icon(qt_free_drawing)
    _, kind, count = struct.unpack_from("<HHH", content)
    assert (kind, count) == (1, len(qt_free_drawing))
    for at, (size, png) in enumerate(qt_free_drawing):
        width, _, _, _, _, bits, length, place = struct.unpack_from("<BBBBHHII", content, 6 + 16 * at)
        assert (width or 256, bits) == (size, 32)
        assert content[place : place + length] == png


@pytest.fixture
def qt_free_drawing() -> list[tuple[int, bytes]]:
    return [(size, b"\x89PNG of %d" % size) for size in script("windows_icon").SIZES]


# What would be missing.


def test_a_dll_that_neither_windows_nor_the_payload_has_is_told():
    needs = {"QtCore.pyd": ["Qt6Core.dll", "KERNEL32.dll", "api-ms-win-crt-math-l1-1-0.dll"], "a.pyd": ["lost.dll"]}
    told = script("windows_imports").not_found(needs, ["qt6core.dll", "QtCore.pyd"])
    assert told == ["lost.dll, which a.pyd needs, is not there"]


@pytest.mark.parametrize("missing", ["outputs", "left of its files", "projects"])
def test_a_check_under_wine_that_shows_something_else_fails(missing: str):
    wine = script("windows_wine")
    facts = {name: value for name, value in wine.EXPECTED.items() if name != missing}
    assert wine.problems_in(dict(wine.EXPECTED)) == []
    assert wine.problems_in(facts) == [f"{missing}: not told"]
    assert wine.problems_in({**facts, missing: "odd"}) == [f"{missing}: odd"]


# How the programs begin.


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("rivers-core", "cli True rivers-core.exe"),
        ("rivers-worker", "worker True rivers-worker.exe"),
        ("rivers-desktop", "app True rivers-desktop.exe"),
    ],
)
def test_each_program_begins_as_its_name_says_and_calls_itself_frozen(program: str, expected: str, tmp_path: Path):
    for module, what in (
        ("rivers_core/cli.py", "cli"),
        ("rivers_core/location/worker.py", "worker"),
        ("rivers_app/application.py", "app"),
    ):
        file = tmp_path / module
        file.parent.mkdir(parents=True, exist_ok=True)
        for package in ("rivers_core", "rivers_app"):
            (tmp_path / package).mkdir(exist_ok=True)
            (tmp_path / package / "__init__.py").touch()
        said = f"print('{what}', sys.frozen, Path(sys.argv[0]).name)"
        file.write_text(f"import sys\nfrom pathlib import Path\ndef main():\n    {said}\n")
    executable = tmp_path / f"{program}.exe"
    begin = f"import sys, runpy; sys.executable = {str(executable)!r}; sys.path.insert(0, {str(tmp_path)!r}); "
    run = f"runpy.run_path({str(SOURCES / 'start.py')!r}, run_name='__main__')"
    environment = {**os.environ, "PYTHONPATH": ""}
    ended = subprocess.run(
        [sys.executable, "-S", "-c", begin + run], capture_output=True, text=True, check=False, env=environment
    )
    assert (ended.stdout.strip(), ended.stderr) == (expected, "")


def test_what_the_first_start_loads_is_compiled_by_the_installer(tmp_path: Path):
    start = runpy.run_path(str(SOURCES / "start.py"))
    names = start["COMPILED_WHEN_INSTALLED"]
    for name in (*names, "pandas"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "module.py").write_text("x = 1")
    start["compile_packages"](tmp_path)
    assert {file.relative_to(tmp_path).parts[0] for file in tmp_path.rglob("*.pyc")} == set(names)


def test_every_package_that_the_installer_compiles_is_locked_or_the_projects_own():
    names = {name.lower() for name in runpy.run_path(str(SOURCES / "start.py"))["COMPILED_WHEN_INSTALLED"]}
    locked = set(re.findall(r"^([a-z0-9-]+)==", (SOURCES / "packages.lock").read_text(encoding="utf-8"), re.M))
    assert names - locked == {"rivers_core", "rivers_app", "pyside6"}  # the last is called by a longer name there
