"""A study on its way through Slurm: a folder with a copy of the study, its parts, logs and the result.

The folder says all: a part that is there is done, for kgon renames it into place when it is whole. So
the tool may be ended and started again at any time, on any machine that sees the folder.
"""
import hashlib
import json
import os
import shutil
from pathlib import Path

from . import queue

SCRIPTS = Path(__file__).resolve().parents[3] / "docker" / "slurm"


class Refused(Exception):
    """The folder holds something else; the text is a sentence."""


def ranges(indices):
    """1,2,3,7 as Slurm writes it: 1-3,7."""
    runs = []
    for index in sorted(indices):
        if runs and index == runs[-1][1] + 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


class Submission:
    def __init__(self, folder, stage):
        self.folder = Path(folder).resolve()
        self.stage = stage
        self._note = self.folder / f"{stage}.submission.json"
        self.name = "kgon-" + hashlib.sha256(f"{self.folder}/{stage}".encode()).hexdigest()[:12]

    @property
    def merge_name(self):
        return self.name + "-merge"

    @property
    def whole(self):
        return self.folder / f"{self.stage}.nc"

    @property
    def study(self):
        return self.folder / f"{self.stage}.toml"

    @property
    def parts_folder(self):
        return self.folder / f"{self.stage}_parts"

    @property
    def logs(self):
        return self.folder / f"{self.stage}_logs"

    def earlier_shards(self, study_hash, asked):
        """How many parts an earlier call made of this very study, or None."""
        if not self._note.exists():
            return None
        note = json.loads(self._note.read_text("utf-8"))
        if note["study_hash"] != study_hash:
            raise Refused(f"{self.folder} has another {self.stage} study ({note['study_hash']}, and this "
                          f"is {study_hash}); name another folder")
        if asked not in (None, note["shards"]):
            raise Refused(f"{self.folder} has parts of {note['shards']}; --shards {asked} needs "
                          "another folder")
        return note["shards"]

    def prepare(self, study, study_hash, shards):
        """The copy of the study is what tasks read: the original may change while they wait."""
        self.shards = shards
        for folder in (self.parts_folder, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        if not self._note.exists():
            shutil.copyfile(study, self.study)
            self._note.write_text(json.dumps({"study_hash": study_hash, "shards": shards}) + "\n", "utf-8")

    def part(self, index):
        return self.parts_folder / f"part-{index:05d}-of-{self.shards:05d}.nc"

    def done(self):
        there = set(os.listdir(self.parts_folder))
        return {index for index in range(self.shards) if self.part(index).name in there}

    def with_failed_members(self):
        return sorted(path.stem for path in self.parts_folder.glob(
            f"part-*-of-{self.shards:05d}.members-failed"))

    def merged(self):
        """Whether the result is there and no part is newer."""
        try:
            made = self.whole.stat().st_mtime
        except FileNotFoundError:
            return False
        return all(self.part(index).stat().st_mtime <= made for index in self.done())

    def submit_parts(self, indices, program, flags, options, at_once):
        limit = f"%{at_once}" if at_once else ""
        environment = os.environ | {"KGON": program, "KGON_SHARDS": str(self.shards)}
        return queue.submit(
            ["--job-name", self.name, f"--array={ranges(indices)}{limit}",
             f"--output={self.logs}/%a.log", *options],
            SCRIPTS / "array.sbatch", [self.stage, self.study, self.parts_folder, *flags], environment)

    def submit_merge(self, job, earlier, program, options):
        """After the array `job`, where there is one, has gone well, and the arrays `earlier` have ended:
        some of their tasks may have failed, and are in `job` again. The merge itself refuses gaps. One
        that waits already waits for the wrong tasks."""
        for waiting in queue.jobs(self.merge_name):
            queue.cancel(waiting)
        conditions = ([f"afterok:{job}"] if job else []) + [f"afterany:{other}" for other in earlier]
        dependency = [f"--dependency={','.join(conditions)}"] if conditions else []
        return queue.submit(
            ["--job-name", self.merge_name, *dependency, f"--output={self.logs}/merge.log",
             *options],
            SCRIPTS / "merge.sbatch", [self.parts_folder, self.shards, self.whole],
            os.environ | {"KGON": program})
