"""The one thread that starts a project's workers, gives them tasks, hears what came of these, and ends them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from threading import Thread
from time import monotonic, sleep
from typing import Any

from rivers_core.exceptions import CodeLocationError, ExecutionError
from rivers_core.location import messages
from rivers_core.location.assignment import Demand, PoolRules, refill_for, share_for
from rivers_core.location.framing import GarbledStreamError, Message
from rivers_core.location.launch import Launch, end_of
from rivers_core.location.losses import canceled_before_start, lost_run, retry_delay
from rivers_core.location.remote_worker import Purpose, RemoteWorker, WorkerState
from rivers_core.location.request import LONGEST_SECONDS, Request
from rivers_core.location.session import Session
from rivers_core.location.spec import RepositorySpec
from rivers_core.location.switchboard import Line, new_switchboard
from rivers_core.steps.task import LogLine, Report, ReturnReason, RunTask

BUSY_OUTCOMES = 8  # as many runs ended at once: then it pays to let more come together
BUSY_PAUSE = 0.002  # seconds
LONG_RUN = 0.05  # seconds after which what waits behind a run goes elsewhere
IDLE_SECONDS = 300.0  # after which a worker that nobody needs is ended, but for one
REAP_INTERVAL = 0.01
LOOK_INTERVAL = 1.0

CODE_CHANGED = "The project's code has changed since this backfill was planned."


class Dispatcher:
    """Owns every worker process of a project. All methods but those of the first part run in its own thread."""

    def __init__(self, launch: Launch, slots: int) -> None:
        self._launch = launch
        self.slots = slots
        self._switchboard = new_switchboard()
        self._commands: deque[Callable[[], None]] = deque()
        self._workers: dict[Line, RemoteWorker] = {}
        self._sessions: dict[int, Session] = {}
        self._requests: deque[Request] = deque()
        self._leaving: list[tuple[Session, Future[None]]] = []
        self._spec: RepositorySpec | None = None
        self._rules = PoolRules()
        self._ticket = 0
        self._served = 0
        self._closing = False
        self._thread = Thread(target=self._run, name="rivers workers", daemon=True)
        self._thread.start()

    # Calls from any thread.

    def post(self, command: Callable[[], None]) -> None:
        """Have `command` done in the dispatcher's thread, soon."""
        self._commands.append(command)
        self._switchboard.wake()

    def ask(self, question: str, arguments: dict[str, Any]) -> Future[Any]:
        """The answer of any worker; a RiversError when there is none."""
        request = Request(0, question, arguments)
        self.post(lambda: self._requests.append(request))
        return request.answer

    def open(self, session: Session) -> None:
        self.post(lambda: self._sessions.__setitem__(session.number, session))

    def submit(self, session: Session, tasks: Sequence[RunTask]) -> None:
        self.post(lambda: self._take_up(session, tasks))

    def stop(self, session: Session, numbers: Collection[int]) -> None:
        self.post(lambda: self._stop(session, frozenset(numbers)))

    def recall(self, session: Session) -> None:
        self.post(lambda: self._recall(session))

    def leave(self, session: Session) -> Future[None]:
        """End a session with whatever it still runs; done when nothing of it runs any more."""
        gone: Future[None] = Future()
        self.post(lambda: self._leave(session, gone))
        return gone

    def retire_all(self) -> None:
        """From now on only fresh workers are used; the others end what they are at."""
        self.post(self._retire_all)

    def set_spec(self, spec: RepositorySpec) -> None:
        self.post(lambda: self._set_spec(spec))

    def set_slots(self, slots: int) -> None:
        self.post(lambda: setattr(self, "slots", slots))

    def close(self) -> None:
        """Kill every worker and end the thread."""
        if self._thread.is_alive():
            self.post(lambda: setattr(self, "_closing", True))
            self._thread.join()

    # The thread.

    def _run(self) -> None:
        while not self._closing:
            ended = self._hear(self._patience())
            self._obey()
            self._look_after()
            self._assign()
            if ended >= BUSY_OUTCOMES:
                sleep(BUSY_PAUSE)
        self._end_all()

    def _hear(self, timeout: float | None) -> int:
        """Take in what workers sent; the number of runs that ended."""
        ended = 0
        for line, chunk in self._switchboard.wait(timeout):
            worker = self._workers.get(line)
            if worker is None:
                continue
            if not chunk:
                worker.closed = True
                continue
            ended += self._take_in(worker, chunk)
        return ended

    def _take_in(self, worker: RemoteWorker, chunk: bytes) -> int:
        reports: list[Report] = []
        session = worker.session
        ended = 0
        try:
            for message in worker.unpacker.feed(chunk):
                reports += self._on_message(worker, message)
                ended += message[0] == messages.ENDED
        except GarbledStreamError:
            worker.kill()
        if reports and session is not None:
            session.report(reports)
        return ended

    def _obey(self) -> None:
        while self._commands:
            self._commands.popleft()()

    def _patience(self) -> float | None:
        """How long to wait for workers: until the next thing that has to be looked after."""
        if self._commands:
            return 0.0
        now = monotonic()
        moments = [moment - now for moment in self._appointments(now)]
        return max(0.0, min(moments)) if moments else None

    def _appointments(self, now: float) -> Iterator[float]:
        for worker in self._workers.values():
            yield now + (REAP_INTERVAL if worker.closed or worker.state is WorkerState.ENDING else LOOK_INTERVAL)
            if worker.kill_at is not None:
                yield worker.kill_at
            if worker.step_deadline is not None:
                yield worker.step_deadline
            if len(worker.tasks) > 1 and not worker.taking_back:
                yield worker.running_since + LONG_RUN if now < worker.running_since + LONG_RUN else now + LONG_RUN
        for session in self._sessions.values():
            yield from (moment for moment, _ in session.postponed)

    # Messages.

    def _on_message(self, worker: RemoteWorker, message: Message) -> list[Report]:
        match message[0]:
            case messages.STARTED:
                return self._on_started(worker, message)
            case messages.ENDED:
                return self._on_ended(worker, message)
            case messages.LOG:
                return list(messages.read_log(message))
            case messages.STEP_BEGINS:
                worker.step, seconds = message[2], message[3]
                worker.timed_out = seconds
                worker.step_deadline = None if seconds is None else monotonic() + seconds
            case messages.STEP_ENDED:
                worker.progress, worker.step, worker.step_deadline, worker.timed_out = message, "", None, None
            case messages.UNQUEUED:
                self._on_unqueued(worker, message[1], message[2])
            case messages.HALTING:
                worker.kill()
            case messages.LOADED:
                self._on_loaded(worker, message[1])
            case messages.LOAD_FAILED:
                self._on_load_failed(worker, message[1], message[2])
            case messages.ANSWER | messages.REFUSAL:
                self._on_answer(worker, message)
            case kind:
                raise GarbledStreamError(f"nobody knows the message {kind!r}")
        return []

    def _on_started(self, worker: RemoteWorker, message: Message) -> list[Report]:
        started = messages.read_started(message)
        worker.begin(started.run_number)
        if started.run_number in worker.stopping:
            worker.halt()
        return [started]

    def _on_ended(self, worker: RemoteWorker, message: Message) -> list[Report]:
        outcome = messages.read_outcome(message)
        session = worker.session
        if session is None or worker.end_run(outcome.run_number) is None:
            return []
        session.learn(outcome.ended - outcome.started)
        session.losses.pop(outcome.run_number, None)
        return [outcome]

    def _on_loaded(self, worker: RemoteWorker, fingerprint: str) -> None:
        worker.fingerprint = fingerprint
        worker.state = WorkerState.READY
        worker.idle_since = monotonic()

    def _on_load_failed(self, worker: RemoteWorker | None, sentence: str, details: str) -> None:
        """Nobody can be served by code that does not load."""
        if worker is not None:
            worker.kill()
        for request in self._requests:
            request.answer.set_exception(CodeLocationError(sentence, details))
        self._requests.clear()
        for session in self._sessions.values():
            if session.waiting or session.postponed:
                session.halt(ReturnReason.LOAD_FAILED, sentence)

    def _on_answer(self, worker: RemoteWorker, message: Message) -> None:
        request, worker.request = worker.request, None
        worker.idle_since = monotonic()
        if request is None or request.ticket != message[1]:
            return
        if message[0] == messages.ANSWER:
            request.answer.set_result(message[2])
        else:
            request.answer.set_exception(ExecutionError(message[2]))

    def _on_unqueued(self, worker: RemoteWorker, ticket: int, numbers: list[int]) -> None:
        session = worker.session
        purpose = worker.taking_back.pop(ticket, None)
        tasks = worker.taken_back(numbers)
        if session is None or purpose is None:
            return
        match purpose:
            case Purpose.CANCEL:
                session.report([canceled_before_start(task) for task in tasks])
            case Purpose.RECALL:
                session.give_back(tasks, ReturnReason.RECALLED)
            case Purpose.REBALANCE:
                self._queue_in_front(session, tasks)

    # Commands.

    def _take_up(self, session: Session, tasks: Sequence[RunTask]) -> None:
        if session.halted:
            session.give_back(tasks, ReturnReason.RECALLED)
        else:
            session.waiting.extend(tasks)

    def _stop(self, session: Session, numbers: frozenset[int]) -> None:
        self._stop_waiting(session, numbers)
        for worker in self._workers_of(session):
            ours = numbers.intersection(worker.tasks)
            worker.stopping |= ours
            if worker.running in ours:
                worker.halt()
            elif ours:
                worker.take_back(self._next_ticket(), ours, Purpose.CANCEL)

    def _stop_waiting(self, session: Session, numbers: frozenset[int]) -> None:
        tasks = [*session.waiting, *(task for _, task in session.postponed)]
        stopped = [task for task in tasks if task.run_number in numbers]
        if stopped:
            session.waiting = deque(task for task in session.waiting if task.run_number not in numbers)
            session.postponed = [item for item in session.postponed if item[1].run_number not in numbers]
            session.report([canceled_before_start(task) for task in stopped])

    def _recall(self, session: Session) -> None:
        waiting, session.waiting = session.waiting, deque()
        session.give_back(waiting, ReturnReason.RECALLED)
        for worker in self._workers_of(session):
            if queued := worker.queued():
                worker.take_back(self._next_ticket(), queued, Purpose.RECALL)

    def _leave(self, session: Session, gone: Future[None]) -> None:
        session.halted = True
        session.waiting.clear()
        session.postponed.clear()
        self._sessions.pop(session.number, None)
        for worker in self._workers.values():
            if worker.session is session:
                worker.kill()
            elif worker.is_open:
                worker.forget(session)
        self._leaving.append((session, gone))

    def _retire_all(self) -> None:
        for worker in self._workers.values():
            worker.retired = True

    def _set_spec(self, spec: RepositorySpec) -> None:
        self._spec = spec
        self._rules = PoolRules.of(spec)

    # Looking after workers.

    def _look_after(self) -> None:
        now = monotonic()
        for worker in list(self._workers.values()):
            self._keep_appointments(worker, now)
            if worker.is_gone(now):
                self._bury(worker)
        for session in self._sessions.values():
            if session.postponed:
                session.resume_postponed(now)
        self._tell_who_left()
        self._rebalance(now)

    def _keep_appointments(self, worker: RemoteWorker, now: float) -> None:
        if worker.kill_at is not None and now >= worker.kill_at:
            worker.kill()
        if worker.step_deadline is not None and now >= worker.step_deadline:
            worker.step_deadline = None
            worker.halt()
        if worker.request is not None and worker.request.deadline is not None and now >= worker.request.deadline:
            self._fail_request(worker, f"It took longer than {LONGEST_SECONDS:g} seconds and was stopped.")
            worker.kill()
        if worker.is_idle and (worker.retired or self._is_superfluous(worker, now)):
            worker.dismiss()

    def _is_superfluous(self, worker: RemoteWorker, now: float) -> bool:
        return now - worker.idle_since > IDLE_SECONDS and sum(other.is_open for other in self._workers.values()) > 1

    def _bury(self, worker: RemoteWorker) -> None:
        """Answer for what a worker that has ended was given."""
        self._workers.pop(worker.line)
        worker.line.close()
        worker.process.wait()
        if worker.state is WorkerState.LOADING:
            code = self._launch.project.code.name
            end = end_of(worker.process.returncode)
            self._on_load_failed(None, f"The worker process {end} while it loaded {code}.", "")
        if worker.request is not None:
            self._fail_request(worker, f"The worker process {end_of(worker.process.returncode)} before it could answer.")
        if worker.session is not None and worker.session.number in self._sessions:
            self._answer_for(worker, worker.session)

    def _answer_for(self, worker: RemoteWorker, session: Session) -> None:
        reports: list[Report] = []
        queued: list[RunTask] = []
        recalled: list[RunTask] = []
        is_recalled = Purpose.RECALL in worker.taking_back.values()
        for number, task in worker.tasks.items():
            if number == worker.running:
                reports += self._answer_for_lost(worker, session, task)
            elif number in worker.stopping:
                reports.append(canceled_before_start(task))
            else:
                (recalled if is_recalled else queued).append(task)
        session.report(reports)
        session.give_back(recalled, ReturnReason.RECALLED)
        self._queue_in_front(session, queued)

    def _answer_for_lost(self, worker: RemoteWorker, session: Session, task: RunTask) -> list[Report]:
        outcome = lost_run(worker, task)
        losses = session.losses.get(task.run_number, 0) + 1
        delay = None
        if task.run_number not in worker.stopping and not session.halted:
            delay = retry_delay(worker, task, losses, self._spec)
        if delay is None or outcome.error is None:
            return [outcome]
        session.losses[task.run_number] = losses
        session.postponed.append((monotonic() + delay, task))
        text = f"{outcome.error.message} It is tried again."
        return [LogLine(task.run_number, outcome.ended, "warning", "rivers", worker.step, text)]

    def _queue_in_front(self, session: Session, tasks: list[RunTask]) -> None:
        if session.halted:
            session.give_back(tasks, ReturnReason.RECALLED)
        else:
            session.waiting.extendleft(reversed(tasks))

    def _fail_request(self, worker: RemoteWorker, sentence: str) -> None:
        if worker.request is not None:
            worker.request.answer.set_exception(ExecutionError(sentence))
            worker.request = None

    def _tell_who_left(self) -> None:
        busy = {worker.session for worker in self._workers.values()}
        staying = [(session, gone) for session, gone in self._leaving if session in busy]
        for session, gone in self._leaving:
            if session not in busy:
                gone.set_result(None)
        self._leaving = staying

    def _rebalance(self, now: float) -> None:
        """Take back what waits behind a run that turned out long, where another worker could do it."""
        for worker in self._workers.values():
            session = worker.session
            if session is None or session.waiting or len(worker.tasks) < 2 or worker.taking_back:
                continue
            if worker.running is None or now < worker.running_since + LONG_RUN:
                continue
            demand = self._demand()
            if demand.busy < self.slots and demand.in_use[session.number] < session.wanted:
                worker.take_back(self._next_ticket(), worker.queued(), Purpose.REBALANCE)

    # Giving work.

    def _assign(self) -> None:
        self._serve_requests()
        while (demand := self._demand()).busy < self.slots:
            served = any(self._serve(session, demand) for session in demand.eligible())
            if not served:
                break
        self._refill(demand)
        self._hire(demand)

    def _serve(self, session: Session, demand: Demand) -> bool:
        """Give one more worker to a session, if there is one that is free."""
        for worker in self._workers.values():
            if not worker.is_idle or worker.retired:
                continue
            if session.fingerprint and worker.fingerprint != session.fingerprint:
                session.halt(ReturnReason.CODE_CHANGED, CODE_CHANGED)
                return True
            pools = demand.pools_of(session)
            worker.assign(session, session.take(share_for(session, self.slots)), pools)
            self._served += 1
            session.last_served = self._served
            return True
        return False

    def _refill(self, demand: Demand) -> None:
        for worker in self._workers.values():
            session = worker.session
            if session is None or not worker.is_open or worker.stopping or worker.taking_back:
                continue
            count = refill_for(session, worker, self._rules)
            if count and not demand.must_yield(session):
                worker.assign(session, session.take(count), worker.pools)

    def _serve_requests(self) -> None:
        for worker in self._workers.values():
            if not self._requests:
                return
            if worker.is_idle and not worker.retired:
                request = self._requests.popleft()
                request.ticket = self._next_ticket()
                request.deadline = monotonic() + LONGEST_SECONDS
                worker.request = request
                worker.send([messages.ASK, request.ticket, request.question, request.arguments])

    def _hire(self, demand: Demand) -> None:
        """Start the workers that are missing: one for each slot that is wanted, one more for questions."""
        usable = [worker for worker in self._workers.values() if worker.is_open]
        loading = sum(worker.state is WorkerState.LOADING for worker in usable)
        wanted = sum(min(session.wanted - demand.in_use[session.number], len(session.waiting))
                     for session in demand.eligible())
        missing = min(wanted, self.slots - demand.busy) + bool(self._requests) - loading
        for _ in range(min(missing, self.slots + 1 - len(usable))):
            self._start_worker()

    def _start_worker(self) -> None:
        try:
            process = self._launch.start()
        except OSError as error:
            program = self._launch.command()[0]
            self._on_load_failed(None, f"{program} could not be started: {error.strerror or error}.", "")
            return
        line = self._switchboard.connect(process)
        worker = RemoteWorker(process, line)
        self._workers[line] = worker
        worker.send([messages.HELLO, self._launch.settings(self.slots)])

    # Small things.

    def _demand(self) -> Demand:
        return Demand(self._sessions.values(), list(self._workers.values()), self._rules)

    def _workers_of(self, session: Session) -> list[RemoteWorker]:
        return [worker for worker in self._workers.values() if worker.session is session]

    def _next_ticket(self) -> int:
        self._ticket += 1
        return self._ticket

    def _end_all(self) -> None:
        for worker in self._workers.values():
            worker.kill()
        for worker in self._workers.values():
            worker.process.wait()
            self._fail_request(worker, "The project was closed.")
            worker.line.close()
        for request in self._requests:
            request.answer.set_exception(ExecutionError("The project was closed."))
        for _, gone in self._leaving:
            gone.set_result(None)
        self._switchboard.close()


def default_slots() -> int:
    """One run for each processor that this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, count or 1)
