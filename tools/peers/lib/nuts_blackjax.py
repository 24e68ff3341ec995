"""The posterior by BlackJAX's NUTS: window adaptation and draws of a chain, vmapped over chains."""
import time

import blackjax
import jax
import jax.numpy as jnp
import numpy as np

from lib.density_jax import DENSITIES, evaluate
from lib.posterior_problem import PosteriorRun
from lib.stopwatch import times_of


def chain_keys(seed, chains):
    return jax.random.split(jax.random.key(seed), chains)


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
        adaptation = blackjax.window_adaptation(
            blackjax.nuts, log_density, adaptation_info_fn=lambda *_: None)

        def warm_up(key, start):
            (state, tuned), _ = adaptation.run(key, start, num_steps=warmup)
            return state, tuned

        def draw(key, state, tuned):
            step = blackjax.nuts(log_density, **tuned).step

            def one(state, step_key):
                state, info = step(step_key, state)
                return state, (state.position, info.num_integration_steps, info.is_divergent)
            return jax.lax.scan(one, state, jax.random.split(key, draws))[1]
        start = jnp.asarray(problem.start, jnp.float32)
        keys = chain_keys(0, len(start))
        begin = time.perf_counter()
        compiled_warm_up = jax.jit(jax.vmap(warm_up)).lower(keys, start).compile()
        warmed = jax.eval_shape(jax.vmap(warm_up), keys, start)
        compiled_draw = jax.jit(jax.vmap(draw)).lower(keys, *warmed).compile()
        self._compiled[density] = start, compiled_warm_up, compiled_draw
        return time.perf_counter() - begin

    def run(self, density, seed):
        start, compiled_warm_up, compiled_draw = self._compiled[density]
        results = []
        warm_keys, draw_keys = (chain_keys(2 * seed + part, len(start)) for part in (0, 1))

        def warm_up():
            results.append(jax.block_until_ready(compiled_warm_up(warm_keys, start)))

        def draw():
            results.append(jax.block_until_ready(compiled_draw(draw_keys, *results[0])))
        warm, drawn = times_of(warm_up), times_of(draw)
        points, leapfrogs, diverging = results[1]
        return PosteriorRun(np.asarray(points, np.float64), warm.wall, drawn.wall,
                            int(leapfrogs.sum()), warm.cpu + drawn.cpu, int(diverging.sum()))
