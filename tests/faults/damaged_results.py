#!/usr/bin/env python3
"""Gives kgon result files with changed bytes, in every place where it reads such files.

usage: damaged_results.py KGON [--files N] [--seed S] [--json FILE]

HDF5 crashes on some of them; kgon must not: each command ends with 65 and one sentence, or with an
answer. NetCDF files as kgon writes them have no checksums, so a change inside of the data gives
another digest, which is counted and no fault. The last line counts files.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULTS = {
    "train": ["train", "--init", "4,random", "--trajectories", "3", "--epochs", "4", "--records", "4"],
    "llc": ["llc", "--at", "5,6", "--samples", "50", "--chains", "2", "--draws", "20",
            "--burn-in", "10"],
    "sample": ["sample", "--samples", "10,20", "--sampler", "nuts", "--islands", "2", "--chains", "2",
               "--draws", "4", "--warmup", "20"],
}


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          errors="replace", timeout=300)


def damaged(data, choose):
    """Some bytes, bits or eight bytes at once; half of the time where the metadata are."""
    data = bytearray(data)
    for _ in range(choose.choice([1, 1, 1, 1, 2, 8, 64])):
        at = choose.randrange(min(len(data), choose.choice([2048, len(data), len(data)])))
        kind = choose.randrange(3)
        if kind == 0:
            data[at] = choose.randrange(256)
        elif kind == 1:
            data[at] ^= 1 << choose.randrange(8)
        else:
            data[at:at + 8] = choose.choice([b"\xff" * 8, b"\0" * 8, b"\x7f" * 8])
    if choose.random() < 0.1:
        del data[choose.randrange(len(data)):]
    return bytes(data)


def commands(kgon, stage, path, folder):
    """Every way into the file, by name."""
    yield "digest", [kgon, "digest", path]
    yield "merge", [kgon, "merge", path, "-o", folder / "merged.nc", "--overwrite", "--quiet"]
    yield "in the place of the output", [kgon, *RESULTS[stage], "--device", "cpu", "--dry-run", "-o",
                                         path]
    if stage == "train":
        yield "init", [kgon, "train", "--init", path, "--dry-run"]
        yield "at", [kgon, "llc", "--at", path, "--at-records", "all", "--dry-run"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kgon")
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="write the counts there")
    arguments = parser.parse_args()
    kgon = Path(arguments.kgon).resolve()
    choose = random.Random(arguments.seed)
    counts = {"files": 0, "commands": 0, "answered": 0, "refused": 0, "crashed in the child": 0,
              "other digest": 0, "same digest": 0, "failures": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound, digests = {}, {}
        for stage, flags in RESULTS.items():
            path = folder / f"{stage}.nc"
            done = run(kgon, *flags, "--device", "cpu", "--quiet", "-o", path)
            if done.returncode != 0:
                sys.exit(f"{stage}: {done.stderr}")
            sound[stage], digests[stage] = path.read_bytes(), run(kgon, "digest", path).stdout
        began = time.monotonic()
        for number in range(arguments.files):
            stage = list(RESULTS)[number % len(RESULTS)]
            path = folder / "damaged.nc"
            data = damaged(sound[stage], choose)
            wrong = []
            for what, command in commands(kgon, stage, path, folder):
                path.write_bytes(data)  # each command meets the same file
                done = run(*command)
                counts["commands"] += 1
                counts["crashed in the child"] += "crashed while reading" in done.stderr
                expected = (0, 2, 65) if what in ("in the place of the output", "init") else (0, 65)
                if done.returncode not in expected:
                    wrong.append(f"{what}: exit code {done.returncode}: {done.stderr[:300]}")
                elif done.returncode == 0:
                    counts["answered"] += 1
                    if what == "digest":
                        same = done.stdout == digests[stage]
                        counts["same digest" if same else "other digest"] += 1
                else:
                    counts["refused"] += 1
                    if not done.stderr.startswith("kgon: ") or done.stderr.count("\n") != 1:
                        wrong.append(f"{what}: not one sentence: {done.stderr[:300]}")
                left = [p.name for p in folder.iterdir()
                        if p.name.endswith((".part", ".lock"))]
                if left:
                    wrong.append(f"{what}: left behind: {left}")
            counts["files"] += 1
            if wrong:
                counts["failures"].append(f"file {number} ({stage}): " + "; ".join(wrong))
                print("FAILED", counts["failures"][-1], file=sys.stderr, flush=True)
        counts["seconds"] = round(time.monotonic() - began, 1)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(counts, indent=2) + "\n")
    print(f"{counts['commands']} commands on {counts['files']} damaged results: "
          f"{counts['refused']} refused, {counts['answered']} answered; "
          f"{counts['crashed in the child']} crashes of libnetcdf held back; of the digests "
          f"{counts['same digest']} are the sound file's and {counts['other digest']} are others")
    print(f"{counts['files'] - len(counts['failures'])} passed, {len(counts['failures'])} failed")
    return 1 if counts["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
