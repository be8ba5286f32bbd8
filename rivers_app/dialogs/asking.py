"""Awaiting a dialog: it is opened, never executed, so that the event loop stays one."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog


async def finished(dialog: QDialog) -> int:
    """Open the dialog over its window and wait for its result; whoever awaits is canceled with the dialog closed."""
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def on_finished(result: int) -> None:
        if not done.done():
            done.set_result(result)

    dialog.finished.connect(on_finished)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.open()
    try:
        return await done
    finally:
        if not done.done() or done.cancelled():
            dialog.reject()
        dialog.deleteLater()
