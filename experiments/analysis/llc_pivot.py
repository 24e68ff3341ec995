#!/usr/bin/env python3
"""A Markdown table of lambda-hat from a result of `kgon llc`: a row per point, a column per choice.

usage: llc_pivot.py RESULT.nc COLUMN[,COLUMN...] [KEY=VALUE...]
COLUMN: variables whose values make the columns, e.g. samples,gamma
KEY=VALUE: only points with this value, e.g. sampler=hmc dataset=population

A cell is lambda_hat +- mcse and, where it is not ok, the verdict. Needs xarray and netcdf4.
"""
import sys

import numpy as np
import xarray as xr


def words(variable):
    """The values of a variable, flags by their meanings."""
    values = variable.values
    if "flag_values" not in variable.attrs:
        return values
    meanings = variable.attrs["flag_meanings"].split()
    names = dict(zip(np.atleast_1d(variable.attrs["flag_values"]).tolist(), meanings))
    return np.array([names[value] for value in values.tolist()])


def chosen(data, conditions):
    """Which points the conditions leave."""
    keep = np.ones(data.sizes["point"], bool)
    for condition in conditions:
        key, _, wanted = condition.partition("=")
        values = words(data[key])
        keep &= values.astype(float) == float(wanted) if values.dtype.kind in "fiu" else \
            values == wanted
    return keep


def cell_text(lambda_hat, mcse, verdict):
    if verdict == "ok":
        return f"{lambda_hat:.2f} +- {mcse:.2f}"
    name = verdict.replace("_", " ")
    return f"{lambda_hat:.2f} ({name})" if np.isfinite(lambda_hat) else name


def main(path, columns, *conditions):
    data = xr.open_dataset(path, group="llc")
    data = data.isel(point=np.flatnonzero(chosen(data, conditions)))
    keys = list(zip(*(words(data[name]) for name in columns.split(","))))
    rows = list(dict.fromkeys(data["at"].values.tolist()))
    heads = list(dict.fromkeys(keys))
    cells = {(at, key): cell_text(*numbers) for at, key, *numbers in zip(
        data["at"].values.tolist(), keys, data.lambda_hat.values, data.mcse.values,
        words(data.verdict))}
    if len(cells) != data.sizes["point"]:
        sys.exit(f"{path}: several points share a cell; name more columns or conditions")
    names = columns.split(",")
    titles = [", ".join(f"{name} {value:g}" if not isinstance(value, str) else value
                        for name, value in zip(names, key)) for key in heads]
    print("| point | " + " | ".join(titles) + " |")
    print("|---" * (len(heads) + 1) + "|")
    for at in rows:
        print(f"| `{at}` | " + " | ".join(cells.get((at, key), "") for key in heads) + " |")


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
