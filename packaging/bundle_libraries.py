"""Makes the shared libraries of a bundle lean: none that nothing loads, no symbols, of ICU's data what Qt asks for."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

# Of ICU Qt sorts texts and changes their case; its own tables write numbers, dates and names of countries and break
# lines. So these groups of data are never asked for: breaks, currencies, languages, numbers in words, regions,
# scripts, units, names of time zones, and encodings other than Unicode and Latin-1.
_UNASKED_OF_ICU = re.compile(r"(brkitr|curr|lang|rbnf|region|translit|unit|zone)/.*|.*\.cnv")
# What carries symbols and still loads without them; libraries that auditwheel rewrote, as numpy's, would not.
_STRIPPED = (
    "libpython*",
    "python3*/lib-dynload/*.so",
    "psutil/*.so",
    "sqlalchemy/**/*.so",
    "PySide6/Qt/lib/libicu*",
)
_DATA_AS_SOURCE = """\
.section .rodata
.globl {symbol}
.type {symbol}, @object
.balign 16
{symbol}: .incbin "{file}"
.size {symbol}, . - {symbol}
.section .note.GNU-stack, "", @progbits
"""


def make_lean(internal: Path, work: Path) -> None:
    """Change the libraries in a bundle's folder `internal`; files in between are made in `work`."""
    for file in unloaded(needs_of(libraries(internal)), internal):
        file.unlink()
    (data,) = internal.glob("PySide6/Qt/lib/libicudata.so.*")
    shrink_icu(data, work)
    _run("strip", "--strip-unneeded", *(file for pattern in _STRIPPED for file in internal.glob(pattern)))


def libraries(internal: Path) -> list[Path]:
    """The shared libraries and extension modules, each once."""
    return sorted(file for file in internal.rglob("*.so*") if file.is_file() and not file.is_symlink())


def needs_of(files: Iterable[Path]) -> dict[Path, set[str]]:
    """For each library the names of those that it asks the dynamic linker for."""
    return {file: set(re.findall(r"\(NEEDED\).*\[(.+)\]", _run("readelf", "--dynamic", file))) for file in files}


def unloaded(needs: Mapping[Path, set[str]], internal: Path) -> list[Path]:
    """Libraries directly in `internal`, copies of the building system's, that no other one leads to."""
    copies = {file.name: file for file in needs if file.parent == internal and file.name.startswith("lib")}
    reached = {file for file in needs if copies.get(file.name) != file}
    waiting = list(reached)
    while waiting:
        found = {copies[name] for name in needs[waiting.pop()] if name in copies} - reached
        reached |= found
        waiting += found
    # Python's own library is loaded by the program.
    return [file for name, file in sorted(copies.items()) if file not in reached and not name.startswith("libpython")]


def shrink_icu(library: Path, work: Path) -> None:
    """Replace ICU's data library by one with the data that is asked for, of the same version and name."""
    version = library.name.rpartition(".")[2]
    work.mkdir(parents=True, exist_ok=True)
    whole, kept = (work / folder / f"icudt{version}l.dat" for folder in ("whole", "kept"))
    for file in (whole, kept):
        file.parent.mkdir(exist_ok=True)
    _run("objcopy", "--output-target=binary", "--only-section=.rodata", library, whole)
    names = _run("icupkg", "--list", whole).split()
    unasked = work / "unasked.txt"
    unasked.write_text("".join(f"{name}\n" for name in names if _UNASKED_OF_ICU.fullmatch(name)), encoding="ascii")
    _run("icupkg", "--remove", unasked, whole, kept)
    source, compiled = work / "data.s", work / "data.o"
    source.write_text(_DATA_AS_SOURCE.format(symbol=f"icudt{version}_dat", file=kept), encoding="utf-8")
    _run("as", source, "-o", compiled)
    _run("ld", "-shared", "-soname", library.name, "--build-id=none", "-z", "noexecstack", "-o", library, compiled)


def _run(*command: str | Path) -> str:
    ended = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{ended.stderr}\n{command[0]} failed with exit code {ended.returncode}.")
    return ended.stdout
