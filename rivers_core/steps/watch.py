"""What a run asks of whoever watches over it: whether it was canceled, and who is to know how far it is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from rivers_core.steps.task import PartitionFailure, StepOutcome, StoredOutput


class RunWatch(Protocol):
    """One for each run; called by the thread that runs it."""

    # Exceptions that are not the step's own, but an order to whoever carries the run out.
    passes_on: tuple[type[BaseException], ...]

    def is_canceled(self) -> bool:
        """Whether the run was asked to stop."""

    def wait(self, seconds: float) -> None:
        """Wait before another attempt; returns early when the run is canceled."""

    def attempt_begins(self, step: str, timeout_seconds: float | None) -> None:
        """An attempt starts now and may take so long."""

    def step_ended(
        self, steps: Sequence[StepOutcome], outputs: Sequence[StoredOutput], failures: Sequence[PartitionFailure]
    ) -> None:
        """What the run has come to so far, after a step that others follow."""


class Unwatched:
    """Lets a run go on to its end; tells nobody."""

    passes_on: tuple[type[BaseException], ...] = ()

    def is_canceled(self) -> bool:
        return False

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def attempt_begins(self, step: str, timeout_seconds: float | None) -> None:
        return

    def step_ended(
        self, steps: Sequence[StepOutcome], outputs: Sequence[StoredOutput], failures: Sequence[PartitionFailure]
    ) -> None:
        return
