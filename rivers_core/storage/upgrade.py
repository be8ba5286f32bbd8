"""Makes a database file, or brings one of an earlier version up to date with a copy kept beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Connection

from rivers_core.exceptions import StorageError
from rivers_core.storage.connections import engine_over

_MIGRATIONS = Path(__file__).parent / "migrations"


def known_revisions() -> list[str]:
    """The revisions this version knows, oldest first; a migration's file begins with its revision."""
    return sorted(path.stem.split("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def bring_up_to_date(path: Path, busy_seconds: float) -> None:
    """Raises StorageError where the file is not ours or from a newer version; sqlite3.Error from the disk."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=busy_seconds)) as connection:
        revision = _revision(connection, path)
        if revision is None:
            # Only a file without tables takes this: room that cleaning makes is given back to the disk.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _use_write_ahead_log(connection, path)
        if revision == known_revisions()[-1]:
            return
        if revision is not None:
            _keep_copy(connection, path, revision)
        _upgrade(connection, path)


def _revision(connection: sqlite3.Connection, path: Path) -> str | None:
    """The file's revision; None for a new one."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    if "alembic_version" not in tables or "backfills" not in tables:
        raise StorageError(
            f"{path} is a database of another program. Move it away, and a new one is made in its place."
        )
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if revision not in known_revisions():
        raise StorageError(
            f"The database {path} was made by a newer Rivers Desktop. Install that version to open it; "
            "nothing in it was changed."
        )
    return str(revision)


def _use_write_ahead_log(connection: sqlite3.Connection, path: Path) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StorageError(
            f"The database {path} stands on a file system that cannot share it between programs, such as a "
            "network drive. Keep the project's state on a disk of this computer."
        )


def _keep_copy(connection: sqlite3.Connection, path: Path, revision: str) -> None:
    """Put a copy beside the file before anything in it changes; a half copy is never left."""
    copy = path.with_name(f"{path.name}.before-upgrade-{revision}")
    unfinished = copy.with_name(copy.name + ".part")
    try:
        with closing(sqlite3.connect(unfinished)) as target:
            connection.backup(target)
        unfinished.replace(copy)
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            unfinished.unlink()
        raise StorageError(
            f"The database {path} must be upgraded, but no copy of it can be kept beside it ({error}). "
            "Make room or make the folder writable; nothing in it was changed."
        ) from error


def _upgrade(connection: sqlite3.Connection, path: Path) -> None:
    with engine_over(connection).begin() as transaction:
        # Another process may have done it while this one waited for the lock.
        if _revision(connection, path) != known_revisions()[-1]:
            migrate(transaction)


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, within the caller's transaction."""
    # Slow to import, and needed only by a file that is new or old.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
