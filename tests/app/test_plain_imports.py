"""What Python's import does to modules while the app runs."""

from __future__ import annotations

import builtins
import linecache
import sys
from pathlib import Path

import pytest

from rivers_app.plain_imports import import_plainly

# As pydantic's modules are: they answer for attributes that they do not have.
ASKED = """
asked = []


def __getattr__(name):
    asked.append(name)
    raise AttributeError(name)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that is not imported yet and keeps what it is asked for."""
    (tmp_path / "asked_by_nobody.py").write_text(ASKED, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "asked_by_nobody", raising=False)
    monkeypatch.setattr(builtins, "__import__", builtins.__import__)  # put back afterwards
    return "asked_by_nobody"


def test_a_module_that_is_imported_is_neither_read_nor_asked_by_anyone_but_python(module: str) -> None:
    import_plainly()
    imported = __import__(module)
    assert "__wrapped__" not in imported.asked
    assert imported.__file__ not in linecache.cache
