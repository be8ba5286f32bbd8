"""Checks that every DLL which the Windows payload needs is in it or a part of Windows 10.

Usage: python packaging/windows_imports.py FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

# What Windows 10 brings itself, in any edition; names of the API sets begin with api-ms- and ext-ms-.
PARTS_OF_WINDOWS = frozenset(
    name if "." in name else f"{name}.dll"
    for name in (
        "advapi32",
        "authz",
        "bcrypt",
        "bcryptprimitives",
        "cfgmgr32",
        "combase",
        "comctl32",
        "comdlg32",
        "crypt32",
        "d2d1",
        "d3d11",
        "d3d12",
        "d3d9",
        "dbghelp",
        "dcomp",
        "dnsapi",
        "dwmapi",
        "dwrite",
        "dxgi",
        "gdi32",
        "icuuc",
        "imm32",
        "iphlpapi",
        "kernel32",
        "mpr",
        "msimg32",
        "msvcrt",
        "mswsock",
        "ncrypt",
        "netapi32",
        "ntdll",
        "ole32",
        "oleaut32",
        "pdh",
        "powrprof",
        "propsys",
        "psapi",
        "rpcrt4",
        "rstrtmgr",
        "secur32",
        "setupapi",
        "shcore",
        "shell32",
        "shlwapi",
        "ucrtbase",
        "uiautomationcore",
        "user32",
        "userenv",
        "uxtheme",
        "version",
        "winhttp",
        "winmm",
        "winspool.drv",
        "wintrust",
        "wldap32",
        "ws2_32",
        "wtsapi32",
    )
)
_API_SETS = ("api-ms-", "ext-ms-")
_PROGRAMS = {".dll", ".exe", ".pyd"}


def imports_of(file: Path) -> set[str]:
    """The names of the DLLs that a program or DLL loads, at its start or later, in lower case."""
    from pefile import DIRECTORY_ENTRY, PE

    with PE(str(file), fast_load=True) as parsed:
        kinds = ("IMAGE_DIRECTORY_ENTRY_IMPORT", "IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT")
        parsed.parse_data_directories([DIRECTORY_ENTRY[kind] for kind in kinds])
        tables = ("DIRECTORY_ENTRY_IMPORT", "DIRECTORY_ENTRY_DELAY_IMPORT")
        return {entry.dll.decode().lower() for table in tables for entry in getattr(parsed, table, ())}


def not_found(needs: Mapping[str, Iterable[str]], there: Iterable[str]) -> list[str]:
    """Sentences for each DLL that is neither `there` nor a part of Windows; `needs` is by file."""
    known = {name.lower() for name in there} | PARTS_OF_WINDOWS
    missing: dict[str, list[str]] = {}
    for file, names in needs.items():
        for name in names:
            if name.lower() not in known and not name.lower().startswith(_API_SETS):
                missing.setdefault(name.lower(), []).append(file)
    return [f"{name}, which {', '.join(sorted(files))} needs, is not there" for name, files in sorted(missing.items())]


def check(payload: Path) -> tuple[int, list[str]]:
    """How many programs and DLLs the payload holds, and what they lack."""
    files = [file for file in sorted(payload.rglob("*")) if file.suffix.lower() in _PROGRAMS]
    needs = {file.relative_to(payload).as_posix(): imports_of(file) for file in files}
    return len(files), not_found(needs, (file.name for file in files))


def main() -> int:
    count, problems = check(Path(sys.argv[1]))
    print("\n".join(problems) or f"{count} programs and DLLs find everything they load")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
