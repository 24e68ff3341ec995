#!/usr/bin/env python3
"""Kills and stops runs at random times and goes on with them until they are done.

usage: interrupted_runs.py KGON [--kills N] [--stops N] [--seed S] [--json FILE]

Every trial takes one of the studies below, ends it at a time that is uniform over its length (again
and again, with --resume in between), and demands the digest of the run that nobody disturbed. A stop is
SIGTERM, and ends in exit code 75 with a checkpoint, or in 0 where nothing was left to do: those are
counted apart, and may not be as many. Between two runs threads and instruction set change. After some
kills the checkpoint is damaged, so that the generation before has to serve. The last line counts what
passed and failed.
"""
import argparse
import json
import os
import random
import re
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

INTERVAL = 0.1  # seconds between two checkpoints
# A checkpoint is written once the states have come, a quarter of an interval after it was asked for;
# the rest is for the start of a process, and for disks and processors with other things to do: seconds
# once in a while (an fsync beside a compiler), and in the median of a good many kills next to nothing.
MOST_LOST = INTERVAL * 1.25 + 3.0
MEDIAN_LOST = INTERVAL * 1.25 + 0.15
MANY = 40

TRAIN = ["train", "--init", "4,random", "--records", "40"]
STUDIES = {
    "train, own data": TRAIN + ["--trajectories", "160", "--epochs", "2000"],
    "train, few and long": TRAIN + ["--trajectories", "3", "--epochs", "20000",
                                    "--classify-every", "5000"],
    "train, shared data, with replacement": TRAIN + [
        "--trajectories", "120", "--epochs", "4000", "--dataset", "shared",
        "--batching", "replacement", "--precision", "double"],
    "train, population": TRAIN + ["--trajectories", "1000", "--epochs", "60000",
                                  "--dataset", "population"],
    "llc, langevin": ["llc", "--at", "5,5+,6,4", "--gamma", "1,10,100,1000", "--samples", "1000",
                      "--chains", "4", "--draws", "20000"],
    "llc, hmc": ["llc", "--at", "5,5+,6", "--sampler", "hmc", "--gamma", "10,100,1000",
                 "--samples", "1000", "--chains", "4", "--draws", "5000"],
    "llc, long chains": ["llc", "--at", "5", "--samples", "1000", "--chains", "12", "--draws", "100",
                         "--thin", "2000", "--check-bias", "yes"],
    "sample, smc": ["sample", "--samples", "100,1000", "--sampler", "smc", "--islands", "8",
                    "--particles", "1024"],
    "sample, tempering": ["sample", "--samples", "50,100", "--sampler", "tempering", "--islands",
                          "2", "--rounds", "4000", "--warmup", "100"],
    "sample, hmc": ["sample", "--samples", "200,400", "--sampler", "hmc", "--chains", "16",
                    "--islands", "2", "--draws", "2500", "--thin", "4", "--warmup", "200"],
    "sample, nuts": ["sample", "--samples", "200,400", "--sampler", "nuts", "--chains", "16",
                     "--islands", "2", "--draws", "1000", "--warmup", "200"],
}


class Failure(Exception):
    pass


def seconds_in(checkpoint):
    """What the runs behind a checkpoint have taken; 0 without one."""
    if not checkpoint.exists():
        return 0.0
    data = checkpoint.read_bytes()
    (identity,) = struct.unpack_from("<Q", data, 16)
    at = 16 + 16 + identity + 8 + 16  # past header, its hash, and length and kind of the body
    return struct.unpack_from("<d", data, at)[0]


def handles_signals(process):
    """Whether it has begun: before it reads its study and has anything to lose, a signal ends it at once."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False
    caught = int(re.search(r"^SigCgt:\s*(\w+)", status, re.MULTILINE)[1], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


class DiskProbe(threading.Thread):
    """How long an fsync takes on the disk of the trials, measured all the time, so that a failure says
    whether it was the disk's."""

    def __init__(self):
        super().__init__(daemon=True)
        self.file = tempfile.NamedTemporaryFile()
        self.began = time.monotonic()
        self.waits = []  # when it ended, seconds
        self.start()

    def run(self):
        while True:
            self.began = time.monotonic()
            self.file.write(bytes(4096))
            self.file.flush()
            os.fsync(self.file.fileno())
            ended = time.monotonic()
            self.waits.append((ended, ended - self.began))
            time.sleep(0.1)

    def longest_since(self, moment):
        longest = max((seconds for ended, seconds in self.waits if ended >= moment), default=0.0)
        return max(longest, time.monotonic() - self.began - 0.2)  # the one that is under way


class Trial:
    def __init__(self, kgon, arguments, directory, choose, sets, disk):
        self.kgon = kgon
        self.arguments = arguments
        self.result = directory / "x.nc"
        self.checkpoint = directory / "x.nc.checkpoint"
        self.choose = choose
        self.sets = sets
        self.disk = disk
        self.lost = []
        self.longest_fsync = 0.0  # of the disk, while it ran
        self.used_older = 0
        self.damaged = False  # the newest generation, and not yet replaced

    def command(self, resume):
        return [self.kgon, *self.arguments, "--device", "cpu", "--quiet", "-o", str(self.result),
                "--checkpoint-every", str(INTERVAL), "--threads", str(self.choose.choice([1, 2])),
                "--instructions", self.choose.choice(self.sets),
                *(["--resume"] if resume else [])]

    def newest(self):
        """The generation that a run goes on from: between the two renames of a write there is but the
        older one."""
        older = self.checkpoint.with_name("x.nc.checkpoint.old")
        is_good = self.checkpoint.exists() and not self.damaged
        return self.checkpoint if is_good or not older.exists() else older

    def start(self, resume):
        self.before = seconds_in(self.newest())
        self.started = time.monotonic()
        return subprocess.Popen(self.command(resume), stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)

    def wait_until(self, process, seconds):
        """False where it ends before."""
        try:
            process.wait(seconds)
            return False
        except subprocess.TimeoutExpired:
            return True

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        ran = time.monotonic() - self.started
        process.communicate()
        if (self.damaged and self.checkpoint.exists() and
                self.checkpoint.read_bytes() == self.damaged_bytes):
            return  # killed before it had a chance to replace it
        self.damaged = False
        self.lost.append(ran - (seconds_in(self.newest()) - self.before))
        self.longest_fsync = max(self.longest_fsync, self.disk.longest_since(self.started))

    def stop(self, process):
        while process.poll() is None and not handles_signals(process.pid):
            time.sleep(0.001)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        took = time.monotonic() - asked
        # It may have had its last step behind it, or its result.
        if process.returncode not in (0, 75) and not (process.returncode == -signal.SIGTERM and
                                                      self.result.exists()):
            raise Failure(f"exit code {process.returncode} after a signal: {errors}")
        if process.returncode == 75 and not self.checkpoint.exists():
            raise Failure("exit code 75 without a checkpoint")
        if took > 10:
            raise Failure(f"{took:.1f} s from the signal to the end")
        return took, process.returncode

    def damage(self):
        """Of the newest generation, where there is an older one."""
        older = self.checkpoint.with_name("x.nc.checkpoint.old")
        if self.damaged or not (self.checkpoint.exists() and older.exists()):
            return
        data = bytearray(self.checkpoint.read_bytes())
        if self.choose.random() < 0.5:
            data = data[:self.choose.randrange(len(data))]
        else:
            data[self.choose.randrange(len(data))] ^= 1 << self.choose.randrange(8)
        self.checkpoint.write_bytes(data)
        self.damaged_bytes = bytes(data)
        self.damaged = True
        self.used_older += 1

    def finish(self, process):
        _, errors = process.communicate()
        if process.returncode != 0:
            raise Failure(f"exit code {process.returncode}: {errors}")
        if self.damaged and "is used in its place" not in errors:
            raise Failure(f"the damaged checkpoint was not noticed: {errors}")
        left = [p.name for p in self.result.parent.iterdir() if p != self.result]
        if left:
            raise Failure(f"left behind: {left}")


def digest(kgon, path):
    return subprocess.run([kgon, "digest", str(path)], check=True, capture_output=True,
                          text=True).stdout.strip()


def instruction_sets(kgon):
    """Those of this machine but the slow baseline, which only short runs afford."""
    best = subprocess.run([kgon, "devices"], check=True, capture_output=True, text=True).stdout
    return ["avx2", "avx512"] if "avx512" in best else ["avx2"] if "avx2" in best else ["baseline"]


class Undisturbed:
    """Digest and length of every study that nobody ends."""

    def __init__(self, kgon, sets):
        self.kgon, self.sets, self.known = kgon, sets, {}

    def of(self, name):
        if name not in self.known:
            with tempfile.TemporaryDirectory() as directory:
                path = Path(directory) / "x.nc"
                began = time.monotonic()
                subprocess.run([self.kgon, *STUDIES[name], "--device", "cpu", "--quiet", "-o",
                                str(path), "--threads", "2", "--instructions", self.sets[0]],
                               check=True)
                self.known[name] = digest(self.kgon, path), time.monotonic() - began
        return self.known[name]


def interrupt(trial, length, kind, count):
    """Ends the run until it has been ended once; then sometimes again. Returns what was seen."""
    process = trial.start(False)
    while trial.wait_until(process, trial.choose.uniform(0, length)):
        if kind == "kill":
            trial.kill(process)
            if trial.choose.random() < 0.3:
                trial.damage()
        else:
            took, code = trial.stop(process)
            count["seconds to stop"].append(took)
            if code != 75:
                count["stopped too late"] += 1
                break
        count["interruptions"] += 1
        process = trial.start(True)
        if trial.choose.random() < 0.5:
            break
    return process


def run_trials(kgon, kind, trials, seed, report):
    sets = instruction_sets(kgon)
    whole = Undisturbed(kgon, sets)
    disk = DiskProbe()
    count = {"trials": 0, "interruptions": 0, "to the digest": 0, "older generation": 0,
             "stopped too late": 0, "seconds lost": [], "seconds to stop": [], "failures": []}
    names = list(STUDIES)
    while count["interruptions"] < trials and count["stopped too late"] <= max(4, trials):
        number = count["trials"]
        choose = random.Random(f"{seed} {kind} {number}")
        name = names[number % len(names)]
        expected, length = whole.of(name)
        with tempfile.TemporaryDirectory() as directory:
            trial = Trial(kgon, STUDIES[name], Path(directory), choose, sets, disk)
            count["trials"] += 1
            try:
                process = interrupt(trial, length, kind, count)
                if process.returncode is None:
                    trial.finish(process)
                elif process.returncode > 0:
                    raise Failure(f"exit code {process.returncode}: {process.stderr.read()}")
                if digest(kgon, trial.result) != expected:
                    raise Failure("another digest than that of the undisturbed run")
                if max(trial.lost, default=0) > MOST_LOST:
                    raise Failure(f"{max(trial.lost):.2f} s of work lost; an fsync of another file "
                                  f"took up to {trial.longest_fsync:.2f} s meanwhile")
                count["to the digest"] += 1
            except (Failure, subprocess.SubprocessError) as error:
                count["failures"].append(f"{name}, trial {number}: {error}")
            count["older generation"] += trial.used_older
            count["seconds lost"] += trial.lost
    if kind == "kill" and count["interruptions"] >= MANY:
        median = statistics.median(count["seconds lost"])
        if median > MEDIAN_LOST:
            count["failures"].append(f"{median:.2f} s of work lost in the median")
        if not count["older generation"]:
            count["failures"].append("the older generation never had to serve")
    if count["stopped too late"] > max(4, count["interruptions"]):
        count["failures"].append("most signals came when there was nothing left to stop")
    for failure in count["failures"]:
        print(f"FAILED {kind}: {failure}", file=sys.stderr, flush=True)
    report[kind] = count
    return len(count["failures"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kgon")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--stops", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="write the counts there")
    arguments = parser.parse_args()
    report = {}
    failed = 0
    for kind, trials in ("kill", arguments.kills), ("stop", arguments.stops):
        if trials:
            failed += run_trials(str(Path(arguments.kgon).resolve()), kind, trials, arguments.seed,
                                 report)
    passed = 0
    for kind, count in report.items():
        passed += count["to the digest"]
        line = (f"{kind}: {count['interruptions']} in {count['trials']} runs, "
                f"{count['to the digest']} to the digest")
        if count["seconds lost"]:
            line += (f", {max(count['seconds lost']):.2f} s lost at most, older generation "
                     f"{count['older generation']} times")
        if count["seconds to stop"]:
            line += (f", {max(count['seconds to stop']):.2f} s to stop at most, {count['stopped too late']} "
                     "signals when there was nothing left to stop")
        print(line)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(report, indent=2) + "\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
