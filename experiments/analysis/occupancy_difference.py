#!/usr/bin/env python3
"""How far the occupancies of two sample results are apart, posterior by posterior.

usage: occupancy_difference.py A.nc B.nc

Posteriors are matched by n, data set, beta and prior scale. For each n, beta and kind of data: how
many there are; the mean of the total variation distance, half the sum over phases of |p - q|, and the
part of it that the errors of p and q explain (its mean if p - q were normal with those errors); the
mean standard error of A and of B and the joint score z = (p - q) / hypot(errors) of phases between 2 %
and 98 %: its root mean square, 1 where the two agree, and the part beyond 3. Needs xarray, netcdf4.
"""
import sys

import numpy as np
import xarray as xr


def occupancies(path):
    """(n, data set, beta, prior scale) -> {phase: (occupancy, standard error)}."""
    data = xr.open_dataset(path, group="sample")
    labels = data.phase_label.values
    found = {}
    for run in range(data.sizes["run"]):
        one = data.isel(run=run)
        key = (int(one.samples), int(one.data_set), float(one.beta), float(one.prior_scale))
        found[key] = {str(label): (float(p), float(error)) for label, p, error in
                      zip(labels, one.occupancy.values, one.occupancy_se.values)}
    return found


def compare(a, b):
    """Distance, what errors explain of it, and of the phases in question errors and scores."""
    distance = explained = 0
    errors_a, errors_b, scores = [], [], []
    for phase in a.keys() | b.keys():
        (p, of_p), (q, of_q) = a.get(phase, (0, 0)), b.get(phase, (0, 0))
        joint = np.hypot(np.nan_to_num(of_p), np.nan_to_num(of_q))
        distance += abs(p - q) / 2
        explained += np.sqrt(2 / np.pi) * joint / 2
        if 0.02 <= (p + q) / 2 <= 0.98 and joint > 0:
            errors_a.append(of_p)
            errors_b.append(of_q)
            scores.append((p - q) / joint)
    return distance, explained, errors_a, errors_b, scores


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    a, b = occupancies(sys.argv[1]), occupancies(sys.argv[2])
    groups = {}
    for key in a.keys() & b.keys():
        n, data_set, beta, _ = key
        groups.setdefault((beta, data_set < 0, n), []).append(compare(a[key], b[key]))
    if not groups:
        sys.exit("the two results have no posterior in common")
    print("beta  data        n     runs  distance  by errors  se A    se B    rms z  beyond 3")
    for (beta, population, n), compared in sorted(groups.items()):
        distances, explained, errors_a, errors_b, scores = zip(*compared)
        z = np.concatenate(scores)
        line = (f"{beta:<5g} {'population' if population else 'sampled':10} {n:<6d}"
                f"{len(compared):4d}  {np.mean(distances):8.4f}  {np.mean(explained):9.4f}")
        if z.size:
            line += (f"  {np.nanmean(np.concatenate(errors_a)):.4f}"
                     f"  {np.nanmean(np.concatenate(errors_b)):.4f}"
                     f"  {np.sqrt(np.mean(z ** 2)):5.2f}  {np.mean(np.abs(z) > 3):8.2f}")
        print(line)


if __name__ == "__main__":
    main()
