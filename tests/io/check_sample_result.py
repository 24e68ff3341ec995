"""Opens a file of sample_result_test.cpp with xarray and checks what a user would rely on."""
import sys

import numpy as np

from result_checks import check_variables, label, open_result

path = sys.argv[1]
if sys.argv[2:] == ["chains"]:
    # What ArviZ knows of the statistics of Hamiltonian chains.
    stats = open_result(path, "sample_stats")
    assert dict(stats.dims) == {"chain": 6, "draw": 4, "run": 1}, stats.dims
    check_variables(stats, tuple((name, ("chain", "draw", "run"), kind) for name, kind in (
        ("lp", "f8"), ("energy", "f8"), ("acceptance_rate", "f8"), ("step_size", "f8"),
        ("n_steps", "i8"), ("tree_depth", "i4"), ("diverging", "?"))))
    quality = open_result(path, "sample", coded=("phase", "level"))
    check_variables(quality, tuple((name, ("run",), kind) for name, kind in (
        ("rhat", "f8"), ("ess_bulk", "f8"), ("ess_tail", "f8"), ("phase_rhat", "f8"),
        ("phase_changes", "i8"), ("e_bfmi", "f8"), ("divergences", "i8"))))
    sys.exit()
ds = open_result(path, "sample", coded=("phase", "level"), seed=42, shard_first=0, shard_count=3,
                 islands=3)
assert dict(ds.dims) == {"run": 6, "island": 3, "phase": 3, "level": 2}, ds.dims

per_phase, per_island = ("run", "phase"), ("run", "island")
check_variables(ds, (
        ("samples", ("run",), "i8"), ("data_set", ("run",), "i8"), ("population", ("run",), "?"),
        ("beta", ("run",), "f8"), ("prior_scale", ("run",), "f8"), ("run_key", ("run",), "u8"),
        ("log_evidence", ("run",), "f8"), ("log_evidence_se", ("run",), "f8"),
        ("mean_loss", ("run",), "f8"), ("mean_loss_se", ("run",), "f8"),
        ("occupancy", per_phase, "f8"), ("occupancy_se", per_phase, "f8"),
        ("free_energy", per_phase, "f8"), ("free_energy_se", per_phase, "f8"),
        ("theory_free_energy", per_phase, "f8"), ("label_occupancy", ("run", "level"), "f8"),
        ("label_occupancy_se", ("run", "level"), "f8"),
        ("island_log_evidence", per_island, "f8"), ("island_stages", per_island, "i8"),
        ("island_acceptance", per_island, "f8"), ("island_step_size", per_island, "f8"),
        ("island_ancestors", per_island, "i8"), ("island_mean_loss", per_island, "f8")))
assert ds.population.values.tolist() == [False, False, True] * 2
assert [label(ds.phase, code) for code in ds.phase] == ds.phase_label.values.tolist()
assert ds.level_label.values.tolist() == ["other", "5"]
assert ds.occupancy.sum("phase").values.tolist() == [1] * 6
assert ds.occupancy.sel(phase=6)[1] == 0 and np.isinf(ds.free_energy.sel(phase=6)[1])
assert np.isnan(ds.theory_free_energy.sel(phase=6)).all()

# What ArviZ takes for granted: groups of these names with the dimensions chain and draw.
sizes = {"chain": 3, "draw": 4, "run": 6}
posterior = open_result(path, "posterior")
assert dict(posterior.dims) == sizes | {"hidden": 2, "feature": 6}, posterior.dims
per_draw = ("chain", "draw", "run")
check_variables(posterior, (("W", per_draw + ("hidden", "feature"), "f8"),
                            ("b", per_draw + ("feature",), "f8")))
stats = open_result(path, "sample_stats")
assert dict(stats.dims) == sizes, stats.dims
check_variables(stats, (("lp", per_draw, "f8"), ("loss", per_draw, "f8"),
                        ("label", per_draw, "i2"), ("hull_phase", per_draw, "i2")))
assert label(stats.hull_phase, stats.hull_phase[0, 1, 0]) == "5+"
energy = ds.samples * ds.beta * stats.loss
norm = (posterior.W ** 2).sum(("hidden", "feature")) + (posterior.b ** 2).sum("feature")
np.testing.assert_allclose((-energy - norm / (2 * ds.prior_scale ** 2)).transpose(*per_draw),
                           stats.lp, rtol=1e-14)

theory = open_result(path, "theory", coded=("phase",))
assert dict(theory.dims) == {"run": 6, "phase": 3}, theory.dims
check_variables(theory, (("theory_occupancy", per_phase, "f8"),))
assert theory.attrs["derived"] == 1
assert theory.phase_label.values.tolist() == ds.phase_label.values.tolist()
