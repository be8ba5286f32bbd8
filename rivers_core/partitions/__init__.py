"""Partition keys, definitions, ranges and mappings, all as arithmetic over ordinals."""
