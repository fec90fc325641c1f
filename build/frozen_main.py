"""Start of the frozen program: the same composition root as `python -m ndb_desktop`."""

import sys

from ndb_desktop.__main__ import main

sys.exit(main())
