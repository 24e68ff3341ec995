"""`kgon sample` on the same posterior, and its draws with the densities that it reports."""
import tempfile
from pathlib import Path

import numpy as np

from lib.kgon_program import read_group, run_kgon
from lib.posterior_problem import PosteriorProblem, PosteriorRun
from lib.sgd_problem import FEATURES, HIDDEN, PARAMETERS
from lib.kgon_samples import posterior_data_set
from lib.stopwatch import times_of


def run_posterior(settings, sampler, samples, init, chains, warmup, draws, seed):
    """A PosteriorRun and the log densities [chains, draws] that kgon reports. The data set is the
    first of the study's seed, so another random run of the same data takes another target of the
    acceptance, by less than matters: a cell's random numbers come from its settings."""
    target = 0.8 + seed * 1e-9
    flags = ["--features", FEATURES, "--hidden", HIDDEN, "--samples", samples, "--sampler", sampler,
             "--init", init, "--islands", 1, "--chains", chains, "--warmup", warmup, "--draws",
             draws, "--target-acceptance", repr(target), "--seed", settings["seed"], "--device",
             settings["device"], "--threads", settings["threads"]]
    documents = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.nc"
        times = times_of(
            lambda: documents.append(run_kgon(settings["kgon"], "sample", flags, path)))
        draw = read_group(path, "posterior", ("W", "b"))
        stats = read_group(path, "sample_stats", ("lp", "n_steps", "diverging"))
    weights = draw["W"][:, :, 0].reshape(chains, draws, HIDDEN * FEATURES)
    points = np.concatenate([weights, draw["b"][:, :, 0]], axis=2)
    leapfrogs = int(stats["n_steps"].sum())
    # Every leapfrog takes the same time, so the draws have their share of it.
    share = leapfrogs / documents[0]["leapfrogs"]
    wall = documents[0]["wall_seconds"]
    run = PosteriorRun(points, (1 - share) * wall, share * wall, leapfrogs, times.cpu,
                       int(stats["diverging"].sum()))
    return run, stats["lp"][:, :, 0]


def make_problem(settings, samples, init, chains):
    """The data set, and starts of the same law as kgon's: from the prior, or at a label."""
    data = posterior_data_set(settings["seed"], samples, FEATURES)
    if init == "prior":
        start = np.random.default_rng(settings["seed"]).standard_normal((chains, PARAMETERS))
    else:
        start = np.tile(label_point(settings, init), (chains, 1))
    return PosteriorProblem(data, start)


def label_point(settings, label):
    """The parameters of a critical point."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "start.nc"
        run_kgon(settings["kgon"], "sample", ["--features", FEATURES, "--hidden", HIDDEN,
                                              "--samples", 16, "--sampler", "nuts", "--chains", 1,
                                              "--islands", 1, "--warmup", 0, "--draws", 1], path)
        points = read_group(path, "critical_points", ("label", "W", "b"))
    labels = [each.decode() if isinstance(each, bytes) else each for each in points["label"]]
    at = labels.index(label)
    return np.concatenate([points["W"][at].ravel(), points["b"][at]])
