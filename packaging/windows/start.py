"""Where each of the Windows programs begins: the launcher runs this file, and its own name says which one it is."""

import os
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).stem.lower()
PACKAGES = Path(__file__).with_name("packages")
# What the first start loads; the rest is compiled when it is first imported.
COMPILED_WHEN_INSTALLED = (
    "PySide6",
    "alembic",
    "croniter",
    "mako",
    "numpy",
    "platformdirs",
    "psutil",
    "pydantic",
    "qasync",
    "rivers_app",
    "rivers_core",
    "shiboken6",
    "sqlalchemy",
)


def tell(sentence: str) -> None:
    """Show a sentence where there is no terminal to print it in."""
    import ctypes

    ctypes.CDLL("user32").MessageBoxW(None, sentence, "Rivers Desktop", 0x10)


def begin() -> None:
    # `sys.executable` is a program of ours and no Python, as in every frozen app: workers are started as
    # rivers-worker.exe, and processes of user code's multiprocessing come back here, with arguments that mean it.
    sys.frozen = True  # type: ignore[attr-defined]  # the name by which the tools that freeze programs tell it
    sys.argv[0] = sys.executable
    if sys.argv[1:] == ["--compile"]:
        compile_packages(PACKAGES)
        return
    from multiprocessing import freeze_support, spawn  # after that: they look at the name when they are imported

    if spawn.is_forking(sys.argv):
        # The project's modules are imported anew there, and import what only workers know.
        from rivers_core.location.alias import install_alias

        install_alias()
    freeze_support()
    if PROGRAM == "rivers-desktop":
        open_window()
    elif PROGRAM == "rivers-core":
        from rivers_core.cli import main

        main()
    else:
        from rivers_core.location.worker import main

        main()


def compile_packages(folder: Path) -> None:
    """Keep Python code in the form it runs in, so that the first start is no slower than the next."""
    import compileall

    for name in COMPILED_WHEN_INSTALLED:
        compileall.compile_dir(folder / name, quiet=2)


def open_window() -> None:
    # What is printed goes nowhere: a program with a window has no terminal.
    nothing = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open until the end
    sys.stdout, sys.stderr = sys.stdout or nothing, sys.stderr or nothing
    try:
        from rivers_app.application import main

        code = main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            tell(ended.code)
            raise SystemExit(1) from None
        raise
    except Exception as error:
        tell(f"Rivers Desktop cannot start: {error}\n\nInstall it again; if that does not help, tell its developers.")
        raise
    sys.exit(code)


if __name__ == "__main__":
    begin()
