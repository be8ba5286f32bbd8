"""The tests of what was promised share the repositories and the shop of the engine's tests."""

from tests.core.engine.conftest import make_repository

__all__ = ["make_repository"]
