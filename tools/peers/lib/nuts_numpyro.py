"""The posterior by NumPyro's NUTS with all chains in one vmap, as chain_method="vectorized" does.
The kernel is called by our own loops: MCMC.run traces and compiles its loop anew in every call."""
import time

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.infer import NUTS

from lib.density_jax import DENSITIES, evaluate
from lib.posterior_problem import PosteriorRun
from lib.stopwatch import times_of


class Peer:
    def __init__(self, settings):
        if settings["device"] == "cuda" and jax.default_backend() != "gpu":
            raise RuntimeError("this JAX sees no GPU")
        jax.config.update("jax_default_matmul_precision", "highest")
        self._compiled = {}  # of each density

    def densities(self):
        return list(DENSITIES)

    def gate(self, density, problem, points, precision):
        return evaluate(density, problem, points, precision)

    def compile(self, density, problem, warmup, draws):
        """Returns seconds."""
        log_density = DENSITIES[density](problem.data, jnp.float32)
        kernel = NUTS(potential_fn=lambda point: -log_density(point))
        start = jnp.asarray(problem.start, jnp.float32)

        def initial(seed):
            keys = jax.random.split(jax.random.PRNGKey(seed), len(start))
            return jax.block_until_ready(kernel.init(keys, warmup, start, (), {}))

        def one(state, _):
            state = kernel.sample(state, (), {})
            return state, (state.z, state.num_steps, state.diverging)

        def warm_up(state):
            return jax.lax.fori_loop(0, warmup, lambda _, each: one(each, None)[0], state)

        def draw(state):
            return jax.lax.scan(one, state, length=draws)[1]
        begin = time.perf_counter()
        state = initial(0)
        self._compiled[density] = (initial, jax.jit(warm_up).lower(state).compile(),
                                   jax.jit(draw).lower(state).compile())
        return time.perf_counter() - begin

    def run(self, density, seed):
        initial, compiled_warm_up, compiled_draw = self._compiled[density]
        results = [initial(seed)]

        def warm_up():
            results.append(jax.block_until_ready(compiled_warm_up(results[0])))

        def draw():
            results.append(jax.block_until_ready(compiled_draw(results[1])))
        warm, drawn = times_of(warm_up), times_of(draw)
        points, leapfrogs, diverging = results[2]  # [draws, chains, ...]
        return PosteriorRun(np.asarray(points, np.float64).swapaxes(0, 1), warm.wall, drawn.wall,
                            int(leapfrogs.sum()), warm.cpu + drawn.cpu, int(diverging.sum()))
