"""Writes diagnostics_reference.txt, the oracle of chain_diagnostics_test.cpp, with ArviZ.

usage: make_diagnostics_reference.py > tests/engine/diagnostics_reference.txt

The stored file is from ArviZ 0.23.4 with NumPy 2.4.6 and SciPy 1.17.1 (Python 3.11), without numba:
    python3 -m venv venv && venv/bin/pip install arviz==0.23.4 numpy==2.4.6 scipy==1.17.1

A line is a recipe, from which the test makes the same bits, and the values of ArviZ. Recipes take
integers and single IEEE operations alone: see draws_of().
"""
import logging
import math
import sys
import warnings
from dataclasses import astuple, dataclass, fields

import arviz
import numpy
import scipy


@dataclass
class Recipe:
    name: str
    seed: int
    chains: int
    draws: int
    noise: str = "bell"  # uniform, bell or heavy: see Source
    rho: float = 0.0  # of the autoregression
    levels: float = 0.0  # where it is not 0: values per unit, rounded down
    location: float = 0.0
    scale: float = 1.0
    scale_step: float = 0.0  # added to the factor 1 of the scale, per chain
    shift: float = 0.0  # added per chain
    drift: float = 0.0  # added per draw
    special: str = "-"  # CHAIN:DRAW=VALUE,...


class Source:
    """splitmix64 (Steele, Lea, Flood 2014; constants of Vigna's version)."""

    def __init__(self, seed):
        self.state = seed

    def word(self):
        mask = 2**64 - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    def uniform(self):
        return (self.word() >> 11) * 2.0**-53

    def noise(self, kind):
        u = self.uniform()
        if kind == "uniform":
            return u - 0.5
        v = self.uniform()
        if kind == "heavy":
            return (u - 0.5) / (v + 2.0**-20)
        assert kind == "bell", kind
        w = self.uniform()
        return u + v + w + self.uniform() - 2.0


def draws_of(recipe):
    source = Source(recipe.seed)
    values = numpy.empty((recipe.chains, recipe.draws))
    for chain in range(recipe.chains):
        scale = recipe.scale * (1.0 + recipe.scale_step * chain)
        state = 0.0
        for draw in range(recipe.draws):
            state = recipe.rho * state + source.noise(recipe.noise)
            x = state
            if recipe.levels != 0:
                x = math.floor(x * recipe.levels) / recipe.levels
            values[chain, draw] = (
                recipe.location + scale * x + recipe.shift * chain + recipe.drift * draw)
    if recipe.special != "-":
        for item in recipe.special.split(","):
            place, value = item.split("=")
            chain, draw = place.split(":")
            values[int(chain), int(draw)] = float(value)
    return values


def everywhere(chains, draws, value):
    return ",".join(f"{c}:{d}={value}" for c in chains for d in draws)


def recipes():
    made = []

    def add(name, chains, draws, **settings):
        made.append(Recipe(name, 1000 + len(made), chains, draws, **settings))

    for rho in (-0.9, -0.3, 0.0, 0.5, 0.9, 0.99):
        for chains, draws in ((4, 500), (2, 251), (1, 400), (4, 100), (3, 64)):
            add("ar1", chains, draws, rho=rho)
    for rho, noise in ((0.0, "bell"), (0.9, "bell"), (0.99, "uniform"), (-0.9, "uniform")):
        add("long", 4, 5000, rho=rho, noise=noise)
    add("long_one", 1, 5000, rho=0.5)
    add("long_odd", 2, 5001, rho=0.9)
    add("longest", 2, 100000, rho=0.9, noise="uniform")
    for draws, rho in ((7, 0.0), (50, 0.5), (500, 0.9), (2000, 0.0)):
        add("many_chains", 32, draws, rho=rho)
    add("hundred_chains", 100, 20, noise="uniform")
    for draws in range(1, 9):
        for chains in (1, 2, 4):
            add("short", chains, draws)
        add("short_ties", 4, draws, levels=1.0)
    for draws in (9, 10, 11, 12, 13, 99, 257, 999):
        add("odd_and_even", 3, draws, rho=0.3)
    for levels in (0.5, 1.0, 4.0):
        for chains, draws in ((4, 200), (3, 77), (1, 300)):
            add("ties", chains, draws, levels=levels, rho=0.5)
    for chains, draws in ((4, 500), (4, 33), (2, 20), (1, 100), (3, 8), (2, 5)):
        add("two_valued", chains, draws, noise="uniform", levels=1.0)
    add("two_valued_slow", 4, 500, rho=0.9, noise="uniform", levels=0.25)
    for location in (0.0, 1.0, 0.1, -3.7e-5, 1e300):
        add("constant", 4, 100, scale=0.0, location=location)
    for chains, draws in ((1, 50), (2, 4), (2, 7), (32, 501)):
        add("constant", chains, draws, scale=0.0, location=0.1)
    for chains, draws in ((2, 16), (2, 100), (3, 37), (3, 200)):
        add("stuck_apart", chains, draws, scale=0.0, location=0.1, shift=1.0)
    add("one_stuck", 2, 100, scale_step=-1.0)
    add("one_stuck", 4, 101, scale_step=-0.5, rho=0.5)
    for shift in (0.1, 1.0, 10.0, 1000.0):
        add("apart", 4, 200, shift=shift, rho=0.3)
    for scale_step in (0.5, 10.0, 1e6):
        add("scales", 4, 200, scale_step=scale_step, rho=0.3)
    for drift in (0.001, 0.01, 1.0):
        add("drift", 4, 300, drift=drift)
    add("line", 4, 100, scale=0.0, drift=0.25)
    add("lines", 3, 51, scale=0.0, drift=0.1, shift=3.0)
    for rho in (0.0, 0.5, 0.9):
        for chains, draws in ((4, 500), (1, 333)):
            add("heavy", chains, draws, noise="heavy", rho=rho)
    add("far_away", 4, 250, location=1e8, rho=0.5)
    add("far_away", 4, 250, location=-1e15)
    add("nearly_constant", 4, 250, location=1.0, scale=1e-12)
    add("small", 4, 250, scale=1e-9, rho=0.9)
    add("taken_for_constant", 4, 250, scale=1e-17)
    add("just_not_constant", 2, 50, scale=1e-15, noise="uniform", shift=1e-15)
    add("huge", 4, 250, scale=1e100)
    add("overflows", 4, 250, scale=1e200)
    add("alternates", 4, 250, rho=-0.999)
    add("nan", 4, 100, special="0:0=nan")
    add("nan", 1, 100, special="0:99=nan")
    add("nan_and_inf", 4, 100, special="3:98=nan,0:2=inf")
    add("nan_in_the_middle", 4, 101, special="2:50=nan")
    add("inf", 4, 100, special="0:0=inf")
    add("inf", 4, 100, special="1:17=-inf")
    add("inf", 1, 100, special="0:17=inf")
    add("infs", 4, 100, special="1:17=-inf,2:3=-inf")
    add("infs", 4, 100, special="1:17=-inf,0:3=inf")
    add("inf_in_the_middle", 4, 101, special="1:50=inf")
    add("inf_chain", 4, 20, special=everywhere([2], range(20), "inf"))
    add("mostly_inf", 2, 20, special=everywhere([0, 1], range(3, 15), "-inf"))
    add("all_inf", 2, 8, special=everywhere([0, 1], range(8), "inf"))
    add("half_inf", 2, 8, special=everywhere([1], range(8), "inf"))
    add("inf_both_halves", 2, 8,
        special=everywhere([0], range(8), "-inf") + "," + everywhere([1], range(8), "inf"))
    return made


def arviz_values(values):
    return (arviz.rhat(values, method="rank"), arviz.ess(values, method="bulk"),
            arviz.ess(values, method="tail"), arviz.ess(values, method="mean"),
            arviz.mcse(values, method="mean"))


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    assert not arviz.utils.Numba.numba_flag, "numba computes variances in another way"
    versions = (f"ArviZ {arviz.__version__}, NumPy {numpy.__version__}, "
                f"SciPy {scipy.__version__}, Python {sys.version.split()[0]}")
    print("# By tests/engine/make_diagnostics_reference.py with", versions)
    names = [field.name for field in fields(Recipe)]
    print("#", *names, "| rhat bulk_ess tail_ess mean_ess mean_mcse")
    for recipe in recipes():
        reference = [repr(float(value)) for value in arviz_values(draws_of(recipe))]
        print(*astuple(recipe), "|", *reference)


if __name__ == "__main__":
    main()
