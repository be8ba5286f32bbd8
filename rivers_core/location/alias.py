"""Lets a code location say `import rivers`: the name stands for this engine while the location is loaded."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from rivers_core.assets.unavailable import module_refusal

ALIAS = "rivers"
ENGINE = "rivers_core"

# Modules of rivers that have another place here.
_MOVED = {"resource": "assets.resource"}


@contextmanager
def rivers_alias() -> Iterator[None]:
    """Within it, `rivers` and its submodules are the engine's own, whatever package of that name is installed."""
    installed = _take_out_of_modules()
    finder = _AliasFinder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        _take_out_of_modules()
        sys.modules.update(installed)


def install_alias() -> None:
    """Make the alias hold for the rest of the process."""
    _take_out_of_modules()
    sys.meta_path.insert(0, _AliasFinder())


def _take_out_of_modules() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if _is_alias(name)]
    return {name: sys.modules.pop(name) for name in names}


def _is_alias(name: str) -> bool:
    return name == ALIAS or name.startswith(f"{ALIAS}.")


class _AliasFinder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not _is_alias(fullname):
            return None
        module = fullname.removeprefix(ALIAS).removeprefix(".")
        if (error := module_refusal(module)) is not None:
            raise error
        real_name = f"{ENGINE}.{_MOVED.get(module, module)}" if module else ENGINE
        if importlib.util.find_spec(real_name) is None:
            return None
        return ModuleSpec(fullname, _AliasLoader(real_name), is_package=True)


class _AliasLoader(Loader):
    """Answers with the engine's own module instead of loading a second copy of it."""

    def __init__(self, real_name: str) -> None:
        self._real_name = real_name
        self._real_spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._real_name)
        self._real_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just written the alias's spec over the module's own.
        module.__spec__ = self._real_spec
