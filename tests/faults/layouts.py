#!/usr/bin/env python3
"""Runs one study in many layouts and demands one digest.

usage: layouts.py KGON [--emulated PROGRAM] [--quick] [--json FILE]

A layout is a number of threads, an instruction set, a number of shards that are merged afterwards,
and whether every process is stopped on its way and goes on with --resume. On the CPU a batch has the
width of the instruction set; PROGRAM (emulated_program.cpp) has devices whose batches have any size,
and with it a layout of train is a size of batches, a number of devices, a number of shards and whether
it is stopped. The last line counts layouts.
"""
import argparse
import itertools
import json
import os
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
BATCHES = [3, 16, 64]
DEVICES = [1, 2, 3]


def run(command, environment=None):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def instruction_sets(kgon):
    devices = run([kgon, "devices"])
    return [name for name in ("baseline", "avx2", "avx512") if name == "baseline" or name in devices]


def run_stopped(command, environment):
    """Stops it again and again, a little later each time; how often it was."""
    stops = 0
    for wait in (0.03, 0.06, 0.1):
        resume = ["--resume"] if stops else []
        process = subprocess.Popen([str(word) for word in command + resume],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   env=environment)
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
    run(command + ["--resume"], environment)
    return stops


def on_cpu(kgon, layout):
    """The words of a layout of threads and an instruction set, and its environment."""
    threads, instructions, _, _ = layout
    return [kgon, "--device", "cpu", "--threads", threads, "--instructions", instructions], None


def on_devices(emulated, layout):
    """Those of a layout of batches on so many devices."""
    batch, devices, _, _ = layout
    return ([emulated, "--device", "cuda"],
            dict(os.environ, KGON_EMULATED_BATCH=str(batch), KGON_EMULATED_DEVICES=str(devices)))


def run_layout(kgon, place, study, layout, folder):
    """place: on_cpu or on_devices of the layout."""
    (program, *words), environment = place
    _, _, shards, resumed = layout
    parts, stops = [], 0
    for shard in range(shards):
        part = folder / f"part{shard}.nc"
        command = [program, *study, *words, "--quiet", "-o", part]
        if shards > 1:
            command += ["--shard", f"{shard}/{shards}"]
        if resumed:
            stops += run_stopped(command + ["--checkpoint-every", "0.05"], environment)
        else:
            run(command, environment)
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


def places(kgon, emulated, stage, sets, quick):
    """[(layout, its words and environment)]"""
    found = [(layout, on_cpu(kgon, layout)) for layout in layouts_of(stage, sets, quick)]
    if emulated and stage == "train":
        every = list(itertools.product(BATCHES, DEVICES, SHARDS, [False, True]))
        found += [(layout, on_devices(emulated, layout)) for layout in every[::7 if quick else 1]]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kgon")
    parser.add_argument("--emulated", metavar="PROGRAM", help="kgon on emulated devices")
    parser.add_argument("--quick", action="store_true", help="an eighth of the layouts")
    parser.add_argument("--json", help="write the counts there")
    arguments = parser.parse_args()
    kgon = Path(arguments.kgon).resolve()
    emulated = arguments.emulated and Path(arguments.emulated).resolve()
    sets = instruction_sets(kgon)
    report = {"instruction sets": sets, "failures": [], "stops": 0, "layouts": {}, "digests": {},
              "batches": BATCHES if emulated else []}
    began = time.monotonic()
    for stage, study in STUDIES.items():
        layouts = places(kgon, emulated, stage, sets, arguments.quick)
        report["layouts"][stage] = len(layouts)
        with tempfile.TemporaryDirectory() as name:
            plain = (1, sets[-1], 1, False)
            expected, _ = run_layout(kgon, on_cpu(kgon, plain), study, plain, Path(name))
        report["digests"][stage] = expected
        for layout, place in layouts:
            try:
                with tempfile.TemporaryDirectory() as name:
                    digest, stops = run_layout(kgon, place, study, layout, Path(name))
                report["stops"] += stops
                if digest != expected:
                    raise RuntimeError(f"digest {digest}, not {expected}")
            except RuntimeError as error:
                report["failures"].append(f"{stage}, {' '.join(map(str, place[0]))}, shards "
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
