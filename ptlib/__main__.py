"""`python -m ptlib VERB ...`"""

import sys

from ptlib.cli import main

if __name__ == "__main__":
    sys.exit(main())
