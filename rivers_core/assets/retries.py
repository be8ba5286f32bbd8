"""How often and after what wait a failed step is tried again."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from rivers_core.exceptions import AssetDefinitionError


class FailureReason(StrEnum):
    """Why an attempt failed, as far as it decides whether another may help."""

    ERROR = "error"
    OUT_OF_MEMORY = "out_of_memory"
    TIMEOUT = "timeout"
    INFRASTRUCTURE = "infrastructure"

    @classmethod
    def of(cls, error: BaseException) -> FailureReason:
        """The reason behind an error of user code: a lost connection is the infrastructure's, not the code's."""
        if isinstance(error, MemoryError):
            return cls.OUT_OF_MEMORY
        if isinstance(error, TimeoutError):
            return cls.TIMEOUT
        if isinstance(error, ConnectionError | InterruptedError | BlockingIOError):
            return cls.INFRASTRUCTURE
        return cls.ERROR


class RetryOn(Enum):
    """Which failures are worth another attempt, apart from a list of error types."""

    ALL = "all"
    TRANSIENT = "transient"


_TRANSIENT = frozenset({FailureReason.OUT_OF_MEMORY, FailureReason.TIMEOUT, FailureReason.INFRASTRUCTURE})


@dataclass(frozen=True, slots=True)
class Backoff:
    """The waits between attempts, in seconds; `waits` are a kind's numbers, `jitter` a fraction of each wait.

    A wait w becomes one between w and w * (1 + jitter), so that many failed steps do not come back at once.
    """

    kind: str
    waits: tuple[float, ...]
    jitter: float = 0.0
    max_delay: float | None = None

    def __post_init__(self) -> None:
        numbers = (*self.waits, self.jitter, 0.0 if self.max_delay is None else self.max_delay)
        if not self.waits or any(isinstance(n, bool) or not isinstance(n, int | float) or n < 0 for n in numbers):
            raise AssetDefinitionError(f"Backoff.{self.kind} takes numbers of seconds that are 0 or more: {numbers}.")

    @classmethod
    def constant(cls, delay: float, *, jitter: float = 0.0, max_delay: float | None = None) -> Backoff:
        """The same wait before every attempt."""
        return cls("constant", (delay,), jitter, max_delay)

    @classmethod
    def linear(
        cls, step: float, *, initial: float = 0.0, jitter: float = 0.0, max_delay: float | None = None
    ) -> Backoff:
        """`initial + step * n` before the n-th retry, from 1."""
        return cls("linear", (step, initial), jitter, max_delay)

    @classmethod
    def exponential(
        cls, initial: float, *, factor: float = 2.0, jitter: float = 0.0, max_delay: float | None = None
    ) -> Backoff:
        """`initial` before the first retry, `factor` times more before each further one."""
        return cls("exponential", (initial, factor), jitter, max_delay)

    @classmethod
    def fixed(cls, schedule: Sequence[float], *, jitter: float = 0.0) -> Backoff:
        """One wait after the other; the last one stays."""
        return cls("fixed", tuple(schedule), jitter)

    def delay(self, retry: int, chance: float | None = None) -> float:
        """Seconds to wait before a retry, counted from 1; `chance` in [0, 1] stands for the jitter's dice."""
        wait = self._plain_delay(retry)
        if self.max_delay is not None:
            wait = min(wait, self.max_delay)
        if self.jitter:
            wait *= 1 + self.jitter * (random.random() if chance is None else chance)
        return wait

    def _plain_delay(self, retry: int) -> float:
        first = self.waits[0]
        match self.kind:
            case "linear":
                return self.waits[1] + first * retry
            case "exponential":
                # A factor to a large power overflows long before anybody waits for it.
                return float(first * self.waits[1] ** min(retry - 1, 64))
            case "fixed":
                return self.waits[min(retry, len(self.waits)) - 1]
            case _:
                return first


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Up to `max_retries` further attempts after a failure of the kind that `retry_on` names.

    `retry_on` is RetryOn.ALL, RetryOn.TRANSIENT (out of memory, timeouts, lost connections and workers), or a
    list of error types and FailureReason members; subclasses count. No backoff: at once.
    """

    max_retries: int = 1
    backoff: Backoff | None = None
    retry_on: RetryOn | Sequence[type[BaseException] | FailureReason | str] | None = None
    escalate: Any = None

    def __post_init__(self) -> None:
        if isinstance(self.max_retries, bool) or not isinstance(self.max_retries, int) or self.max_retries < 0:
            raise AssetDefinitionError(f"max_retries must be a whole number of 0 or more, not {self.max_retries!r}.")
        if self.backoff is not None and not isinstance(self.backoff, Backoff):
            raise AssetDefinitionError(f"backoff must be a Backoff such as Backoff.constant(5), not {self.backoff!r}.")
        if self.escalate is not None:
            raise AssetDefinitionError("RetryPolicy(escalate=) asks Kubernetes for more memory, which is not run here.")
        if self.retry_on is not None and not isinstance(self.retry_on, RetryOn):
            object.__setattr__(self, "retry_on", tuple(_checked_cause(cause) for cause in self.retry_on))

    def delay(self, retry: int) -> float:
        """Seconds to wait before a retry, counted from 1."""
        return self.backoff.delay(retry) if self.backoff is not None else 0.0

    def allows(self, retry: int, error: BaseException) -> bool:
        """Whether a step that failed with `error` gets its `retry`-th further attempt."""
        return retry <= self.max_retries and self._is_cause(FailureReason.of(error), type(error))

    def allows_after_loss(self, retry: int, reason: FailureReason = FailureReason.INFRASTRUCTURE) -> bool:
        """The same for an attempt that left no error: its worker died or ran out of time."""
        return retry <= self.max_retries and self._is_cause(reason, None)

    def _is_cause(self, reason: FailureReason, kind: type[BaseException] | None) -> bool:
        match self.retry_on:
            case None | RetryOn.ALL:
                return True
            case RetryOn.TRANSIENT:
                return reason in _TRANSIENT
            case causes:
                names = {_name_of(one) for one in kind.__mro__} if kind is not None else set()
                return any(cause == reason or cause in names or _name_of(cause) in names for cause in causes)

    def to_spec(self) -> dict[str, Any]:
        """The policy as JSON-able values; error types go by name."""
        causes = self.retry_on
        return {
            "max_retries": self.max_retries,
            "backoff": None if self.backoff is None else _backoff_spec(self.backoff),
            "retry_on": causes.value
            if isinstance(causes, RetryOn)
            else None
            if causes is None
            else [_name_of(cause) for cause in causes],
        }

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> RetryPolicy:
        """The policy `to_spec` described."""
        causes, backoff = spec.get("retry_on"), spec.get("backoff")
        return cls(
            spec["max_retries"],
            Backoff(backoff["kind"], tuple(backoff["waits"]), backoff["jitter"], backoff["max_delay"])
            if backoff
            else None,
            RetryOn(causes) if isinstance(causes, str) else causes,
        )


def _backoff_spec(backoff: Backoff) -> dict[str, Any]:
    return {
        "kind": backoff.kind,
        "waits": list(backoff.waits),
        "jitter": backoff.jitter,
        "max_delay": backoff.max_delay,
    }


def _checked_cause(cause: object) -> type[BaseException] | FailureReason | str:
    if isinstance(cause, str):
        return FailureReason(cause) if cause in list(FailureReason) else cause
    if isinstance(cause, type) and issubclass(cause, BaseException):
        return cause
    raise AssetDefinitionError(f"retry_on takes error types such as ConnectionError, not {cause!r}.")


def _name_of(cause: type[BaseException] | FailureReason | str) -> str:
    """What an error type is called in a spec, where the type itself cannot travel."""
    if isinstance(cause, str):
        return str(cause)
    return f"{cause.__module__}.{cause.__qualname__}"
