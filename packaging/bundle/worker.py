"""Where the bundled program without Qt begins: a worker, or the command line when it is called by that name."""

import multiprocessing
import sys
from pathlib import Path

# Processes that user code starts by multiprocessing begin here too, and never come past this line.
multiprocessing.freeze_support()

if Path(sys.argv[0]).stem == "rivers-core":
    from rivers_core.cli import main
else:
    from rivers_core.location.worker import main

main()
