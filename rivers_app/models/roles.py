"""Item data roles that models and delegates of different tables share."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt

COUNTS_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 100
"""Under it a model gives the counts of a stacked bar: a mapping of `PartitionState` to a number."""
