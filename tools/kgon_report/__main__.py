import sys

from .arguments import parse
from .child import run


def make():
    # Only there: libraries that start threads are loaded behind the fork.
    from .command import main
    return main(parse(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(run(make))
