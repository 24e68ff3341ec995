"""What every peer of the train suite does: SGD on the Toy Model of Superposition, x = mu e_i,
f(x) = ReLU(W^T W x + b), w <- w - rate * gradient of the minibatch's mean ||x - f(x)||^2."""
from dataclasses import dataclass

import numpy as np

FEATURES, HIDDEN = 6, 2
WEIGHTS = HIDDEN * FEATURES
PARAMETERS = WEIGHTS + FEATURES
SAMPLES, BATCH, RATE = 1000, 20, 0.005
CHUNK = 1000
MAGNITUDE_BITS = 23
MAGNITUDE_UNIT = 2.0**-MAGNITUDE_BITS
MAGNITUDE_MASK = 2**MAGNITUDE_BITS - 1


@dataclass
class SgdProblem:
    """Trajectories with a data set each. Parameters lie as kgon has them: W row by row, then b.
    A sample is one word, i << 23 | m with mu = (m + 1) 2^-23, so that peers gather but once."""
    start: np.ndarray    # [trajectories, parameters], float64
    samples: np.ndarray  # [trajectories, samples], int32


@dataclass
class SgdGate:
    """The minibatches that every peer has to run before it is timed."""
    problem: SgdProblem
    indices: np.ndarray    # [steps, trajectories, batch], int32
    reference: np.ndarray  # [trajectories, parameters] after these steps, in double precision


def random_problem(trajectories, seed):
    """Data and starts of the same law as kgon's, for timing."""
    generator = np.random.default_rng(seed)
    samples = generator.integers(FEATURES << MAGNITUDE_BITS, size=(trajectories, SAMPLES),
                                 dtype=np.int32)
    return SgdProblem(generator.standard_normal((trajectories, PARAMETERS)), samples)


def chunks_to_try(trajectories, device):
    """How many trajectories a peer may take at a time: all, or as many as a cache holds."""
    small = device == "cpu" and trajectories > CHUNK and trajectories % CHUNK == 0
    return [trajectories, CHUNK] if small else [trajectories]


def reference_sgd(problem, indices):
    """The loop in double precision; indices [steps, trajectories, batch]. Returns parameters
    [trajectories, parameters]."""
    count = len(problem.start)
    rows = np.arange(count)[:, None]
    weights = problem.start[:, :WEIGHTS].reshape(count, HIDDEN, FEATURES).copy()
    bias = problem.start[:, WEIGHTS:].copy()
    for index in indices:
        sample = problem.samples[rows, index]
        magnitude = ((sample & MAGNITUDE_MASK) + 1) * MAGNITUDE_UNIT
        x = np.eye(FEATURES)[sample >> MAGNITUDE_BITS] * magnitude[:, :, None]
        hidden = np.einsum("tbi,thi->tbh", x, weights)
        value = np.einsum("tbh,thj->tbj", hidden, weights) + bias[:, None, :]
        residual = np.where(value > 0, value - x, 0)
        back = np.einsum("tbj,thj->tbh", residual, weights)
        scale = 2 * RATE / index.shape[1]
        weights -= scale * (np.einsum("tbh,tbj->thj", hidden, residual) +
                            np.einsum("tbh,tbi->thi", back, x))
        bias -= scale * residual.sum(axis=1)
    return np.concatenate([weights.reshape(count, -1), bias], axis=1)


def relative_difference(found, reference):
    """The largest difference of a parameter in units of the largest parameter."""
    return float(np.abs(np.asarray(found, np.float64) - reference).max() / np.abs(reference).max())
