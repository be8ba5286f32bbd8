"""The folder of packages that are installed for one project beside the app's own Python."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from rivers_core.exceptions import StorageError

FOLDER = "packages"
_LIST = "rivers-requirements.txt"
_UNFINISHED = "unfinished-"


@dataclass(frozen=True, slots=True)
class PackagesFolder:
    """Every installation is a numbered folder of its own and the highest number counts.

    So a worker keeps what it has loaded while another installation is made, and one that is broken off was never
    there. Each kind of Python has a folder of its own, since compiled packages fit one only.
    """

    root: Path

    @classmethod
    def of(cls, user_folder: Path) -> PackagesFolder:
        """Among the user's data about a project, for the Python of this process."""
        return cls(user_folder / FOLDER / f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}")

    def current(self) -> Path | None:
        """What was installed last; None if nothing is."""
        numbers = self._numbers()
        return self.root / str(numbers[-1]) if numbers else None

    def lines(self) -> tuple[str, ...]:
        """The requirements that were asked for at the last installation."""
        current = self.current()
        if current is None or not (current / _LIST).is_file():
            return ()
        return tuple((current / _LIST).read_text(encoding="utf-8").splitlines())

    def begin(self) -> Path:
        """A new empty folder to install into, which counts once it is `finish`ed. Raises StorageError."""
        unfinished = self.root / f"{_UNFINISHED}{os.getpid()}"
        try:
            self._clear_away()
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
        except OSError as error:
            raise StorageError(f"{unfinished} cannot be made: {error.strerror or error}.") from error
        return unfinished

    def finish(self, unfinished: Path, lines: tuple[str, ...]) -> None:
        """Let an installation count from now on. Raises StorageError."""
        try:
            (unfinished / _LIST).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            unfinished.rename(self.root / str(max(self._numbers(), default=0) + 1))
        except OSError as error:
            raise StorageError(f"{unfinished} cannot be renamed: {error.strerror or error}.") from error

    def remove(self) -> None:
        """Take away everything that was installed. Raises StorageError where something still uses it."""
        try:
            if self.root.exists():
                shutil.rmtree(self.root)
        except OSError as error:
            raise StorageError(
                f"{self.root} cannot be removed: {error.strerror or error}. Close what uses it."
            ) from error

    def _clear_away(self) -> None:
        """Delete installations that count no more; on Windows those stay that a worker still uses."""
        import psutil

        for number in self._numbers()[:-1]:
            shutil.rmtree(self.root / str(number), ignore_errors=True)
        for left in self.root.glob(f"{_UNFINISHED}*"):
            owner = left.name.removeprefix(_UNFINISHED)
            if not (owner.isdecimal() and psutil.pid_exists(int(owner))):  # its process was killed meanwhile
                shutil.rmtree(left, ignore_errors=True)

    def _numbers(self) -> list[int]:
        if not self.root.is_dir():
            return []
        return sorted(int(entry.name) for entry in self.root.iterdir() if entry.name.isdecimal())
