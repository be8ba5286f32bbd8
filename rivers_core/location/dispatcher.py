"""The one thread that starts a project's workers, gives them tasks, hears what came of these, and ends them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from threading import Lock, Thread
from time import sleep
from typing import Any

from rivers_core.exceptions import ExecutionError
from rivers_core.location.caretaking import Caretaking
from rivers_core.location.employing import Employing
from rivers_core.location.hearing import Hearing
from rivers_core.location.launch import Launch
from rivers_core.location.losses import canceled_before_start
from rivers_core.location.remote_worker import Purpose
from rivers_core.location.request import Request
from rivers_core.location.session import Session
from rivers_core.location.spec import RepositorySpec
from rivers_core.location.staff import Staff
from rivers_core.location.switchboard import Switchboard, new_switchboard
from rivers_core.steps.task import ReturnReason, RunTask

BUSY_PAUSE = 0.002  # seconds in which outcomes of short runs come together, so that each costs less
CLOSED = "The project was closed."


class Dispatcher:
    """Owns every worker process of a project, from its construction to `close`."""

    def __init__(self, launch: Launch, slots: int, switchboard: Switchboard | None = None) -> None:
        self._switchboard = switchboard or new_switchboard()
        self._staff = Staff(launch, slots)
        self._hearing = Hearing(self._staff)
        self._caretaking = Caretaking(self._staff)
        self._employing = Employing(self._staff, self._switchboard)
        self._commands: deque[Callable[[], None]] = deque()
        self._leaving: list[tuple[Session, Future[None]]] = []
        self._gate = Lock()
        self._closing = False
        self._ended = False
        self._thread = Thread(target=self._run, name="rivers workers", daemon=True)
        self._thread.start()

    # Calls from any thread.

    def ask(self, question: str, arguments: dict[str, Any]) -> Future[Any]:
        """The answer of any worker; a RiversError when there is none."""
        request = Request(0, question, arguments)
        if not self._post(lambda: self._staff.requests.append(request)):
            request.answer.set_exception(ExecutionError(CLOSED))
        return request.answer

    def open(self, session: Session) -> None:
        self._post(lambda: self._staff.sessions.__setitem__(session.number, session))

    def submit(self, session: Session, tasks: Sequence[RunTask]) -> None:
        if not self._post(lambda: self._take_up(session, tasks)):
            session.give_back(tasks, ReturnReason.LOAD_FAILED, CLOSED)

    def stop(self, session: Session, numbers: Collection[int]) -> None:
        self._post(lambda: self._stop(session, frozenset(numbers)))

    def recall(self, session: Session) -> None:
        self._post(lambda: self._recall(session))

    def leave(self, session: Session) -> Future[None]:
        """End a session with whatever it still runs; done when nothing of it runs any more."""
        gone: Future[None] = Future()
        if not self._post(lambda: self._leave(session, gone)):
            gone.set_result(None)
        return gone

    def retire_all(self) -> None:
        """From now on only fresh workers are used; the others end what they are at."""
        self._post(self._retire_all)

    def learn(self, spec: RepositorySpec) -> None:
        self._post(lambda: self._staff.learn(spec))

    def set_slots(self, slots: int) -> None:
        self._post(lambda: setattr(self._staff, "slots", slots))

    def close(self) -> None:
        """Kill every worker and end the thread; whatever is asked later is refused."""
        self._post(lambda: setattr(self, "_closing", True))
        self._thread.join()
        self._switchboard.close()

    def _post(self, command: Callable[[], None]) -> bool:
        """Have a command done by the thread, soon; False once that has ended."""
        with self._gate:
            if self._ended:
                return False
            self._commands.append(command)
            self._switchboard.wake()
            return True

    # The thread.

    def _run(self) -> None:
        try:
            while not self._closing:
                short_runs_ended = self._hear()
                while self._commands:
                    self._commands.popleft()()
                self._caretaking.look_after()
                self._tell_who_left()
                self._employing.assign()
                if short_runs_ended:
                    sleep(BUSY_PAUSE)
        finally:
            self._end_all()

    def _hear(self) -> int:
        """Wait for workers and take in what they sent; the number of short runs that ended."""
        patience = 0.0 if self._commands or self._closing else self._caretaking.patience()
        ended = 0
        for line, chunk in self._switchboard.wait(patience):
            if line in self._staff.workers:
                ended += self._hearing.take_in(self._staff.workers[line], chunk)
        return ended

    def _take_up(self, session: Session, tasks: Sequence[RunTask]) -> None:
        if session.halted:
            session.give_back(tasks, ReturnReason.RECALLED)
        else:
            session.waiting.extend(tasks)

    def _stop(self, session: Session, numbers: frozenset[int]) -> None:
        session.report([canceled_before_start(task) for task in session.withdraw(numbers)])
        for worker in self._staff.workers_of(session):
            ours = numbers.intersection(worker.tasks)
            worker.stopping |= ours
            if worker.running in ours:
                worker.halt()
            elif ours:
                worker.take_back(self._staff.next_ticket(), ours, Purpose.CANCEL)

    def _recall(self, session: Session) -> None:
        waiting, session.waiting = session.waiting, deque()
        session.give_back(waiting, ReturnReason.RECALLED)
        for worker in self._staff.workers_of(session):
            if queued := worker.queued():
                worker.take_back(self._staff.next_ticket(), queued, Purpose.RECALL)

    def _leave(self, session: Session, gone: Future[None]) -> None:
        session.halted = True
        session.waiting.clear()
        session.postponed.clear()
        self._staff.sessions.pop(session.number, None)
        for worker in self._staff.workers.values():
            if worker.session is session:
                worker.kill()
            elif worker.is_open:
                worker.forget(session)
        self._leaving.append((session, gone))

    def _tell_who_left(self) -> None:
        if not self._leaving:
            return
        busy = {id(worker.session) for worker in self._staff.workers.values()}
        staying = [item for item in self._leaving if id(item[0]) in busy]
        for session, gone in self._leaving:
            if id(session) not in busy:
                gone.set_result(None)
        self._leaving = staying

    def _retire_all(self) -> None:
        for worker in self._staff.workers.values():
            worker.retired = True

    def _end_all(self) -> None:
        """Also the last act of a thread that a fault of our own ends: nobody is left waiting."""
        with self._gate:
            self._ended = True
        while self._commands:
            self._commands.popleft()()
        for request in self._staff.requests:
            request.answer.set_exception(ExecutionError(CLOSED))
        self._staff.requests.clear()
        for session in self._staff.sessions.values():
            session.halt(ReturnReason.LOAD_FAILED, CLOSED)
        for worker in list(self._staff.workers.values()):
            if worker.running is not None:
                worker.stopping.add(worker.running)
            worker.kill()
        for worker in list(self._staff.workers.values()):
            worker.process.wait()
            self._staff.refuse_request(worker, CLOSED)
            self._caretaking.bury(worker)
        for _, gone in self._leaving:
            gone.set_result(None)


def default_slots() -> int:
    """One run for each processor that this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, count or 1)
