"""The program as it is started: a window, a project, and an orderly end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# Prints a line as soon as the window was painted, and another when the project's code was read.
PROGRAM = """
import sys
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from rivers_app import application
from rivers_app.views.main_window import MainWindow

class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Paint and not self.property("told"):
            self.setProperty("told", True)
            heavy = sorted({"numpy", "pydantic", "sqlalchemy", "duckdb"} & set(sys.modules))
            print("painted", *heavy, flush=True)
        return False

painted = Painted()
show = MainWindow.show
def shown(window):
    window.installEventFilter(painted)
    window.centralWidget().installEventFilter(painted)
    show(window)
MainWindow.show = shown
given = MainWindow.set_session
def set_session(window, session):
    given(window, session)
    if session is not None:
        session.spec_changed.connect(lambda spec: print("loaded", len(spec.assets), flush=True))
        session.code_failed.connect(lambda error: print("broken", error, flush=True))
MainWindow.set_session = set_session
if __name__ == "__main__":
    sys.exit(application.main(sys.argv[1:]))
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    return path


def test_the_window_is_painted_before_anything_heavy_is_loaded_and_a_signal_ends_the_program(
    program: Path, project: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    environment = os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}
    trusting = "from rivers_app.settings import Settings; from PySide6.QtCore import QSettings, QCoreApplication; "
    trusting += "QCoreApplication.setOrganizationName('rivers-desktop'); "
    trusting += "QCoreApplication.setApplicationName('rivers-desktop'); from pathlib import Path; import sys; "
    trusting += "store = QSettings(); Settings(store).trust(Path(sys.argv[1])); store.sync()"
    subprocess.run([sys.executable, "-c", trusting, project], env=environment, check=True)
    running = subprocess.Popen([sys.executable, program, project], env=environment, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        assert running.stdout.readline().split() == ["painted"]
        assert running.stdout.readline().split() == ["loaded", "3"]
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) == 0
    finally:
        running.kill()
        running.wait()
        running.stdout.close()
