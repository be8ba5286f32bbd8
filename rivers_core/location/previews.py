"""Shows the beginning of a stored value: tables as columns and rows, anything else as text."""

from __future__ import annotations

import datetime
import math
import pprint
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

LONGEST_TEXT = 20_000  # characters
LONGEST_CELL = 500

# Values here are users' data; they have no type of ours.


def preview_of(value: Any, limit: int) -> dict[str, Any]:
    """The fields of an OutputPreview, as JSON can hold them; at most `limit` rows."""
    table = _as_table(value, limit)
    if table is None:
        return {"text": _text(value)}
    columns, types, rows, total = table
    return {
        "columns": list(columns),
        "types": list(types),
        "rows": [[_cell(cell) for cell in row] for row in rows],
        "total": total,
    }


def _as_table(value: Any, limit: int) -> tuple[Sequence[str], Sequence[str], Sequence[Sequence[Any]], int] | None:
    # Libraries are told by the module of the class, so that none is imported for a value it did not make.
    match type(value).__module__.partition(".")[0], type(value).__name__:
        case ("duckdb" | "_duckdb", "DuckDBPyRelation"):
            return _of_relation(value, limit)
        case "pandas", "DataFrame":
            return _of_pandas(value, limit)
        case "pandas", "Series":
            return _of_pandas(value.to_frame(), limit)
        case "polars", "DataFrame":
            head = value.head(limit)
            return head.columns, [str(kind) for kind in head.dtypes], head.rows(), value.height
        case "pyarrow", "Table":
            head = value.slice(0, limit)
            rows = list(zip(*(column.to_pylist() for column in head.columns), strict=True))
            return head.column_names, [str(field.type) for field in head.schema], rows, value.num_rows
    return _of_records(value, limit)


def _of_relation(relation: Any, limit: int) -> tuple[Any, Any, Any, int]:
    ((total,),) = relation.count("*").fetchall()
    return relation.columns, [str(kind) for kind in relation.types], relation.limit(limit).fetchall(), total


def _of_pandas(frame: Any, limit: int) -> tuple[Any, Any, Any, int]:
    head = frame.head(limit)
    types = [str(kind) for kind in head.dtypes]
    return [str(name) for name in head.columns], types, list(head.itertuples(index=False, name=None)), len(frame)


def _of_records(value: Any, limit: int) -> tuple[Any, Any, Any, int] | None:
    """A list of mappings with text keys reads as a table."""
    if not isinstance(value, list) or not value or not all(isinstance(row, Mapping) for row in value[:limit]):
        return None
    columns = list(dict.fromkeys(str(name) for row in value[:limit] for name in row))
    rows = [[row.get(name) for name in columns] for row in value[:limit]]
    types = [_type_of([row[at] for row in rows]) for at in range(len(columns))]
    return columns, types, rows, len(value)


def _type_of(cells: Sequence[Any]) -> str:
    kinds = {type(cell).__name__ for cell in cells if cell is not None}
    return " | ".join(sorted(kinds)) or "None"


def _cell(cell: Any) -> Any:
    if type(cell).__module__ == "numpy" and callable(getattr(cell, "item", None)):
        cell = cell.item()
    match cell:
        case None | bool() | int() | str():
            return cell if not isinstance(cell, str) or len(cell) <= LONGEST_CELL else cell[:LONGEST_CELL] + "…"
        case float():
            return cell if math.isfinite(cell) else str(cell)
        case datetime.datetime() | datetime.date() | datetime.time():
            return str(cell)
        case Decimal():
            return str(cell)
        case bytes():
            return f"{len(cell)} bytes"
    text = str(cell)
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else pprint.pformat(value, width=100)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "\n…"
