"""tools/slurm_submit against a Slurm of the test's making: progress, failures, and what is submitted
again. KGON_PROGRAM is the program, for its dry runs."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parents[1] / "tools"
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOOLS / "lib"))
from slurm.packing import CannotPlan, Study  # noqa: E402
from slurm.submission import ranges  # noqa: E402

KGON = os.environ["KGON_PROGRAM"]
STUDY = "[train]\ninit = \"4\"\ntrajectories = 320\nepochs = 10\n"


class Submit(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.home = self.folder / "slurm"
        (self.folder / "bin").mkdir()
        self.home.mkdir()
        for name in ("sbatch", "squeue", "scancel", "scontrol"):
            (self.folder / "bin" / name).symlink_to(HERE / "fake_slurm.py")
        self.study = self.folder / "study.toml"
        self.study.write_text(STUDY)
        self.out = self.folder / "out"
        self.path = f"{self.folder}/bin:{os.environ['PATH']}"

    def plan(self, **plan):
        (self.home / "plan.json").write_text(json.dumps(plan))

    def run_tool(self, *words, stage="train"):
        return subprocess.run(
            [TOOLS / "slurm_submit", stage, self.study, "-o", self.out, "--kgon", KGON, "--every", "0.01",
             *map(str, words)],
            env=os.environ | {"FAKE_SLURM": str(self.home), "PATH": self.path},
            capture_output=True, text=True)

    def look(self, times):
        """At the queue of the first array."""
        name = json.loads((self.home / "state.json").read_text())["jobs"][0]["name"]
        for _ in range(times):
            subprocess.run([self.folder / "bin" / "squeue", "--name", name, "--format", "%A"], check=True,
                           env=os.environ | {"FAKE_SLURM": str(self.home)}, capture_output=True)

    def calls(self, name):
        lines = (self.home / "calls.txt").read_text().splitlines()
        return [line for line in lines if line.split()[0] == name]

    def assertSays(self, done, code, *texts):
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, said)
        for text in texts:
            self.assertIn(text, said)

    def assertRefuses(self, done, code, text):
        self.assertSays(done, code, text)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_runs_all_and_merges(self):
        done = self.run_tool("--shards", 8, "--sbatch=--time=9", "--at-once", 3, "--", "--lr", "0.01")
        self.assertSays(done, 0, "8 parts, as asked", "0 of 8 parts done, 0 running, 8 waiting, 0 failed",
                        "0 of 8 parts done, 8 running", "8 of 8 parts done", "; merging", "result")
        parts, merge = self.calls("sbatch")
        self.assertIn("--array=0-7%3", parts)
        self.assertIn("--time=9", parts)
        self.assertTrue(parts.endswith("--lr 0.01"))
        self.assertIn("--dependency=afterok:1", merge)
        self.assertNotIn("--time", merge)
        self.assertEqual((self.out / "train.toml").read_text(), STUDY)

    def test_chooses_the_number_of_parts(self):
        self.assertSays(self.run_tool("--no-wait", "--rate", 100, "--minutes", 5), 0,
                        "5 parts, about 5 min each, at 100 steps/s", "5 parts submitted")
        self.out = self.folder / "timed"
        self.assertSays(self.run_tool("--no-wait"), 0, "1 part, about ", " s each, timed on one core", "1 part submitted")

    def test_submits_again_what_failed_and_nothing_else(self):
        self.plan(fails=[1, 2, 5])
        self.assertSays(self.run_tool("--shards", 8), 1, "3 failed", "3 parts failed (1, 2, 5)")
        self.assertFalse((self.out / "train.nc").exists())
        self.assertSays(self.run_tool(), 0, "3 parts submitted, 5 were done", "result")
        self.assertIn("--array=1-2,5", self.calls("sbatch")[2])
        self.assertIn("--dependency=afterok:3", self.calls("sbatch")[3])
        count = len(self.calls("sbatch"))
        self.assertSays(self.run_tool(), 0, "result")
        self.assertEqual(len(self.calls("sbatch")), count)

    def test_the_merge_does_not_wait_for_tasks_that_failed_earlier(self):
        # Part 0 fails while others of its array wait, and is submitted again beside them.
        self.plan(fails=[0], slow=[3])
        self.assertSays(self.run_tool("--shards", 4, "--no-wait"), 0, "4 parts submitted")
        self.look(4)
        done = self.run_tool()
        self.assertSays(done, 0, "1 part submitted, 2 were done, 1 were in the queue", "result")
        self.assertIn("--dependency=afterok:3,afterany:1", self.calls("sbatch")[3])

    def test_leaves_what_is_in_the_queue(self):
        self.assertSays(self.run_tool("--shards", 4, "--no-wait"), 0, "4 parts submitted")
        done = self.run_tool()
        self.assertSays(done, 0, "result")
        self.assertNotIn("submitted", done.stdout)
        self.assertEqual(len(self.calls("sbatch")), 2)

    def test_a_lost_part_is_made_and_merged_again(self):
        self.assertSays(self.run_tool("--shards", 4), 0)
        (self.out / "train_parts" / "part-00002-of-00004.nc").unlink()
        self.assertSays(self.run_tool(), 0, "1 part submitted, 3 were done", "the merge", "result")

    def test_a_merge_that_was_lost_is_submitted_alone(self):
        self.assertSays(self.run_tool("--shards", 4), 0)
        (self.out / "train.nc").unlink()
        done = self.run_tool()
        self.assertSays(done, 0, "the merge", "result")
        self.assertNotIn("parts submitted", done.stdout)
        self.assertNotIn("--dependency", self.calls("sbatch")[-1])

    def test_too_many_failed_members(self):
        self.plan(members_fail=[2])
        self.assertSays(self.run_tool("--shards", 4), 3, "too many members failed in 1 part", "00002-of-00004")

    def test_a_controller_that_is_away_for_a_while(self):
        self.plan(silent=[4, 5, 6])
        self.assertSays(self.run_tool("--shards", 4), 0, "result")

    def test_slurm_refuses(self):
        self.plan(refuses="sbatch: error: invalid partition specified: nowhere")
        self.assertSays(self.run_tool("--shards", 4), 70, "invalid partition")

    def test_no_slurm(self):
        (self.folder / "bin" / "squeue").unlink()
        self.path = f"{self.folder}/bin:/nonexistent"
        done = subprocess.run(
            [sys.executable, TOOLS / "slurm_submit", "train", self.study, "-o", self.out, "--kgon", KGON,
             "--shards", "2"],
            env=os.environ | {"PATH": self.path}, capture_output=True, text=True)
        self.assertRefuses(done, 70, "there is no squeue on the PATH")

    def test_another_study_in_the_folder(self):
        self.assertSays(self.run_tool("--shards", 2), 0)
        self.assertRefuses(self.run_tool("--shards", 4), 2, "has parts of 2")
        self.study.write_text("seed = 2\n" + STUDY)
        self.assertRefuses(self.run_tool(), 2, "has another train study")

    def test_wrong_use(self):
        for words, text in {
                ("--shards", "0"): "0 is not above 0", ("--shards", "x"): "invalid int value",
                ("--minutes", "1"): "5 minutes of work or more", ("--gpu",): "give --rate",
                ("--shards", "9999"): "320 at most", ("--", "--resume"): "for slurm_submit to say",
                ("--shards", "2", "--", "--lr", "-1"): "--lr", ("--no-such",): "--no-such"}.items():
            with self.subTest(words):
                self.assertRefuses(self.run_tool(*words), 2, text)
        self.assertFalse(self.out.exists())

    def test_no_program(self):
        done = self.run_tool("--kgon", "/nowhere/kgon")
        self.assertRefuses(done, 2, "name the program with --kgon")


class Packing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "study.toml"
        self.path.write_text(STUDY)

    def study(self, *flags, stage="train"):
        return Study([KGON], stage, self.path, flags)

    def test_what_a_dry_run_says(self):
        study = self.study("--init", "4,5")
        self.assertEqual((study.units, study.members, study.work), (320, 640, 640 * 10 * 50))
        self.path.write_text("")
        self.assertEqual(self.study("--at", "4,5,6", stage="llc").units, 3)
        self.assertEqual(self.study("--islands", "5", stage="sample").units, 5)

    def test_another_study_another_hash_another_device_the_same(self):
        here = self.study().hash
        self.assertEqual(here, self.study("--device", "cuda", "--threads", "3").hash)
        self.assertNotEqual(here, self.study("--seed", "9").hash)

    def test_a_wrong_study_is_kgons_to_refuse(self):
        with self.assertRaises(CannotPlan) as caught:
            self.study("--lr", "x")
        self.assertEqual(caught.exception.code, 2)
        self.assertIn("--lr", str(caught.exception))

    def test_parts_are_as_long_as_asked(self):
        study = self.study()
        study.units = study.members = 10**6
        self.assertEqual(study.shards_for(3600 * 10, 900, 1001), 40)
        self.assertEqual(study.shards_for(3600 * 10**6, 900, 1001), 1001)
        self.assertEqual(study.shards_for(60, 900, 1001), 1)
        study.units = study.members = 64
        self.assertEqual(study.shards_for(3600 * 10**6, 900, 1001), 4)  # 16 members to a part

    def test_a_study_is_timed_by_a_part_of_it(self):
        study = self.study("--epochs", "2000")
        asked = []

        def seconds_of(shards, limit, index=0):
            asked.append((shards, index))
            return (1000.0 if index == 0 else cost_of_last) / shards
        cost_of_last = 2000.0
        study.seconds_of, study.units, study.members = seconds_of, 16000, 160000
        self.assertEqual(study.measured_core_seconds(), (1000.0, False))
        self.assertEqual(len(asked), 3)
        shards = asked[1][0]
        self.assertEqual(asked[1:], [(shards, 0), (shards, shards - 1)])
        cost_of_last = 10.0
        self.assertEqual(study.measured_core_seconds(), (10.0, False))
        study.seconds_of = lambda shards, limit, index=0: None
        self.assertEqual(study.measured_core_seconds(), (60 * 10000, True))

    def test_the_time_of_a_real_part(self):
        self.assertLess(self.study().seconds_of(20, 60), 30)
        self.assertIsNone(self.study("--epochs", "1e6").seconds_of(1, 0.2))

    def test_ranges(self):
        self.assertEqual(ranges({0, 1, 2, 4, 7, 8}), "0-2,4,7-8")


if __name__ == "__main__":
    unittest.main()
