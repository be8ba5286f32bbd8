"""What all tests share: no real display, none of the user's folders, nothing left running, no journey skipped."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

from rivers_core.location.launch import BOOTSTRAP
from rivers_core.resources import demo_copy

# Before anything imports Qt. A test that needs a real window starts its own X server and a process on it.
os.environ["QT_QPA_PLATFORM"] = "offscreen"

# No property may depend on how fast the machine is; what CI tries is the same on every run.
settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-xvfb",
        action="store_true",
        help="fail when no test drives a real window under Xvfb, or when one that should is skipped",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In the process that hears of all tests; those that only run some of them have no terminal."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or not session.config.getoption("--require-xvfb"):
        return
    told = (report for reports in terminal.stats.values() for report in reports)
    if not any("xvfb" in getattr(report, "keywords", ()) for report in told):
        terminal.write_line("No test marked xvfb was run, so no real window was driven.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip of the xvfb journey into a failure where it is required."""
    report = yield
    if report.skipped and item.get_closest_marker("xvfb") and item.config.getoption("--require-xvfb"):
        report.outcome = "failed"
        report.longrepr = f"The journey under Xvfb may not be skipped here. {report.longreprtext}"
    return report


@pytest.fixture(scope="session", autouse=True)
def users_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Settings, data and caches of the program go to a temporary folder, in this process and its children."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            folder = home / name.removeprefix("XDG_").lower()
            folder.mkdir()
            patch.setenv(name, str(folder))
        runtime = home / "runtime"
        runtime.mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))  # Qt warns where there is none, as in a container
        yield home


def children() -> dict[int, str]:
    """The command lines of the processes that this one has started and that still run, by process id."""
    found: dict[int, str] = {}
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # it has ended by now
            found[child.pid] = " ".join(child.cmdline())
    return found


@pytest.fixture(scope="session", autouse=True)
def no_process_is_left_running() -> Iterator[None]:
    """Every process has an owner that ends it; multiprocessing's own tracker lives as long as we do."""
    before = children()
    yield
    left = [command for pid, command in children().items() if pid not in before and "resource_tracker" not in command]
    assert not left, f"Processes left running: {', '.join(left)}"


@pytest.fixture(autouse=True)
def no_worker_is_left_running() -> Iterator[None]:
    """Whoever opens a project or a pool of workers ends its workers before the test ends."""
    before = children()
    yield
    left = [command for pid, command in children().items() if pid not in before and BOOTSTRAP.name in command]
    assert not left, f"Workers left running: {', '.join(left)}"


@pytest.fixture(autouse=True)
def no_thread_is_left_running() -> Iterator[None]:
    """Every thread has an owner that stops it before its test ends; daemon threads end with the process."""
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in before and not thread.daemon]
    assert not left, f"Threads left running: {', '.join(left)}"


@pytest.fixture
def nyc_flights(tmp_path: Path) -> Path:
    """A copy of the demo project's folder, for the test to run backfills in."""
    return demo_copy(tmp_path)
