"""Runs kgon and reads what it writes."""
import json
import subprocess

import numpy as np


def run_kgon(program, command, flags, result):
    """The JSON document of a run that writes the file `result`; RuntimeError where it fails."""
    words = [program, command, *map(str, flags), "--json", "-o", result]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except OSError as error:
        raise RuntimeError(f"cannot run {program}: {error.strerror}") from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise RuntimeError(said[-1])
    return json.loads(done.stdout)


def read_group(path, group, names):
    """Variables of a group as NumPy arrays, with the package netCDF4 or with h5py."""
    try:
        import netCDF4
    except ImportError:
        import h5py
        with h5py.File(path) as file:
            return {name: np.asarray(file[group][name]) for name in names}
    with netCDF4.Dataset(path) as file:
        return {name: np.ma.getdata(file[group][name][:]) for name in names}
