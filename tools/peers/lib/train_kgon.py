"""`kgon train` on the same work, and the minibatches that its first members take."""
import tempfile
from pathlib import Path

import numpy as np

from lib.kgon_minibatches import minibatch_indices, own_data_sets
from lib.kgon_program import read_group, run_kgon
from lib.sgd_problem import (BATCH, FEATURES, HIDDEN, RATE, SAMPLES, SgdGate, SgdProblem,
                             reference_sgd)
from lib.stopwatch import Times, times_of


def train_flags(settings, trajectories, steps, samples=SAMPLES, batch=BATCH):
    return ["--features", FEATURES, "--hidden", HIDDEN, "--init", "random", "--samples", samples,
            "--dataset", "own", "--batch", batch, "--lr", RATE, "--batching", "replacement",
            "--trajectories", trajectories, "--epochs", repr(steps * batch / samples),
            "--records", 2, "--classify-every", max(steps, 1), "--seed", settings["seed"],
            "--device", settings["device"], "--threads", settings["threads"]]


def run_gate(settings, members, steps, precision, *sizes):
    """The first members' parameters before and after the steps [members, parameters], and their
    Philox key."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gate.nc"
        run_kgon(settings["kgon"], "train", train_flags(settings, members, steps, *sizes) +
                 ["--precision", precision, "--keep-parameters", "all"], path)
        group = read_group(path, "sgd", ("cell_key", "W", "b"))
    weights, bias = group["W"][0], group["b"][0]
    points = np.concatenate([weights.reshape(members, 2, -1), bias], axis=2)
    return points[:, 0], points[:, 1], int(group["cell_key"][0])


def rebuild_gate(settings, members, steps, samples=SAMPLES, batch=BATCH):
    """The gate, and how kgon in double precision ends there."""
    start, end, key = run_gate(settings, members, steps, "double", samples, batch)
    numbers = np.arange(members)
    problem = SgdProblem(start, own_data_sets(key, numbers, samples, FEATURES))
    indices = minibatch_indices(key, numbers, samples, batch, steps)
    return SgdGate(problem, indices, reference_sgd(problem, indices)), end


class Peer:
    def __init__(self, settings):
        self._settings = settings

    def forms(self):
        return ["kgon train"]

    def searches(self):
        return {}

    def gate(self, form, gate, precision):
        name = {"float32": "float", "float64": "double"}[precision]
        return run_gate(self._settings, len(gate.reference), len(gate.indices), name)[1]

    def load(self, trajectories, seed):
        self._trajectories = trajectories

    def compile(self, variant, steps):
        self._steps = steps
        return 0.0

    def run(self):
        """Times of the whole run: data, steps, two records; wall without the start of the
        process."""
        with tempfile.TemporaryDirectory() as folder:
            flags = train_flags(self._settings, self._trajectories, self._steps)
            documents = []
            times = times_of(lambda: documents.append(
                run_kgon(self._settings["kgon"], "train", [*flags, "--keep-parameters", "none"],
                         Path(folder) / "train.nc")))
        return Times(documents[0]["wall_seconds"], times.cpu)
