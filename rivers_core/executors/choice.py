"""`Executor` as a user names it: where the runs of a repository's backfills are executed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NoReturn

from rivers_core.exceptions import ConfigurationError

ExecutorKind = Literal["in_process", "threads", "parallel", "dask"]


@dataclass(frozen=True, slots=True)
class Executor:
    """A choice of executor; `max_workers` None leaves the number to the machine."""

    kind: ExecutorKind
    max_workers: int | None = None
    address: str | None = None

    @classmethod
    def in_process(cls) -> Executor:
        """One run after another in the calling thread, to debug with."""
        return cls("in_process")

    @classmethod
    def threads(cls, max_workers: int | None = None) -> Executor:
        """Threads of this process; what a script uses when it chooses nothing."""
        return cls("threads", _checked(max_workers))

    @classmethod
    def parallel(cls, max_workers: int | None = None, max_async_concurrent: int | None = None) -> Executor:
        """Worker processes, as the app and `rivers-core` use; async assets count like any other."""
        return cls("parallel", _checked(max_workers if max_workers is not None else max_async_concurrent))

    @classmethod
    def dask(cls, address: str) -> Executor:
        """A dask.distributed cluster by the address of its scheduler, such as `tcp://host:8786`."""
        if not isinstance(address, str) or not address.strip():
            raise ConfigurationError(f"Executor.dask takes the address of a scheduler, not {address!r}.")
        return cls("dask", address=address)

    @classmethod
    def kubernetes(cls, *_: object, **__: object) -> NoReturn:
        """Kubernetes is not part of Rivers Desktop; raises ConfigurationError naming the line."""
        from rivers_core.assets.source import calling_line

        raise ConfigurationError(
            f"{calling_line()}: Executor.kubernetes needs Kubernetes, which is not part of Rivers Desktop; "
            "use Executor.parallel() or Executor.dask(address)."
        )

    @property
    def crosses_processes(self) -> bool:
        """Whether runs happen in other processes than the one that holds the repository."""
        return self.kind in ("parallel", "dask")


def _checked(max_workers: int | None) -> int | None:
    if max_workers is not None and (isinstance(max_workers, bool) or max_workers < 1):
        raise ConfigurationError(f"max_workers must be 1 or more, not {max_workers!r}.")
    return max_workers
