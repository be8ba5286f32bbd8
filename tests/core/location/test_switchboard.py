"""Both ways of carrying bytes: neither waits for a worker that does not read, and both notice its end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from rivers_core.location.dispatcher import Dispatcher
from rivers_core.location.launch import Launch
from rivers_core.location.project import Project
from rivers_core.location.switchboard import SelectorSwitchboard, ThreadSwitchboard

KINDS = [SelectorSwitchboard, ThreadSwitchboard]


@pytest.fixture(params=KINDS)
def switchboard(request):
    made = request.param()
    yield made
    made.close()


def start(code: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)


def collect(switchboard, line, until) -> bytes:
    found, deadline = b"", time.monotonic() + 60
    while not until(found):
        assert time.monotonic() < deadline
        for of, chunk in switchboard.wait(1.0):
            assert of is line
            found += chunk
            if not chunk:
                return found
    return found


def test_bytes_go_both_ways_and_the_end_is_seen(switchboard):
    process = start("import sys; d = sys.stdin.buffer.read(5); sys.stdout.buffer.write(d.upper())")
    line = switchboard.connect(process)
    line.send(b"hello")
    assert collect(switchboard, line, lambda found: False) == b"HELLO"
    process.wait()
    line.close()


def test_sending_never_waits_for_one_that_does_not_read(switchboard):
    process = start(
        "import sys; sys.stdout.buffer.write(b'up'); sys.stdout.flush(); sys.stdin.buffer.readline();"
        "n = len(sys.stdin.buffer.read(5_000_000)); sys.stdout.write(str(n))"
    )
    line = switchboard.connect(process)
    collect(switchboard, line, lambda found: found == b"up")
    line.send(b"go\n" + b"x" * 2_000_000)
    line.send(b"y" * 3_000_000)
    assert collect(switchboard, line, lambda found: False) == b"5000000"
    process.wait()
    line.close()


def test_sending_to_a_dead_process_is_no_error(switchboard):
    process = start("pass")
    line = switchboard.connect(process)
    assert collect(switchboard, line, lambda found: False) == b""
    process.wait()
    line.send(b"x" * 100)
    line.send(b"x" * 100)
    line.close()


def test_a_wait_is_ended_by_a_wake_from_another_thread(switchboard):
    thread = threading.Thread(target=switchboard.wake)
    thread.start()
    assert switchboard.wait(60.0) == []
    thread.join()


@pytest.mark.parametrize("kind", KINDS)
def test_a_dispatcher_works_over_either(kind, tmp_path):
    (tmp_path / "flows.py").write_text("import rivers as rs\nrepo = rs.CodeRepository(assets=[])\n")
    dispatcher = Dispatcher(Launch(Project.open(tmp_path), str(tmp_path / "outputs")), 1, kind())
    try:
        assert dispatcher.ask("ping", {}).result(60) == {"ready": True}
    finally:
        dispatcher.close()
