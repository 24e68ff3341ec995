"""The same studies on CPU and GPU: equal digests. Without a GPU: one thread of the baseline
instruction set against all threads of the widest."""

import json
import tempfile
from pathlib import Path

from .report import table
from .studies import refusals, replaced

TRAIN = ["train", "--init", "4,5,random", "--trajectories", "300", "--epochs", "40", "--records", "20"]
LLC = ["llc", "--at", "5,6", "--chains", "6", "--burn-in", "50", "--draws", "60"]
SAMPLE = ["sample", "--samples", "100,200", "--islands", "2"]
STUDIES = {
    "train, epoch shuffling": TRAIN,
    "train, independent draws, double": [*TRAIN, "--batching", "replacement", "--precision", "double"],
    "train, minibatches of 7 and 200": [*TRAIN, "--batch", "7,200"],
    "train, shared data": [*TRAIN, "--dataset", "shared"],
    "train, population": replaced(TRAIN, ["--dataset", "population", "--epochs", "800"]),
    "train, 3 hidden dimensions": ["train", "--hidden", "3", "--init", "random", "--trajectories",
                                   "100", "--epochs", "20"],
    "llc, langevin": LLC,
    "llc, mala, population": [*LLC, "--sampler", "mala", "--dataset", "population"],
    "llc, hmc, double": [*LLC, "--sampler", "hmc", "--precision", "double"],
    "llc, sgld": [*LLC, "--sampler", "sgld"],
    "sample, smc": [*SAMPLE, "--particles", "300"],
    "sample, tempering": [*SAMPLE, "--sampler", "tempering", "--rounds", "30", "--chains", "3",
                          "--draws", "20"],
    "sample, hmc": [*SAMPLE, "--sampler", "hmc", "--chains", "5", "--draws", "30", "--warmup", "50"],
    "sample, nuts, double": [*SAMPLE, "--sampler", "nuts", "--chains", "5", "--draws", "30",
                             "--warmup", "50", "--precision", "double"],
}
DRY = ["train, epoch shuffling", "llc, hmc, double", "sample, smc"]
SMALL = {"train": ["--trajectories", "20", "--epochs", "4"], "llc": ["--draws", "10"],
         "sample": ["--samples", "50", "--particles", "64", "--draws", "20"]}


def _digest(context, study, flags, folder):
    done = context.run([context.kgon, *study, *flags, "--json", "--overwrite", "-o",
                        Path(folder) / "result.nc"])
    if done.returncode != 0:
        return f"exit {done.returncode}: {(done.stderr.strip().splitlines() or ['?'])[-1]}"
    return json.loads(done.stdout)["digest"]


def run(context):
    first = ["--device", "cpu", "--threads", "1", "--instructions", "baseline"]
    second = ["--device", "cpu"] if context.dry else ["--device", "cuda"]
    if not context.dry:
        first = ["--device", "cpu"]
    if refused := refusals(context, STUDIES.values() if context.dry else []):
        return "failed", refused[0], ""
    rows, equal = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for name in DRY if context.dry else STUDIES:
            study = replaced(STUDIES[name], SMALL[STUDIES[name][0]] if context.dry else [])
            pair = [_digest(context, study, flags, folder) for flags in (first, second)]
            same = pair[0] == pair[1] and not pair[0].startswith("exit")
            equal += same
            rows.append((name, *pair, "equal" if same else "**different**"))
    heads = ("study", " ".join(first), " ".join(second), "")
    words = f"{equal} of {len(rows)} studies have equal digests"
    return "passed" if equal == len(rows) else "failed", words, table(heads, rows)
