"""What the installers say of the app, what they bring, and what they leave out."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
SHARED = {"shared": "http://www.freedesktop.org/standards/shared-mime-info"}


def script(place: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(place.stem, place)
    module = importlib.util.module_from_spec(spec)
    sys.modules[place.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", autouse=True)
def folder_of_scripts() -> Iterator[None]:
    """Lets the scripts find each other, as they do when one of them is run."""
    names = (
        "bundle_libraries",
        "check_dist",
        "clean_debian",
        "contents",
        "debian_package",
        "desktop_files",
        "make_dist",
        "notices",
        "pip_archive",
    )
    sys.path.insert(0, str(PACKAGING))
    yield
    sys.path.remove(str(PACKAGING))
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def desktop_files() -> ModuleType:
    return script(PACKAGING / "desktop_files.py")


@pytest.fixture
def contents() -> ModuleType:
    return script(PACKAGING / "bundle" / "contents.py")


@pytest.fixture
def check_dist() -> ModuleType:
    return script(PACKAGING / "check_dist.py")


def test_the_version_of_every_artefact_is_pyprojects():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert script(PACKAGING / "make_dist.py").project_version() == declared


def test_the_menu_entry_opens_project_files_with_the_app(desktop_files: ModuleType):
    entry = ConfigParser(interpolation=None)
    entry.optionxform = str
    entry.read_string(desktop_files.desktop_entry())
    shown = entry["Desktop Entry"]
    assert shown["Exec"] == "rivers-desktop %f"
    assert shown["MimeType"] == f"{desktop_files.MIME_TYPE};"
    assert entry["Desktop Action demo"]["Exec"] == "rivers-desktop --demo"


def test_the_menu_entry_is_called_as_the_app_calls_itself(desktop_files: ModuleType):
    application = (ROOT / "rivers_app" / "application.py").read_text(encoding="utf-8")
    assert f'DESKTOP_FILE: Final = "{desktop_files.DESKTOP_ID}"' in application
    # A D-Bus path is made of it, for the number of running backfills on the icon.
    assert re.fullmatch(r"\w+", desktop_files.DESKTOP_ID)


def test_a_file_called_rivers_toml_is_a_project(desktop_files: ModuleType):
    package = ElementTree.fromstring(desktop_files.mime_package())
    kind = package.find("shared:mime-type", SHARED)
    assert kind.get("type") == desktop_files.MIME_TYPE
    assert kind.find("shared:glob", SHARED).get("pattern") == "rivers.toml"


def test_the_description_tells_version_license_and_menu_entry(desktop_files: ModuleType):
    described = ElementTree.fromstring(desktop_files.metainfo("1.2.3", "2025-12-31"))
    assert described.findtext("project_license") == "MIT"
    assert described.findtext("launchable") == f"{desktop_files.DESKTOP_ID}.desktop"
    assert described.find("releases/release").attrib == {"version": "1.2.3", "date": "2025-12-31"}


def test_software_centers_are_shown_pictures_where_these_are_on_the_web(desktop_files: ModuleType):
    described = ElementTree.fromstring(desktop_files.metainfo("1.2.3", "2025-12-31", "https://example.org/pictures/"))
    images = [image.text for image in described.iterfind("screenshots/screenshot/image")]
    assert images == [f"https://example.org/pictures/{name}" for name in desktop_files.SCREENSHOTS]
    assert all((ROOT / "resources" / "help" / "pictures" / name).is_file() for name in desktop_files.SCREENSHOTS)
    alone = ElementTree.fromstring(desktop_files.metainfo("1.2.3", "2025-12-31"))
    assert alone.find("screenshots") is None


def test_the_package_says_what_it_needs_and_how_large_it_gets(tmp_path: Path):
    package = script(PACKAGING / "debian_package.py")
    fields = package.fields("1.2.3", {"libx11-6", "libc6 (>= 2.36)"}, 250_000).splitlines()
    assert "Version: 1.2.3" in fields
    assert "Installed-Size: 250000" in fields
    assert "Depends: libc6 (>= 2.36), libx11-6" in fields
    assert all(line.startswith(" ") for line in fields[fields.index("Description: " + package.SUMMARY) + 1 :])


def test_a_package_counts_each_file_in_whole_kibibytes(tmp_path: Path):
    (tmp_path / "DEBIAN").mkdir()
    (tmp_path / "DEBIAN" / "control").write_bytes(b"not counted")
    (tmp_path / "usr").mkdir()
    (tmp_path / "usr" / "a").write_bytes(bytes(1025))
    (tmp_path / "usr" / "b").symlink_to("a")
    package = script(PACKAGING / "debian_package.py")
    assert package.installed_size(tmp_path) == 1 + 2 + 1
    assert package.md5sums(tmp_path).split("  ")[1] == "usr/a\n"


def test_a_library_goes_that_nothing_in_the_bundle_leads_to(tmp_path: Path):
    libraries = script(PACKAGING / "bundle_libraries.py")
    module, needed, deeper, lonely = (tmp_path / name for name in ("x/m.so", "liba.so.1", "libb.so.2", "libc.so.3"))
    needs = {module: {"liba.so.1", "libsystem.so.6"}, needed: {"libb.so.2"}, deeper: set(), lonely: {"liba.so.1"}}
    assert libraries.unloaded(needs, tmp_path) == [lonely]


@pytest.mark.parametrize(
    ("place", "is_kept"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", False),
        ("PySide6/Qt/plugins/tls/libqopensslbackend.so", False),
        ("PySide6/Qt/lib/libQt6Widgets.so.6", True),
        ("PySide6/Qt/lib/libQt6Quick.so.6", False),
        ("PySide6/Qt/translations/qt_de.qm", False),
        ("libstdc++.so.6", False),
        ("libssl.so.3", False),
        ("numpy-2.4.6.dist-info/RECORD", False),
        ("numpy-2.4.6.dist-info/licenses/LICENSE.txt", True),
        ("libxcb-cursor.so.0", True),
        ("rivers_core/storage/migrations/env.py", True),
        ("numpy/tests/data.csv", False),
        ("rivers_core/_resources/demo/nyc_flights/__pycache__/nyc_flights.cpython-311.pyc", False),
        ("plugins/mine.txt", True),
    ],
)
def test_the_bundle_holds_of_qt_only_what_the_app_uses(contents: ModuleType, place: str, is_kept: bool):
    assert contents.is_wanted(place) is is_kept


def test_user_code_finds_the_whole_standard_library_with_what_lies_in_its_packages(contents: ModuleType):
    modules = set(contents.standard_modules(Path(json_folder()).parent))
    assert {"csv", "json", "json.decoder", "concurrent.futures.process", "xml.etree.ElementTree"} <= modules
    assert not {"tkinter", "idlelib", "antigravity", "this"} & modules


def json_folder() -> str:
    spec = importlib.util.find_spec("json")
    return str(Path(spec.origin).parent)


def test_nothing_loads_qt_before_the_program_knows_what_it_is(contents: ModuleType):
    assert not contents.is_wanted_hook("pyi_rth_pyside6")
    assert contents.is_wanted_hook("pyi_rth_multiprocessing")


def test_of_databases_and_languages_only_those_are_bundled_that_are_used(contents: ModuleType):
    assert contents.is_wanted_module("sqlalchemy.dialects.sqlite.base")
    assert not contents.is_wanted_module("sqlalchemy.dialects.oracle.base")
    assert contents.is_wanted_module("pygments.lexers.python")
    assert not contents.is_wanted_module("pygments.lexers.haskell")


def test_everything_in_the_lock_has_a_hash_and_no_address():
    lock = (PACKAGING / "bundle.lock").read_text(encoding="utf-8")
    packages = [block for block in lock.split("\n") if "==" in block]
    assert len(packages) > 20
    assert lock.count(" \\\n    --hash=sha256:") >= len(packages)
    assert "://" not in lock


def test_the_notices_name_every_part_and_say_where_qt_can_be_replaced():
    notices = script(PACKAGING / "notices.py")
    text = notices.notices(
        "6.1", "/usr/lib/x", [notices.Notice("b 2", "MIT", "text of b"), notices.Notice("A", "ISC", "")]
    )
    assert text.index("- A: ISC") < text.index("- b 2: MIT") < text.index("text of b")
    assert "Lesser General Public License" in text
    assert "/usr/lib/x" in text


def test_the_table_tells_what_was_not_shown_and_what_failed(check_dist: ModuleType):
    rows = [
        check_dist.Row("a.deb", 90_000_000, ("installed",), ("Wayland",), ("it did not start",)),
        check_dist.Row("b.whl", 5_500_000, ("a backfill",)),
    ]
    lines = check_dist.table(rows).splitlines()
    assert lines[2] == "| a.deb | 90.0 MB | installed | FAILED: it did not start; Wayland |"
    assert lines[3] == "| b.whl | 5.5 MB | a backfill | - |"


def test_an_installation_over_its_budget_is_told():
    debian = script(PACKAGING / "clean_debian.py")
    assert debian.over_budget(80_000_000, {"installed": "200000 KiB"}) == []
    assert debian.over_budget(80_000_000, {"installed": "300000 KiB"}) == ["307 MB installed, over 260 MB"]
    assert debian.over_budget(91_000_000, {}) == ["the package is larger than 90 MB"]


@pytest.mark.parametrize(
    ("seen", "problem"),
    [
        ('{"printed": "QtWarning"}', "the app printed QtWarning"),
        ('{"workers_with_qt": "1 of 2"}', "Qt is in the memory of 1 of 2 workers"),
    ],
)
def test_what_the_installed_app_must_not_do_is_told(seen: str, problem: str):
    debian = script(PACKAGING / "clean_debian.py")
    assert debian.over_budget(1, {"by mouse": seen}) == [problem]
    fine = '{"printed": "nothing", "workers_with_qt": "0 of 2"}'
    assert debian.over_budget(1, {"by mouse": fine}) == []


def test_a_slow_start_is_told_and_fails_nothing():
    debian = script(PACKAGING / "clean_debian.py")
    slow = {"by mouse": '{"warm_window_after_seconds": 1.61}'}
    assert debian.too_slow(slow) == ["a warm start within 1.5 s: it took 1.61 s here"]
    assert debian.over_budget(1, slow) == []
    assert debian.too_slow({"by mouse": '{"warm_window_after_seconds": 0.9}'}) == []


@pytest.mark.parametrize("package", ["rivers_core", "rivers_app"])
def test_type_checkers_are_told_that_the_packages_are_typed(package: str):
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert package in declared["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert (ROOT / package / "py.typed").is_file()


def test_the_bundle_brings_pip_in_one_file_that_any_python_runs(tmp_path: Path):
    archive = script(PACKAGING / "bundle" / "pip_archive.py").write_pip_archive(tmp_path / "pip.zip")
    command = [sys.executable, "-S", archive / "pip", "--version"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.startswith(f"pip {version('pip')} from {archive}")
    again = script(PACKAGING / "bundle" / "pip_archive.py").write_pip_archive(tmp_path / "again.zip")
    assert again.read_bytes() == archive.read_bytes(), "the same pip gives the same bytes"
