#!/usr/bin/env python3
"""How the trajectories of one cell end that end on no standard k-gon: firing vertices and losses.

usage: unlabelled_ends.py RESULT.nc KEY=VALUE...
KEY=VALUE: the cell, e.g. init=random init_scale=0.1

A firing vertex is a column longer than 1/2 of the longest (or of 1) whose output some input makes
positive. Needs xarray and netcdf4.
"""
import sys

import numpy as np
import xarray as xr


def cell_of(data, conditions):
    """The index of the one cell that the conditions leave."""
    keep = np.ones(data.sizes["cell"], bool)
    for condition in conditions:
        key, _, wanted = condition.partition("=")
        values = data[key].values
        keep &= values == (float(wanted) if values.dtype.kind in "fiu" else wanted)
    if keep.sum() != 1:
        sys.exit(f"{keep.sum()} cells have {' '.join(conditions)}; one is wanted")
    return int(np.flatnonzero(keep)[0])


def firing_vertices(weights, biases):
    """weights [hidden, feature], biases [feature]."""
    dots = weights.T @ weights
    fires = biases + np.maximum(dots, 0).max(axis=0) > 0
    lengths = np.sqrt(np.diag(dots))
    return int((fires & (lengths > 0.5 * max(1, lengths[fires].max(initial=0)))).sum())


def main():
    if len(sys.argv) < 3 or not sys.argv[1].endswith(".nc"):
        sys.exit(__doc__)
    data = xr.open_dataset(sys.argv[1], group="sgd", decode_cf=False)
    data = data.isel(cell=cell_of(data, sys.argv[2:]))
    last = data.isel(record=int(data.records) - 1)
    weights = (data["W_final"] if "W_final" in data else last["W"]).values
    biases = (data["b_final"] if "b_final" in data else last["b"]).values
    other = np.flatnonzero(last.phase.values == -1)
    counts = np.array([firing_vertices(weights[m], biases[m]) for m in other])
    losses, gradients = last.population_loss.values[other], last.gradient_norm.values[other]
    print(f"{len(other)} of {last.sizes['trajectory']} trajectories end as other")
    for count in np.unique(counts)[::-1]:
        some = counts == count
        loss = np.median(losses[some])
        print(f"{count} firing vertices: {some.sum():3}   loss {loss:.5f} "
              f"(within {np.abs(losses[some] - loss).max():.0e})   "
              f"gradient up to {gradients[some].max():.0e}")


if __name__ == "__main__":
    main()
