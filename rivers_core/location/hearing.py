"""Understands what workers say, and tells the runs' reports to the sessions they belong to."""

from __future__ import annotations

from time import monotonic

from rivers_core.exceptions import ExecutionError
from rivers_core.location import messages
from rivers_core.location.framing import GarbledStreamError, Message
from rivers_core.location.losses import canceled_before_start
from rivers_core.location.remote_worker import Purpose, RemoteWorker, WorkerState
from rivers_core.location.staff import Staff
from rivers_core.steps.task import Report, ReturnReason

SHORT_RUN_DEPTH = 4  # queued as deep as this, the workers can do without the engine for some milliseconds


class Hearing:
    """Used by the dispatcher's thread."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    def take_in(self, worker: RemoteWorker, chunk: bytes) -> int:
        """Act on what arrived from a worker, b"" at its end; the number of short runs that ended with it."""
        if not chunk:
            worker.closed = True
            return 0
        reports: list[Report] = []
        session = worker.session  # a last outcome takes it from the worker
        ended = 0
        try:
            for message in worker.unpacker.feed(chunk):
                reports += self._on_message(worker, message)
                ended += message[0] == messages.ENDED and session is not None and session.depth >= SHORT_RUN_DEPTH
        except GarbledStreamError:
            worker.kill()
        if reports and session is not None:
            session.report(reports)
        return ended

    def _on_message(self, worker: RemoteWorker, message: Message) -> list[Report]:
        match message[0]:
            case messages.STARTED:
                return self._on_started(worker, message)
            case messages.ENDED:
                return self._on_ended(worker, message)
            case messages.LOG:
                return list(messages.read_log(message))
            case messages.STEP_BEGINS:
                worker.begin_step(message[2], message[3])
            case messages.STEP_ENDED:
                worker.end_step(message)
            case messages.HALTING:
                worker.kill()
            case messages.UNQUEUED:
                self._on_unqueued(worker, message[1], message[2])
            case messages.AWAKE | messages.LOADED:
                self._on_progress(worker, message)
            case messages.LOAD_FAILED:
                self._on_load_failed(worker, message)
            case messages.BROKEN:
                worker.fault = message[1]
            case messages.ANSWER | messages.REFUSAL:
                self._on_answer(worker, message)
            case kind:
                raise GarbledStreamError(f"nobody knows the message {kind!r}")
        return []

    def _on_started(self, worker: RemoteWorker, message: Message) -> list[Report]:
        started = messages.read_started(message)
        worker.begin(started.run_number)
        if worker.session is not None:
            worker.session.false_starts = 0
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

    def _on_load_failed(self, worker: RemoteWorker, message: Message) -> None:
        worker.failure_told = True
        worker.kill()
        _, sentence, details, missing, python_failed = message
        self._staff.load_failed(sentence, details, missing=missing, python_failed=python_failed)

    def _on_progress(self, worker: RemoteWorker, message: Message) -> None:
        worker.is_awake = True
        if message[0] == messages.AWAKE:
            return
        worker.fingerprint = message[1]
        worker.has_loaded = True
        worker.state = WorkerState.READY
        worker.idle_since = monotonic()

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
                self._staff.queue_in_front(session, tasks)
