#!/usr/bin/env python3
"""Opens every file that has its final name, again and again, while runs go on: all are whole.

usage: visible_files.py KGON [--seconds S] [--json FILE]

Runs of `kgon run`, `kgon train` and `kgon merge` write the same files over and over, every other one
killed at a random time. Every 50 ms each file that is there is opened and read to its end. The last
line counts what passed and failed.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from io_faults import RUN_STUDY, TRAIN

PERIOD = 0.05


def is_whole(kgon, path):
    """What is wrong with a file; empty where nothing is, None where it is not there any more."""
    if path.suffix == ".nc":
        done = subprocess.run([kgon, "digest", str(path)], capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stderr.strip()
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    try:
        if path.suffix == ".json":
            json.loads(text)
        return "" if text.endswith("\n") else "it is cut off"
    except ValueError as error:
        return str(error)


class Poller(threading.Thread):
    def __init__(self, kgon, directory):
        super().__init__()
        self.kgon, self.directory = kgon, directory
        self.ended = threading.Event()
        self.opens = 0
        self.faults = []

    def look(self):
        for path in sorted(self.directory.rglob("*")):
            if path.suffix not in (".nc", ".json", ".toml"):
                continue
            wrong = is_whole(self.kgon, path)
            # A run removes the summary of the one before.
            if wrong is None or (wrong and not path.exists()):
                continue
            self.opens += 1
            if wrong:
                self.faults.append(f"{path.name}: {wrong}")

    def run(self):
        while not self.ended.wait(PERIOD):
            self.look()


def write_for(seconds, commands, choose):
    """Runs all commands in turn, half of them killed. How many were begun and killed."""
    begun = killed = 0
    length = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        number = begun % len(commands)
        process = subprocess.Popen(commands[number], stderr=subprocess.DEVNULL)
        started = time.monotonic()
        begun += 1
        if number in length and choose.random() < 0.5:
            time.sleep(choose.uniform(0, length[number]))
            process.kill()
            killed += 1
        process.wait()
        if process.returncode == 0:
            length[number] = time.monotonic() - started
        elif process.returncode > 0:
            raise RuntimeError(f"{commands[number]} ended with code {process.returncode}")
    return begun, killed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kgon")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--json", help="write the counts there")
    arguments = parser.parse_args()
    kgon = str(Path(arguments.kgon).resolve())
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place) / "files"
        directory.mkdir()
        study = Path(place) / "study.toml"
        study.write_text(RUN_STUDY)
        shards = [str(Path(place) / f"shard{index}.nc") for index in range(2)]
        stage = ["--device", "cpu", "--quiet", "--overwrite", "--checkpoint-every", "0.02"]
        for index, shard in enumerate(shards):
            subprocess.run([kgon, *TRAIN, *stage, "--shard", f"{index}/2", "-o", shard], check=True)
        commands = [[kgon, "run", str(study), *stage, "-o", str(directory / "run")],
                    [kgon, *TRAIN, *stage, "-o", str(directory / "train.nc")],
                    [kgon, "merge", *shards, "--quiet", "-o", str(directory / "merged.nc")]]
        poller = Poller(kgon, directory)
        poller.start()
        try:
            begun, killed = write_for(arguments.seconds, commands, random.Random(1))
        finally:
            poller.ended.set()
            poller.join()
    for fault in poller.faults:
        print(f"FAILED: {fault}", file=sys.stderr)
    if arguments.json:
        report = {"opens": poller.opens, "runs": begun, "killed": killed, "faults": poller.faults}
        Path(arguments.json).write_text(json.dumps(report, indent=2) + "\n")
    print(f"{begun} runs, {killed} of them killed")
    print(f"{poller.opens - len(poller.faults)} passed, {len(poller.faults)} failed")
    return 1 if poller.faults or poller.opens == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
