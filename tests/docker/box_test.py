"""kgon as its image runs it, in a bare root of Debian packages: uid 65532, no capabilities, no network,
a read-only root, process 1. The commands of the Kubernetes and AWS templates run in it too."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
DOCKER = HERE.parents[1] / "docker"
KGON = os.environ["KGON_PROGRAM"]
STUDY = '[train]\ninit = ["4", "5"]\ntrajectories = 32\nepochs = {epochs}\nrecords = 20\n'


def reason_to_skip():
    if os.getuid() != 0:
        return "the box needs root"
    for name in ("mmdebstrap", "setpriv", "strace"):
        if not shutil.which(name):
            return f"there is no {name} (apt install {name})"
    if subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "true"],
                      capture_output=True).returncode != 0:
        return "this machine allows no new namespaces"
    return None


class Box(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Not below /tmp: it may be mounted without the right to run programs.
        folder = tempfile.TemporaryDirectory(dir="/var/tmp", prefix="kgon-box-")
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name) / "root"
        # KGON_BOX_ROOT: a root that is there, such as the mounted image of tests/docker/build_image.
        if given := os.environ.get("KGON_BOX_ROOT"):
            cls.root = Path(given)
        else:
            subprocess.run([HERE / "make_root", KGON, cls.root], check=True)
        shutil.copy(DOCKER / "aws" / "kgon-batch", cls.root / "usr" / "local" / "bin")

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir="/var/tmp", prefix="kgon-work-")
        self.addCleanup(folder.cleanup)
        self.work = Path(folder.name)
        os.chown(self.work, 65532, 65532)
        self.write_study(20)

    def write_study(self, epochs):
        (self.work / "study.toml").write_text(STUDY.format(epochs=epochs))

    def box(self, *words):
        return [str(word) for word in (HERE / "box", self.root, self.work, *words)]

    def run_box(self, *words):
        return subprocess.run(self.box(*words), capture_output=True, text=True)

    def digest(self, name):
        return self.run_box("kgon", "digest", name).stdout

    def test_the_box_is_locked(self):
        done = self.run_box("sh", "-c", "cat /proc/1/status /proc/net/dev; touch /usr/x; touch /data/y; "
                                        "ls /proc | tr '\\n' ' '")
        status = dict(re.findall(r"^(\w+):\s*(.*)$", done.stdout, re.MULTILINE))
        self.assertEqual(status["Uid"].split(), ["65532"] * 4)
        self.assertEqual(status["Gid"].split(), ["65532"] * 4)
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(re.findall(r"^\s*(\w+): +\d+ +\d+", done.stdout, re.MULTILINE), ["lo"])
        self.assertIn("Read-only file system", done.stderr)
        self.assertTrue((self.work / "y").exists())

    def test_a_study_runs_and_writes_its_work_folder_alone(self):
        done = self.run_box("kgon", "train", "study.toml", "--device", "cpu", "-o", "out.nc", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["failed"], 0)
        self.assertEqual((self.work / "out.nc").stat().st_uid, 65532)
        self.assertEqual({path.name for path in self.work.iterdir()}, {"study.toml", "out.nc"})

    def test_no_sockets_and_no_writes_elsewhere(self):
        log = self.work / "trace"
        done = subprocess.run(["strace", "-f", "-qq", "-e", "trace=%network,%file,execve", "-o", log, *self.box(
            "kgon", "train", "study.toml", "--device", "cpu", "-o", "/data/out.nc")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = log.read_text().splitlines()
        start = max(index for index, line in enumerate(lines) if re.search(r'execve\("\S*/kgon", ', line)
                    and line.endswith("= 0"))
        own = lines[start:]
        self.assertGreater(len(own), 10)
        network = [line for line in own if re.search(r"\b(socket|connect|bind|sendto|socketpair)\(", line)]
        self.assertEqual(network, [])
        writes = [line for line in own if re.search(r"O_WRONLY|O_RDWR|O_CREAT|\b(mkdir|rename|unlink|link)\w*\(", line)
                  and "= -1" not in line]
        self.assertTrue(any("/data/" in line for line in writes))
        outside = [line for line in writes if re.search(r'"/(?!data/|dev/null)', line)]
        self.assertEqual(outside, [])

    def test_a_result_that_has_no_place(self):
        done = self.run_box("kgon", "train", "study.toml", "--device", "cpu", "-o", "/usr/out.nc")
        self.assertIn(done.returncode, (2, 70))
        self.assertIn("/usr/out.nc", done.stderr)

    def test_sigterm_to_process_1(self):
        self.write_study(30000)
        words = ("kgon", "train", "study.toml", "--device", "cpu", "--checkpoint-every", "1", "--resume", "-o")
        whole = self.run_box(*words, "whole.nc")
        self.assertEqual(whole.returncode, 0, whole.stderr)
        process = subprocess.Popen(self.box(*words, "out.nc"), stderr=subprocess.PIPE, text=True)
        time.sleep(1.5)
        # The child of unshare is process 1 of the box.
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        self.assertEqual(Path(f"/proc/{children[0]}/comm").read_text().strip(), "kgon")
        told = time.monotonic()
        os.kill(int(children[0]), 15)
        _, text = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, text)
        self.assertLess(time.monotonic() - told, 10)
        self.assertFalse((self.work / "out.nc").exists())
        again = self.run_box(*words, "out.nc")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(self.digest("out.nc"), self.digest("whole.nc"))

    def test_a_second_signal_to_process_1_ends_it_at_once(self):
        self.write_study(1000000)
        process = subprocess.Popen(self.box("kgon", "train", "study.toml", "--device", "cpu", "-o", "out.nc"),
                                   stderr=subprocess.PIPE, text=True)
        time.sleep(1.5)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        # The first one has to be under way still.
        os.kill(int(children[0]), 19)
        for number in (15, 2):
            os.kill(int(children[0]), number)
        os.kill(int(children[0]), 18)
        process.communicate(timeout=60)
        self.assertIn(process.returncode, (128 + 15, 128 + 2))

    def one_process(self):
        done = self.run_box("kgon", "train", "study.toml", "--device", "cpu", "--quiet", "-o", "one.nc")
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.digest("one.nc")

    def container(self, name):
        manifest = yaml.safe_load((DOCKER / "kubernetes" / f"{name}.yaml").read_text("utf-8"))
        return manifest["spec"]["template"]["spec"]["containers"][0]

    def test_the_jobs_of_kubernetes(self):
        parts = 3
        for index in range(parts):
            environment = {"JOB_COMPLETION_INDEX": str(index), "JOB_COMPLETIONS": str(parts)}
            words = [re.sub(r"\$\((\w+)\)", lambda found: environment[found[1]], word)
                     for word in self.container("study")["args"]]
            words = [{"/study/study.toml": "/data/study.toml", "cuda": "cpu"}.get(word, word) for word in words]
            done = self.run_box(*(f"{name}={value}" for name, value in environment.items()), "kgon", *words)
            self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_box(*self.container("merge")["command"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.digest("whole.nc"), self.one_process())

    def test_the_jobs_of_aws(self):
        environment = {entry["name"]: entry["value"] for entry in json.loads(
            (DOCKER / "aws" / "job-definition.json").read_text())["containerProperties"]["environment"]}
        flags = environment["KGON_FLAGS"].replace("cuda", "cpu")

        def run(index, *more):
            return self.run_box(f"AWS_BATCH_JOB_ARRAY_INDEX={index}", "AWS_BATCH_JOB_ARRAY_SIZE=3",
                                f"KGON_FLAGS={flags}", *more, "kgon-batch", "train", "/data/study.toml", "/data/out")
        for index in (0, 2):
            done = run(index)
            self.assertEqual(done.returncode, 0, done.stderr)
        merge = ("kgon-batch", "merge", "-", "/data/out")
        self.assertIn(self.run_box(*merge).returncode, (2, 65))
        # A job that is no array makes up for the part that is missing.
        done = self.run_box("KGON_PART=1/3", f"KGON_FLAGS={flags}", "kgon-batch", "train", "/data/study.toml",
                            "/data/out")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_box(*merge)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.digest("out/whole.nc"), self.one_process())
        self.assertEqual(self.run_box("kgon-batch", "train", "/data/study.toml", "/data/out").returncode, 2)


if __name__ == "__main__":
    if reason := reason_to_skip():
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main()
