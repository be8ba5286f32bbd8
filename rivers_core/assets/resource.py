"""What assets share by the name of a parameter: connections, clients, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import RLock
from typing import Any

from rivers_core.assets.environment import EnvironmentModel
from rivers_core.exceptions import ConfigurationError


class Resource(EnvironmentModel):
    """Base class of resources with settings, which are set up once a process and torn down at its end."""

    def setup(self) -> None:
        """Called before the first use in a process."""

    def teardown(self) -> None:
        """Called when the process is done, if it was set up."""


class OpenResources(Mapping[str, Any]):
    """The resources of a repository in one process: set up when first asked for, from any thread.

    Any object serves as a resource; one with `setup` and `teardown` has them called.
    """

    def __init__(self, declared: Mapping[str, Any]) -> None:
        self._declared = dict(declared)
        self._open: dict[str, Any] = {}
        self._lock = RLock()

    def __getitem__(self, name: str) -> Any:
        found = self._open.get(name, self)
        return found if found is not self else self._set_up(name)

    def _set_up(self, name: str) -> Any:
        with self._lock:
            if name not in self._open:
                resource = self._declared[name]
                if callable(setup := getattr(resource, "setup", None)):
                    setup()
                self._open[name] = resource
            return self._open[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._declared:
            known = ", ".join(sorted(self._declared)) or "none"
            raise AttributeError(f"there is no resource {name!r}; the resources are: {known}")
        return self[name]

    def close(self) -> None:
        """Tear down what was set up, the last first; raises ConfigurationError naming those that failed."""
        with self._lock:
            opened, self._open = self._open, {}
        failures: list[str] = []
        for name, resource in reversed(opened.items()):
            if not callable(teardown := getattr(resource, "teardown", None)):
                continue
            try:
                teardown()
            except Exception as error:  # noqa: BLE001  # one resource that fails must not keep the others open
                failures.append(f"The resource {name!r} could not be torn down: {type(error).__name__}: {error}.")
        if failures:
            raise ConfigurationError(" ".join(failures))
