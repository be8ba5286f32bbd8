"""Looks after workers: deadlines, workers that died, queues behind long runs, workers nobody needs."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from rivers_core.location.losses import canceled_before_start, lost_run, retry_delay
from rivers_core.location.remote_worker import LONG_RUN, Purpose, RemoteWorker, WorkerState
from rivers_core.location.request import LONGEST_SECONDS
from rivers_core.location.session import Session
from rivers_core.location.staff import Staff
from rivers_core.pythons.inspecting import crashed
from rivers_core.pythons.processes import end_of
from rivers_core.steps.task import LogLine, Report, ReturnReason, RunTask

LONGEST_LOADING = 120.0  # seconds
IDLE_SECONDS = 300.0  # after which a worker that nobody needs is ended, but for one
MOST_FALSE_STARTS = 3
REAP_INTERVAL = 0.01
LOOK_INTERVAL = 1.0


class Caretaking:
    """Used by the dispatcher's thread."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    def patience(self) -> float | None:
        """Seconds until something has to be looked after; None when there is nothing."""
        now = monotonic()
        moments = [moment - now for moment in self._appointments(now)]
        return max(0.0, min(moments)) if moments else None

    def look_after(self) -> None:
        """Do whatever is due."""
        now = monotonic()
        for worker in list(self._staff.workers.values()):
            self._keep_appointments(worker, now)
            if worker.is_gone(now):
                self.bury(worker)
        for session in self._staff.sessions.values():
            if session.postponed:
                session.resume_postponed(now)
        self._rebalance(now)

    def _appointments(self, now: float) -> Iterator[float]:
        for worker in self._staff.workers.values():
            yield now + (REAP_INTERVAL if worker.closed or worker.state is WorkerState.ENDING else LOOK_INTERVAL)
            if worker.kill_at is not None:
                yield worker.kill_at
            if worker.state is WorkerState.LOADING:
                yield worker.idle_since + LONGEST_LOADING
            if worker.step_deadline is not None:
                yield worker.step_deadline
            if len(worker.tasks) > 1 and not worker.taking_back:
                yield max(now + LONG_RUN / 2, worker.running_since + LONG_RUN)
        for session in self._staff.sessions.values():
            yield from (moment for moment, _ in session.postponed)

    def _keep_appointments(self, worker: RemoteWorker, now: float) -> None:
        if worker.kill_at is not None and now >= worker.kill_at:
            worker.kill()
        if worker.step_deadline is not None and now >= worker.step_deadline:
            worker.step_deadline = None
            worker.timed_out = True
            worker.halt()
        if worker.request is not None and worker.request.deadline is not None and now >= worker.request.deadline:
            self._staff.refuse_request(worker, f"It took longer than {LONGEST_SECONDS:g} seconds and was stopped.")
            worker.kill()
        if worker.state is WorkerState.LOADING and now >= worker.idle_since + LONGEST_LOADING:
            code = self._staff.launch.project.code.name
            worker.failure_told = True
            worker.kill()
            self._staff.load_failed(f"{code} took longer than {LONGEST_LOADING:g} seconds to load and was stopped.", "")
        if worker.is_idle and (worker.retired or self._is_superfluous(worker, now)):
            worker.dismiss()

    def _is_superfluous(self, worker: RemoteWorker, now: float) -> bool:
        open_workers = sum(other.is_open for other in self._staff.workers.values())
        return now - worker.idle_since > IDLE_SECONDS and open_workers > 1

    def _rebalance(self, now: float) -> None:
        """Take back what waits behind a run that turned out long, where another worker could do it."""
        for worker in self._staff.workers.values():
            session = worker.session
            if session is None or session.waiting or len(worker.tasks) < 2 or worker.taking_back:
                continue
            if not worker.is_at_long_run(now):
                continue
            demand = self._staff.demand()
            if demand.busy < self._staff.slots and demand.in_use[session.number] < session.wanted:
                worker.take_back(self._staff.next_ticket(), worker.queued(), Purpose.REBALANCE)

    # Workers that ended.

    def bury(self, worker: RemoteWorker) -> None:
        """Answer for what a worker that has ended was given."""
        self._staff.workers.pop(worker.line)
        worker.line.close()
        worker.read_early_errors()
        end = end_of(worker.process.wait())
        if not (worker.has_loaded or worker.failure_told or worker.retired):
            self._tell_not_loaded(worker, end)
        self._staff.refuse_request(worker, f"The worker process {end} before it could answer.")
        if worker.session is not None and worker.session.number in self._staff.sessions:
            self._answer_for(worker, worker.session)

    def _tell_not_loaded(self, worker: RemoteWorker, end: str) -> None:
        launch = self._staff.launch
        if worker.is_awake:
            self._staff.load_failed(
                f"The worker process {end} while it loaded {launch.project.code.name}.", worker.fault
            )
            return
        sentence = crashed(launch.command()[0], worker.process.wait(), worker.early_errors)
        self._staff.load_failed(sentence, worker.early_errors, python_failed=True)

    def _answer_for(self, worker: RemoteWorker, session: Session) -> None:
        reports: list[Report] = []
        queued: list[RunTask] = []
        self._count_false_start(worker, session)
        for number, task in worker.tasks.items():
            if number == worker.running:
                reports += self._answer_for_lost(worker, session, task)
            elif number in worker.stopping:
                reports.append(canceled_before_start(task))
            else:
                queued.append(task)
        session.report(reports)
        if Purpose.RECALL in worker.taking_back.values():
            session.give_back(queued, ReturnReason.RECALLED)
        else:
            self._staff.queue_in_front(session, queued)

    def _count_false_start(self, worker: RemoteWorker, session: Session) -> None:
        """Give up on a session whose workers end by themselves again and again before they begin a run."""
        if worker.running is not None or worker.state is not WorkerState.READY:
            return
        session.false_starts += 1
        if session.false_starts >= MOST_FALSE_STARTS:
            end = end_of(worker.process.wait())
            reason = worker.fault.strip().rpartition("\n")[2]
            sentence = f"Worker processes end before they begin a run; the last one {end}. {reason}".strip()
            session.halt(ReturnReason.LOAD_FAILED, sentence)

    def _answer_for_lost(self, worker: RemoteWorker, session: Session, task: RunTask) -> list[Report]:
        outcome = lost_run(worker, task)
        losses = session.losses.get(task.run_number, 0) + 1
        delay = None
        if task.run_number not in worker.stopping and not session.halted:
            delay = retry_delay(worker, task, losses, self._staff.spec)
        if delay is None or outcome.error is None:
            return [outcome]
        session.losses[task.run_number] = losses
        session.postponed.append((monotonic() + delay, task))
        text = f"{outcome.error.message} It is tried again."
        return [LogLine(task.run_number, outcome.ended, "warning", "rivers", worker.step, text)]
