"""Runs `kgon llc` and reads its result."""
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from lib.environment import Failure

# Runs of the same estimate on the same data: factors on the step size that change nothing but the
# random numbers, which kgon takes from the settings.
REPEAT_SCALE = 1e-7


@dataclass
class KgonPoint:
    """One row of a result: a point with its settings."""
    label: str
    weights: np.ndarray
    bias: np.ndarray
    loss: float             # what the draws' losses are relative to
    nbeta: float
    estimate: float
    mcse: float
    theory: float           # NaN where there is none
    mean_excess: np.ndarray  # of the draws of each chain
    failed: int             # chains that blew up
    verdict: str


@dataclass
class KgonRun:
    points: list
    steps_per_second: float
    seconds: float


def run_kgon(arguments, flags):
    """`kgon llc` at the points with the study's n and seed."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "llc.nc"
        command = [arguments.kgon, "llc", "--device", "cpu", "--at", ",".join(arguments.points),
                   "--samples", str(arguments.samples), "--seed", str(arguments.seed), "--json",
                   "-o", result, *flags]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            raise Failure(2, f"--kgon: cannot run {arguments.kgon}: {error.strerror}") from error
        # 3: chains failed, which the result tells as well.
        if done.returncode not in (0, 3):
            said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise Failure(max(1, done.returncode), f"kgon llc: {said[0].removeprefix('kgon: ')}")
        try:
            document = json.loads(done.stdout)
        except json.JSONDecodeError as error:
            raise Failure(2, f"--kgon: {arguments.kgon} is no kgon with the command llc") from error
        return KgonRun(_read_points(result), document["steps_per_s"], document["wall_seconds"])


def run_exact(arguments):
    """The exact losses at the same nbeta and gamma, without bias of the step size."""
    return run_kgon(arguments, ["--sampler", "mala", "--nbeta", repr(arguments.nbeta), "--gamma",
                                repr(arguments.gamma)])


def run_defaults(arguments):
    return run_kgon(arguments, [])


def run_reproductions(arguments):
    """devinterp's estimator in kgon, `kgon_runs` times per point, on one core. No chain is left out
    and no phase looked at, as in devinterp. Returns the run and the rows of each label."""
    scales = ",".join(repr(1 + k * REPEAT_SCALE) for k in range(arguments.kgon_runs))
    run = run_kgon(arguments, [
        "--sampler", "sgld", "--estimator", "devinterp", "--threads", "1", "--reject-below", "1",
        "--classify-every", "0", "--step-scale", scales, "--nbeta", repr(arguments.nbeta),
        "--gamma", repr(arguments.gamma), "--batch", str(arguments.batch), "--step-size",
        repr(arguments.step_size), "--chains", str(arguments.chains), "--burn-in",
        str(arguments.burn_in), "--draws", str(arguments.draws), "--thin", str(arguments.thin)])
    of_label = {label: [] for label in arguments.points}
    for point in run.points:
        if point.failed > 0:
            raise Failure(1, f"kgon at point {point.label}: {point.failed} chains blew up; a "
                             "smaller --step-size may help")
        of_label[point.label].append(point)
    return run, of_label


def _read_points(path):
    with netCDF4.Dataset(path) as file:
        group = file["llc"]
        values = {name: variable[:] for name, variable in group.variables.items()}
        verdicts = group["verdict"].flag_meanings.split()
    return [KgonPoint(label=str(values["at"][i]), weights=_floats(values["W"][i]),
                      bias=_floats(values["b"][i]), loss=float(values["loss"][i]),
                      nbeta=float(values["nbeta"][i]), estimate=_float(values["lambda_hat"][i]),
                      mcse=_float(values["mcse"][i]), theory=_float(values["lambda_theory"][i]),
                      mean_excess=_floats(values["chain_mean_excess"][i]),
                      failed=int(values["dropped_failed"][i]),
                      verdict=verdicts[values["verdict"][i]].replace("_", " "))
            for i in range(len(values["at"]))]


def _floats(values):
    return np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)


def _float(value):
    return float(_floats(value))
