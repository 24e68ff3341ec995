#!/usr/bin/env python3
"""Holds a load: 100,000 trajectories of 1,000 steps, and 1,024 chains of nuts with 200 draws each.

usage: soak.py KGON [--scale S] [--json FILE]

--scale 0.01 runs a hundredth of the members. Demands that no row of the results is missing, that
memory is flat over the last half, and that the last quarter of the work is as fast as the first, within
5 %. The log of blocks (FILE.nc.blocks, every finished member is in it) tells the progress; the clock
is the processor time of kgon, so that other work on the machine does not count. Trajectories run on
the baseline instruction set: on wider ones 100,000 of them take seconds, which is no soak. Speed and
slope of a run below 20 s of the processor say nothing and are not judged.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
SHORTEST = 20.0  # seconds of the processor
# Over the last half: a finished island of sample leaves its losses and phases, some bytes a draw, for
# the estimates, and the islands of half a minute are not to pass for a leak.
MOST_SLOPE = 1.0  # MiB a minute, and
MOST_GROWTH = 1.0  # MiB in all: what grows by both fails
MOST_SLOWER = 0.05
MOST_MEMORY = 1024  # MiB

COUNT_ROWS = """
import sys, netCDF4, numpy
with netCDF4.Dataset(sys.argv[1]) as file:
    if sys.argv[2] == "train":
        group = file["sgd"]
        loss, status = group["training_loss"], group["status"]
        axis = 1
    else:
        group = file["sample_stats"]
        loss, status = group["loss"], None
        axis = 0
    present = 0
    for first in range(0, loss.shape[axis], 10000):
        cut = (slice(None),) * axis + (slice(first, first + 10000),)
        values = numpy.ma.filled(loss[cut], numpy.nan)
        there = numpy.isfinite(values) & (values != 0)
        if status is not None:
            # A trajectory is one row: all of its records, or those before it failed.
            failed = numpy.ma.filled(status[cut], 0) != 0
            there = (there | failed).all(axis=-1)
        present += int(there.sum())
    print(present)
"""


def study_of(stage, scale):
    """Flags, and the rows that the result must have."""
    if stage == "train":
        members = max(100, round(100000 * scale))
        return (["train", "--init", "random", "--trajectories", str(members), "--samples", "1000",
                 "--batch", "20", "--epochs", "20", "--records", "20", "--instructions", "baseline"],
                members)
    islands = max(2, round(256 * scale))
    return (["sample", "--sampler", "nuts", "--samples", "1000", "--islands", str(islands), "--chains",
             "4", "--draws", "200"], islands * 4 * 200)


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid):
    """What is its own: not files that are mapped."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return None


def watch(command, blocks):
    """Samples of (wall seconds, processor seconds, MiB, bytes of the log) until it ends."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    samples = []
    while process.poll() is None:
        try:
            memory = memory_mib(process.pid)
            if memory is not None:
                size = blocks.stat().st_size if blocks.exists() else 0
                samples.append((time.monotonic() - began, processor_seconds(process.pid), memory,
                                size))
        except (FileNotFoundError, ProcessLookupError):
            break
        time.sleep(0.05)
    _, errors = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}: {errors}")
    return samples


def at_bytes(samples, size):
    """Processor seconds when the log had so many bytes, between two samples in proportion."""
    for before, after in zip(samples, samples[1:]):
        if before[3] <= size <= after[3] and before[3] < after[3]:
            part = (size - before[3]) / (after[3] - before[3])
            return before[1] + part * (after[1] - before[1])
    return samples[-1][1]


def slope_of(samples):
    """Of (wall seconds, MiB), in MiB a minute."""
    n = len(samples)
    mean_x = sum(x for x, _ in samples) / n
    mean_y = sum(y for _, y in samples) / n
    spread = sum((x - mean_x) ** 2 for x, _ in samples)
    return 60 * sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread if spread else 0.0


def rows_in(path, stage):
    for python in ("/usr/bin/python3", ROOT / "build" / "report_python" / "bin" / "python",
                   sys.executable):
        done = subprocess.run([str(python), "-c", COUNT_ROWS, str(path), stage], capture_output=True,
                              text=True)
        if done.returncode == 0:
            return int(done.stdout)
    sys.exit(f"soak.py: no Python with netCDF4 to count rows: {done.stderr}")


def soak(kgon, stage, scale, folder):
    flags, rows = study_of(stage, scale)
    result = folder / f"{stage}.nc"
    samples = watch([str(kgon), *flags, "--device", "cpu", "--quiet", "-o", str(result),
                     "--checkpoint-every", "1"], folder / f"{stage}.nc.blocks")
    # While the log grows: before that nothing is done yet, after that the result is written.
    last = max((sample[3] for sample in samples), default=0)
    growing = [one for number, one in enumerate(samples)
               if 0 < one[3] and (number == 0 or samples[number - 1][3] < last)]
    seen = {"rows": rows, "missing": rows - rows_in(result, stage),
            "peak MiB": round(max((one[2] for one in samples), default=0), 1),
            "seconds": round(samples[-1][0], 1) if samples else 0,
            "processor seconds": round(samples[-1][1], 1) if samples else 0}
    failures = []
    if seen["missing"] != 0:
        failures.append(f"{seen['missing']} of {rows} rows are missing")
    if seen["peak MiB"] > MOST_MEMORY:
        failures.append(f"{seen['peak MiB']} MiB of memory")
    if len(growing) > 20 and growing[-1][1] - growing[0][1] >= SHORTEST:
        first = growing[0][3]
        marks = [at_bytes(growing, first + (last - first) * quarter / 4) for quarter in range(5)]
        seen["last quarter by first"] = round((marks[1] - marks[0]) / (marks[4] - marks[3]), 4)
        half = [one for one in growing if one[0] >= (growing[0][0] + growing[-1][0]) / 2]
        seen["MiB a minute"] = round(slope_of([(one[0], one[2]) for one in half]), 2)
        slope, minutes = seen["MiB a minute"], (half[-1][0] - half[0][0]) / 60
        seen["MiB more in the last half"] = round(slope * minutes, 2)
        if slope >= MOST_SLOPE and slope * minutes >= MOST_GROWTH:
            failures.append(f"memory grows by {slope} MiB a minute, {slope * minutes:.2f} in all")
        if seen["last quarter by first"] < 1 - MOST_SLOWER:
            failures.append(f"the last quarter has {seen['last quarter by first']} of the speed of "
                            "the first")
    elif scale >= 1:
        failures.append("it was over too soon for its speed and memory to be judged")
    result.unlink()
    return seen, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kgon")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--json", help="write the numbers there")
    arguments = parser.parse_args()
    report, failures = {"scale": arguments.scale}, []
    with tempfile.TemporaryDirectory() as name:
        for stage in ("train", "sample"):
            report[stage], wrong = soak(Path(arguments.kgon).resolve(), stage, arguments.scale,
                                        Path(name))
            failures += [f"{stage}: {one}" for one in wrong]
            print(f"{stage}: " + ", ".join(f"{what} {value}" for what, value in report[stage].items()),
                  flush=True)
    for failure in failures:
        print("FAILED", failure, file=sys.stderr)
    report["failures"] = failures
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(report, indent=2) + "\n")
    stages = len(report) - 2
    wrong = len({failure.split(":")[0] for failure in failures})
    print(f"{stages - wrong} passed, {wrong} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
