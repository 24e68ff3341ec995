"""Opens a file of train_result_test.cpp with xarray and checks what a user would rely on."""
import sys

import numpy as np

from result_checks import check_variables, label, open_result

ds = open_result(sys.argv[1], "sgd", seed=42, shard_first=2, shard_count=6, trajectories=11)
assert dict(ds.dims) == {"cell": 2, "trajectory": 6, "record": 3, "visit": 32, "hidden": 3,
                         "feature": 4, "level": 2}, dict(ds.dims)
assert ds.trajectory.values.tolist() == [2, 3, 4, 5, 6, 7]

per_record = ("cell", "trajectory", "record")
check_variables(ds, (
        ("training_loss", per_record, "f8"), ("population_loss", per_record, "f8"),
        ("gradient_norm", per_record, "f4"), ("phase", per_record, "i2"),
        ("hull_phase", per_record, "i2"), ("negative_biases", per_record, "i1"),
        ("on_plateau", per_record, "bool"),
        ("status", per_record, "i1"), ("W", per_record + ("hidden", "feature"), "f4"),
        ("b", per_record + ("feature",), "f4"), ("failed_step", per_record[:2], "i8"),
        ("visits", per_record[:2], "i4"), ("visit_phase", per_record[:2] + ("visit",), "i2"),
        ("visit_step", per_record[:2] + ("visit",), "i8"), ("lr", ("cell",), "f8"),
        ("cell_key", ("cell",), "u8"), ("samples", ("cell",), "i8")))

assert ds["init"].values.tolist() == ["4", "random"]
assert ds["dataset"].values.tolist() == ["own", "own"]
assert ds.level_label.values.tolist() == ["5", "4+-"]

assert len(ds.hull_phase.attrs["flag_values"]) == len(ds.hull_phase.attrs["flag_meanings"].split())
assert label(ds.phase, ds.phase[0, 0, 0]) == "5"
assert label(ds.phase, ds.phase[0, 1, 2]) == "other"          # member 3 failed
assert label(ds.phase, ds.phase[1, 0, 2]) == "no_record"      # the second cell has two records
assert label(ds.hull_phase, ds.hull_phase[0, 0, 0]) == "4++"
assert label(ds.status, ds.status[0, 1, 2]) == "diverged"
assert label(ds.visit_phase, ds.visit_phase[0, 0, 0]) == "4+-"
assert label(ds.visit_phase, ds.visit_phase[0, 0, 1]) == "no_visit"
assert ds.visit_step[0, 0, 1] == -1 and ds.visit_step[0, 0, 0] == 7
assert ds.failed_step[0, 1] == 10 and ds.failed_step[0, 0] == -1
assert ds.negative_biases[0, :, 0].values.tolist() == [2, 0, 1, 2, 0, 1]
assert ds.on_plateau[0, 1, 0] and not ds.on_plateau[0, 0, 0]
np.testing.assert_array_equal(ds["step"].values, [[0, 10, 1000], [0, 1000, np.nan]])
assert ds.records.values.tolist() == [3, 2]
assert np.isnan(ds.training_loss[1, 0, 2]) and np.isnan(ds.W[1, 0, 2]).all()
assert ds.W[1, 5, 1, 2, 3] == np.float32(1000 + 7 + 1 / 8 + 11 / 256)
assert ds.b[0, 5, 2, 0] == np.float32(7 + 2 / 8 + 12 / 256)
