"""Gives wine 10 what the Windows payload needs and it lacks: four functions of the C library, and icuuc.dll.

Usage: python packaging/windows_shims.py LIBRARIES
LIBRARIES is the folder of wine's own DLLs for 64 bits. Windows has all of these itself.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

COMPILER = "x86_64-w64-mingw32-gcc"
SOURCE = Path(__file__).resolve().parent / "windows" / "icuuc.c"
# NumPy asks these for the parts of complex numbers; wine ends a program that calls a function it lacks. By Windows'
# rules for calls: the smaller number comes in rcx, of the larger one its address; the answer goes to xmm0.
CODE = {
    b"creal": bytes.fromhex("f20f1001c3"),  # movsd xmm0, [rcx]; ret
    b"cimag": bytes.fromhex("f20f104108c3"),  # movsd xmm0, [rcx + 8]; ret
    b"crealf": bytes.fromhex("660f6ec1c3"),  # movd xmm0, ecx; ret
    b"cimagf": bytes.fromhex("4889c848c1e820660f6ec0c3"),  # mov rax, rcx; shr rax, 32; movd xmm0, eax; ret
}
_LACKING = bytes.fromhex("4883ec28488d0d")  # how such a function begins in wine: it tells its name and ends


def mend_c_library(file: Path) -> list[str]:
    """Write the functions where wine only has their names; gives back which."""
    from pefile import PE

    with PE(str(file)) as library:
        places = {symbol.name: symbol.address for symbol in library.DIRECTORY_ENTRY_EXPORT.symbols}
        lacking = [name for name in CODE if library.get_data(places[name], len(_LACKING)) == _LACKING]
        for name in lacking:
            library.set_bytes_at_rva(places[name], CODE[name])
        content = library.write()
    file.write_bytes(content)
    return [name.decode() for name in lacking]


def main() -> None:
    libraries = Path(sys.argv[1])
    mended = mend_c_library(libraries / "ucrtbase.dll")
    print(f"ucrtbase.dll: {', '.join(mended) or 'nothing lacking'}")
    if not (libraries / "icuuc.dll").exists():
        made = ["-shared", "-s", "-o", str(libraries / "icuuc.dll")]
        subprocess.run([COMPILER, *made, str(SOURCE)], check=True)
        print("icuuc.dll: made")


if __name__ == "__main__":
    main()
