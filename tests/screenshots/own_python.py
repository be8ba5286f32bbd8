"""The screens about a project's Python: which one is used, what it lacks, and installing that."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QLabel, QPlainTextEdit

from tests import hands
from tests.environments import make_venv, write_requirements, write_wheel
from tests.screenshots.stage import Stage

_PACKAGE: Final = "weather_stations"
_CODE: Final = f"""
import {_PACKAGE}

import rivers_core as rs

stations = rs.PartitionsDefinition.static_(["oslo", "rome"])


@rs.Asset(partitions_def=stations)
def readings(context: rs.AssetExecutionContext) -> list[str]:
    return [context.partition_key, {_PACKAGE}.VERSION]


repo = rs.CodeRepository(assets=[readings])
"""


async def own_python(stage: Stage) -> None:
    """A project whose package is missing: the page that says so, the dialogs that mend it, and one that fails."""
    folder = stage.folder / "stations"
    folder.mkdir()
    (folder / "assets.py").write_text(_CODE, encoding="utf-8")
    wheels = write_wheel(stage.folder / "wheels", _PACKAGE, "1.2").parent
    write_requirements(folder, wheels, f"{_PACKAGE}>=1.2")
    await stage.reopen(folder)
    await stage.rest()
    stage.shoot("package-missing")
    await _install(stage)
    await _choose(stage, folder)


async def _install(stage: Stage) -> None:
    hands.press(stage.window, "installMissingButton")
    dialog = await stage.opened("installDialog")
    command = hands.part(dialog, QPlainTextEdit, "installCommand")
    await stage.until(command.toPlainText, "the command")
    await stage.shoot_settled("install-packages")
    field = hands.part(dialog, QPlainTextEdit, "packagesField")
    wanted = field.toPlainText()
    field.setPlainText("weather_stations>=3")
    await stage.until(command.toPlainText, "the command")
    await stage.rest()
    hands.press(dialog, "installButton")
    await stage.until(lambda: hands.part(dialog, QLabel, "installProblem").text(), "the problem")
    stage.center(dialog)
    await stage.shoot_settled("install-failed")
    field.setPlainText(wanted)
    await stage.rest()
    hands.press(dialog, "installButton")
    await stage.until(lambda: hands.dialog("installDialog") is None, "the package")
    session = stage.window.session
    assert session is not None
    await stage.until(lambda: session.spec is not None, "the code")


async def _choose(stage: Stage, folder: Path) -> None:
    make_venv(folder / ".venv")
    make_venv(folder / "venv", with_pydantic=False)
    (folder / "env").mkdir()
    (folder / "env" / "pyvenv.cfg").touch()
    stage.window.menus.action("project_python").trigger()
    dialog = await stage.opened("pythonDialog")
    await stage.until(lambda: "Looking" not in hands.part(dialog, QLabel, "pythonPackages").text(), "the packages")
    await stage.rest()
    stage.center(dialog)
    await stage.shoot_settled("python")
    await stage.leave("pythonDialog")
