"""The conformance suite: every back end has the bits of the reference."""

import json
import tempfile
from pathlib import Path

from .report import table


def _cases(report):
    for suite in report.get("testsuites", []):
        for case in suite["testsuite"]:
            yield f"{suite['name']}.{case['name']}", case


def run(context):
    program = context.build / "tests" / "kgon_backends_tests"
    if not program.exists():
        return "skipped", f"no {program.name} in this build", ""
    filters = ("Backends/SampleConformance.SameBitsInFloat/*:WorkQueue.*" if context.dry
               else "Backends/*:Cuda*:Resume.*")
    environment = {} if context.dry else {"KGON_REQUIRE_GPU": "1"}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "tests.json"
        done = context.run([program, f"--gtest_filter={filters}", f"--gtest_output=json:{out}"],
                           environment=environment)
        if not out.exists():
            return "failed", f"{program.name} ended with {done.returncode}", _tail(done)
        cases = list(_cases(json.loads(out.read_text("utf-8"))))
    failed = [(name, case["failures"][0]["failure"].splitlines()[0]) for name, case in cases
              if case.get("failures")]
    skipped = [name for name, case in cases if case.get("result") == "SKIPPED"]
    on_gpu = [name for name, _ in cases if ("/cuda" in name or "WithCuda" in name) and name not in skipped]
    words = (f"{len(cases) - len(failed) - len(skipped)} passed ({len(on_gpu)} on the GPU), "
             f"{len(failed)} failed, {len(skipped)} skipped")
    markdown = table(("failed", ""), failed) if failed else ""
    bad = failed or done.returncode != 0 or (not context.dry and not on_gpu)
    return "failed" if bad else "passed", words, markdown


def _tail(done):
    return "```\n" + "\n".join((done.stdout + done.stderr).splitlines()[-15:]) + "\n```\n"
