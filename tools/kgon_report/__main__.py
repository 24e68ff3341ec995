import sys

from .arguments import parse
from .command import main

sys.exit(main(parse(sys.argv[1:])))
