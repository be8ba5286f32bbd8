"""Item data roles that models and delegates of different tables share."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt

COUNTS_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 100
"""Under it a model gives the counts of a stacked bar: a mapping of `PartitionState` to a number."""
SORT_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 101
"""Under it a model gives what a column is sorted by."""
RECORD_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 102
"""Under it a model gives the whole record of a row."""
STATE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 103
"""Under it a model gives the value of a BackfillState or RunState."""
