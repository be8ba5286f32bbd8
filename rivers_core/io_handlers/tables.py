"""Tables of DuckDB, pandas, Polars and Arrow as Parquet files; each library is loaded only for its own tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from types import UnionType
from typing import Any, ClassVar, Union, get_args, get_origin

from rivers_core.exceptions import ExecutionError
from rivers_core.io_handlers.files import OutputFiles

# Under this key a Parquet file says which library's table it was.
_KIND_KEY = "rivers_desktop.table"


class TableKind(ABC):
    """One library's tables: writes one to a local Parquet file, reads one out of several files."""

    name: ClassVar[str]
    modules: ClassVar[tuple[str, ...]]
    types: ClassVar[tuple[str, ...]]
    aliases: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def write(self, table: Any, place: str) -> None: ...

    @abstractmethod
    def read(self, files: OutputFiles, paths: Sequence[str]) -> Any:
        """All rows of all files; columns go by name, those that a file lacks are empty."""

    def is_type(self, kind: type) -> bool:
        return kind.__module__.partition(".")[0] in self.modules and kind.__name__ in self.types

    def is_written(self, hint: str) -> bool:
        """Whether an annotation that could not be evaluated names this table, as `pd.DataFrame` does."""
        module, _, name = hint.rpartition(".")
        return name in self.types and module in (*self.modules, *self.aliases)


class DuckDBTables(TableKind):
    """Relations, each on a cursor of its own, as runs in threads must not share one; nothing is read before it is used.

    They belong to DuckDB's default database, so `duckdb.sql` can join them.
    """

    name = "duckdb"
    modules = ("duckdb", "_duckdb")
    types = ("DuckDBPyRelation",)

    def write(self, table: Any, place: str) -> None:
        table.write_parquet(place, compression="zstd")

    def read(self, files: OutputFiles, paths: Sequence[str]) -> Any:
        return _cursor(files).read_parquet([files.place(path) for path in paths], union_by_name=True)


class PandasTables(TableKind):
    """Data frames. Their index survives where pyarrow is installed; without it, only the columns are kept."""

    name = "pandas"
    modules = ("pandas",)
    types = ("DataFrame",)
    aliases = ("pd",)

    def write(self, table: Any, place: str) -> None:
        if _has_pyarrow():
            import pyarrow

            ArrowTables().write(pyarrow.Table.from_pandas(table), place, kind=self.name)
        else:
            _write_by_duckdb(table, place, self.name)

    def read(self, files: OutputFiles, paths: Sequence[str]) -> Any:
        if not _has_pyarrow():
            return DuckDBTables().read(files, paths).df()
        import pandas

        frames = [ArrowTables().read(files, [path]).to_pandas() for path in paths]
        if len(frames) == 1:
            return frames[0]
        numbered = all(isinstance(frame.index, pandas.RangeIndex) for frame in frames)
        return pandas.concat(frames, ignore_index=numbered)


class PolarsTables(TableKind):
    """Data frames of Polars."""

    name = "polars"
    modules = ("polars",)
    types = ("DataFrame",)
    aliases = ("pl",)

    def write(self, table: Any, place: str) -> None:
        _refuse_without_columns(table.width)
        table.write_parquet(place, compression="zstd", metadata={_KIND_KEY: self.name})

    def read(self, files: OutputFiles, paths: Sequence[str]) -> Any:
        import polars

        frames = []
        for path in paths:
            with files.open(path) as file:
                frames.append(polars.read_parquet(file))
        return frames[0] if len(frames) == 1 else polars.concat(frames, how="diagonal_relaxed")


class LazyPolarsTables(PolarsTables):
    """Lazy frames of Polars: computed when they are stored."""

    name = "polars_lazy"
    types = ("LazyFrame",)

    def write(self, table: Any, place: str) -> None:
        super().write(table.collect(), place)

    def read(self, files: OutputFiles, paths: Sequence[str]) -> Any:
        return super().read(files, paths).lazy()


class ArrowTables(TableKind):
    """Tables of pyarrow."""

    name = "arrow"
    modules = ("pyarrow",)
    types = ("Table",)
    aliases = ("pa",)

    def write(self, table: Any, place: str, *, kind: str = "arrow") -> None:
        from pyarrow import parquet

        _refuse_without_columns(table.num_columns)
        metadata = {**(table.schema.metadata or {}), _KIND_KEY.encode(): kind.encode()}
        parquet.write_table(table.replace_schema_metadata(metadata), place, compression="zstd")

    def read(self, files: OutputFiles, paths: Sequence[str]) -> Any:
        import pyarrow
        from pyarrow import parquet

        tables = []
        for path in paths:
            with files.open(path) as file:
                tables.append(parquet.read_table(file))
        return tables[0] if len(tables) == 1 else pyarrow.concat_tables(tables, promote_options="permissive")


_KINDS: tuple[TableKind, ...] = (DuckDBTables(), PandasTables(), PolarsTables(), LazyPolarsTables(), ArrowTables())


def _refuse_without_columns(count: int) -> None:
    """A Parquet file of no columns can be written, but nobody can read it."""
    if count == 0:
        raise ExecutionError("A table without columns cannot be stored as Parquet.")


@lru_cache(maxsize=256)
def kind_of_type(kind: Hashable) -> TableKind | None:
    """The kind of tables of a class, or of one that it derives from."""
    for ancestor in getattr(kind, "__mro__", ()):
        for tables in _KINDS:
            if tables.is_type(ancestor):
                return tables
    return None


def kind_of_value(value: object) -> TableKind | None:
    """The kind of tables a value is; None for any other value."""
    return kind_of_type(type(value))  # type: ignore[arg-type]  # every class can be hashed


def kind_of_hint(hint: Any) -> TableKind | None:
    """The kind of tables an annotation asks for, as one of several choices too; None for any other annotation."""
    if isinstance(hint, str):
        return next((tables for tables in _KINDS if tables.is_written(hint.partition("|")[0].strip())), None)
    return next((kind for one in _choices(hint) if (kind := kind_of_type(one)) is not None), None)


def value_hint(hint: Any) -> Any:
    """The annotation of the values where a mapping of keys to values is asked for; None where it is not.

    `dict` alone gives Any.
    """
    for one in _choices(hint):
        origin = get_origin(one) or one
        if isinstance(origin, type) and issubclass(origin, Mapping):
            arguments = get_args(one)
            return arguments[1] if len(arguments) == 2 else Any
    return None


def table_wanted(hint: Any, stored_hint: Any) -> TableKind | None:
    """The one table that a reader of many keys asks for, by its own annotation or else by that of the asset."""
    if value_hint(hint) is not None:
        return None
    return kind_of_hint(hint if hint is not None else stored_hint)


def _choices(hint: Any) -> tuple[Any, ...]:
    """The members of a union, or the annotation itself."""
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def kind_in_file(files: OutputFiles, path: str) -> TableKind:
    """The kind of tables a Parquet file was written from; DuckDB's for one from elsewhere."""
    rows = (
        _cursor(files)
        .execute(
            "select decode(value) from parquet_kv_metadata(?) where decode(key) = ?", [files.place(path), _KIND_KEY]
        )
        .fetchall()
    )
    name = rows[0][0] if rows else DuckDBTables.name
    return next((tables for tables in _KINDS if tables.name == name), _KINDS[0])


def _cursor(files: OutputFiles) -> Any:
    """A cursor of DuckDB's default database that can read the files."""
    import duckdb

    cursor = duckdb.default_connection().cursor()
    if files.filesystem is not None:
        protocols = files.filesystem.protocol
        if not cursor.filesystem_is_registered(protocols if isinstance(protocols, str) else protocols[0]):
            cursor.register_filesystem(files.filesystem)
    return cursor


def refuse_no_table(asset: str, value: Any) -> ExecutionError:
    """The error for a value that Parquet cannot hold."""
    return ExecutionError(
        f"{asset} returned a value of type {type(value).__name__}, but ParquetIOHandler stores tables: a DuckDB "
        "relation, a pandas or Polars frame or an Arrow table. Return one of these, or use PickleIOHandler."
    )


def _write_by_duckdb(table: Any, place: str, kind: str) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.register("given", table)
        target, key = place.replace("'", "''"), _KIND_KEY
        connection.execute(
            f"copy given to '{target}' (format parquet, compression zstd, kv_metadata {{'{key}': '{kind}'}})"
        )


@lru_cache(maxsize=1)
def _has_pyarrow() -> bool:
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None
