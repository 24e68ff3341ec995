"""Whole runs that people ask for, by the wall time of their computing."""

import json
import tempfile
from pathlib import Path

from .report import table
from .studies import replaced

# name: (study, size on a CPU without a GPU to be done in a second, goal in words)
RUNS = {
    "10,000 trajectories of 225,000 steps": (
        ["train", "--init", "4", "--trajectories", "10000", "--records", "2", "--keep-parameters",
         "none", "--classify-every", "1000", "--batching", "replacement"],
        ["--trajectories", "64", "--epochs", "200"], "1.0 s, later 0.4 s"),
    "10,000 trajectories, defaults (shuffling, 200 records)": (
        ["train", "--init", "4", "--trajectories", "10000"], ["--trajectories", "64", "--epochs", "200"],
        ""),
    "1,000,000 trajectories of 2,250 steps": (
        ["train", "--init", "4", "--trajectories", "1000000", "--epochs", "45", "--records", "2",
         "--keep-parameters", "none", "--classify-every", "1000", "--batching", "replacement"],
        ["--trajectories", "64"], "0.3 s (7.5 G steps/s)"),
    "smc, 1,000,000 particles, n = 5,000": (
        ["sample", "--samples", "5000", "--islands", "16", "--particles", "65536", "--draws", "0"],
        ["--particles", "256", "--islands", "2"], "0.5 s, later 0.15 s"),
    "langevin, 100,000 chains of 1,000 steps, n = 1,000": (
        ["llc", "--at", "6", "--samples", "1000", "--chains", "100000", "--burn-in", "960", "--draws",
         "40", "--thin", "1", "--classify-every", "0", "--keep-losses", "none"],
        ["--chains", "64"], "0.014 s (7 G steps/s)"),
}


def run(context):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (study, small, goal) in RUNS.items():
            flags = replaced(study, small) if context.dry else study
            done = context.run([context.kgon, *flags, "--device", context.device, "--json",
                                "--overwrite", "-o", Path(folder) / "result.nc"])
            if done.returncode != 0:
                return "failed", f"{name}: {(done.stderr.strip().splitlines() or ['?'])[-1]}", ""
            found = json.loads(done.stdout)
            rate = found.get("steps_per_s") or 0
            rows.append((name, f"{found['wall_seconds']:.3f}", f"{rate / 1e9:.3f}",
                         goal if not context.dry else "", found["device"]))
    words = f"{rows[0][0]}: {rows[0][1]} s" if not context.dry else f"{len(rows)} runs, tiny"
    return "passed", words, table(("run", "seconds", "G steps or leapfrogs/s", "goal", "device"), rows)
