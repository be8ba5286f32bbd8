"""Finds the system packages that Qt or the tests lack; installs them as root, else prints the line that does.

Usage: python packaging/system_packages.py app|test|dist|dist-check|list

The first four look for what is missing; `list` only prints all that the app and its tests could miss.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

# Debian's package for each library that Qt's wheels expect from the system; what these need comes with them.
PACKAGE_OF_LIBRARY = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
# The programs of the journey that drives a real window with a real mouse, of `make dist`, and of its check.
PACKAGE_OF_PROGRAM = {
    "Xvfb": "xvfb",
    "as": "binutils",
    "debootstrap": "debootstrap",
    "icupkg": "icu-devtools",
    "import": "imagemagick",
    "makensis": "nsis",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32",
    "xdotool": "xdotool",
}
PROGRAMS_FOR = {
    "app": (),
    "test": ("Xvfb", "xdotool"),
    "dist": ("as", "icupkg", "makensis", "x86_64-w64-mingw32-gcc"),
    "dist-check": ("Xvfb", "debootstrap", "import", "x86_64-w64-mingw32-gcc", "xdotool"),
}
# What the journeys with a screen reader's library stand on; where that is missing, the tests' journey is skipped.
PACKAGE_OF_FILE = {
    "usr/bin/dbus-daemon": "dbus",
    "usr/libexec/at-spi-bus-launcher": "at-spi2-core",
    "usr/lib/*/girepository-1.0/Atspi-2.0.typelib": "gir1.2-atspi-2.0",
    "usr/lib/python3/dist-packages/gi": "python3-gi",
}
FONTS = "fonts-dejavu-core"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", str(Path.home() / ".local/share/fonts"))
QT_FILES = (
    "QtCore.abi3.so",
    "QtGui.abi3.so",
    "QtWidgets.abi3.so",
    "QtSvg.abi3.so",
    "Qt/plugins/platforms/libqxcb.so",
    "Qt/plugins/platforms/libqoffscreen.so",
    "Qt/plugins/platforms/libqwayland.so",
)


def libraries_not_found(ldd_output: str) -> list[str]:
    """The names of the libraries that the dynamic linker reports as missing, sorted."""
    return sorted(set(re.findall(r"^\s*(\S+) => not found", ldd_output, re.MULTILINE)))


def packages_for(libraries: Iterable[str], programs: Iterable[str]) -> tuple[list[str], list[str]]:
    """Debian packages that hold these libraries and programs, then the libraries of no known package."""
    libraries = list(libraries)
    known = {PACKAGE_OF_LIBRARY[name] for name in libraries if name in PACKAGE_OF_LIBRARY}
    unknown = [name for name in libraries if name not in PACKAGE_OF_LIBRARY]
    return sorted(known | {PACKAGE_OF_PROGRAM[name] for name in programs}), unknown


def missing_libraries() -> list[str]:
    """Libraries that Qt's modules and platform plugins need and the system lacks."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        raise SystemExit("PySide6 is not installed here. Run: make install")
    files = [str(path) for name in QT_FILES if (path := Path(spec.origin).parent / name).exists()]
    listing = subprocess.run(["ldd", *files], capture_output=True, text=True, check=False)
    return libraries_not_found(listing.stdout)


def packages_of_missing_files(root: Path = Path("/")) -> list[str]:
    """Debian packages of the files that are not there."""
    return [package for pattern, package in PACKAGE_OF_FILE.items() if next(root.glob(pattern), None) is None]


def has_fonts() -> bool:
    return any(next(Path(folder).rglob("*.[to]tf"), None) for folder in FONT_FOLDERS)


def missing_packages(purpose: str) -> list[str]:
    places = f"{os.environ.get('PATH', '')}:/usr/sbin"
    programs = [name for name in PROGRAMS_FOR[purpose] if shutil.which(name, path=places) is None]
    packages, unknown = packages_for(missing_libraries(), programs)
    if purpose == "dist-check":
        packages += packages_of_missing_files()
    if unknown:
        print(f"Qt also needs {', '.join(unknown)}; install the packages that hold them.", file=sys.stderr)
    return packages if has_fonts() else [*packages, FONTS]


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str]) -> int:
    """Install with apt-get as root; otherwise say how. Returns an exit code."""
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        print(f"Missing here, by their names in Debian: {' '.join(packages)}. Install them and try again.")
        return 1
    if os.geteuid() != 0:
        print(f"Some system packages are missing. Run this line and try again:\n  sudo {line}")
        return 1
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    # An unreachable third-party package list is no reason to stop: what counts is that the install works.
    subprocess.run(["apt-get", "update", "-q"], check=False, stdout=subprocess.DEVNULL)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(line.split(), check=False, stdout=subprocess.DEVNULL, env=environment).returncode


def every_package() -> list[str]:
    """All that could be missing, for a system on which nothing can be looked up yet."""
    programs = (PACKAGE_OF_PROGRAM[name] for name in PROGRAMS_FOR["test"])
    return sorted({*PACKAGE_OF_LIBRARY.values(), *programs, FONTS})


def main() -> int:
    if sys.argv[1:] == ["list"]:
        print(*every_package())
        return 0
    if len(sys.argv) != 2 or sys.argv[1] not in PROGRAMS_FOR:
        print(__doc__, file=sys.stderr)
        return 2
    if not sys.platform.startswith("linux"):
        return 0
    packages = missing_packages(sys.argv[1])
    code = install(packages) if packages else 0
    wanted = packages_of_missing_files() if sys.argv[1] == "test" and can_install() else []
    if wanted and install(wanted):
        print(f"Not installed, so that nothing is tried with a screen reader: {' '.join(wanted)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
