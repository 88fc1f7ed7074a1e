"""`python -P -m checker`: the same program as the `headwater` command."""

import sys

from checker.entry import main

if __name__ == "__main__":
    sys.exit(main())
