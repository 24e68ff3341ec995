"""compute-sanitizer: memory errors and races of every kernel, on small studies."""

import shutil
import tempfile
from pathlib import Path

from .report import table
from .studies import dry_outcome

STUDIES = {
    "train": ["train", "--init", "4,random", "--trajectories", "40", "--epochs", "2", "--records", "3"],
    "train, population": ["train", "--dataset", "population", "--trajectories", "40", "--epochs", "50"],
    "llc": ["llc", "--at", "5", "--sampler", "langevin,hmc,sgld", "--chains", "5", "--burn-in", "5",
            "--draws", "8", "--thin", "1"],
    "sample, smc": ["sample", "--samples", "50", "--islands", "2", "--particles", "64",
                    "--draws", "20"],
    "sample, nuts": ["sample", "--sampler", "nuts", "--samples", "50", "--islands", "1", "--chains",
                     "5", "--warmup", "10", "--draws", "5"],
}


def run(context):
    program = shutil.which("compute-sanitizer") or shutil.which(
        "compute-sanitizer", path="/usr/local/cuda/bin")
    if context.dry:
        return dry_outcome(context, STUDIES.values())
    if program is None:
        return "skipped", "no compute-sanitizer here", ""
    rows, bad = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for tool in ("memcheck", "racecheck"):
            for name, study in STUDIES.items():
                done = context.run([program, "--tool", tool, "--error-exitcode", "9", context.kgon,
                                    *study, "--device", "cuda", "--quiet", "--overwrite", "-o",
                                    Path(folder) / "result.nc"])
                said = [line for line in (done.stdout + done.stderr).splitlines() if "SUMMARY" in line]
                bad += done.returncode != 0
                rows.append((tool, name, done.returncode, said[-1].strip("= ") if said else "?"))
    words = f"{len(rows) - bad} of {len(rows)} runs without a finding"
    return "failed" if bad else "passed", words, table(("tool", "study", "exit", "summary"), rows)
