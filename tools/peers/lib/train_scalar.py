"""SGD as a plain loop in C++ (scalar/sgd.cpp), compiled for this machine."""
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from lib.sgd_problem import PARAMETERS
from lib.stopwatch import Times

SOURCE = Path(__file__).resolve().parents[1] / "scalar/sgd.cpp"


def write_gate(gate, path):
    """The file that `sgd gate` reads."""
    problem = gate.problem
    with path.open("wb") as file:
        for array, dtype in ((np.array([len(problem.start), len(gate.indices)]), "<u4"),
                             (problem.start, "<f8"), (problem.samples, "<u4"),
                             (gate.indices, "<u4")):
            file.write(np.ascontiguousarray(array, dtype).tobytes())


class Peer:
    def __init__(self, settings):
        if settings["device"] != "cpu":
            raise RuntimeError("runs on a CPU alone")
        self._threads = settings["threads"]
        self._folder = tempfile.TemporaryDirectory()
        self._program = Path(self._folder.name) / "sgd"
        start = time.perf_counter()
        self._output(settings.get("compiler", "g++"), "-std=c++20", "-O3", "-march=native",
                     "-pthread", SOURCE, "-o", self._program)
        self._compile_seconds = time.perf_counter() - start

    def forms(self):
        return ["g++ -O3 -march=native"]

    def searches(self):
        return {}

    def gate(self, form, gate, precision):
        if precision != "float32":
            raise RuntimeError("has single precision alone")
        path = Path(self._folder.name) / "gate"
        write_gate(gate, path)
        numbers = [float(line) for line in self._output(self._program, "gate", path).split()]
        return np.array(numbers).reshape(-1, PARAMETERS)

    def load(self, trajectories, seed):
        self._trajectories, self._seed = trajectories, seed

    def compile(self, variant, steps):
        self._steps = steps
        return self._compile_seconds

    def run(self):
        """Times of the loop."""
        words = [self._trajectories, self._steps, self._threads, self._seed]
        return Times(*map(float, self._output(self._program, "time", *map(str, words)).split()))

    def _output(self, *command):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError((done.stderr.strip() or f"exit code {done.returncode}"))
        return done.stdout
