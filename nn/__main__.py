"""`python -m nn DATA` trains a network on real data; see `nn.app.command`."""

import sys

from nn.app.command import main

if __name__ == "__main__":
    sys.exit(main())
