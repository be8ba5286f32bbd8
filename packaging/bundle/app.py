"""Where the bundled app begins."""

import sys

from rivers_app.application import main

sys.exit(main())
