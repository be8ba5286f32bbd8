"""The worker processes of one project, shared by everything that runs or asks it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any

from rivers_core.exceptions import CodeLocationError, ExecutionError, PythonProblemError
from rivers_core.location import serving
from rivers_core.location.answers import ConfigProblem, OutputPreview
from rivers_core.location.dispatcher import Dispatcher, default_slots
from rivers_core.location.launch import Launch
from rivers_core.location.project import Project
from rivers_core.location.session import Session
from rivers_core.location.spec import RepositorySpec
from rivers_core.partitions.subset import Subset
from rivers_core.pythons.inspecting import look_at_python, problem_of_python
from rivers_core.steps.task import Grids
from rivers_core.waiting import refuse_to_wait

__all__ = ["WorkerPool", "default_slots"]


class WorkerPool:
    """Starts workers when they are first needed, keeps them warm, and ends them all on `close`.

    All calls are thread-safe. `slots` runs are executed at a time over all sessions; questions are answered
    besides. `outputs` is the folder or URL of the default IO handlers. Raises ExecutionError once it is closed.
    """

    def __init__(
        self,
        project: Project,
        *,
        slots: int | None = None,
        outputs: str | Path | None = None,
        worker_executable: Path | None = None,
    ) -> None:
        self.project = project
        self._slots = slots if slots is not None else default_slots()
        where = outputs if outputs is not None else project.storage_folder / "outputs"
        self._launch = Launch(project, str(where), worker_executable)
        self._lock = Lock()
        self._loading = Lock()  # held while code loads, which `close` does not wait for
        self._dispatcher: Dispatcher | None = None
        self._spec: RepositorySpec | None = None
        self._sessions = 0
        self._closed = False

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def slots(self) -> int:
        return self._slots

    def set_slots(self, slots: int) -> None:
        """Change how many runs are executed at a time; running ones go on."""
        with self._lock:
            self._slots = slots
            if self._dispatcher is not None:
                self._dispatcher.set_slots(slots)

    def spec(self) -> RepositorySpec:
        """What the code location holds, loaded in a worker the first time; raises CodeLocationError."""
        with self._loading:
            if self._spec is None:
                self._spec = self._load_spec()
            return self._spec

    def reload(self) -> RepositorySpec:
        """Load the code anew in fresh workers; raises CodeLocationError, and then the old spec stays.

        What runs in old workers goes on to its end.
        """
        with self._loading:
            self.dispatcher.retire_all()
            self._spec = self._load_spec()
            return self._spec

    def validate_config(self, config: Mapping[str, Mapping[str, Any]]) -> list[ConfigProblem]:
        """What is wrong with config overrides by asset; raises CodeLocationError, ExecutionError."""
        problems = self._ask(serving.VALIDATE, {"config": {name: dict(given) for name, given in config.items()}})
        return [ConfigProblem(asset, field, message) for asset, field, message in problems]

    def preview(self, asset: str, grid: Mapping[str, Any] | None, ordinal: int, limit: int) -> OutputPreview:
        """The beginning of a stored output; `grid` is the spec of the asset's pinned definition.

        Raises ExecutionError with a sentence when there is none or it cannot be read.
        """
        arguments = {"asset": asset, "grid": _written(grid), "ordinal": ordinal, "limit": limit}
        answer = self._ask(serving.PREVIEW, arguments)
        return OutputPreview(
            columns=tuple(answer.get("columns", ())),
            types=tuple(answer.get("types", ())),
            rows=tuple(tuple(row) for row in answer.get("rows", ())),
            total=answer.get("total"),
            text=answer.get("text"),
        )

    def outputs_exist(self, asset: str, grid: Mapping[str, Any] | None, subset: Subset) -> Subset | None:
        """Which of these ordinals have a stored output; None where the asset's IO handler cannot tell.

        An asset without partitions has ordinal 0 if it has an output.
        """
        arguments = {"asset": asset, "grid": _written(grid), "ranges": subset.as_json()}
        found = self._ask(serving.EXISTS, arguments)
        return None if found is None else Subset.from_ranges(found)

    def ping(self) -> None:
        """Return once a worker has loaded the code and answers; raises CodeLocationError, ExecutionError."""
        self._ask(serving.PING, {})

    def open_session(self, grids: Grids, fingerprint: str, *, stops_at_failure: bool = False) -> Session:
        """A session for one executor; it is given back by `leave` of `dispatcher`."""
        self.spec()  # the dispatcher has to know its pools and retries
        with self._lock:
            self._sessions += 1
            session = Session(self._sessions, grids, fingerprint, stops_at_failure=stops_at_failure)
        self.dispatcher.open(session)
        return session

    @property
    def dispatcher(self) -> Dispatcher:
        """The thread that tasks of a session are handed to; raises ExecutionError once the pool is closed."""
        with self._lock:
            if self._closed:
                raise ExecutionError("The project was closed.")
            if self._dispatcher is None:
                self._dispatcher = Dispatcher(self._launch, self._slots)
            return self._dispatcher

    def close(self) -> None:
        """Kill every worker; returns when all are gone."""
        with self._lock:
            self._closed = True
            dispatcher, self._dispatcher = self._dispatcher, None
        if dispatcher is not None:
            dispatcher.close()

    def _load_spec(self) -> RepositorySpec:
        try:
            written = self._ask(serving.SPEC, {})
        except CodeLocationError as error:
            if error.python_failed and not error.missing:
                raise self._explained(error) from error
            raise
        spec = RepositorySpec.model_validate(written)
        self.dispatcher.learn(spec)
        return spec

    def _explained(self, error: CodeLocationError) -> CodeLocationError:
        """What is wrong with a Python that did not become a worker, if it tells when it is asked for nothing else."""
        try:
            problem = problem_of_python(look_at_python(self.project.interpreter))
        except PythonProblemError as told:
            return CodeLocationError(str(told), told.details, python_failed=True)
        return error if problem is None else CodeLocationError(problem, error.details, python_failed=True)

    def _ask(self, question: str, arguments: dict[str, Any]) -> Any:
        refuse_to_wait()
        return self.dispatcher.ask(question, arguments).result()


def _written(grid: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if grid is None else dict(grid)
