"""The workers of a project and everything that waits for them: what the dispatcher's parts share."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from rivers_core.exceptions import CodeLocationError, ExecutionError
from rivers_core.location.assignment import Demand, PoolRules
from rivers_core.location.launch import Launch
from rivers_core.location.remote_worker import RemoteWorker
from rivers_core.location.request import Request
from rivers_core.location.session import Session
from rivers_core.location.spec import RepositorySpec
from rivers_core.location.switchboard import Line
from rivers_core.steps.task import ReturnReason, RunTask


@dataclass
class Staff:
    """Belongs to the dispatcher's thread."""

    launch: Launch
    slots: int
    workers: dict[Line, RemoteWorker] = field(default_factory=dict)
    sessions: dict[int, Session] = field(default_factory=dict)
    requests: deque[Request] = field(default_factory=deque)
    spec: RepositorySpec | None = None
    rules: PoolRules = field(default_factory=PoolRules)
    _ticket: int = 0

    def learn(self, spec: RepositorySpec) -> None:
        """Take over pools and retries of the assets."""
        self.spec = spec
        self.rules = PoolRules.of(spec)

    def next_ticket(self) -> int:
        self._ticket += 1
        return self._ticket

    def demand(self) -> Demand:
        return Demand(self.sessions.values(), list(self.workers.values()), self.rules)

    def workers_of(self, session: Session) -> list[RemoteWorker]:
        return [worker for worker in self.workers.values() if worker.session is session]

    def queue_in_front(self, session: Session, tasks: Sequence[RunTask]) -> None:
        """Give tasks another go that have not started, before those that wait already."""
        if session.halted:
            session.give_back(tasks, ReturnReason.RECALLED)
        else:
            session.waiting.extendleft(reversed(tasks))

    def load_failed(self, sentence: str, details: str, *, missing: str = "", python_failed: bool = False) -> None:
        """Code that does not load serves nobody: refuse every question, give back what waits."""
        for request in self.requests:
            error = CodeLocationError(sentence, details, missing=missing, python_failed=python_failed)
            request.answer.set_exception(error)
        self.requests.clear()
        for session in self.sessions.values():
            if session.waiting or session.postponed:
                session.halt(ReturnReason.LOAD_FAILED, sentence)

    def refuse_request(self, worker: RemoteWorker, sentence: str) -> None:
        """Answer what a worker was asked without it."""
        if worker.request is not None:
            worker.request.answer.set_exception(ExecutionError(sentence))
            worker.request = None
