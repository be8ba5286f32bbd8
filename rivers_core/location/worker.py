"""The worker process: loads a project's code once, then does run after run of it until the engine lets go."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn, assert_never

from rivers_core.assets.resource import OpenResources
from rivers_core.exceptions import CodeLocationError, RiversError
from rivers_core.io_handlers.default import DefaultIOHandler
from rivers_core.location import messages
from rivers_core.location.alias import rivers_alias
from rivers_core.location.descriptors import OutputPipe, take_over_descriptors, wait_for_output
from rivers_core.location.engine_link import EngineLink
from rivers_core.location.framing import Message
from rivers_core.location.inbox import Goodbye, Hello, Inbox, Question, RunOrdered, WorkerSession
from rivers_core.location.loading import CodePlace, LoadedCode, load_code, put_on_path
from rivers_core.location.machine_share import keep_to_share
from rivers_core.location.serving import answer
from rivers_core.steps.errors import message_of
from rivers_core.steps.run import run_task
from rivers_core.steps.run_log import RunLog
from rivers_core.steps.scope import RunScope
from rivers_core.steps.streams import RunLogHandler, RunStream, printing_into
from rivers_core.steps.task import PartitionFailure, RunTask, StepOutcome, StoredOutput
from rivers_core.steps.watch import Unwatched

ATTENDING_INTERVAL = 0.2  # seconds between looks at the parent and at log lines that wait
PRINTED_WHILE_LOADING = 4_000  # characters of it that are shown when loading fails


class WorkerWatch(Unwatched):
    """Tells the engine what it needs to answer for a run whose worker ends in the middle of it."""

    def __init__(self, link: EngineLink, task: RunTask) -> None:
        self._link = link
        self._number = task.run_number
        self._has_several_steps = len(task.assets) > 1

    def attempt_begins(self, step: str, timeout_seconds: float | None) -> None:
        if timeout_seconds is not None or self._has_several_steps:
            self._link.send([messages.STEP_BEGINS, self._number, step, timeout_seconds])

    def step_ended(
        self, steps: Sequence[StepOutcome], outputs: Sequence[StoredOutput], failures: Sequence[PartitionFailure]
    ) -> None:
        self._link.send([messages.STEP_ENDED, self._number, *messages.write_progress(steps, outputs, failures)])


class Worker:
    """Runs user code in the main thread; one thread listens to the engine, one attends to output."""

    def __init__(self, link: EngineLink, pipes: list[OutputPipe]) -> None:
        self._link = link
        self._pipes = pipes
        self._inbox = Inbox()
        self._sessions: dict[int, WorkerSession] = {}
        self._log: RunLog | None = None
        self._printed = ""
        self._parent = parent_process()
        self._flush_c = _c_flush()
        self._code: LoadedCode | None = None
        self._default_handler: Any = None
        self._resources = OpenResources({})

    def work(self) -> None:
        """Do what the engine asks for until it says goodbye; never returns if the engine is gone."""
        self._link.send([messages.AWAKE])
        Thread(target=self._listen, name="listen", daemon=True).start()
        Thread(target=self._attend, name="attend", daemon=True).start()
        self._capture_python_output()
        with rivers_alias():
            while self._do(self._inbox.take()):
                pass
        self._resources.close()
        self._link.release()

    def _do(self, work: Hello | RunOrdered | Question | Goodbye) -> bool:
        match work:
            case Hello():
                return self._load(work.settings)
            case RunOrdered():
                self._run(work)
            case Question():
                self._answer(work)
            case Goodbye():
                return False
            case _:
                assert_never(work)
        if self._inbox.is_empty:
            self._link.release()
        return True

    def _load(self, settings: dict[str, Any]) -> bool:
        keep_to_share(settings["threads"], settings["memory"])
        sys.argv[:] = [settings["code"]]
        if settings["packages"]:
            put_on_path(settings["packages"])
        toml = settings["toml"]
        place = CodePlace(Path(settings["folder"]), Path(settings["code"]), Path(toml) if toml else None)
        try:
            self._code = load_code(place)
        except CodeLocationError as error:
            self._drain()
            self._link.send([messages.LOAD_FAILED, str(error), self._with_prints(error.details), error.missing, False])
            return False
        self._default_handler = DefaultIOHandler(path=settings["outputs"])
        self._resources = OpenResources(self._code.definitions.resources)
        if not logging.getLogger().handlers:
            logging.basicConfig(handlers=[RunLogHandler(self._current_log)], format="%(message)s", level=logging.INFO)
        self._link.send([messages.LOADED, self._code.fingerprint])
        return True

    def _with_prints(self, details: str) -> str:
        printed = self._printed[-PRINTED_WHILE_LOADING:].strip()
        return f"{details}\nPrinted while it was loaded:\n{printed}\n" if printed else details

    def _run(self, ordered: RunOrdered) -> None:
        session = ordered.session
        task = messages.read_task(ordered.number, ordered.ranges, session.templates[ordered.template])
        if session.scope is None:
            grids = messages.read_grids(session.grids)
            session.scope = RunScope(self._loaded.definitions, grids, self._default_handler, self._resources)
        log = RunLog(ordered.number, self._link.log)
        self._log = log
        self._link.send([messages.STARTED, ordered.number, time.time()])
        with printing_into(log):
            outcome = run_task(session.scope, task, log, WorkerWatch(self._link, task))
        self._drain()
        log.close()
        self._log = None
        self._link.hold(messages.write_outcome(outcome))

    def _answer(self, asked: Question) -> None:
        try:
            value = answer(self._loaded, self._default_handler, asked.question, asked.arguments)
        except RiversError as error:
            self._link.send([messages.REFUSAL, asked.ticket, str(error)])
        except Exception as error:  # noqa: BLE001 - models and IO handlers are user code
            kind = type(error).__qualname__
            self._link.send([messages.REFUSAL, asked.ticket, f"{kind}: {message_of(error)}"])
        else:
            self._link.send([messages.ANSWER, asked.ticket, value])

    @property
    def _loaded(self) -> LoadedCode:
        assert self._code is not None  # the engine sends work only to workers that have loaded
        return self._code

    # What is printed.

    def _capture_python_output(self) -> None:
        for pipe in self._pipes:
            stream = RunStream(pipe.text_stream(), pipe.source, echo=False, elsewhere=self._current_log)
            setattr(sys, pipe.source, stream)

    def _current_log(self) -> RunLog | None:
        return self._log

    def _drain(self) -> None:
        """Take in all that has been printed up to now."""
        self._flush_c()
        for pipe in self._pipes:
            pipe.pump(self._on_printed)

    def _on_printed(self, source: str, text: str) -> None:
        log = self._log
        if log is not None:
            log.write(source, text)
        elif self._code is None:
            self._printed = (self._printed + text)[-PRINTED_WHILE_LOADING:]

    # The other threads.

    def _listen(self) -> None:
        try:
            for message in self._link.received():
                self._on_message(message)
        except Exception as error:
            self._link.send([messages.BROKEN, "".join(traceback.format_exception(error))])
            raise
        finally:
            die()

    def _on_message(self, message: Message) -> None:
        match message:
            case [messages.HELLO, settings]:
                self._inbox.put(Hello(settings))
            case [messages.GRIDS, number, grids]:
                self._sessions[number] = WorkerSession(grids, [])
            case [messages.TEMPLATE, number, _, template]:
                self._sessions[number].templates.append(messages.read_template(template))
            case [messages.RUN, number, tasks]:
                session = self._sessions[number]
                self._inbox.put(*(RunOrdered(session, *task) for task in tasks))
            case [messages.UNQUEUE, ticket, numbers]:
                self._link.send([messages.UNQUEUED, ticket, self._inbox.take_out(numbers)])
            case [messages.FORGET, number]:
                del self._sessions[number]
            case [messages.ASK, ticket, question, arguments]:
                self._inbox.put(Question(ticket, question, arguments))
            case [messages.HALT]:
                self._halt()
            case [messages.BYE]:
                self._inbox.put(Goodbye())

    def _halt(self) -> None:
        """Begin nothing more and hand over the end of the log, before the engine kills this process."""
        self._inbox.clear()
        log = self._log
        if log is not None:
            log.flush()
        self._link.send([messages.HALTING])

    def _attend(self) -> None:
        while True:
            wait_for_output(self._pipes, ATTENDING_INTERVAL)
            for pipe in self._pipes:
                pipe.pump(self._on_printed)
            self._link.release()
            if parent_process() != self._parent:
                die()


def parent_process() -> int | None:
    """The number of the process that started this one, another one when that is gone; None on Windows.

    There it never changes, and the end of what arrives has to be enough.
    """
    return None if sys.platform == "win32" else os.getppid()


def die() -> NoReturn:
    """End this process and all it started, at once: nobody is left to work for."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def _c_flush() -> Callable[[], object]:
    """Writes out what C code printed and its library still holds back."""
    import ctypes

    # On Windows everything compiled for this Python shares one C library.
    flush = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None).fflush
    return lambda: flush(None)


def main() -> None:
    """Work for the process at the other end of stdin and stdout.

    A frozen app has this one program for all that its own Python is asked to do, which its first argument may say.
    """
    if sys.argv[1:]:
        from rivers_core.pythons.programs import serve  # a worker itself has no use for it

        if serve(sys.argv[1:]):
            return
    incoming, outgoing, pipes = take_over_descriptors()
    link = EngineLink(incoming, outgoing)
    try:
        Worker(link, pipes).work()
    except Exception as error:
        link.send([messages.BROKEN, "".join(traceback.format_exception(error))])
        raise


if __name__ == "__main__":
    main()
