"""Runs both programs on the same points and says how far their estimates are apart."""
import sys
from dataclasses import dataclass

import numpy as np

from lib.devinterp_runs import data_set_losses, run_devinterp, usual_nbeta
from lib.environment import Failure
from lib.kgon_runs import KgonPoint, run_defaults, run_exact, run_reproductions
from lib.kgon_samples import label_data_set

LOSS_TOLERANCE = 1e-6


@dataclass
class Repeated:
    """One estimator in several runs at one point."""
    estimate: float      # mean over the runs
    error: float         # its standard error
    centred: float       # the same with L_n(w*) in place of each run's initial loss
    centred_error: float
    chain_std: float     # standard deviation over the chains of a run
    run_std: float       # standard deviation over the runs, of a run's estimate


@dataclass
class PointComparison:
    point: KgonPoint     # as kgon's defaults see it
    loss: float          # L_n(w*) by the PyTorch module
    initial_std: float   # what the minibatches of the initial loss add to a run's estimate
    devinterp: Repeated
    reproduction: Repeated
    mcse: float          # that kgon prints for one run of its reproduction
    exact: KgonPoint


@dataclass
class Comparison:
    arguments: object
    points: list
    worst_loss: float    # largest difference between the two losses of a point
    devinterp_seconds: float
    devinterp_speed: float
    kgon_seconds: float
    kgon_speed: float
    exact_seconds: float
    exact_speed: float


def compare_points(arguments):
    exact = run_exact(arguments)
    data = label_data_set(arguments.seed, arguments.samples, len(exact.points[0].bias))
    _check_default_nbeta(arguments, data)
    losses = [data_set_losses(point, data) for point in exact.points]
    worst = _check_losses(exact.points, losses)
    defaults = run_defaults(arguments)
    kgon, reproductions = run_reproductions(arguments)
    points, seconds = [], 0.0
    for index, point in enumerate(exact.points):
        runs = _devinterp_runs(arguments, index, point, data)
        seconds += sum(run.seconds for run in runs)
        points.append(_compare(arguments, point, losses[index], runs, reproductions[point.label],
                               defaults.points[index]))
    return Comparison(arguments, points, worst, seconds,
                      len(points) * arguments.runs * _steps(arguments) / seconds,
                      kgon.seconds, kgon.steps_per_second, exact.seconds,
                      exact.steps_per_second)


def _check_default_nbeta(arguments, data):
    """Whether the batch / log batch of kgon's reproduction is devinterp's own default."""
    if not arguments.default_nbeta:
        return
    theirs = usual_nbeta(arguments, data)
    if not abs(theirs - arguments.nbeta) <= LOSS_TOLERANCE * arguments.nbeta:
        raise Failure(1, f"n beta is {theirs:.9g} by devinterp's default and {arguments.nbeta:.9g} "
                         "by kgon's reproduction of it")


def initial_samples(arguments):
    """Samples behind the initial loss: a minibatch per chain, while they last."""
    return min(arguments.chains * arguments.batch, arguments.samples)


def _steps(arguments):
    """Chain steps of one run."""
    return arguments.chains * (arguments.burn_in + arguments.draws * arguments.thin)


def _check_losses(points, losses):
    """Whether PyTorch and kgon see the same model and the same data; the largest difference."""
    worst = 0.0
    for point, of_samples in zip(points, losses):
        difference = abs(of_samples.mean() - point.loss)
        if not difference <= LOSS_TOLERANCE:
            raise Failure(1, f"at point {point.label} the loss on the data set is "
                             f"{of_samples.mean():.9f} in PyTorch and {point.loss:.9f} in kgon: "
                             "these are not the same samples or not the same model")
        worst = max(worst, difference)
    return worst


def _devinterp_runs(arguments, index, point, data):
    runs = []
    for run in range(arguments.runs):
        if sys.stderr.isatty():
            print(f"devinterp: point {point.label}, run {run + 1} of {arguments.runs}",
                  file=sys.stderr)
        runs.append(run_devinterp(arguments, point, data, [arguments.seed, index, run]))
    return runs


def _compare(arguments, exact, of_samples, runs, reproductions, default):
    loss = of_samples.mean()
    count = initial_samples(arguments)
    # The initial loss is the mean of `count` of the n samples, drawn without replacement.
    variance = of_samples.var(ddof=1) * (1 / count - 1 / arguments.samples)
    initial_std = arguments.nbeta * np.sqrt(variance)
    devinterp = _repeated(np.array([run.chains for run in runs]),
                          arguments.nbeta * (np.array([run.mean_loss for run in runs]) - loss),
                          initial_std)
    excess = np.array([point.mean_excess for point in reproductions])
    initial = np.array([[point.loss] for point in reproductions])
    reproduction = _repeated(arguments.nbeta * excess, arguments.nbeta * (excess + initial - loss),
                             initial_std)
    mcse = np.sqrt(np.mean([point.mcse**2 for point in reproductions]))
    return PointComparison(default, loss, initial_std, devinterp, reproduction, mcse, exact)


def _repeated(estimates, centred, initial_std):
    """estimates, centred: [runs, chains], the latter with the exact loss at w* taken off."""
    runs = len(estimates)
    within = estimates.var(axis=1, ddof=1).mean()
    of_chains = within / estimates.size
    return Repeated(estimate=estimates.mean(), error=np.sqrt(of_chains + initial_std**2 / runs),
                    centred=centred.mean(), centred_error=np.sqrt(of_chains),
                    chain_std=np.sqrt(within), run_std=estimates.mean(axis=1).std(ddof=1))
