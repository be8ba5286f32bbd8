"""Stand-ins for what rivers runs on its own and this engine does not: schedules, sensors and automation.

Code that declares them loads; each is listed as not run here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rivers_core.assets.source import calling_line


class _Decorator:
    """Takes any arguments, bare or decorating a function, and remembers what to call itself."""

    what = ""

    def __init__(self, *given: Any, **settings: Any) -> None:
        self.source = calling_line()
        self.settings = settings
        self.function: Callable[..., Any] | None = next((one for one in given if callable(one)), None)
        self.name = str(settings.get("name") or getattr(self.function, "__name__", ""))

    def __call__(self, *given: Any, **named: Any) -> Any:
        if self.function is not None:
            return self.function(*given, **named)
        self.function = given[0]
        self.name = self.name or getattr(given[0], "__name__", "")
        return self

    def __str__(self) -> str:
        return f"the {self.what} {self.name!r} ({self.source})"


class Schedule(_Decorator):
    """A schedule of rivers: accepted, never run here."""

    what = "schedule"


class Sensor(_Decorator):
    """A sensor of rivers: accepted, never run here."""

    what = "sensor"

    @classmethod
    def run_status(cls, *given: Any, **settings: Any) -> Sensor:
        """A sensor that watches runs."""
        return cls(*given, **settings)

    run_failure = run_status


class _Names(type):
    """Answers every name with its text, as an enumeration of rivers would with a member."""

    def __getattr__(cls, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return f"{cls.__name__}.{name}"


class Choice(metaclass=_Names):
    """A setting of schedules and sensors, such as `SensorStatus.Running`."""


class _Conditions(type):
    """Answers every condition's name with a condition, as `AutomationCondition.eager()` wants."""

    def __getattr__(cls, name: str) -> Callable[..., AutomationCondition]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_, **__: AutomationCondition(name)


class AutomationCondition(metaclass=_Conditions):
    """A condition of rivers under which an asset would be materialized: accepted, never run here."""

    def __init__(self, name: str = "condition") -> None:
        self.name = name

    def __getattr__(self, name: str) -> Callable[..., AutomationCondition]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_, **__: AutomationCondition(f"{self.name}.{name}")

    def _combined(self, *_: Any) -> AutomationCondition:
        return self

    __and__ = __or__ = __invert__ = __rand__ = __ror__ = _combined


class Request:
    """What a schedule or sensor of rivers is given or answers: neither happens here."""

    def __init__(self, *given: Any, **settings: Any) -> None:
        self.given = given
        self.settings = settings

    def __class_getitem__(cls, _: Any) -> type[Request]:
        return cls
