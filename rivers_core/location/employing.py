"""Gives work to workers: questions first, then tasks by fair shares; starts the workers that are missing."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic

from rivers_core.location import messages
from rivers_core.location.assignment import Demand, refill_for, share_for
from rivers_core.location.remote_worker import RemoteWorker, WorkerState
from rivers_core.location.request import LONGEST_SECONDS
from rivers_core.location.session import Session
from rivers_core.location.staff import Staff
from rivers_core.location.switchboard import Switchboard
from rivers_core.pythons.inspecting import problem_of_files
from rivers_core.steps.task import ReturnReason

CODE_CHANGED = "The project's code has changed since this backfill was planned."


class Employing:
    """Used by the dispatcher's thread."""

    def __init__(self, staff: Staff, switchboard: Switchboard) -> None:
        self._staff = staff
        self._switchboard = switchboard
        self._served = 0

    def assign(self) -> None:
        """Give out as much work as workers, slots and pools allow."""
        self._serve_requests()
        while (demand := self._staff.demand()).busy < self._staff.slots:
            if not any(self._serve(session, demand) for session in demand.eligible()):
                break
        self._refill(demand)
        self._hire(self._staff.demand())

    def _serve_requests(self) -> None:
        for worker in self._staff.workers.values():
            if not self._staff.requests:
                return
            if worker.is_idle and not worker.retired:
                request = self._staff.requests.popleft()
                request.ticket = self._staff.next_ticket()
                request.deadline = monotonic() + LONGEST_SECONDS
                worker.request = request
                worker.send([messages.ASK, request.ticket, request.question, request.arguments])

    def _serve(self, session: Session, demand: Demand) -> bool:
        """Give one more worker to a session; whether one was free, or the session gave its tasks back."""
        for worker in self._staff.workers.values():
            if not worker.is_idle or worker.retired:
                continue
            if session.fingerprint and worker.fingerprint != session.fingerprint:
                session.halt(ReturnReason.CODE_CHANGED, CODE_CHANGED)
                return True
            pools = demand.pools_of(session)
            worker.assign(session, session.take(share_for(session, self._staff.slots)), pools)
            self._served += 1
            session.last_served = self._served
            return True
        return False

    def _refill(self, demand: Demand) -> None:
        now = monotonic()
        for worker in self._staff.workers.values():
            session = worker.session
            if session is None or not worker.is_open or worker.stopping or worker.taking_back:
                continue
            if worker.is_at_long_run(now):  # what waits is for others, also for one that is still to be started
                continue
            count = refill_for(session, worker, self._staff.rules)
            if count and not demand.must_yield(session):
                worker.assign(session, session.take(count), worker.pools)

    def _hire(self, demand: Demand) -> None:
        """Start one worker for each slot that is wanted, and one more where questions wait."""
        slots = self._staff.slots
        usable = [worker for worker in self._staff.workers.values() if worker.is_open]
        loading = sum(worker.state is WorkerState.LOADING for worker in usable)
        wanted = sum(
            min(session.wanted - demand.in_use[session.number], len(session.waiting)) for session in demand.eligible()
        )
        missing = min(wanted, slots - demand.busy) + bool(self._staff.requests) - loading
        for _ in range(min(missing, slots + 1 - len(usable))):
            self._start_worker()

    def _start_worker(self) -> None:
        launch = self._staff.launch
        errors = TemporaryFile()  # noqa: SIM115 - the worker's, which reads and closes it when it has ended
        try:
            process = launch.start(errors)
        except OSError as error:
            errors.close()
            program = launch.command()[0]
            sentence = problem_of_files(Path(program)) or f"{program} could not be started: {error.strerror or error}."
            self._staff.load_failed(sentence, "", python_failed=True)
            return
        worker = RemoteWorker(process, self._switchboard.connect(process), errors)
        self._staff.workers[worker.line] = worker
        worker.send([messages.HELLO, launch.settings(self._staff.slots)])
