"""SGD in JAX: one jit around the whole scan, all trajectories at once."""
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from lib.sgd_problem import (BATCH, FEATURES, HIDDEN, MAGNITUDE_BITS, MAGNITUDE_MASK,
                             MAGNITUDE_UNIT, RATE, SAMPLES, WEIGHTS, chunks_to_try, random_problem)
from lib.stopwatch import times_of

jax.config.update("jax_default_matmul_precision", "highest")


def decode(sample, dtype):
    """Feature and magnitude."""
    return (sample >> MAGNITUDE_BITS,
            ((sample & MAGNITUDE_MASK) + 1).astype(dtype) * dtype(MAGNITUDE_UNIT))


def dense_minibatch(sample, dtype):
    """x [batch, features]."""
    feature, magnitude = decode(sample, dtype)
    return jax.nn.one_hot(feature, FEATURES, dtype=dtype) * magnitude[:, None]


def autodiff_step(point, sample):
    """One trajectory, to be vmapped: point [parameters], sample [batch]."""
    x = dense_minibatch(sample, point.dtype.type)

    def loss(w):
        weights, bias = w[:WEIGHTS].reshape(HIDDEN, FEATURES), w[WEIGHTS:]
        return jnp.square(x - jax.nn.relu(x @ weights.T @ weights + bias)).sum() / len(x)
    return point - RATE * jax.grad(loss)(point)


def dense_step(point, sample):
    """One trajectory, to be vmapped: the gradient in closed form, by products of matrices."""
    x = dense_minibatch(sample, point.dtype.type)
    weights, bias = point[:WEIGHTS].reshape(HIDDEN, FEATURES), point[WEIGHTS:]
    hidden = x @ weights.T
    value = hidden @ weights + bias
    residual = jnp.where(value > 0, value - x, 0)
    by_weights = hidden.T @ residual + (residual @ weights.T).T @ x
    gradient = jnp.concatenate([by_weights.ravel(), residual.sum(axis=0)])
    return point - 2 * RATE / len(x) * gradient


def gather_step(point, sample):
    """One trajectory, to be vmapped: the columns of W gathered, their gradient scattered."""
    feature, magnitude = decode(sample, point.dtype.type)
    weights, bias = point[:WEIGHTS].reshape(HIDDEN, FEATURES), point[WEIGHTS:]
    hidden = weights[:, feature] * magnitude  # [hidden, batch]
    value = hidden.T @ weights + bias
    target = jax.nn.one_hot(feature, FEATURES, dtype=point.dtype) * magnitude[:, None]
    residual = jnp.where(value > 0, value - target, 0)
    back = weights @ residual.T * magnitude  # [hidden, batch]
    by_weights = (hidden @ residual).at[:, feature].add(back)
    gradient = jnp.concatenate([by_weights.ravel(), residual.sum(axis=0)])
    return point - 2 * RATE / len(sample) * gradient


def rows_step(points, samples):
    """All trajectories, the last axis: points [parameters, trajectories], samples [batch,
    trajectories]. Closed form, element by element, so that lanes are trajectories."""
    feature, magnitude = decode(samples, points.dtype.type)
    weights = points[:WEIGHTS].reshape(HIDDEN, FEATURES, -1)
    is_feature = feature[None] == jnp.arange(FEATURES)[:, None, None]  # [features, batch, T]
    gradient = []
    inner = [magnitude * sum(jnp.where(is_feature[i], weights[h, i], 0) for i in range(FEATURES))
             for h in range(HIDDEN)]
    residual = []
    for j in range(FEATURES):
        value = sum(inner[h] * weights[h, j] for h in range(HIDDEN)) + points[WEIGHTS + j]
        target = jnp.where(is_feature[j], magnitude, 0)
        residual.append(jnp.where(value > 0, value - target, 0))
    for h in range(HIDDEN):
        back = magnitude * sum(residual[j] * weights[h, j] for j in range(FEATURES))
        gradient += [(residual[j] * inner[h] + jnp.where(is_feature[j], back, 0)).sum(axis=0)
                     for j in range(FEATURES)]
    gradient += [each.sum(axis=0) for each in residual]
    return points - 2 * RATE / len(samples) * jnp.stack(gradient)


# Whether trajectories are the last axis, and the step.
FORMS = {
    "autodiff": (False, jax.vmap(autodiff_step)),
    "closed form, dense": (False, jax.vmap(dense_step)),
    "closed form, gathered": (False, jax.vmap(gather_step)),
    "closed form, rows": (True, rows_step),
}
AHEAD = 20  # steps whose indices are drawn at once, where they are drawn ahead


def draw_indices(key, shape):
    """Uniform to 2^-14 of an index; randint, which is unbiased, draws twice as many bits."""
    bits = jax.random.bits(key, shape, jnp.uint32) >> 8
    return (bits.astype(jnp.float32) * (SAMPLES * 2.0**-24)).astype(jnp.int32)


@partial(jax.jit, static_argnames=("form", "steps", "ahead", "unroll"), donate_argnums=0)
def run_steps(points, samples, key, form, steps, ahead, unroll):
    """`steps` steps, a multiple of `ahead`, with the indices of so many drawn at once. The arrays
    have one axis more, in front: chunks of trajectories, which run one after another."""
    last, step = FORMS[form]
    axis = 0 if last else 1
    shape = (BATCH, samples.shape[2]) if last else (samples.shape[1], BATCH)

    def run_chunk(chunk):
        state, table, chunk_key = chunk

        def given(state, index):
            return step(state, jnp.take_along_axis(table, index, axis=axis)), None

        def drawn(state, number):
            return given(state, draw_indices(jax.random.fold_in(chunk_key, number), shape))

        def several(state, number):
            indices = draw_indices(jax.random.fold_in(chunk_key, number), (ahead, *shape))
            return jax.lax.scan(given, state, indices, unroll=unroll)[0], None
        if ahead == 1:
            return jax.lax.scan(drawn, state, jnp.arange(steps), unroll=unroll)[0]
        return jax.lax.scan(several, state, jnp.arange(steps // ahead))[0]
    return jax.lax.map(run_chunk, (points, samples, jax.random.split(key, len(points))))


@partial(jax.jit, static_argnames="form")
def run_given(points, samples, indices, form):
    """The steps of given indices [steps, trajectories, batch]."""
    last, step = FORMS[form]

    def body(state, index):
        index = index.T if last else index
        return step(state, jnp.take_along_axis(samples, index, axis=0 if last else 1)), None
    return jax.lax.scan(body, points, indices)[0]


def arrays(problem, form, dtype):
    """Points and samples, trajectories where the form has them."""
    points, samples = problem.start.astype(dtype), problem.samples
    return (points.T, samples.T) if FORMS[form][0] else (points, samples)


def chunked(array, form, chunk):
    """[chunks, ...] of an array whose trajectories are where the form has them."""
    axis = array.ndim - 1 if FORMS[form][0] else 0
    pieces = np.split(array, array.shape[axis] // chunk, axis=axis)
    return jnp.asarray(np.stack(pieces))


class Peer:
    def __init__(self, settings):
        self._device = settings["device"]
        if self._device == "cuda" and jax.default_backend() != "gpu":
            raise RuntimeError("this JAX sees no GPU")

    def forms(self):
        return list(FORMS)

    def load(self, trajectories, seed):
        self._problem = random_problem(trajectories, seed)
        self._loaded = None

    def searches(self):
        """Settings besides the form, each with its values; the first one is taken to begin with."""
        return {"chunk": chunks_to_try(len(self._problem.start), self._device),
                "keys": ["threefry2x32", "rbg"], "drawn ahead": [1, AHEAD], "unroll": [1, 5, 20]}

    def gate(self, form, gate, precision):
        with jax.enable_x64(precision == "float64"):
            points, samples = map(jnp.asarray, arrays(gate.problem, form, np.dtype(precision)))
            found = np.asarray(run_given(points, samples, jnp.asarray(gate.indices), form))
        return (found.T if FORMS[form][0] else found).astype(np.float64)

    def compile(self, variant, steps):
        """variant: the form and a value of each search. Returns seconds."""
        form = variant["form"]
        layout = (form, variant["chunk"])
        if self._loaded is None or self._loaded[0] != layout:
            self._loaded = None
            self._loaded = (layout, *(chunked(array, *layout) for array in
                                      arrays(self._problem, form, np.dtype("float32"))))
        self._key = jax.random.key(1, impl=variant["keys"])
        lowered = run_steps.lower(*self._loaded[1:], self._key, form=form, steps=steps,
                                  ahead=variant["drawn ahead"], unroll=variant["unroll"])
        start = time.perf_counter()
        self._run = lowered.compile()
        return time.perf_counter() - start

    def run(self):
        """The compiled steps; returns Times."""
        return times_of(self._run_once)

    def _run_once(self):
        layout, points, samples = self._loaded
        points = self._run(points, samples, self._key)
        self._loaded = (layout, points.block_until_ready(), samples)
