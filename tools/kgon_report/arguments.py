"""The arguments of tools/report; needs nothing but Python itself."""

import argparse
from pathlib import Path


def _sizes(text):
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        sizes = [0]
    if min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of positive integers such as 300,500")
    return sizes


def parse(argv):
    parser = argparse.ArgumentParser(
        prog="tools/report", description="Makes one HTML page, which needs no network, from results "
        "of kgon train, llc, sample or run; with --figures also a file per figure.",
        epilog="Needs Python packages (tools/kgon_report/requirements.txt): takes those of python3 where "
        "it has them, else installs them with pip into build/report_python, once. Exit codes: 0 "
        "done, 2 wrong use, 65 a file that is no result or damaged, 70 output that cannot be "
        "written, or packages that cannot be installed.")
    parser.add_argument("results", nargs="+", metavar="RESULT", help="a result file, or a directory "
                        "with some (of kgon run)")
    parser.add_argument("-o", "--output", metavar="PAGE.html", type=Path, help="the page to write "
                        "(report.html in the directory that is given, or here)")
    parser.add_argument("--figures", metavar="DIR", type=Path, help="also write each figure as SVG "
                        "and PNG; needs Chrome or Chromium")
    parser.add_argument("--draws-at", metavar="N,N...", type=_sizes, help="sizes n of the map of "
                        "draws: of each the nearest that there is (300,500,700,1000)")
    parser.add_argument("--title", help="title of the page (the names of the results)")
    parser.add_argument("--quiet", action="store_true", help="no progress line")
    return parser.parse_args(argv)
