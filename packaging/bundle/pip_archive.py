"""Packs the installed pip into one file, which the bundle's Python and a project's own can run.

Usage, for the Windows installer: python packaging/bundle/pip_archive.py FILE
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # so that the same pip gives the same bytes


def write_pip_archive(file: Path, *, for_windows: bool = False) -> Path:
    """Write pip's modules and certificates to `file`, a zip that Python imports from; gives it back.

    On Windows pip makes the commands of packages out of small programs that it brings.
    """
    spec = find_spec("pip")
    if spec is None or spec.origin is None:
        raise SystemExit("There is no pip to pack; packaging/bundle.lock names one.")
    package = Path(spec.origin).parent
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in _files(package, {".pyc", ".pyi"} if for_windows else {".pyc", ".pyi", ".exe"}):
            entry = zipfile.ZipInfo(f"pip/{source.relative_to(package).as_posix()}", _FIRST_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, source.read_bytes())
    return file


def _files(package: Path, unwanted: set[str]) -> Iterator[Path]:
    for file in sorted(package.rglob("*")):
        if file.is_file() and file.suffix not in unwanted:
            yield file


if __name__ == "__main__":
    write_pip_archive(Path(sys.argv[1]), for_windows=True)
