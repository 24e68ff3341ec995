"""Opens a file of llc_result_test.cpp with xarray and checks what a user would rely on."""
import sys

import numpy as np
import xarray as xr

path = sys.argv[1]
root = xr.open_dataset(path, engine="netcdf4")
assert len(root.variables) == 0 and len(root.dims) == 0, "the root has attributes alone"
for name in ("title", "study", "study_hash", "kgon_version", "device", "command", "created_at"):
    assert isinstance(root.attrs[name], str), name
assert root.attrs["seed"] == 42 and root.attrs["shard_first"] == 10
assert root.attrs["shard_count"] == 10 and root.attrs["points"] == 20

ds = xr.open_dataset(path, engine="netcdf4", group="llc")
assert dict(ds.dims) == {"point": 10, "chain": 3, "hidden": 2, "feature": 6, "draw": 4}, ds.dims
for dim in ds.dims:
    assert ds[dim].dtype == np.int64 and ds[dim].dims == (dim,), dim
assert ds.point.values.tolist() == list(range(10, 20))

per_chain = ("point", "chain")
for name, dims, dtype in (
        ("lambda_hat", ("point",), "f8"), ("mcse", ("point",), "f8"), ("rhat", ("point",), "f8"),
        ("nbeta", ("point",), "f8"), ("samples", ("point",), "i8"), ("phase", ("point",), "i2"),
        ("verdict", ("point",), "i1"), ("sampler", ("point",), "i1"), ("cell", ("point",), "i8"),
        ("chains_used", ("point",), "i8"), ("W", ("point", "hidden", "feature"), "f8"),
        ("b", ("point", "feature"), "f8"), ("chain_status", per_chain, "i1"),
        ("chain_mean_excess", per_chain, "f8"), ("chain_failed_step", per_chain, "i8"),
        ("excess_loss", per_chain + ("draw",), "f8")):
    assert ds[name].dims == dims, (name, ds[name].dims)
    assert ds[name].dtype == np.dtype(dtype), (name, ds[name].dtype)
    assert "long_name" in ds[name].attrs, name


def label(variable, code):
    flags = dict(zip(np.atleast_1d(variable.attrs["flag_values"]).tolist(),
                     variable.attrs["flag_meanings"].split()))
    return flags[int(code)]


assert set(ds["at"].values.tolist()) == {"5", "5+", "6", "4", "4+"}
assert ds.samples.values.tolist() == [200] * 10
assert sorted(set(ds.gamma.values.tolist())) == [1, 10]
assert label(ds.phase, ds.phase[0]) == "5+"
assert label(ds.sampler, ds.sampler[0]) == "langevin"
assert label(ds.dataset, ds.dataset[0]) == "sampled"
assert label(ds.chain_status, ds.chain_status[0, 1]) == "diverged"
assert label(ds.chain_use, ds.chain_use[0, 1]) == "dropped_failed"
assert np.isnan(ds.chain_mean_excess[0, 1]) and not np.isnan(ds.chain_mean_excess[0, 0])
assert np.isnan(ds.bias).all() and (ds["cell"] == -1).all()
assert not np.isnan(ds.W).any()
