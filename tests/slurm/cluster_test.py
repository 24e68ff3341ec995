"""Nothing is lost in a Slurm whose tasks are requeued, killed and preempted; see run_tests."""
import argparse
import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cluster import Cluster, wait_for

ROOT = Path(__file__).resolve().parents[2]
SUBMIT = ROOT / "tools" / "slurm_submit"
TRAJECTORIES = 16  # of a part: one vector of AVX-512


class Checks:
    def __init__(self):
        self.passed = self.failed = 0
        self.counts = {}

    def __call__(self, good, what, detail=""):
        self.passed += bool(good)
        self.failed += not good
        print(f"{'ok    ' if good else 'FAILED'} {what}{'' if good else f': {detail}'}", flush=True)
        return good


def run(*command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)


class Lab:
    """A cluster, a study that takes some seconds a part, and what the tests ask of both."""

    def __init__(self, cluster, kgon, folder, parts, seconds):
        self.cluster, self.kgon, self.folder, self.parts = cluster, kgon, folder, parts
        self.study = folder / "study.toml"
        self.write_study(self.study, 1, self.epochs_for(seconds))

    def write_study(self, path, seed, epochs, parts=None):
        path.write_text(
            f"seed = {seed}\n[train]\ninit = \"4\"\ntrajectories = {TRAJECTORIES * (parts or self.parts)}\n"
            f"epochs = {epochs}\nrecords = 20\nkeep-parameters = \"final\"\n", "utf-8")

    def epochs_for(self, seconds):
        """So that a part takes about so long here, whatever else this machine does."""
        probe = self.folder / "probe.toml"
        self.write_study(probe, 1, 2000, parts=1)
        done = run(self.kgon, "train", probe, "--threads", 1, "--json", "--quiet", "-o",
                   self.folder / "probe.nc", check=True)
        return max(1, round(2000 * seconds / json.loads(done.stdout)["wall_seconds"]))

    def whole_in_one(self):
        """The digest of one process."""
        run(self.kgon, "train", self.study, "--quiet", "-o", self.folder / "one.nc", check=True)
        return self.digest(self.folder / "one.nc")

    def digest(self, path):
        return run(self.kgon, "digest", path).stdout.strip()

    def submit(self, folder, *words):
        return subprocess.Popen(
            [SUBMIT, "train", self.study, "-o", folder, "--shards", str(self.parts), "--kgon", self.kgon,
             "--every", "0.5", *words, "--", "--checkpoint-every", "1"],
            env=self.cluster.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def done(self, folder):
        return len(list((folder / "train_parts").glob("part-*.nc")))

    def just_started(self):
        """job_index of the tasks of arrays that have run for less than two seconds."""
        out = self.cluster.command("squeue", "-h", "-r", "-t", "R", "-o", "%M %F_%K").stdout
        return [line.split()[1] for line in sorted(out.splitlines())
                if line.startswith(("0:00 ", "0:01 ")) and not line.endswith("N/A")]

    def job(self, number):
        """What scontrol says of a job, as a dictionary; of an array, of its first task."""
        out = self.cluster.command("scontrol", "show", "job", number).stdout
        return dict(re.findall(r"(\S+?)=(\S*)", out.split("\n\n")[0]))


def inject(lab, folder, faults, random_numbers, submission):
    """Each fault hits a running task once so many parts are done. Indices that were killed, and the
    number of each fault that there was."""
    killed, count = [], collections.Counter()
    for threshold, fault in faults:
        wait_for(lambda: lab.done(folder) >= threshold or submission.poll() is not None,
                 f"{threshold} parts", 600)
        if fault == "restart":
            lab.cluster.restart_slurmd()
            count[fault] += 1
            continue
        candidates = []

        def found():
            candidates[:] = lab.just_started() if submission.poll() is None else ["none"]
            return candidates
        wait_for(found, "a running task", 120)
        if submission.poll() is not None:
            print(f"no task was left for {fault}")
            continue
        task = candidates[-1]
        # In its midst: with a checkpoint or before the first.
        time.sleep(random_numbers.uniform(0.2, 1.5))
        if fault == "preempt":
            done = lab.cluster.command("sbatch", "-p", "urgent", "-c", str(lab.cluster.cpus), "-o",
                                       "/dev/null", "--wrap", "sleep 1")
        elif fault == "requeue":
            done = lab.cluster.command("scontrol", "requeue", task, check=False)
        else:
            done = lab.cluster.command("scancel", "--signal=KILL", task, check=False)
        worked = done.returncode == 0
        count[fault] += worked
        if worked and fault == "kill":
            killed.append(int(task.split("_")[1]))
        print(f"       {fault} {task if fault != 'preempt' else ''}{'' if worked else ': too late'}",
              flush=True)
    return killed, count


def planned_faults(random_numbers, parts, counts):
    """(parts done before it, fault), in time for tasks to be left."""
    faults = [name for name, count in counts.items() for _ in range(count)]
    random_numbers.shuffle(faults)
    times = sorted(random_numbers.uniform(0, 0.8 * parts) for _ in faults)
    return list(zip(times, faults))


def storm(lab, check, counts, random_numbers):
    """Faults, then the same call again; the result is that of one process."""
    folder = lab.folder / "storm"
    started = time.monotonic()
    first = lab.submit(folder)
    killed, seen = inject(lab, folder, planned_faults(random_numbers, lab.parts, counts), random_numbers,
                          first)
    first_text, _ = first.communicate(timeout=900)
    done = lab.done(folder)
    lost = lab.parts - done
    print(f"       {done} of {lab.parts} parts after {time.monotonic() - started:.0f} s, "
          f"{len(set(killed))} killed")
    check(lost <= len(set(killed)), "a requeue, a preemption or a restart of slurmd loses no part",
          f"{lost} lost, {sorted(set(killed))} killed\n{first_text}")
    check(first.returncode == (1 if lost else 0), "slurm_submit says that parts failed", first_text)
    if lost:
        second = lab.submit(folder)
        text, _ = second.communicate(timeout=900)
        check(re.search(f" {lost} parts? submitted, {done} were done", text), "again: only what is missing", text)
        check(second.returncode == 0, "again: done", text)
    third = lab.submit(folder)
    text, _ = third.communicate(timeout=120)
    check(third.returncode == 0 and "submitted" not in text and "merge" not in text,
          "a third time: nothing to do", text)
    logs = "".join(path.read_text() for path in (folder / "train_logs").glob("[0-9]*.log"))
    check("cannot be used" not in logs, "no checkpoint was refused",
          [line for line in logs.splitlines() if "cannot be used" in line])
    restarts = len(re.findall(r"start (?:[2-9]|\d\d)", logs))
    print(f"       {restarts} starts after the first, {time.monotonic() - started:.0f} s in all")
    # Some tasks end before their fault comes.
    check(all(seen[fault] >= 0.7 * count for fault, count in counts.items()), "the faults came about", seen)
    check.counts = {"parts": lab.parts, "faults": seen, "killed": len(set(killed)), "lost at first": lost,
                    "starts after the first": restarts}
    header = run("ncdump", "-h", folder / "train.nc").stdout
    members = re.search(r"trajectory = (\d+)", header)
    check(members and int(members[1]) == TRAJECTORIES * lab.parts, "every member once", header[:400])
    check(lab.digest(folder / "train.nc") == lab.whole_in_one(), "the digest of one process")
    return folder / "train_parts"


def refusals(lab, check, parts_folder):
    """Gaps, overlaps and foreign parts: refused by kgon merge, and by the merge job."""
    parts = sorted(parts_folder.glob("part-*.nc"))
    other = lab.folder / "other.toml"
    lab.write_study(other, 2, 100)
    foreign, wide = lab.folder / "foreign.nc", lab.folder / "wide.nc"
    run(lab.kgon, "train", other, "--quiet", "--shard", f"0/{lab.parts}", "-o", foreign, check=True)
    run(lab.kgon, "train", lab.study, "--quiet", "--shard", f"0/{lab.parts // 2}", "-o", wide, check=True)
    cases = {"gap": [None, *parts[1:]], "overlap": [*parts, wide], "mixed study": [foreign, *parts[1:]]}
    for name, files in cases.items():
        folder = lab.folder / name.split()[0]
        folder.mkdir()
        for index, path in enumerate(files):
            if path:
                (folder / f"part-{index:05d}-of-{lab.parts:05d}.nc").symlink_to(path)
        whole = folder / "whole.nc"
        done = run(lab.kgon, "merge", *sorted(folder.glob("part-*.nc")), "-o", whole)
        check(done.returncode in (2, 65) and not whole.exists() and ".nc" in done.stderr,
              f"kgon merge refuses a {name}", f"{done.returncode} {done.stderr}")
        job = run("sbatch", "--parsable", "-o", folder / "log", ROOT / "docker/slurm/merge.sbatch", folder,
                  lab.parts, whole, env=lab.cluster.environment | {"KGON": lab.kgon}).stdout.strip()
        wait_for(lambda: lab.job(job)["JobState"] not in ("PENDING", "RUNNING", "COMPLETING"), "the merge")
        check(lab.job(job)["JobState"] == "FAILED" and not whole.exists(), f"so does the job: {name}",
              lab.job(job))


def wrong_study(lab, check):
    """Exit code 2 is not tried again."""
    job = run("sbatch", "--parsable", "--array=0-0", "-o", lab.folder / "wrong.log",
              ROOT / "docker/slurm/array.sbatch", "train", lab.study, lab.folder / "wrong", "--lr", "-1",
              env=lab.cluster.environment | {"KGON": lab.kgon}).stdout.strip()
    wait_for(lambda: lab.job(job)["JobState"] not in ("PENDING", "RUNNING", "COMPLETING"), "the wrong study")
    state = lab.job(job)
    check((state["JobState"], state["ExitCode"], state["Restarts"]) == ("FAILED", "2:0", "0"),
          "a wrong study fails at once", state)


def time_limit(lab, check):
    """A task that does not fit into its time limit goes on after it: two starts or more, one digest."""
    folder = lab.folder / "limit"
    long_study = lab.folder / "long.toml"
    lab.write_study(long_study, 3, lab.epochs_for(75), parts=1)
    done = run(SUBMIT, "train", long_study, "-o", folder, "--shards", 1, "--kgon", lab.kgon, "--every", 1,
               "--sbatch=--time=1", "--sbatch=--signal=B:TERM@50", "--", "--checkpoint-every", "1",
               env=lab.cluster.environment)
    log = (folder / "train_logs" / "0.log").read_text()
    check(done.returncode == 0 and "queued again" in log, "a time limit is survived",
          done.stdout + done.stderr + log)
    run(lab.kgon, "train", long_study, "--quiet", "-o", lab.folder / "long.nc")
    check(lab.digest(folder / "train.nc") == lab.digest(lab.folder / "long.nc"), "with the same digest")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kgon")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", help="write the counts there")
    given = parser.parse_args()
    random_numbers = random.Random(given.seed)
    # The daemons end with this process, however it is asked to.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    scratch = Path(tempfile.mkdtemp(prefix="kgon-slurm-"))
    check = Checks()
    try:
        with Cluster(scratch / "slurm") as cluster:
            if given.short:
                lab = Lab(cluster, given.kgon, scratch, parts=8, seconds=4)
                counts = {"requeue": 1, "kill": 1, "restart": 1, "preempt": 1}
            else:
                lab = Lab(cluster, given.kgon, scratch, parts=64, seconds=4)
                counts = {"requeue": 10, "kill": 10, "restart": 1, "preempt": 1}
            try:
                parts = storm(lab, check, counts, random_numbers)
                refusals(lab, check, parts)
                wrong_study(lab, check)
                if not given.short:
                    time_limit(lab, check)
            finally:
                if check.failed or sys.exc_info()[0]:
                    cluster.show_logs()
    finally:
        if given.keep:
            print(f"left: {scratch}")
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    if given.json:
        Path(given.json).write_text(json.dumps(
            check.counts | {"passed": check.passed, "failed": check.failed}, indent=2) + "\n")
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.exit(main())
