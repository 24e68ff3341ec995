#!/usr/bin/env python3
"""A Markdown table of loss and lambda-hat by phase from a result of `kgon llc` at records.

usage: llc_by_phase.py RESULT.nc [COLUMN]
COLUMN: a variable whose values split the rows [gamma]

A row has the number of records and of those whose verdict is ok, and the medians, with quartiles, of the
loss and of lambda-hat over the latter. Phases come in the order of their losses. Needs xarray and
netcdf4.
"""
import sys

import numpy as np
import xarray as xr


def quartiles(values, digits):
    if not len(values):
        return ""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def main(path, column="gamma"):
    data = xr.open_dataset(path, group="llc")
    names = dict(zip(np.atleast_1d(data.phase.flag_values).tolist(), data.phase.flag_meanings.split()))
    ok = dict(zip(data.verdict.flag_meanings.split(), np.atleast_1d(data.verdict.flag_values)))["ok"]
    table = data[["phase", column, "loss", "lambda_hat", "verdict"]].to_dataframe()
    table["phase"] = table.phase.map(names)
    order = table.groupby("phase").loss.median().sort_values(ascending=False).index
    print(f"| phase | {column} | records | ok | loss | lambda-hat |\n|---|---|---|---|---|---|")
    for phase in order:
        for value, rows in table[table.phase == phase].groupby(column):
            used = rows[rows.verdict == ok]
            print(f"| `{phase}` | {value:g} | {len(rows):,} | {len(used):,} | {quartiles(used.loss, 4)} "
                  f"| {quartiles(used.lambda_hat, 2)} |")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
