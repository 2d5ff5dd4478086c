"""The tool: answers GradBench's messages on standard input, one line of JSON each, until that ends."""

import sys

from .tool import serve

if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
