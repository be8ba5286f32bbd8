"""Names for the forms that a value may have, such as `PartitionKey.Multi`, for `isinstance` and `match`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn


class _Form(type):
    """A class whose instances are made by another one: whatever fits its description."""

    fits: Callable[[Any], bool]
    made_by: str

    def __instancecheck__(cls, value: object) -> bool:
        return cls.fits(value)

    def __call__(cls, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"{cls.__qualname__} is a form to tell values apart; make one by {cls.made_by}.")


def form(name: str, made_by: str, fits: Callable[[Any], bool]) -> type:
    """The form called `name`; `fits` gets any object, `made_by` is what a user writes to make one."""
    doc = f"The form of what {made_by} makes."
    return _Form(name.rpartition(".")[2], (), {"__qualname__": name, "__doc__": doc, "fits": fits, "made_by": made_by})
