"""The log density of the posterior in JAX: literally, a sum over samples, and by prefix sums."""
import jax
import jax.numpy as jnp
import numpy as np

from lib.sgd_problem import FEATURES, HIDDEN, WEIGHTS


# Up to so many samples of a feature, comparing with all is the fastest of JAX's ways to search.
LONGEST_COMPARED = 100


def make_literal(data, dtype):
    """data [samples, features]."""
    x = jnp.asarray(data, dtype)

    def log_density(point):
        weights, bias = point[:WEIGHTS].reshape(HIDDEN, FEATURES), point[WEIGHTS:]
        error = x - jax.nn.relu(x @ weights.T @ weights + bias)
        return -jnp.square(error).sum() - jnp.square(point).sum() / 2
    return log_density


def make_prefix(data, dtype):
    """Output j fires for the inputs of feature i on one side of mu = -b_j / a_ij alone: the samples
    of each feature are sorted once, and sums of 1, mu and mu^2 over a side are looked up. Under
    differentiation the sums are constants, so JAX's gradient is the closed form."""
    table = [np.sort(data[data[:, i] > 0, i]) for i in range(FEATURES)]
    longest = max(map(len, table))
    method = "compare_all" if longest <= LONGEST_COMPARED else "scan"
    sorted_mu = jnp.asarray([np.pad(mu, (0, longest - len(mu)), constant_values=np.inf)
                             for mu in table], dtype)
    sums = np.zeros((FEATURES, longest + 1, 3))
    for i, mu in enumerate(table):
        sums[i, 1:len(mu) + 1] = np.cumsum(np.stack([mu**0, mu, mu**2], axis=1), axis=0)
        sums[i, len(mu) + 1:] = sums[i, len(mu)]
    sums = jnp.asarray(sums, dtype)
    totals = sums[:, -1, None, :]  # [feature, 1, 3]
    squares = totals[:, 0, 2].sum()
    search = jax.vmap(lambda mu, at: jnp.searchsorted(mu, at, method=method))

    def log_density(point):
        weights, bias = point[:WEIGHTS].reshape(HIDDEN, FEATURES), point[WEIGHTS:]
        # At the precision of the sums: by default a GPU multiplies matrices in less.
        dot = jnp.einsum("hi,hj->ij", weights, weights, precision="highest")
        flat = dot == 0
        side = jnp.where(bias > 0, -jnp.inf, jnp.inf)
        threshold = jnp.where(flat, side, -bias / jnp.where(flat, 1, dot))
        edge = search(sorted_mu, jax.lax.stop_gradient(threshold))
        below = jnp.take_along_axis(sums, edge[:, :, None], axis=1)  # [i, j, 3]
        s0, s1, s2 = jnp.moveaxis(jnp.where((dot < 0)[..., None], below, totals - below), 2, 0)
        own = jnp.eye(FEATURES, dtype=dtype)
        slope = dot - own
        active = slope**2 * s2 + 2 * slope * bias * s1 + bias**2 * s0 - own * s2
        return -active.sum() - squares - jnp.square(point).sum() / 2
    return log_density


DENSITIES = {
    "literal": make_literal,
    "prefix sums": make_prefix,
}


def evaluate(name, problem, points, precision):
    """Log densities and gradients at points [points, parameters], in double."""
    with jax.enable_x64(precision == "float64"):
        dtype = np.dtype(precision)
        both = jax.jit(jax.vmap(jax.value_and_grad(DENSITIES[name](problem.data, dtype))))
        density, gradient = both(jnp.asarray(points, dtype))
        return np.asarray(density, np.float64), np.asarray(gradient, np.float64)
