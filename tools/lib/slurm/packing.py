"""Into how many parts a study is cut: as few as make tasks of the asked length.

Slurm takes seconds to start a task and two minutes to start a requeued one, and a vector unit
computes sixteen members in the time of one, so parts of a member each would waste most of a cluster.
"""
import json
import math
import subprocess
import tempfile
import time
from pathlib import Path

LANES = 16  # members that one core computes at once (AVX-512)


class CannotPlan(Exception):
    """The study cannot be run as asked; the text is a sentence."""

    def __init__(self, text, code=2):
        super().__init__(text)
        self.code = code


def _for_this_machine(flags):
    """The flags without --device: the machine that submits has no GPU, and estimates need none."""
    kept, skip = [], False
    for flag in flags:
        if skip or flag.startswith("--device="):
            skip = False
        elif flag == "--device":
            skip = True
        else:
            kept.append(flag)
    return [*kept, "--device", "cpu"]


class Study:
    """What `kgon STAGE STUDY --dry-run` says of it."""

    def __init__(self, program, stage, path, flags):
        self._command = [*program, stage, str(path), *_for_this_machine(flags)]
        with tempfile.TemporaryDirectory() as folder:
            try:
                done = subprocess.run(
                    [*self._command, "-o", f"{folder}/none.nc", "--dry-run", "--json"],
                    capture_output=True, text=True)
            except OSError as error:
                raise CannotPlan(f"{program[0]}: {error.strerror}; name the program with --kgon") from None
        if done.returncode != 0:
            raise CannotPlan(done.stderr.strip() or f"{program[0]} ended with {done.returncode}",
                             done.returncode)
        said = json.loads(done.stdout)
        self.hash = said["study_hash"]
        self.work = said.get("steps")  # not of posteriors
        shard = said.get("shard", {})
        # What a shard is a range of: trajectories of each cell, points, islands of each posterior.
        self.units = next((shard[name] for name in ("trajectories", "points", "islands")
                           if name in shard), said.get("islands", 1))
        # What is computed side by side; each island has many of its own.
        self.members = next((said[name] for name in ("members", "particles", "chains") if name in said),
                            self.units * LANES)

    def seconds_of(self, shards, limit, index=0):
        """How long one core takes for one of so many parts; None where the limit is not enough."""
        with tempfile.TemporaryDirectory() as folder:
            started = time.monotonic()
            try:
                done = subprocess.run(
                    [*self._command, *([] if shards == 1 else ["--shard", f"{index}/{shards}"]),
                     *([] if "--threads" in self._command else ["--threads", "1"]),
                     "--quiet", "-o", str(Path(folder) / "part.nc")],
                    capture_output=True, text=True, timeout=limit)
            except subprocess.TimeoutExpired:
                return None
            if done.returncode not in (0, 3):
                raise CannotPlan(done.stderr.strip(), done.returncode)
            return time.monotonic() - started

    def measured_core_seconds(self, long_enough=2.0, limit=60.0):
        """Of the whole study, from a part that takes a few seconds; whether it takes longer than that.
        Points and settings differ in what they cost: of the first part and the last the shorter counts,
        so that no task is shorter than asked."""
        shards = max(1, min(self.units, self.members // LANES))
        while True:
            seconds = self.seconds_of(shards, limit)
            if seconds is None:
                return limit * shards, True
            if seconds >= long_enough and shards > 1:
                last = self.seconds_of(shards, limit, shards - 1)
                return min(seconds, seconds if last is None else last) * shards, False
            if shards == 1:
                return seconds, False
            shards = max(1, shards // max(2, round(2 * long_enough / seconds)))

    def shards_for(self, seconds, task_seconds, most):
        """How many tasks of this length the work is, given the seconds that one task would take."""
        fits = max(1, math.floor(seconds / task_seconds))
        return min(fits, self.units, max(1, self.members // LANES), most)
