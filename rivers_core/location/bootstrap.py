"""Starts a worker with whatever Python a project names: finds the engine beside this file, and nothing else there.

It must run on any Python 3.6, to say what is wrong with an old one.
"""

import importlib.machinery
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

NEEDED = (3, 11)
NEEDED_PYDANTIC = (2, 9)


def refuse(sentence: str, missing: str = "") -> None:
    """Tell the engine in its own language why this Python cannot run a worker, and end."""
    body = json.dumps(["load_failed", sentence, "", missing, True]).encode()
    os.write(1, len(body).to_bytes(4, "big") + body)
    os._exit(0)


def check_python() -> None:
    if sys.version_info < NEEDED:
        refuse(
            f"The Python of this project, {sys.executable}, is version {sys.version_info[0]}.{sys.version_info[1]}. "
            f"Assets need Python {NEEDED[0]}.{NEEDED[1]} or newer: make the environment anew with one, "
            "or choose another Python."
        )
    check_pydantic()


def check_pydantic() -> None:
    install = f'"{sys.executable}" -m pip install "pydantic>=2.9"'
    if importlib.util.find_spec("pydantic") is None:
        refuse(
            f"The Python of this project, {sys.executable}, lacks pydantic, which assets need. "
            f"Install it there: {install}",
            "pydantic",
        )
    try:
        import pydantic
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, its owner has to hear of it
        refuse(f"The pydantic of {sys.executable} is broken: {error}. Install it anew: {install}", "pydantic")
    version = tuple(int(part) for part in pydantic.VERSION.split(".")[:2])
    if version < NEEDED_PYDANTIC:
        refuse(
            f"The Python of this project, {sys.executable}, has pydantic {pydantic.VERSION}. "
            f"Assets need 2.9 or newer: {install}",
            "pydantic",
        )


def find_engine() -> None:
    """Make `rivers_core` importable from here, but none of its neighbors: they may be of another Python."""
    folder = Path(__file__).absolute().parents[1]
    spec = importlib.util.spec_from_file_location(
        "rivers_core", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["rivers_core"] = module
    spec.loader.exec_module(module)


class EngineLoader(importlib.machinery.SourceFileLoader):
    """Keeps the bytecode of the engine, and of nothing else, in a folder where this user may write."""

    cache = ""

    def get_code(self, fullname: str) -> Any:  # a code object, or None, which Python 3.6 cannot write here
        before, sys.pycache_prefix = sys.pycache_prefix, self.cache
        try:
            return super().get_code(fullname)
        finally:
            sys.pycache_prefix = before


def keep_bytecode_in(cache: str) -> None:
    """Without this, a Python would compile an engine that lies in a read-only place anew for each worker."""
    engine = str(Path(__file__).absolute().parents[1])
    EngineLoader.cache = cache

    def finder_of(folder: str) -> importlib.machinery.FileFinder:
        if not folder.startswith(engine):
            raise ImportError(folder)  # what a path hook says of folders that others look into
        return importlib.machinery.FileFinder(folder, (EngineLoader, [".py"]))

    sys.path_hooks.insert(0, finder_of)
    sys.path_importer_cache.pop(str(Path(__file__).absolute().parent), None)  # it was looked into as the script's


def start() -> None:
    del sys.path[0]  # this file's folder, whose modules must not be found by their bare names
    check_python()
    if sys.argv[1:]:
        keep_bytecode_in(sys.argv.pop(1))
    find_engine()
    from rivers_core.location.worker import main

    main()


if __name__ == "__main__":
    start()
elif __name__ == "__mp_main__":
    # A process that user code started by multiprocessing, where the project's modules are imported anew.
    find_engine()
    from rivers_core.location.alias import install_alias

    install_alias()
