"""The logger that user code gets."""

from __future__ import annotations

import pytest

from rivers_core.assets.context_log import ContextLogger


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("read %s of %s", 1, 2), "read 1 of 2"),
        (("read %s of %s", 1), "read %s of %s (1,) (not enough arguments for format string)"),
        (("%d rows", "many"), "%d rows ('many',) (%d format: a real number is required, not str)"),
        (("100%", 1), "100% (1,) (incomplete format)"),
    ],
)
def test_a_line_whose_arguments_do_not_fit_is_logged_as_it_is_and_fails_no_run(
    arguments: tuple[object, ...], text: str
) -> None:
    lines: list[tuple[str, str]] = []
    ContextLogger("orders", lambda level, line: lines.append((level, line))).info(*arguments)
    assert lines == [("info", text)]
