"""Builders of contexts for the tests of IO handlers."""

from datetime import datetime

import rivers_core as rs
from rivers_core.partitions.subset import Subset

DAYS = rs.PartitionsDefinition.daily(start=datetime(2024, 3, 1), end=datetime(2024, 3, 11))
PORTS = rs.PartitionsDefinition.static_(["Hull", "Kiel", "Åland/N"])
GRID = rs.PartitionsDefinition.multi({"date": DAYS, "port": PORTS})


def partition(*ordinals, definition=DAYS):
    return rs.PartitionContext(Subset.of(ordinals), definition) if ordinals else None


def output(*ordinals, asset="tides", definition=DAYS, **settings):
    return rs.OutputContext(asset, None, partition(*ordinals, definition=definition), **settings)


def reading(*ordinals, asset="tides", definition=DAYS, reader="waves", **settings):
    return rs.InputContext(asset, reader, None, partition(*ordinals, definition=definition), **settings)


def files_below(folder):
    """The finished files of a folder by relative path."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(found)
