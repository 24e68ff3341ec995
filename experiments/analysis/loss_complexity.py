#!/usr/bin/env python3
"""Loss against lambda-hat of the plateaus that SGD visited, and the slopes of its transitions.

usage: loss_complexity.py DIR [VERDICT...]
DIR: the result of `kgon run experiments/loss_complexity.toml`; VERDICT: only points with one of
these (ok not_converged escaped not_a_minimum step_too_large; all without any)

A plateau is a run of consecutive records of one trajectory on the same label's plateau; its loss
and lambda-hat are the means over its records that have such a verdict and an estimate; where there
are none the plateau, and every transition from it or to it, is unmeasured. Every gamma stands for
itself. A transition obeys the Bayesian antecedent hypothesis (a phase gives way to one of lower loss
and higher lambda) where the loss falls and lambda-hat rises by more than two standard errors; it
violates it where lambda-hat falls by more than that or the loss rises.
Needs xarray and netcdf4.
"""
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import xarray as xr


def read_points(path, wanted):
    """The points of llc.nc, sorted by trajectory and record; `measured`: with an estimate to use."""
    data = xr.open_dataset(path, group="llc")
    names = dict(zip(np.atleast_1d(data.phase.flag_values), data.phase.flag_meanings.split()))
    verdicts = dict(zip(np.atleast_1d(data.verdict.flag_values), data.verdict.flag_meanings.split()))
    columns = ["gamma", "cell", "trajectory", "record", "phase", "loss", "lambda_hat", "mcse",
               "verdict"]
    table = data[columns].to_dataframe()
    table["verdict"] = table.verdict.map(verdicts)
    table["measured"] = np.isfinite(table.lambda_hat) & np.isfinite(table.mcse)
    if wanted:
        table["measured"] &= table.verdict.isin(wanted)
    table["phase"] = table.phase.map(names)
    return table.sort_values(["gamma", "cell", "trajectory", "record"])


def plateaus(table):
    """One row per plateau: (cell, trajectory, phase, loss, lambda or NaN, its standard error)."""
    rows = []
    for (cell, trajectory), records in table.groupby(["cell", "trajectory"]):
        run = (records.phase != records.phase.shift()).cumsum()
        for _, part in records.groupby(run):
            used = part[part.measured]
            # Records of one plateau see one data set: their errors are those of the chains.
            error = np.sqrt((used.mcse**2).sum()) / max(1, len(used))
            rows.append((cell, trajectory, part.phase.iloc[0],
                         (used if len(used) else part).loss.mean(), used.lambda_hat.mean(), error))
    return rows


def print_phases(rows):
    by_phase = defaultdict(list)
    for _, _, phase, loss, value, _ in rows:
        if np.isfinite(value):
            by_phase[phase].append((loss, value))
    print(f"{'phase':8}{'plateaus':>9}{'loss':>10}{'lambda-hat':>12}{'its sd':>8}")
    for phase, pairs in sorted(by_phase.items(), key=lambda item: -np.mean([p[0] for p in item[1]])):
        losses, values = np.array(pairs).T
        print(f"{phase:8}{len(pairs):9}{losses.mean():10.5f}{values.mean():12.2f}{values.std():8.2f}")


def transitions(rows):
    """Consecutive plateaus of a trajectory: (key, from, to, change of loss, of lambda, its error)."""
    found = []
    for before, after in zip(rows, rows[1:]):
        if before[:2] != after[:2]:
            continue
        found.append((before[:2], before[2], after[2], after[3] - before[3], after[4] - before[4],
                      np.hypot(before[5], after[5])))
    return found


def print_transitions(found):
    outcome, kinds = Counter(), defaultdict(list)
    for _, source, target, loss, value, error in found:
        if not np.isfinite(value):
            outcome["unmeasured"] += 1
            continue
        obeys, violates = loss < 0 and value > 2 * error, value < -2 * error or loss > 0
        outcome["obey" if obeys else "violate" if violates else "undecided"] += 1
        kinds[source, target].append((loss, value, obeys, violates))
    print(f"\n{'transition':16}{'count':>6}{'change of L':>13}{'of lambda':>11}{'slope':>10}"
          f"{'obey':>6}{'violate':>9}")
    for (source, target), cases in sorted(kinds.items(), key=lambda item: -len(item[1])):
        loss, value, obey, violate = np.array(cases, dtype=float).T
        print(f"{source + ' -> ' + target:16}{len(cases):6}{loss.mean():13.5f}{value.mean():11.2f}"
              f"{loss.mean() / value.mean():10.4f}{int(obey.sum()):6}{int(violate.sum()):9}")
    total = sum(outcome.values())
    print(f"\n{total} transitions: {outcome['obey']} obey the hypothesis, {outcome['violate']} violate "
          f"it, {outcome['undecided']} are within two standard errors, {outcome['unmeasured']} are "
          "unmeasured")


def print_slopes(found):
    shallower = steeper = 0
    for first, second in zip(found, found[1:]):
        # NaN: unmeasured.
        if first[0] != second[0] or not abs(first[4]) > 0 or not abs(second[4]) > 0:
            continue
        slopes = first[3] / first[4], second[3] / second[4]
        if abs(slopes[1]) < abs(slopes[0]):
            shallower += 1
        else:
            steeper += 1
    print(f"{shallower + steeper} pairs of consecutive transitions: the slope of L against lambda-hat "
          f"gets shallower in {shallower}, steeper in {steeper}")


def print_gamma(gamma, table):
    print(f"gamma {gamma:g}\n")
    counts = table.verdict.value_counts()
    print("verdicts  " + "   ".join(f"{name}: {count}" for name, count in counts.items()))
    if not table.measured.any():
        print("no point has such a verdict and an estimate\n")
        return
    rows = plateaus(table)
    print(f"{len(table)} points, {table.measured.sum()} with an estimate to use, on {len(rows)} "
          f"plateaus of {table.groupby(['cell', 'trajectory']).ngroups} trajectories\n")
    print_phases(rows)
    found = transitions(rows)
    print_transitions(found)
    print_slopes(found)
    print()


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    for gamma, points in read_points(Path(sys.argv[1]) / "llc.nc", sys.argv[2:]).groupby("gamma"):
        print_gamma(gamma, points)


if __name__ == "__main__":
    main()
