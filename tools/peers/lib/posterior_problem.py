"""What every peer of the posterior suite samples: exp(-n beta L_n(w) - |w|^2 / 2) of one data set,
n L_n the sum of ||x - ReLU(W^T W x + b)||^2. Parameters lie as kgon has them: W row by row, b."""
from dataclasses import dataclass

import numpy as np

from lib.sgd_problem import FEATURES, HIDDEN, WEIGHTS


@dataclass
class PosteriorProblem:
    data: np.ndarray   # [samples, features], float64
    start: np.ndarray  # [chains, parameters]


@dataclass
class PosteriorRun:
    points: np.ndarray         # [chains, draws, parameters]
    warmup_seconds: float
    draw_seconds: float
    draw_leapfrogs: int        # after the warm-up
    cpu_seconds: float         # of both
    divergences: int


def reference_density(problem, points):
    """The log density and its gradient in double precision, a loop over points: [points] and
    [points, parameters]."""
    densities, gradients = [], []
    for point in points:
        weights, bias = point[:WEIGHTS].reshape(HIDDEN, FEATURES), point[WEIGHTS:]
        x = problem.data
        hidden = x @ weights.T
        value = hidden @ weights + bias
        error = np.maximum(value, 0) - x
        residual = np.where(value > 0, error, 0)
        by_weights = hidden.T @ residual + (residual @ weights.T).T @ x
        gradient = np.concatenate([by_weights.ravel(), residual.sum(axis=0)])
        densities.append(-np.square(error).sum() - point @ point / 2)
        gradients.append(-2 * gradient - point)
    return np.array(densities), np.array(gradients)


def invariants(problem, points):
    """What turning W and naming features anew leave alone: n L_n, the sorted lengths of the
    columns, and the biases in that order. Points [chains, draws, parameters]; a dictionary of
    arrays [chains, draws]."""
    flat = points.reshape(-1, points.shape[-1])
    density, _ = reference_density(problem, flat)
    energy = -density - np.square(flat).sum(axis=1) / 2
    lengths = np.linalg.norm(flat[:, :WEIGHTS].reshape(-1, HIDDEN, FEATURES), axis=1)
    order = np.argsort(lengths, axis=1)
    columns = {"n L": energy}
    for name, values in (("length", lengths), ("bias", flat[:, WEIGHTS:])):
        ordered = np.take_along_axis(values, order, axis=1)
        columns |= {f"{name} {i}": ordered[:, i] for i in range(FEATURES)}
    return {name: values.reshape(points.shape[:2]) for name, values in columns.items()}
