"""docker/slurm/array.sbatch and merge.sbatch without Slurm: what each exit code of kgon leads to, and who
is told of a signal. In place of kgon a script that ends as it is told."""
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "docker" / "slurm"
KGON = """#!/usr/bin/env bash
echo "kgon $*"
trap 'echo TERM; terms=$((${terms:-0} + 1)); ((terms < 2)) || exit 143; stop=yes' TERM
echo started >"$FAKE/started"
for ((i = 0; i < ${FAKE_TENTHS:-0}; i++)); do
  sleep 0.1
  # A checkpoint takes a moment, in which a second signal would end it.
  if [[ -n ${stop:-} ]]; then sleep 0.5; exit 75; fi
done
exit "${FAKE_EXIT:-0}"
"""


class Task(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.script("kgon", KGON)
        self.script("squeue", "#!/bin/sh\necho \"${FAKE_STATE:-RUNNING}\"\n")
        self.script("scontrol", "#!/bin/sh\necho scontrol \"$@\"\n")
        self.environment = {
            "PATH": f"{self.folder}:/usr/bin:/bin", "FAKE": str(self.folder), "SLURM_ARRAY_JOB_ID": "7",
            "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_MAX": "63",
            "SLURM_ARRAY_TASK_COUNT": "64", "SLURM_CPUS_ON_NODE": "2"}

    def script(self, name, text):
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    def start(self, *words, **environment):
        return subprocess.Popen(
            [SCRIPTS / "array.sbatch", *(words or ("train", "s.toml", self.folder / "out"))],
            env=self.environment | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True)

    def run_task(self, *words, **environment):
        task = self.start(*words, **environment)
        text, _ = task.communicate(timeout=60)
        return task.returncode, text

    def test_what_kgon_is_asked_for(self):
        code, text = self.run_task()
        self.assertEqual(code, 0)
        part = self.folder / "out" / "part-00003-of-00064.nc"
        self.assertIn(f"kgon train s.toml --threads 2 --shard 3/64 --resume -o {part}\n", text)

    def test_a_gpu_is_asked_for_where_slurm_gave_one(self):
        self.assertIn("--device cuda", self.run_task(SLURM_JOB_GPUS="0")[1])
        self.assertNotIn("--device cuda", self.run_task(
            "train", "s.toml", self.folder / "out", "--device", "cpu", SLURM_JOB_GPUS="0")[1])

    def test_some_parts_of_an_array_again(self):
        few = {"SLURM_ARRAY_TASK_MIN": "3", "SLURM_ARRAY_TASK_MAX": "9", "SLURM_ARRAY_TASK_COUNT": "2"}
        self.assertIn("--shard 3/64", self.run_task(KGON_SHARDS="64", **few)[1])
        code, text = self.run_task(**few)
        self.assertEqual(code, 2, text)
        self.assertIn("needs KGON_SHARDS", text)

    def test_a_container(self):
        self.script("apptainer", "#!/bin/sh\necho \"apptainer $*\"\n")
        self.assertIn("apptainer exec kgon.sif kgon train", self.run_task(KGON="apptainer exec kgon.sif kgon")[1])

    def test_wrong_use(self):
        self.assertEqual(self.run_task("train")[0], 2)
        self.assertEqual(subprocess.run([SCRIPTS / "merge.sbatch"], capture_output=True).returncode, 2)

    def test_exit_codes(self):
        for status, restarts, state, ends, again in (
                (2, 0, "RUNNING", 2, False), (65, 0, "RUNNING", 65, False), (69, 0, "RUNNING", 69, False),
                (75, 0, "RUNNING", 75, True), (75, 99, "RUNNING", 75, True), (75, 100, "RUNNING", 75, False),
                (75, 0, "COMPLETING", 75, False),
                (3, 0, "RUNNING", 0, False)):
            with self.subTest(status=status, restarts=restarts, state=state):
                code, text = self.run_task(FAKE_EXIT=str(status), SLURM_RESTART_COUNT=str(restarts),
                                           FAKE_STATE=state)
                self.assertEqual(code, ends, text)
                self.assertEqual("scontrol requeue 7_3" in text, again, text)
        self.assertTrue((self.folder / "out" / "part-00003-of-00064.members-failed").exists())

    def test_code_70_is_tried_again_three_times(self):
        def again(status):
            return "scontrol requeue 7_3" in self.run_task(FAKE_EXIT=str(status), SLURM_RESTART_COUNT="50")[1]
        self.assertEqual([again(70) for _ in range(4)], [True, True, True, False])
        failures = self.folder / "out" / "part-00003-of-00064.failures"
        self.assertEqual(len(failures.read_text().splitlines()), 4)
        self.run_task()
        self.assertFalse(failures.exists())

    def wait_until_started(self):
        while not (self.folder / "started").exists():
            time.sleep(0.05)

    def test_everybody_is_told_and_kgon_once(self):
        task = self.start(FAKE_TENTHS="300", FAKE_STATE="COMPLETING")
        self.wait_until_started()
        os.killpg(task.pid, signal.SIGTERM)
        text, _ = task.communicate(timeout=60)
        self.assertEqual((task.returncode, text.count("TERM")), (75, 1), text)

    def test_the_shell_alone_is_told_and_tells_kgon(self):
        task = self.start(FAKE_TENTHS="600")
        self.wait_until_started()
        told = time.monotonic()
        os.kill(task.pid, signal.SIGTERM)
        time.sleep(0.5)
        os.kill(task.pid, signal.SIGTERM)
        text, _ = task.communicate(timeout=60)
        self.assertEqual((task.returncode, text.count("TERM")), (75, 1), text)
        self.assertIn("scontrol requeue 7_3", text)
        self.assertLess(time.monotonic() - told, 30)

    def test_the_merge(self):
        out = self.folder / "out"
        out.mkdir()
        for index in range(3):
            (out / f"part-{index:05d}-of-00003.nc").write_text("")
        (out / "part-00000-of-00002.nc").write_text("")
        (out / "part-00000-of-00003.nc.checkpoint").write_text("")
        done = subprocess.run([SCRIPTS / "merge.sbatch", out, "3", out / "whole.nc"], env=self.environment,
                              capture_output=True, text=True)
        self.assertEqual(done.stdout, f"kgon merge {out}/part-00000-of-00003.nc {out}/part-00001-of-00003.nc "
                                      f"{out}/part-00002-of-00003.nc -o {out}/whole.nc\n")


if __name__ == "__main__":
    unittest.main()
