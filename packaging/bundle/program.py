"""Where the bundled program begins: the app, or by its other names the command line and a worker, which load no Qt."""

import sys
from pathlib import Path

name = Path(sys.argv[0]).stem
if name != "rivers-desktop":
    # User code that starts "this Python" again must not start the app. The bootloader knows the file, not its name.
    sys.executable = str(Path(sys.executable).with_name("rivers-worker"))

from multiprocessing import freeze_support, spawn  # noqa: E402 - they remember what this Python is called

if spawn.is_forking(sys.argv):
    # The project's modules are imported anew there, and import what only workers know.
    from rivers_core.location.alias import install_alias

    install_alias()
# Processes that user code starts by multiprocessing begin here too, and never come past this line.
freeze_support()

if name == "rivers-core":
    from rivers_core.cli import main
elif name == "rivers-worker":
    from rivers_core.location.worker import main
else:
    from rivers_app.application import main

sys.exit(main())
