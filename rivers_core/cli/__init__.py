"""`rivers-core`: the command line over the engine's one door."""

from __future__ import annotations


def main() -> None:
    """Run the command line; exit codes: 0 all completed, 1 some failed or were canceled, 2 refused."""
    from rivers_core.cli.commands import app

    app()
