"""Opens a file of llc_result_test.cpp with xarray and checks what a user would rely on."""
import sys

import numpy as np

from result_checks import check_variables, label, open_result

ds = open_result(sys.argv[1], "llc", seed=42, shard_first=10, shard_count=10, points=20)
assert dict(ds.dims) == {"point": 10, "chain": 3, "hidden": 2, "feature": 6, "draw": 4}, ds.dims
assert ds.point.values.tolist() == list(range(10, 20))

per_chain = ("point", "chain")
check_variables(ds, (
        ("lambda_hat", ("point",), "f8"), ("mcse", ("point",), "f8"), ("rhat", ("point",), "f8"),
        ("nbeta", ("point",), "f8"), ("samples", ("point",), "i8"), ("phase", ("point",), "i2"),
        ("verdict", ("point",), "i1"), ("sampler", ("point",), "i1"), ("cell", ("point",), "i8"),
        ("chains_used", ("point",), "i8"), ("W", ("point", "hidden", "feature"), "f8"),
        ("b", ("point", "feature"), "f8"), ("chain_status", per_chain, "i1"),
        ("chain_mean_excess", per_chain, "f8"), ("chain_failed_step", per_chain, "i8"),
        ("draw_loss", per_chain + ("draw",), "f8")))

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

points = open_result(sys.argv[1], "critical_points")
assert dict(points.dims) == {"level": 18, "hidden": 2, "feature": 6}, points.dims
assert points.attrs["derived"] == 1 and points.attrs["dead_bias"] == -1
check_variables(points, (
        ("label", ("level",), "O"), ("phase", ("level",), "i2"), ("loss", ("level",), "f8"),
        ("lambda", ("level",), "f8"), ("hessian_rank", ("level",), "i4"),
        ("negative_eigenvalues", ("level",), "i4"), ("twice_differentiable", ("level",), "?"),
        ("W", ("level", "hidden", "feature"), "f8"), ("b", ("level", "feature"), "f8")))
assert [label(points.phase, code) for code in points.phase] == points.label.values.tolist()
