"""The log of a run: bounded, in order, masked; and what is printed goes to the run that prints it."""

from __future__ import annotations

import io
import os
import sys
import threading
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.steps.run_log import LogBounds, RunLog
from rivers_core.steps.streams import RunStream, StreamCapture, printing_into

SMALL = LogBounds(head_lines=3, tail_lines=2, line_size=10)


def log_into(lines: list, bounds: LogBounds | None = None) -> RunLog:
    return RunLog(1, lines.extend, bounds)


def test_lines_up_to_the_head_come_at_once():
    lines: list = []
    log = log_into(lines, SMALL)
    for number in range(3):
        log.add("info", "log", f"line {number}")
        assert lines[-1].text == f"line {number}"


def test_what_lies_between_head_and_tail_is_counted():
    lines: list = []
    log = log_into(lines, SMALL)
    for number in range(10):
        log.add("info", "log", str(number))
    assert len(lines) == 3
    log.close()
    assert [line.text for line in lines[:3]] == ["0", "1", "2"]
    assert lines[3].text == "5 lines were left out here: this run printed more than is kept of one run."
    assert lines[3].source == "rivers"
    assert [line.text for line in lines[4:]] == ["8", "9"]


@given(st.lists(st.lists(st.text(alphabet="ab", max_size=6), min_size=1, max_size=9), min_size=1, max_size=12))
def test_what_is_kept_of_any_log_are_its_first_and_last_lines(blocks):
    bounds = LogBounds(head_lines=4, tail_lines=5, tail_size=12)
    lines: list = []
    log = log_into(lines, bounds)
    for block in blocks:
        log.write("stdout", "\n".join(block) + "\n")
    log.close()
    printed = [line for block in blocks for line in block]
    kept = [line.text for line in lines if line.source == "stdout"]
    gaps = [line for line in lines if line.source == "rivers"]
    assert kept[:4] == printed[:4]
    tail = kept[4:]
    assert tail == printed[len(printed) - len(tail) :] if tail else len(printed) <= 4
    assert len(tail) <= 5
    assert len(gaps) == (len(kept) < len(printed))
    if gaps:
        assert gaps[0].text.startswith(f"{len(printed) - len(kept):,} lines")


def test_a_flood_of_lines_costs_next_to_nothing_to_drop():
    lines: list = []
    log = log_into(lines)
    chunk = "y\n" * 32_768
    for _ in range(64):  # two million lines
        log.write("stdout", chunk)
    log.close()
    assert len(lines) == 5_000 + 1 + 2_000
    assert lines[5_000].text.startswith(f"{64 * 32_768 - 7_000:,} lines were left out")


def test_a_log_that_just_fits_has_no_gap():
    lines: list = []
    log = log_into(lines, SMALL)
    for number in range(5):
        log.add("info", "log", str(number))
    log.close()
    assert [line.text for line in lines] == ["0", "1", "2", "3", "4"]


@given(st.lists(st.text(alphabet="ab\n", max_size=8), max_size=30))
def test_printed_pieces_make_the_same_lines_as_the_whole(pieces):
    lines: list = []
    log = log_into(lines)
    for piece in pieces:
        log.write("stdout", piece)
    log.close()
    whole = "".join(pieces)
    assert [line.text for line in lines] == whole.removesuffix("\n").split("\n") * bool(whole)


def test_long_lines_are_cut_even_while_they_are_printed():
    lines: list = []
    log = log_into(lines, SMALL)
    log.add("info", "log", "x" * 25)
    log.write("stdout", "y" * 11)
    assert lines[0].text == "xxxxxxxxxx … (15 more characters)"
    assert lines[1].text.startswith("yyyyyyyyyy …")


def test_a_progress_bar_leaves_its_last_state():
    lines: list = []
    log = log_into(lines)
    for percent in (10, 50, 100):
        log.write("stderr", f"{percent}%\r")
    log.write("stderr", "\ndone\r\n")
    assert [line.text for line in lines] == ["100%", "done"]


def test_streams_do_not_mix_within_a_line():
    lines: list = []
    log = log_into(lines)
    log.write("stdout", "half ")
    log.write("stderr", "error\n")
    log.write("stdout", "whole\n")
    assert [(line.source, line.level, line.text) for line in lines] == [
        ("stderr", "error", "error"),
        ("stdout", "info", "half whole"),
    ]


def test_secrets_are_covered_the_longer_one_first():
    lines: list = []
    log = log_into(lines)
    log.hide(["sesame", "open-sesame", ""])
    log.add("info", "log", "say open-sesame or sesame")
    assert lines[0].text == "say ********** or **********"


def test_a_closed_log_takes_nothing_more():
    lines: list = []
    log = log_into(lines)
    log.close()
    log.add("info", "log", "late")
    assert lines == []


@pytest.fixture
def capture():
    return StreamCapture()


def test_prints_go_to_the_run_that_prints_and_to_the_terminal(capture):
    logs: dict[int, list] = {1: [], 2: []}

    def work(number: int) -> None:
        with printing_into(RunLog(number, logs[number].extend)):
            for _ in range(200):
                print(f"from {number}")

    with redirect_stdout(io.StringIO()) as out, capture.installed(echo=True):
        threads = [threading.Thread(target=work, args=(number,)) for number in logs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print("from nobody")
    for number, lines in logs.items():
        assert [line.text for line in lines] == [f"from {number}"] * 200
    assert out.getvalue().count("from nobody\n") == 1
    assert out.getvalue().count("from 1") == 200


def test_streams_are_given_back_when_the_last_user_is_done(capture):
    out, err = sys.stdout, sys.stderr
    capture.install(echo=False)
    capture.install(echo=False)
    capture.uninstall()
    assert isinstance(sys.stdout, RunStream)
    capture.uninstall()
    assert (sys.stdout, sys.stderr) == (out, err)


def test_a_stream_that_user_code_put_in_place_stays(capture):
    capture.install(echo=False)
    own = io.StringIO()
    sys.stdout = own
    capture.uninstall()
    assert sys.stdout is own


def test_a_stream_answers_like_the_one_it_stands_for():
    with Path(os.devnull).open("w", encoding="latin-1") as original:
        stream = RunStream(original, "stdout", echo=False)
        assert (stream.fileno(), stream.encoding, stream.errors) == (original.fileno(), "latin-1", "strict")
        assert stream.writable()
        assert not stream.isatty()
        assert stream.buffer is original.buffer
        assert stream.write("ä") == 1
        stream.flush()
