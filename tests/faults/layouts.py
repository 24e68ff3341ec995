#!/usr/bin/env python3
"""Runs one study in many layouts and demands one digest.

usage: layouts.py KGON [--quick] [--json FILE]

A layout is a number of threads, an instruction set, a number of shards that are merged afterwards,
and whether every process is stopped on its way and goes on with --resume. On the CPU a batch has the
width of the instruction set, so that there are no sizes of batches to vary. The last line counts
layouts.
"""
import argparse
import itertools
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STUDIES = {
    "train": ["train", "--init", "4,random", "--trajectories", "29", "--epochs", "200",
              "--records", "12"],
    "llc": ["llc", "--at", "5,5+,6", "--gamma", "1,10,100", "--samples", "200", "--chains", "3",
            "--draws", "400", "--burn-in", "200"],
    "sample": ["sample", "--samples", "50,100", "--sampler", "smc", "--islands", "8",
               "--particles", "64", "--draws", "20"],
}
THREADS = [1, 2, 3]
SHARDS = [1, 3, 8]


def run(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def instruction_sets(kgon):
    devices = run([kgon, "devices"])
    return [name for name in ("baseline", "avx2", "avx512") if name == "baseline" or name in devices]


def run_stopped(command):
    """Stops it again and again, a little later each time; how often it was."""
    stops = 0
    for wait in (0.03, 0.06, 0.1):
        resume = ["--resume"] if stops else []
        process = subprocess.Popen([str(word) for word in command + resume],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(wait)
        # Before it listens a signal ends it at once, and there is nothing to go on with.
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate()
        if process.returncode == 75:
            stops += "--resume goes on" in errors
        elif process.returncode == 0:
            return stops
        elif process.returncode != -signal.SIGTERM:
            raise RuntimeError(f"exit code {process.returncode}: {errors.strip()}")
    run(command + ["--resume"])
    return stops


def run_layout(kgon, study, layout, folder):
    threads, instructions, shards, resumed = layout
    parts, stops = [], 0
    for shard in range(shards):
        part = folder / f"part{shard}.nc"
        command = [kgon, *study, "--device", "cpu", "--quiet", "--threads", threads,
                   "--instructions", instructions, "-o", part]
        if shards > 1:
            command += ["--shard", f"{shard}/{shards}"]
        if resumed:
            stops += run_stopped(command + ["--checkpoint-every", "0.05"])
        else:
            run(command)
        parts.append(part)
    whole = parts[0]
    if shards > 1:
        whole = folder / "whole.nc"
        run([kgon, "merge", *parts, "-o", whole, "--quiet"])
    return run([kgon, "digest", whole]).strip(), stops


def layouts_of(stage, sets, quick):
    """All of train's, and of the others those that differ from a plain run in two things at least."""
    every = list(itertools.product(THREADS, sets, SHARDS, [False, True]))
    if quick:
        return every[::7] if stage == "train" else every[4::17]
    if stage == "train":
        return every
    return [one for number, one in enumerate(every) if number % 4 == 1 or one[2] == 8]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kgon")
    parser.add_argument("--quick", action="store_true", help="an eighth of the layouts")
    parser.add_argument("--json", help="write the counts there")
    arguments = parser.parse_args()
    kgon = Path(arguments.kgon).resolve()
    sets = instruction_sets(kgon)
    report = {"instruction sets": sets, "failures": [], "stops": 0, "layouts": {}, "digests": {}}
    began = time.monotonic()
    for stage, study in STUDIES.items():
        layouts = layouts_of(stage, sets, arguments.quick)
        report["layouts"][stage] = len(layouts)
        with tempfile.TemporaryDirectory() as name:
            expected, _ = run_layout(kgon, study, (1, sets[-1], 1, False), Path(name))
        report["digests"][stage] = expected
        for layout in layouts:
            try:
                with tempfile.TemporaryDirectory() as name:
                    digest, stops = run_layout(kgon, study, layout, Path(name))
                report["stops"] += stops
                if digest != expected:
                    raise RuntimeError(f"digest {digest}, not {expected}")
            except RuntimeError as error:
                report["failures"].append(f"{stage}, threads {layout[0]}, {layout[1]}, shards "
                                          f"{layout[2]}, resumed {layout[3]}: {error}")
    report["seconds"] = round(time.monotonic() - began, 1)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(report, indent=2) + "\n")
    if not report["stops"]:
        report["failures"].append("no run was stopped on its way")
    total = sum(report["layouts"].values())
    print(", ".join(f"{stage}: {count} layouts, digest {report['digests'][stage]}"
                    for stage, count in report["layouts"].items()))
    print(f"{report['stops']} stops on the way, {report['seconds']} s")
    for failure in report["failures"]:
        print("FAILED", failure, file=sys.stderr)
    print(f"{total - len(report['failures'])} passed, {len(report['failures'])} failed")
    return 1 if report["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
