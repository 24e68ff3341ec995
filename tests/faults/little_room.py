#!/usr/bin/env python3
"""A disk with room for a result, but for no checkpoint beside it: the run says so and goes on without.

usage: little_room.py KGON LIBRARY

LIBRARY: little_room.cpp, built. Code 1 where a run did something else.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# A second of work, with more bytes in its records than beside them.
TRAIN = ["train", "--trajectories", "2000", "--epochs", "400", "--records", "100", "--device", "cpu"]
UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def main():
    kgon, library = (str(Path(word).resolve()) for word in sys.argv[1:])
    failures = []

    def check(holds, what, done):
        if not holds:
            failures.append(f"{what}: code {done.returncode}, {done.stderr.strip()}")

    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)

        def train(output, room, *more):
            """A run whose clock asks for a checkpoint many times."""
            environment = os.environ | {"LD_PRELOAD": library,
                                        "KGON_FAULT_ROOM": str(room)}
            return subprocess.run([kgon, *TRAIN, *more, "-o", output, "--checkpoint-every", "0.05"],
                                  cwd=directory, env=environment, capture_output=True, text=True)

        def digest(output):
            done = subprocess.run([kgon, "digest", output], cwd=directory, capture_output=True, text=True)
            return done.stdout.split()[:1]

        none = train("none.nc", 100)
        needed = re.search(r"it needs up to ([\d.]+) (\w+) and the disk has 100 B left", none.stderr)
        check(none.returncode == 70 and needed, "without room for the result", none)
        check(os.listdir(directory) == [], "what was refused left files", none)
        if needed:
            room = int(1.02 * float(needed[1]) * UNITS[needed[2]])
            for output, more in ("little.nc", ()), ("resumed.nc", ("--resume",)):
                little = train(output, room, *more)
                check(little.returncode == 0 and "kgon: no checkpoint: with it" in little.stderr,
                      f"with room for the result alone, {output}", little)
        much = train("much.nc", 10**12)
        check(much.returncode == 0 and "no checkpoint" not in much.stderr, "with room for all", much)
        check(digest("much.nc") == digest("little.nc") == digest("resumed.nc") != [],
              "the digests differ", much)
        check(sorted(os.listdir(directory)) == ["little.nc", "much.nc", "resumed.nc"],
              f"these files are left: {os.listdir(directory)}", much)
    print("\n".join(failures) or "4 runs with little room ended as they should")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
