"""A question to any worker of a project, and its answer when it comes."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

LONGEST_SECONDS = 120.0


@dataclass(eq=False, slots=True)
class Request:
    """`answer` gets a value that JSON can hold, or a RiversError."""

    ticket: int
    question: str
    arguments: dict[str, Any]
    answer: Future[Any] = field(default_factory=Future)
    deadline: float | None = None
