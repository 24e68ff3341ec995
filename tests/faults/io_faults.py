#!/usr/bin/env python3
"""Makes every call that kgon makes on its files fail, one after the other, in every way.

usage: io_faults.py KGON SHIM [--quick | --some N] [--only TEXT] [--kinds LIST] [--seed S] [--jobs J]
                    [--json FILE]

SHIM is the library of fail_calls.cpp. For every study below and every kind of fault, call 1, 2, 3, ...
fails until a run has no such call any more. Whatever fails:
- the run ends with code 0 and the digest of the run that nothing disturbed, or with another code and
  one sentence that names the file and the reason;
- what has its final name is whole, at any time;
- the same command with --resume reaches the digest, and a checkpoint that was there before is no less
  than it was.
--some takes N calls of every study and kind, chosen by the seed, and --quick 2. At the end comes a full
file system, a real one, where it may be mounted. The last line counts what passed and failed.
"""
import argparse
import concurrent.futures
import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from interrupted_runs import seconds_in

# The errors that the kinds of fail_calls.cpp give.
KINDS = {
    "EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "EDQUOT": errno.EDQUOT, "EINTR": errno.EINTR,
    "short": 0, "torn": errno.EIO, "full": errno.ENOSPC, "broken": errno.EIO,
}
# Where nothing is lost the program has to survive. That libhdf5 takes a close that a signal ended
# for a failure nobody can mend.
SURVIVED = ("EINTR", "short")
FAILED = (70, 2, 65)
RUN_STUDY = """seed = 1
[train]
init = "4"
trajectories = 8
records = 4
epochs = 300
[llc]
at = "5"
samples = 100
chains = 2
draws = 300
[sample]
samples = 50
sampler = "smc"
islands = 1
particles = 128
"""
TRAIN = ["train", "--init", "4,random", "--records", "6", "--trajectories", "24", "--epochs", "800"]
LLC = ["llc", "--at", "5,4", "--gamma", "1,10", "--samples", "200", "--chains", "2", "--draws",
       "3000"]
SAMPLE = ["sample", "--samples", "50,100", "--sampler", "tempering", "--islands", "2", "--rounds",
          "150", "--warmup", "50"]
SMC = ["sample", "--samples", "50,100", "--sampler", "smc", "--islands", "2", "--particles", "128"]


class Failure(Exception):
    pass


class Study:
    """A command, the folder that it begins in, and what it leaves there."""

    def __init__(self, name, arguments, output="x.nc", finals=("x.nc",), is_stage=True):
        self.name = name
        self.arguments = arguments
        self.output = output
        self.finals = finals
        self.is_stage = is_stage
        self.template = None  # a folder to copy
        self.resumes = False
        self.digests = {}
        self.calls = {}

    def command(self, kgon, directory, resume):
        if not self.is_stage:
            return [kgon, *self.arguments, "--quiet", "-o", str(directory / self.output)]
        return [kgon, *self.arguments, "--device", "cpu", "--quiet", "--threads", "1", "-o",
                str(directory / self.output), "--checkpoint-every", "0.02",
                *(["--resume"] if resume else [])]

    def stopped(self, kgon, place):
        """The same study, begun where a signal has left it after two checkpoints."""
        study = Study(self.name + ", resumed", self.arguments, self.output, self.finals)
        study.template = place / study.name
        study.resumes = True
        study.digests = self.digests
        while True:
            shutil.rmtree(study.template, ignore_errors=True)
            study.template.mkdir()
            process = subprocess.Popen(self.command(kgon, study.template, False),
                                       stderr=subprocess.DEVNULL)
            older = study.template / "x.nc.checkpoint.old"
            while process.poll() is None and not older.exists():
                time.sleep(0.002)
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            if process.wait() == 75 and older.exists():
                return study


def is_text_final(name):
    return name.endswith((".json", ".toml"))


def seconds_kept(directory):
    """The most that a generation of the checkpoint in `directory` stands for."""
    most = 0.0
    for name in "x.nc.checkpoint", "x.nc.checkpoint.old":
        try:
            most = max(most, seconds_in(directory / name))
        except Exception:  # cut off
            pass
    return most


class Driver:
    def __init__(self, kgon, shim, place):
        self.kgon, self.shim, self.place = kgon, shim, place

    def digest(self, path):
        done = subprocess.run([self.kgon, "digest", str(path)], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"{path.name} has its name and cannot be read: {done.stderr.strip()}")
        return done.stdout.strip()

    def whole(self, path):
        """What tells a final file from a spoilt one."""
        if path.suffix == ".nc":
            return self.digest(path)
        text = path.read_text()
        if path.suffix == ".toml":
            return text
        try:
            return sorted((stage, part["study_hash"]) for stage, part in json.loads(text).items())
        except ValueError as error:
            raise Failure(f"{path.name} is no JSON: {error}") from error

    def start(self, study, directory):
        if study.template:
            shutil.copytree(study.template, directory, dirs_exist_ok=True)
        else:
            directory.mkdir(exist_ok=True)

    def undisturbed(self, study):
        if study.digests:
            return
        directory = self.place / ("whole " + study.name)
        self.start(study, directory)
        subprocess.run(study.command(self.kgon, directory, False), check=True)
        study.digests.update({name: self.whole(directory / name) for name in study.finals})

    def check_finals(self, study, directory, all_of_them):
        for name in study.finals:
            path = directory / name
            if path.exists():
                if self.whole(path) != study.digests[name]:
                    raise Failure(f"{name} has its name and another content")
            elif all_of_them:
                raise Failure(f"{name} is missing")

    def run_faulty(self, study, directory, kind, call, log):
        environment = dict(os.environ, LD_PRELOAD=self.shim, KGON_FAULT_DIRECTORY=str(directory),
                           KGON_FAULT_KIND=kind, KGON_FAULT_CALL=str(call),
                           KGON_FAULT_LOG=str(log))
        try:
            done = subprocess.run(study.command(self.kgon, directory, study.resumes),
                                  env=environment, capture_output=True, text=True, timeout=120)
        except subprocess.TimeoutExpired as error:
            raise Failure("it hangs") from error
        return done.returncode, done.stderr.splitlines()

    def count_calls(self, study, kind):
        """Of a run without a fault."""
        with tempfile.TemporaryDirectory(dir=self.place) as base:
            directory, log = Path(base) / "out", Path(base) / "log"
            self.start(study, directory)
            self.run_faulty(study, directory, kind, 0, log)
            return int(log.read_text().split()[1])

    def check_words(self, directory, kind, code, lines, fired):
        if any(not line.startswith("kgon: ") for line in lines):
            raise Failure(f"words that are not kgon's: {lines}")
        if code == 0 and kind not in SURVIVED and fired[0].startswith("flock"):
            raise Failure("it went on without its lock")
        if code == 0:
            return
        if kind in SURVIVED and not fired[0].startswith("close"):
            raise Failure(f"exit code {code} where nothing was lost: {lines}")
        if code not in FAILED:
            raise Failure(f"exit code {code}: {lines}")
        # Of a checkpoint that is not written, and of a generation that is not read.
        warnings = [line for line in lines[:-1] if line.startswith("kgon: no checkpoint: ")
                    or ".checkpoint" in line and ": cannot be read: " in line]
        if len(lines) != len(warnings) + 1:
            raise Failure(f"not one sentence: {lines}")
        for line in lines:
            if str(directory) not in line or os.strerror(KINDS[kind]) not in line:
                raise Failure(f"without file or reason: {line}")

    def check_left(self, directory, study):
        left = [p.name for p in directory.iterdir()
                if p.name.startswith("x.nc.") or ".part" in p.name or ".checkpoint" in p.name]
        if left:
            raise Failure(f"left behind: {left}")

    def go_on(self, study, directory, before):
        """After a failure, with nothing in the way any more."""
        if study.resumes and not (directory / study.output).exists():
            if seconds_kept(directory) < before:
                raise Failure("the checkpoint that was there is gone")
        done = subprocess.run(study.command(self.kgon, directory, True), capture_output=True,
                              text=True)
        if done.returncode != 0:
            raise Failure(f"--resume then ends with code {done.returncode}: {done.stderr}")
        self.check_finals(study, directory, True)
        self.check_left(directory, study)

    def trial(self, study, kind, call):
        """What failed, as the shim says it; None where no call was left to fail."""
        with tempfile.TemporaryDirectory(dir=self.place) as base:
            directory, log = Path(base) / "out", Path(base) / "log"
            self.start(study, directory)
            before = seconds_kept(directory)
            code, lines = self.run_faulty(study, directory, kind, call, log)
            said = log.read_text().splitlines() if log.exists() else []
            fired = [line.replace(f"{directory}", "") for line in said
                     if not line.startswith("total")]
            try:
                self.check_finals(study, directory, code == 0)
                if not fired:
                    if code != 0:
                        raise Failure(f"exit code {code} without a fault: {lines}")
                    return None
                self.check_words(directory, kind, code, lines, fired)
                if code == 0 and not any(line.startswith(("unlink", "remove")) for line in fired):
                    self.check_left(directory, study)
                if code != 0:
                    self.go_on(study, directory, before)
            except Failure as error:
                raise Failure(f"{study.name}, {kind} at call {call} "
                              f"({fired[0] if fired else 'none'}): {error}") from error
            return fired[0].split()[0] + (" survived" if code == 0 else " told")


class Count:
    def __init__(self):
        self.points = 0
        self.failures = []
        self.by_kind = {}
        self.by_study = {}
        self.outcomes = {}

    def add(self, study, kind, outcome):
        self.points += 1
        self.by_kind[kind] = self.by_kind.get(kind, 0) + 1
        self.by_study[study.name] = self.by_study.get(study.name, 0) + 1
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def fail(self, error):
        self.failures.append(str(error))
        print(f"FAILED: {error}", file=sys.stderr, flush=True)

    def take(self, study, kind, future):
        """False where no call was left to fail."""
        try:
            outcome = future.result()
        except Failure as error:
            self.add(study, kind, "failed")
            self.fail(error)
            return True
        if outcome is None:
            return False
        self.add(study, kind, outcome)
        return True


def try_all(driver, pool, study, kind, count):
    width = 16
    first = 1
    while True:
        futures = [pool.submit(driver.trial, study, kind, call)
                   for call in range(first, first + width)]
        if not all([count.take(study, kind, future) for future in futures]):
            return
        first += width


def try_some(driver, pool, study, kind, count, choose, trials):
    # Beginning and end are where files are made and named.
    calls = driver.count_calls(study, kind)
    chosen = {choose.randint(1, max(1, calls)) for _ in range(trials - 1)}
    chosen.add(max(1, calls - choose.randrange(25)))
    futures = [pool.submit(driver.trial, study, kind, call) for call in sorted(chosen)]
    for future in futures:
        count.take(study, kind, future)


def studies(driver):
    run_study = driver.place / "study.toml"
    run_study.write_text(RUN_STUDY)
    train, llc, sample = Study("train", TRAIN), Study("llc", LLC), Study("sample", SAMPLE)
    smc = Study("sample, smc", SMC)
    whole_run = Study("run", ["run", str(run_study)], "out", (
        "out/train.nc", "out/llc.nc", "out/sample.nc", "out/study.toml", "out/summary.json"))
    shards = [str(driver.place / f"shard{index}.nc") for index in range(3)]
    for index, shard in enumerate(shards):
        subprocess.run([driver.kgon, *TRAIN, "--device", "cpu", "--quiet", "--shard",
                        f"{index}/3", "-o", shard], check=True)
    merge = Study("merge", ["merge", *shards], is_stage=False)
    first = [train, llc, sample, smc, whole_run, merge]
    for study in first:
        driver.undisturbed(study)
    return first + [study.stopped(driver.kgon, driver.place) for study in (train, llc, sample)]


def fill_disk(driver, study, count):
    """Runs on file systems that are too small, then larger. False where none can be mounted."""
    mount = Path(tempfile.mkdtemp(dir=driver.place))
    sizes = [f"{kib}k" for kib in (8, 16, 32, 64, 96, 128, 192, 256, 384, 512)]
    for size in sizes:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "kgon", str(mount)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            return False
        try:
            directory = mount / "out"
            directory.mkdir()
            ended = subprocess.run(study.command(driver.kgon, directory, False),
                                   capture_output=True, text=True, timeout=120)
            lines = ended.stderr.splitlines()
            driver.check_finals(study, directory, ended.returncode == 0)
            if ended.returncode not in (0, 70) or any(not w.startswith("kgon: ") for w in lines):
                raise Failure(f"exit code {ended.returncode}: {lines}")
            if ended.returncode == 70 and "No space left" not in lines[-1] and \
                    "the disk has" not in lines[-1]:
                raise Failure(f"without the reason: {lines}")
            subprocess.run(["mount", "-o", "remount,size=64m", str(mount)], check=True)
            driver.go_on(study, directory, 0.0)
            count.add(study, "tmpfs", f"tmpfs {'survived' if ended.returncode == 0 else 'told'}")
        except Failure as error:
            count.add(study, "tmpfs", "failed")
            count.fail(f"{study.name} on {size}: {error}")
        finally:
            subprocess.run(["umount", str(mount)], check=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kgon")
    parser.add_argument("shim")
    parser.add_argument("--some", type=int, default=0, help="so many calls of every kind, not all")
    parser.add_argument("--quick", action="store_const", const=2, dest="some", help="as --some 2")
    parser.add_argument("--only", default="", help="only studies whose name contains this")
    parser.add_argument("--kinds", default=",".join(KINDS), help="only these, with commas")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--json", help="write the counts there")
    arguments = parser.parse_args()
    began = time.monotonic()
    count = Count()
    with tempfile.TemporaryDirectory() as place, \
            concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        driver = Driver(str(Path(arguments.kgon).resolve()), str(Path(arguments.shim).resolve()),
                        Path(place))
        chosen = [study for study in studies(driver) if arguments.only in study.name]
        for study in chosen:
            for kind in arguments.kinds.split(","):
                choose = random.Random(f"{arguments.seed} {study.name} {kind}")
                if arguments.some:
                    try_some(driver, pool, study, kind, count, choose, arguments.some)
                else:
                    try_all(driver, pool, study, kind, count)
            failed_calls = count.by_study.get(study.name, 0)
            print(f"{study.name}: {failed_calls} calls failed", flush=True)
            if not failed_calls:
                count.fail(f"{study.name}: the shim made no call fail")
        has_tmpfs = os.geteuid() == 0 and fill_disk(driver, chosen[0], count)
        if not has_tmpfs:
            print("skipped: no file system can be mounted here")
    for outcome, number in sorted(count.outcomes.items()):
        print(f"    {number:6} {outcome}")
    if arguments.json:
        report = {"points": count.points, "failures": count.failures, "by kind": count.by_kind,
                  "by study": count.by_study, "outcomes": count.outcomes,
                  "seconds": round(time.monotonic() - began)}
        Path(arguments.json).write_text(json.dumps(report, indent=2) + "\n")
    failed = len(count.failures)
    print(f"{count.points} fault points in {time.monotonic() - began:.0f} s")
    print(f"{count.points - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
