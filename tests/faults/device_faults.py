#!/usr/bin/env python3
"""`kgon train` on devices that fail, hang or have no memory, from outside: exit codes, times and bits.

usage: device_faults.py KGON EMULATED [--quick] [--json FILE]

EMULATED: the program of emulated_program.cpp, whose CUDA devices are emulated. Its runs begin where
KGON's on the CPU set the digest. A launch that fails, whichever it is: exit code 70 within 5 s, no
result, and the same command with --resume reaches the digest. One that hangs: the same, so many seconds
after --watchdog's. An allocation without memory: the digest, or code 70 where nothing fits. Several
devices in one process, and a process for each with a shard: the digest. The last line counts what passed and failed.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TRAIN = ["train", "--init", "4,5", "--trajectories", "150", "--samples", "300", "--epochs", "200",
         "--records", "20", "--quiet"]
LONGEST = 5.0  # seconds to end in
WATCHDOG = 1.0


class Devices:
    """Runs of the emulated program, each in a folder of its own."""

    def __init__(self, program, digest):
        self.program, self.digest = program, digest
        self.counts = {"launch": 0, "hang": 0, "memory": 0, "layouts": 0, "processes": 0}
        self.seconds = {"launch": [], "hang": []}
        self.survived = 0
        self.failures = []

    def start(self, folder, fault, *more, devices=1):
        environment = os.environ | {"KGON_EMULATED_DEVICES": str(devices), "KGON_EMULATED_FAULT": fault,
                                    "KGON_EMULATED_COMES": str(folder / "came")}
        output = [] if "-o" in more else ["-o", "x.nc"]
        return subprocess.run([self.program, *TRAIN, *output, "--checkpoint-every", "0.1", *more], cwd=folder,
                              env=environment, capture_output=True, text=True, timeout=300)

    def expect(self, holds, what, done):
        if not holds:
            self.failures.append(f"{what}: code {done.returncode}, {done.stderr.strip()!r}")

    def digest_in(self, folder):
        done = subprocess.run([self.program, "digest", "x.nc"], cwd=folder, capture_output=True, text=True)
        return done.stdout

    def expect_whole(self, folder, what, done):
        self.expect(done.returncode == 0 and self.digest_in(folder) == self.digest, what, done)

    def lose(self, kind, number, device_word):
        """A run whose launch fails or hangs, and the one that goes on. False where there was none."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            what = f"{kind} {number}"
            done = self.start(folder, f"{kind}={number}", "--device", device_word, "--watchdog",
                              str(WATCHDOG), devices=2)
            ended = time.time()
            if not (folder / "came").exists():
                self.expect_whole(folder, f"{what}, which never came", done)
                return False
            self.counts[kind] += 1
            seconds = ended - (folder / "came").stat().st_mtime
            if kind == "hang":
                seconds -= WATCHDOG
            self.seconds[kind].append(seconds)
            sentence = ("kgon: no progress for 1 s on " if kind == "hang"
                        else "kgon: a launch on the emulated device has failed")
            self.expect(done.returncode == 70 and done.stderr.startswith(sentence)
                        and done.stderr.count("\n") == 1, what, done)
            self.expect(seconds <= LONGEST, f"{what}: {seconds:.1f} s to the end", done)
            self.expect(not (folder / "x.nc").exists(), f"{what} left a result", done)
            again = self.start(folder, "none=0", "--device", "cuda", "--resume")
            self.expect_whole(folder, f"{what}, resumed", again)
            return True

    def run_short(self, number):
        """A run with an allocation that finds no memory. False where there was none."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            done = self.start(folder, f"memory={number}", "--device", "cuda")
            if done.returncode == 70:
                self.expect("not enough memory for" in done.stderr and not (folder / "x.nc").exists(),
                            f"memory {number}", done)
            else:
                self.expect_whole(folder, f"memory {number}", done)
            came = (folder / "came").exists()
            self.counts["memory"] += came
            self.survived += came and done.returncode == 0
            return came

    def run_layout(self, devices, word):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            done = self.start(folder, "none=0", "--device", word, devices=devices)
            self.counts["layouts"] += 1
            self.expect_whole(folder, f"{word} of {devices}", done)

    def run_processes(self, devices):
        """A process per device at the same time, each with a shard, and their merge."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            parts = [f"part{index}.nc" for index in range(devices)]
            words = [["--device", f"cuda:{index}", "--shard", f"{index}/{devices}", "-o", part]
                     for index, part in enumerate(parts)]
            with ThreadPoolExecutor(devices) as pool:
                ends = list(pool.map(lambda more: self.start(folder, "none=0", *more, devices=devices),
                                     words))
            for index, done in enumerate(ends):
                self.expect(done.returncode == 0, f"process on cuda:{index}", done)
            done = subprocess.run([self.program, "merge", *parts, "-o", "x.nc", "--quiet"], cwd=folder,
                                  capture_output=True, text=True)
            self.counts["processes"] += devices
            self.expect_whole(folder, f"{devices} processes", done)


def all_until_none(run, step):
    """Calls run(1), run(1 + step), ... until the fault does not come."""
    number = 1
    while run(number):
        number += step
    return number


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kgon")
    parser.add_argument("emulated")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    kgon, emulated = (str(Path(name).resolve()) for name in (arguments.kgon, arguments.emulated))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([kgon, *TRAIN, "-o", "x.nc", "--device", "cpu"], cwd=folder, check=True)
        digest = subprocess.run([kgon, "digest", "x.nc"], cwd=folder, check=True,
                                capture_output=True, text=True).stdout
    devices = Devices(emulated, digest)
    for count, word in ((1, "cuda"), (2, "cuda"), (3, "cuda:2,0"), (5, "auto")):
        devices.run_layout(count, word)
    devices.run_processes(3)
    all_until_none(lambda k: devices.lose("launch", k, "cuda"), 120 if arguments.quick else 10)
    all_until_none(lambda k: devices.lose("hang", k, "cuda"), 300 if arguments.quick else 60)
    all_until_none(devices.run_short, 24 if arguments.quick else 1)
    for kind in ("launch", "hang", "memory"):
        if devices.counts[kind] < 3:
            devices.failures.append(f"only {devices.counts[kind]} faults of kind {kind} came")
    if devices.survived == 0:
        devices.failures.append("no run without memory came to its end")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(
            {**devices.counts, "survived": devices.survived, "seconds": devices.seconds,
             "failures": devices.failures}) + "\n")
    print("\n".join(devices.failures))
    print(f"{devices.counts['launch']} launches failed and {devices.counts['hang']} hung, at most "
          f"{max(devices.seconds['launch']):.2f} s and {max(devices.seconds['hang']):.2f} s to the end; "
          f"{devices.counts['memory']} allocations found no memory, {devices.survived} runs went on; "
          f"{devices.counts['layouts']} layouts and {devices.counts['processes']} processes; {len(devices.failures)} with a wrong end")
    return 1 if devices.failures else 0


if __name__ == "__main__":
    sys.exit(main())
