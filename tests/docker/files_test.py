"""The texts in docker/: Dockerfiles, Kubernetes manifests and AWS requests have the properties that their
README promises, and fit the published schemas where the validators are installed."""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from importlib import util
from pathlib import Path

import yaml

import dockerfile

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
KGON = os.environ["KGON_PROGRAM"]
NEVER_AGAIN = {2, 3, 65, 69}  # the same would happen again
AGAIN = {70, 75}


def exit_codes():
    """The codes that the program knows."""
    text = (ROOT / "src" / "app" / "exit_code.hpp").read_text("utf-8")
    return {int(number) for number in re.findall(r"= (\d+),", text)}


class Dockerfiles(unittest.TestCase):
    def each(self):
        for name in ("Dockerfile", "Dockerfile.cpu"):
            arguments, stages = dockerfile.parse((DOCKER / name).read_text("utf-8"))
            with self.subTest(name):
                yield arguments, stages

    def test_images_are_pinned_by_digest(self):
        for arguments, stages in self.each():
            for stage in stages:
                image, digest = re.fullmatch(r"\$\{(\w+)\}@\$\{(\w+)\}", stage.base).groups()
                self.assertRegex(arguments[digest], r"^sha256:[0-9a-f]{64}$")
                self.assertRegex(arguments[image], r"^[\w./-]+:[\w.-]+$")
                self.assertNotIn("latest", arguments[image])

    def test_the_program_is_built_in_one_stage_and_run_in_another(self):
        for _, (build, run) in self.each():
            self.assertEqual((build.name, run.name), ("build", "run"))
            self.assertTrue(any("-DKGON_STATIC=ON" in text for text in build.all("RUN")))
            self.assertEqual(run.all("RUN"), ["install -d -o 65532 -g 65532 /data"])
            self.assertEqual(run.all("COPY"), ["--from=build /image /"])

    def test_the_user_is_not_root_and_the_program_is_process_1(self):
        for _, (_, run) in self.each():
            self.assertEqual(run.one("USER"), "65532:65532")
            self.assertEqual(dockerfile.exec_form(run.one("ENTRYPOINT")), ["kgon"])
            self.assertEqual(dockerfile.exec_form(run.one("CMD")), ["--help"])
            self.assertEqual(run.one("STOPSIGNAL"), "SIGTERM")
            self.assertEqual(run.one("WORKDIR"), "/data")
            self.assertEqual(json.loads(run.one("VOLUME")), ["/data"])
            order = [name for name, _ in run.steps]
            self.assertGreater(order.index("USER"), order.index("RUN"))

    def test_labels(self):
        for _, (_, run) in self.each():
            labels = pairs_without_prefix(dockerfile.pairs(run.all("LABEL")))
            self.assertEqual(set(labels), {"title", "description", "version", "revision", "created"})
        version = re.search(r"kgon VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text("utf-8"))[1]
        for _, (_, run) in self.each():
            self.assertIn(f"VERSION={version}", run.all("ARG"))

    def test_nothing_fetches_but_apt(self):
        for name in ("Dockerfile", "Dockerfile.cpu", "aws/Dockerfile"):
            text = (DOCKER / name).read_text("utf-8")
            self.assertNotRegex(text, r"\b(curl|wget|ADD|git clone|pip)\b")

    def test_gpus(self):
        _, (build, run) = dockerfile.parse((DOCKER / "Dockerfile").read_text("utf-8"))
        self.assertEqual(dockerfile.pairs(run.all("ENV")), {
            "NVIDIA_VISIBLE_DEVICES": "all", "NVIDIA_DRIVER_CAPABILITIES": "compute,utility"})
        wanted = dockerfile.pairs(build.all("ARG"))["KGON_CUDA_ARCHITECTURES"].split(";")
        self.assertLessEqual({"80-real", "86-real", "89-real", "90-real", "100-real", "120-real"}, set(wanted))
        self.assertTrue(any(name.endswith("-virtual") for name in wanted))
        # The options are those of the project.
        for option in ("KGON_CUDA_ARCHITECTURES", "KGON_MODELS", "KGON_STATIC", "KGON_TESTS"):
            self.assertIn(option, (ROOT / "CMakeLists.txt").read_text("utf-8"))

    def test_what_the_build_needs_is_in_its_context(self):
        ignored = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
                   if line and not line.startswith("#")]
        for needed in ("src", "kernels", "include", "tools", "CMakeLists.txt", "CMakePresets.json"):
            self.assertNotIn(needed, ignored)
        for heavy in (".git", "build", "results"):
            self.assertIn(heavy, ignored)
        for _, (build, _) in self.each():
            for text in build.all("COPY")[:2]:
                self.assertTrue((ROOT / text.split()[0]).is_file(), text)

    def test_the_image_for_aws(self):
        _, (stage,) = dockerfile.parse((DOCKER / "aws" / "Dockerfile").read_text("utf-8"))
        self.assertEqual(stage.base, "${KGON_IMAGE}")
        self.assertEqual(dockerfile.exec_form(stage.one("ENTRYPOINT")), ["kgon-batch"])

    def test_hadolint(self):
        if not shutil.which("hadolint"):
            self.skipTest("there is no hadolint; tests/docker/requirements.txt has it")
        # DL3059: two RUNs that could be one. They are two so that a wrong flag shows before the build.
        for name in ("Dockerfile", "Dockerfile.cpu", "aws/Dockerfile"):
            done = subprocess.run(["hadolint", "--ignore", "DL3059", DOCKER / name], capture_output=True,
                                  text=True)
            self.assertEqual((done.returncode, done.stdout), (0, ""), name)


def pairs_without_prefix(labels):
    return {name.removeprefix("org.opencontainers.image."): value for name, value in labels.items()}


class Kubernetes(unittest.TestCase):
    def manifest(self, name):
        return yaml.safe_load((DOCKER / "kubernetes" / f"{name}.yaml").read_text("utf-8"))

    def setUp(self):
        self.study, self.merge = self.manifest("study"), self.manifest("merge")

    def pod(self, job):
        return job["spec"]["template"]["spec"]

    def test_indices_are_shards(self):
        spec, (kgon,) = self.study["spec"], self.pod(self.study)["containers"]
        environment = {entry["name"]: entry["value"] for entry in kgon["env"]}
        self.assertEqual(spec["completionMode"], "Indexed")
        self.assertEqual(environment, {"JOB_COMPLETIONS": str(spec["completions"])})
        self.assertEqual(kgon["args"][kgon["args"].index("--shard") + 1], "auto")
        self.assertIn("--resume", kgon["args"])
        self.assertIn("$(JOB_COMPLETION_INDEX)", kgon["args"][kgon["args"].index("-o") + 1])
        self.assertNotIn("command", kgon)  # the image's entry point: kgon is process 1
        self.assertEqual(kgon["args"][kgon["args"].index("--threads") + 1],
                         kgon["resources"]["requests"]["cpu"])

    def test_the_program_takes_the_arguments(self):
        (kgon,) = self.pod(self.study)["containers"]
        help_text = subprocess.run([KGON, kgon["args"][0], "--help"], capture_output=True, text=True).stdout
        for word in filter(lambda word: word.startswith("-"), kgon["args"]):
            self.assertRegex(help_text, rf"(^|[ ,]){word}\b", word)

    def test_what_is_tried_again(self):
        rules = self.study["spec"]["podFailurePolicy"]["rules"]
        self.assertEqual([rule["action"] for rule in rules], ["Ignore", "FailIndex", "Count"])
        self.assertEqual(rules[0]["onPodConditions"], [{"type": "DisruptionTarget", "status": "True"}])
        self.assertEqual(set(rules[1]["onExitCodes"]["values"]), NEVER_AGAIN)
        self.assertEqual(set(rules[2]["onExitCodes"]["values"]), AGAIN)
        self.assertEqual(exit_codes() - {0}, NEVER_AGAIN | AGAIN)
        # FailIndex needs the first, and podFailurePolicy the second and (only value) the third.
        self.assertIn("backoffLimitPerIndex", self.study["spec"])
        self.assertEqual(self.pod(self.study)["restartPolicy"], "Never")
        self.assertEqual(self.study["spec"]["podReplacementPolicy"], "Failed")
        for job in (self.study, self.merge):
            names = {entry["name"] for entry in self.pod(job)["containers"]}
            for rule in job["spec"]["podFailurePolicy"]["rules"]:
                self.assertEqual(len({"onExitCodes", "onPodConditions"} & set(rule)), 1)
                codes = rule.get("onExitCodes", {"values": [1], "containerName": "kgon"})
                self.assertNotIn(0, codes["values"])
                self.assertIn(codes["containerName"], names)

    def test_pods_may_do_nothing_but_write_their_volume(self):
        for job in (self.study, self.merge):
            pod = self.pod(job)
            (container,) = pod["containers"]
            self.assertEqual((pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"],
                              pod["securityContext"]["fsGroup"]), (True, 65532, 65532))
            self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertEqual(container["securityContext"], {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]}})
            self.assertFalse(pod["automountServiceAccountToken"])
            self.assertGreaterEqual(pod["terminationGracePeriodSeconds"], 30)
            writable = [mount["mountPath"] for mount in container["volumeMounts"]
                        if not mount.get("readOnly")]
            self.assertEqual(writable, ["/data"])
            self.assertIn("memory", container["resources"]["limits"])
        self.assertEqual(self.pod(self.study)["containers"][0]["resources"]["limits"]["nvidia.com/gpu"], 1)

    def test_volumes_exist(self):
        claim = self.manifest("volume")
        self.assertEqual(claim["spec"]["accessModes"], ["ReadWriteMany"])
        for job in (self.study, self.merge):
            names = {volume["name"]: volume for volume in self.pod(job)["volumes"]}
            for mount in self.pod(job)["containers"][0]["volumeMounts"]:
                self.assertIn(mount["name"], names)
            self.assertEqual(names["work"]["persistentVolumeClaim"]["claimName"], claim["metadata"]["name"])

    def test_schema(self):
        if util.find_spec("kubernetes_validate") is None:
            self.skipTest("there is no kubernetes-validate; tests/docker/requirements.txt has it")
        import kubernetes_validate
        for manifest in (self.study, self.merge, self.manifest("volume")):
            for version in ("1.33", "1.37"):
                kubernetes_validate.validate(manifest, version, strict=True)
        # The validator sees what is wrong.
        self.study["spec"]["completionsMode"] = self.study["spec"].pop("completionMode")
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(self.study, "1.37", strict=True)


class Aws(unittest.TestCase):
    def request(self, name):
        return json.loads((DOCKER / "aws" / f"{name}.json").read_text("utf-8"))

    def test_what_is_tried_again(self):
        for name in ("job-definition", "merge-definition"):
            strategy = self.request(name)["retryStrategy"]
            rules = strategy["evaluateOnExit"]
            self.assertLessEqual(len(rules), 5)
            self.assertEqual(rules[0], {"onStatusReason": "Host EC2*", "action": "RETRY"})
            self.assertEqual({int(rule["onExitCode"]) for rule in rules if "onExitCode" in rule}, AGAIN)
            # Without a last rule that matches all, what no rule matches is tried again.
            self.assertEqual(rules[-1], {"onReason": "*", "action": "EXIT"})
            self.assertTrue(all(rule["action"] == "RETRY" for rule in rules[:-1]))
            self.assertTrue(1 <= strategy["attempts"] <= 10)

    def test_containers(self):
        for name in ("job-definition", "merge-definition"):
            container = self.request(name)["containerProperties"]
            self.assertEqual((container["user"], container["readonlyRootFilesystem"], container["privileged"]),
                             ("65532:65532", True, False))
            self.assertEqual([mount["containerPath"] for mount in container["mountPoints"]], ["/data"])

    def test_parameters_are_those_of_the_definitions(self):
        for submission, definition in (("submit-array", "job-definition"), ("submit-merge", "merge-definition")):
            request, defined = self.request(submission), self.request(definition)
            self.assertEqual(request["jobDefinition"], defined["jobDefinitionName"])
            self.assertEqual(set(request["parameters"]), set(defined["parameters"]))
            words = defined["containerProperties"]["command"]
            self.assertEqual({word.removeprefix("Ref::") for word in words if word.startswith("Ref::")},
                             set(defined["parameters"]))
        self.assertTrue(2 <= self.request("submit-array")["arrayProperties"]["size"] <= 10000)

    def test_schema(self):
        if util.find_spec("botocore") is None:
            self.skipTest("there is no botocore; tests/docker/requirements.txt has it")
        from botocore.loaders import Loader
        from botocore.model import ServiceModel
        from botocore.validate import ParamValidator
        model = ServiceModel(Loader().load_service_model("batch", "service-2"))
        for operation, names in {"RegisterJobDefinition": ("job-definition", "merge-definition"),
                                 "SubmitJob": ("submit-array", "submit-merge")}.items():
            shape = model.operation_model(operation).input_shape
            for name in names:
                report = ParamValidator().validate(self.request(name), shape)
                self.assertFalse(report.has_errors(), report.generate_report())
                # It lets unknown names pass.
                self.check_names(self.request(name), shape)

    def check_names(self, value, shape):
        if shape.type_name == "structure":
            self.assertLessEqual(set(value), set(shape.members))
            for name, inner in value.items():
                self.check_names(inner, shape.members[name])
        elif shape.type_name == "list":
            for inner in value:
                self.check_names(inner, shape.member)


class Scripts(unittest.TestCase):
    def test_shellcheck(self):
        if not shutil.which("shellcheck"):
            self.skipTest("there is no shellcheck (apt install shellcheck)")
        scripts = [*DOCKER.glob("slurm/*.sbatch"), DOCKER / "aws" / "kgon-batch",
                   *ROOT.glob("tests/docker/run_tests"), *ROOT.glob("tests/docker/box"),
                   *ROOT.glob("tests/docker/make_root"), ROOT / "tests" / "slurm" / "run_tests"]
        done = subprocess.run(["shellcheck", "-x", "-P", "SCRIPTDIR", *scripts], capture_output=True, text=True)
        self.assertEqual(done.stdout, "")

    def test_readme_names_what_is_there(self):
        for readme in DOCKER.rglob("README.md"):
            text = readme.read_text("utf-8")
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
                self.assertTrue((readme.parent / link).exists(), f"{readme}: {link}")


if __name__ == "__main__":
    sys.exit(unittest.main())
