"""`rivers-core`: the command line over the engine's one door."""

from __future__ import annotations


def main() -> None:
    """Run the command line; exit codes: 0 all completed, 1 some failed or were canceled, 2 refused, 130 Ctrl+C."""
    import sys

    try:
        from rivers_core.cli.command_line import end_in_order
        from rivers_core.cli.commands import app
        from rivers_core.cli.log_file import log_to_file

        log_to_file()
        end_in_order()
        app()
    except KeyboardInterrupt:  # while it is still being imported, or once the commands are done
        sys.exit(130)
