"""Reports of errors in user code: what they say, and which frames they show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rivers_core.exceptions import ExecutionError
from rivers_core.partitions.keys import PartitionKey
from rivers_core.steps.errors import LONGEST_MESSAGE, last_user_frame, report_of


def caught(function) -> BaseException:
    with pytest.raises(BaseException) as found:
        function()
    return found.value


def test_frames_of_the_engine_are_left_out_also_of_causes():
    def user_code():
        try:
            PartitionKey.single("a|b")
        except Exception as error:
            raise RuntimeError("while naming") from error

    report = report_of(caught(user_code))
    assert report.summary == "RuntimeError: while naming"
    assert "test_errors.py" in report.traceback
    assert "PartitionValidationError" in report.traceback
    assert "partitions/keys.py" not in report.traceback


def test_frames_of_an_engine_inside_a_frozen_program_are_left_out():
    # Its modules have no folder of the disk in their names.
    place = str(Path("rivers_core", "location", "loading.py"))
    namespace = {"user_code": lambda: 1 / 0}
    exec(compile("def load():\n    user_code()\n", place, "exec"), namespace)
    report = report_of(caught(namespace["load"]))
    assert "test_errors.py" in report.traceback
    assert "loading.py" not in report.traceback


def test_frames_of_libraries_stay():
    report = report_of(caught(lambda: json.loads("{")))
    assert "json/decoder.py" in report.traceback


def test_an_error_of_the_engine_itself_shows_no_traceback():
    report = report_of(ExecutionError("there is no gauge"))
    assert (report.kind, report.message, report.traceback) == ("ExecutionError", "there is no gauge", "")


def test_an_error_that_cannot_be_shown_is_still_reported():
    class ShyError(Exception):
        def __str__(self):
            raise ValueError

    assert "its message cannot be shown: ValueError" in report_of(ShyError()).message


def test_exits_say_what_they_are():
    assert report_of(SystemExit(3)).message == "the code called sys.exit(3)"
    assert report_of(SystemExit()).message == "the code called sys.exit()"
    assert report_of(KeyboardInterrupt()).message == "the code was interrupted"


def test_endless_messages_are_shortened_in_the_middle():
    message = report_of(ValueError("a" * LONGEST_MESSAGE + "b" * LONGEST_MESSAGE)).message
    assert len(message) < LONGEST_MESSAGE + 100
    assert (message[0], message[-1]) == ("a", "b")
    assert "10,000 characters left out" in message


def test_secrets_are_covered_in_message_and_traceback():
    report = report_of(caught(lambda: int("open-sesame")), lambda text: text.replace("open-sesame", "***"))
    assert "open-sesame" not in report.message + report.traceback


def test_the_innermost_frame_of_the_user_is_found():
    error = caught(lambda: PartitionKey.single("a|b"))
    frame = last_user_frame(error)
    assert frame is not None
    assert frame.filename == __file__
