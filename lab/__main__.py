"""`python -m lab`: the daemon that `sotpctl lab up` starts."""

import sys

from lab.daemon import main

if __name__ == "__main__":
    sys.exit(main())
