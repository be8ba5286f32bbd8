"""Says what the Debian package holds, where it goes and what it needs, in the form that nfpm reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from desktop_files import APP, SUMMARY

# What the bundle leaves to the system: the C and C++ libraries, the graphics driver's doors, fonts and keyboards.
DEPENDS = (
    "libc6 (>= 2.36)",
    "libstdc++6",
    "libgcc-s1",
    "libgl1",
    "libegl1",
    "libxcb1",
    "libx11-6",
    "libwayland-client0",
    "libwayland-cursor0",
    "libwayland-egl1",
    "fontconfig-config",
    "xkb-data",
)
RECOMMENDS = ("fonts-dejavu-core", "xdg-utils", "shared-mime-info", "desktop-file-utils")
LIBRARY = f"/usr/lib/{APP}"
_DESCRIPTION = f"""{SUMMARY}
Point at the days, hours or regions to compute again, see exactly what would
run, launch it, and watch every partition turn done. Assets are written in
Python. The package brings its own Python, Qt, DuckDB and pandas."""


def package(version: str, bundle: Path, share: Path) -> dict[str, Any]:
    """The package of a bundle's folder and of a tree for /usr/share."""
    return {
        "name": APP,
        "arch": "amd64",
        "platform": "linux",
        "version": version,
        "version_schema": "none",
        "section": "science",
        "priority": "optional",
        "maintainer": "The Rivers Desktop developers <rivers-desktop@localhost>",
        "description": _DESCRIPTION,
        "license": "MIT",
        "depends": list(DEPENDS),
        "recommends": list(RECOMMENDS),
        "deb": {"compression": "zstd"},
        "contents": [
            {"src": str(bundle), "dst": LIBRARY, "type": "tree"},
            *_shared(share),
            {"src": f"../lib/{APP}/{APP}", "dst": f"/usr/bin/{APP}", "type": "symlink"},
            # The program without Qt is the command line when it is called by this name.
            {"src": f"../lib/{APP}/rivers-worker", "dst": "/usr/bin/rivers-core", "type": "symlink"},
        ],
    }


def _shared(share: Path) -> list[dict[str, str]]:
    """Each file by itself: the folders above belong to the system."""
    files = (file for file in sorted(share.rglob("*")) if file.is_file())
    return [{"src": str(file), "dst": f"/usr/share/{file.relative_to(share).as_posix()}"} for file in files]
