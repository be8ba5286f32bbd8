"""What happens to a database that another version made."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from rivers_core.exceptions import StorageError
from rivers_core.storage import schema, upgrade
from rivers_core.storage.connections import BUSY_SECONDS
from rivers_core.storage.database import Database
from rivers_core.storage.stores import Stores

from .building import FLAVORS, launch, stage

OLD_DATABASES = Path(__file__).parent / "old_databases"


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def described(connection: sqlite3.Connection) -> dict[str, object]:
    """Tables with their columns, keys and indexes, as SQLite understands them."""
    found: dict[str, object] = {}
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        indexes = [
            (unique, origin, partial, tuple(connection.execute(f"PRAGMA index_info('{index}')").fetchall()))
            for _, index, unique, origin, partial in connection.execute(f"PRAGMA index_list('{name}')").fetchall()
        ]
        found[name] = (
            connection.execute(f"PRAGMA table_info('{name}')").fetchall(),
            connection.execute(f"PRAGMA foreign_key_list('{name}')").fetchall(),
            sorted(indexes),
        )
    return found


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes this version one that has a further migration; the folder of its migrations."""
    migrations = tmp_path / "migrations"
    shutil.copytree(upgrade._MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    write_migration(migrations, "op.execute('CREATE TABLE moods (name TEXT)')")
    monkeypatch.setattr(upgrade, "_MIGRATIONS", migrations)
    return migrations


def write_migration(migrations: Path, *statements: str) -> None:
    present = max(revision for revision in upgrade.known_revisions() if revision != "0999")
    body = "".join(f"    {statement}\n" for statement in statements)
    (migrations / "versions" / "0999_moods.py").write_text(
        f"from alembic import op\nrevision = '0999'\ndown_revision = {present!r}\n\n\ndef upgrade():\n{body}"
    )


def test_migrations_lead_to_the_schema_that_the_code_uses(path: Path):
    Database.open(path).close()
    made = sqlite3.connect(":memory:")
    schema.metadata.create_all(create_engine("sqlite://", creator=lambda: made))
    with closing(sqlite3.connect(path)) as migrated, closing(made):
        from_migrations = described(migrated)
        del from_migrations["alembic_version"]
        assert from_migrations == described(made)


def test_a_database_in_memory_has_the_same_tables_and_indexes():
    made = sqlite3.connect(":memory:")
    schema.metadata.create_all(create_engine("sqlite://", creator=lambda: made))
    with closing(sqlite3.connect(":memory:")) as from_statements, closing(made):
        for statement in schema.statements():
            from_statements.execute(statement)
        assert described(from_statements) == described(made)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(path: Path):
    Database.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"was made by a newer Rivers Desktop\. Install that version"):
        Database.open(path)
    assert path.read_bytes() == before


def test_an_older_database_is_upgraded_and_a_copy_kept_beside_it(path: Path, tmp_path: Path, request):
    with Stores.open(path) as stores:
        stores.facts.set("name", "value")
    request.getfixturevalue("next_version")
    with Stores.open(path) as stores:
        assert stores.facts.get("name") == "value"
    copy = path.with_name("rivers.db.before-upgrade-0003")
    assert "moods" in tables(path)
    assert "moods" not in tables(copy)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT value FROM facts").fetchall() == [('"value"',)]


def test_a_new_database_is_made_without_a_copy(path: Path, next_version: Path):
    Database.open(path).close()
    assert "moods" in tables(path)
    assert not list(path.parent.glob("*before-upgrade*"))


def test_a_migration_that_fails_changes_nothing(path: Path, request):
    Database.open(path).close()
    before = tables(path)
    migrations = request.getfixturevalue("next_version")
    write_migration(migrations, "op.execute('CREATE TABLE moods (name TEXT)')", "raise RuntimeError('on purpose')")
    with pytest.raises(RuntimeError, match="on purpose"):
        Database.open(path)
    assert tables(path) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0003",)]


def test_without_room_for_a_copy_nothing_is_upgraded(path: Path, request):
    Database.open(path).close()
    request.getfixturevalue("next_version")
    path.with_name("rivers.db.before-upgrade-0003.part").mkdir()
    with pytest.raises(StorageError, match="no copy of it can be kept beside it"):
        Database.open(path)
    assert "moods" not in tables(path)


def test_a_database_that_another_process_upgraded_meanwhile_is_not_upgraded_again(path: Path, next_version: Path):
    Database.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        upgrade._upgrade(connection, path)  # as by a process that had read the revision before
    upgrade.bring_up_to_date(path, BUSY_SECONDS)
    assert "moods" in tables(path)


@pytest.mark.parametrize("dump", sorted(OLD_DATABASES.glob("*.sql")), ids=lambda dump: dump.stem)
def test_a_database_of_every_earlier_version_opens_with_all_it_holds(path: Path, dump: Path):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump.read_text())
    with Stores.open(path) as stores:
        canceled, done = stores.backfills.list().records
        assert (done.completed, done.failed, done.canceled, done.tags) == (3, 1, 0, (("team", "shop"),))
        assert (canceled.completed, canceled.failed, canceled.canceled) == (0, 1, 1)
        (planned,) = stores.backfills.load_plan(done.backfill_id).stages
        assert stores.states.snapshot("orders", planned.definition).shown.tolist() == [1, 3, 1, 1]
        columns = stores.states.snapshot("orders", planned.definition, ("materialized_seq", "read_seq"))
        assert columns.read_seq.tolist() == columns.materialized_seq.tolist() == [1, 0, 1, 1]
        cell = stores.runs.partition("orders", planned.definition, 1)
        assert (cell.key, cell.error.message) == ("lemon", "no lemons today")
        assert stores.runs.partition("orders", planned.definition, 0).materialization.data_version == "d1"
        assert stores.runs.record(2).error.message == "the till is empty"
        assert [line.text for line in stores.logs.lines(1)] == ["weighing the vanilla"]
        assert stores.dynamic.keys("customers") == ("ann", "bob")
        assert stores.facts.get("name") == "value"
        assert launch(stores, stage(FLAVORS, [0])).backfill_id == "b3"
