"""Packs the installed pip into one file, which the bundle's Python and a project's own can run."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # so that the same pip gives the same bytes


def write_pip_archive(file: Path) -> Path:
    """Write pip's modules and certificates to `file`, a zip that Python imports from; gives it back."""
    spec = find_spec("pip")
    if spec is None or spec.origin is None:
        raise SystemExit("There is no pip to pack; packaging/bundle.lock names one.")
    package = Path(spec.origin).parent
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in _files(package):
            entry = zipfile.ZipInfo(f"pip/{source.relative_to(package).as_posix()}", _FIRST_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, source.read_bytes())
    return file


def _files(package: Path) -> Iterator[Path]:
    """All that pip reads; the starters for scripts on Windows are of no use to code that runs assets."""
    for file in sorted(package.rglob("*")):
        if file.is_file() and file.suffix not in (".pyc", ".exe", ".pyi"):
            yield file
